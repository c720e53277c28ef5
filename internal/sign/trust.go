package sign

import (
	"context"
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/verify"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/sign"
)

// A trust is where to sign and what to verify with.
type trust struct {
	fulcio string
	logs   []Log
	tsa    []string // alternatives, in order
	root   *verify.Root
}

// services returns where to sign: the configured addresses, or those of the
// public-good Sigstore. The latter are fetched by TUF each time, because the
// log's address changes about twice a year.
func (c *Config) services(ctx context.Context) (*trust, error) {
	if c.Fulcio != "" {
		trusted, err := verify.ParseRoot(c.TrustedRoot)
		return &trust{c.Fulcio, c.Rekor, c.TSA, trusted}, err
	}
	repository := verify.Repository{
		URL:    c.TUF,
		Root:   c.TUFRoot,
		Client: httpClient(&service{ctx: ctx, name: "tuf", base: c.Transport}),
	}
	targets, err := repository.Open(ctx)
	if err != nil {
		return nil, err
	}
	config, err := targets.Get("signing_config.v0.2.json")
	if err != nil {
		return nil, err
	}
	signing, err := root.NewSigningConfigFromJSON(config)
	if err != nil {
		return nil, fmt.Errorf("signing configuration of Sigstore: %w", err)
	}
	t, err := choose(signing, c.RekorVersions, c.Now())
	if err != nil {
		return nil, err
	}
	trusted := c.TrustedRoot
	if trusted == nil {
		if trusted, err = targets.Get("trusted_root.json"); err != nil {
			return nil, err
		}
	}
	t.root, err = verify.ParseRoot(trusted)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// choose selects the services valid now: one certificate authority, one log
// with the highest allowed version, and all timestamp authorities as
// alternatives. The choice is deterministic; the library's own is random.
func choose(signing *root.SigningConfig, rekorVersions []int, now time.Time) (*trust, error) {
	fulcio, err := root.SelectService(signing.FulcioCertificateAuthorityURLs(), sign.FulcioAPIVersions, now)
	if err != nil {
		return nil, fmt.Errorf("no Fulcio to sign with: %w", err)
	}
	versions := sign.RekorAPIVersions
	if rekorVersions != nil {
		versions = nil
		for _, v := range rekorVersions {
			versions = append(versions, uint32(v))
		}
	}
	rekor, err := root.SelectService(signing.RekorLogURLs(), versions, now)
	if err != nil {
		return nil, fmt.Errorf("no Rekor to sign with: %w", err)
	}
	t := &trust{fulcio: fulcio.URL, logs: []Log{{rekor.URL, int(rekor.MajorAPIVersion)}}}
	for _, tsa := range signing.TimestampAuthorityURLs() {
		if tsa.MajorAPIVersion == 1 && tsa.ValidAtTime(now) {
			t.tsa = append(t.tsa, tsa.URL)
		}
	}
	return t, nil
}
