package sign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// A trust is where to sign and what to verify with.
type trust struct {
	fulcio string
	logs   []Log
	tsa    []string // alternatives, in order
	root   *root.TrustedRoot
}

// services returns where to sign: the configured addresses, or those of the
// public-good Sigstore. The latter are fetched by TUF each time, because the
// log's address changes about twice a year.
func (c *Config) services(ctx context.Context) (*trust, error) {
	if c.Fulcio != "" {
		trusted, err := parseTrustedRoot(c.TrustedRoot)
		return &trust{c.Fulcio, c.Rekor, c.TSA, trusted}, err
	}
	client, err := tuf.New(&tuf.Options{
		Root:              c.TUFRoot,
		RepositoryBaseURL: c.TUF,
		// A container has no place for a cache, and an expired or rolled-back
		// repository is an error either way.
		DisableLocalCache: true,
		Fetcher:           &fetcher{ctx, c.Transport},
	})
	if err != nil {
		return nil, fmt.Errorf("trusted root of Sigstore: %w", err)
	}
	signing, err := root.GetSigningConfig(client)
	if err != nil {
		return nil, fmt.Errorf("signing configuration of Sigstore: %w", err)
	}
	t, err := choose(signing, c.RekorVersions, c.Now())
	if err != nil {
		return nil, err
	}
	if c.TrustedRoot != nil {
		t.root, err = parseTrustedRoot(c.TrustedRoot)
	} else {
		t.root, err = root.GetTrustedRoot(client)
	}
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

// fetcher downloads files of a TUF repository for go-tuf, whose own fetcher has
// neither a context nor retries.
type fetcher struct {
	ctx  context.Context
	base http.RoundTripper
}

// DownloadFile reads a file of at most limit bytes. go-tuf does not use the
// last argument.
func (f *fetcher) DownloadFile(url string, limit int64, _ time.Duration) ([]byte, error) {
	request, err := http.NewRequestWithContext(f.ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := httpClient(&service{ctx: f.ctx, name: "tuf", base: f.base}).Do(request)
	var status *statusError
	if errors.As(err, &status) {
		// go-tuf looks for the next root until it gets a 404.
		return nil, &metadata.ErrDownloadHTTP{StatusCode: status.code, URL: url}
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, &metadata.ErrDownloadLengthMismatch{
			Msg: fmt.Sprintf("%s is larger than the %d bytes its metadata allows", url, limit)}
	}
	return data, nil
}
