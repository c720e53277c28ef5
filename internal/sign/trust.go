package sign

import (
	"context"
	"errors"
	"fmt"

	"github.com/sigstore/sigstore-go/pkg/sign"

	"github.com/publishgate/publishgate/internal/verify"
)

// A trust is where to sign and what to verify with.
type trust struct {
	fulcio     string
	logs       pick[Log]    // for files and statements
	provenance pick[Log]    // for npm's provenance: of version 1
	tsa        pick[string] // full addresses
	root       *verify.Root
}

// A pick is servers of one kind, in order, of which so many must do their work.
// Those beyond stand in for one that does not.
type pick[T any] struct {
	of   []T
	need int
}

// all is a pick whose servers are all needed.
func all[T any](of []T) pick[T] { return pick[T]{of, len(of)} }

// anyOf is a pick of which one is enough.
func anyOf[T any](of []T) pick[T] { return pick[T]{of, min(1, len(of))} }

// each calls use for one server after the other until enough of them did their
// work.
func (p pick[T]) each(use func(T) error) error {
	var failed []error
	for i, server := range p.of {
		if i-len(failed) == p.need {
			return nil
		}
		if err := use(server); err != nil {
			failed = append(failed, err)
		}
		if len(p.of)-len(failed) < p.need {
			return errors.Join(failed...)
		}
	}
	return nil
}

// versions of the log's API that may be used.
func (c *Config) versions() []uint32 {
	switch {
	case c.RekorVersion != 0:
		return []uint32{uint32(c.RekorVersion)}
	case c.SigningConfig != nil:
		return sign.RekorAPIVersions // its author's decision
	}
	return []uint32{1}
}

// services returns where the instance signs.
func (c *Config) services(ctx context.Context, instance Instance) (*trust, error) {
	switch {
	case instance == GitHub:
		return c.github(ctx)
	case c.own():
		return c.ownServices()
	}
	return c.public(ctx)
}

// addresses returns the services of one's own that are named by their addresses.
func (c *Config) addresses() *trust {
	t := &trust{fulcio: c.Fulcio, logs: all(c.Rekor), tsa: anyOf(c.TSA)}
	for _, l := range c.Rekor {
		if l.Version == 1 {
			t.provenance.of = append(t.provenance.of, l)
		}
	}
	t.provenance.need = len(t.provenance.of)
	return t
}

// ownServices returns the services of an instance of one's own. It needs no
// network.
func (c *Config) ownServices() (*trust, error) {
	trusted, err := verify.ParseRoot(c.TrustedRoot)
	if err != nil {
		return nil, err
	}
	if c.SigningConfig == nil {
		t := c.addresses()
		t.root = trusted
		return t, nil
	}
	signing, err := parseSigningConfig(c.SigningConfig)
	if err != nil {
		return nil, err
	}
	t, err := choose(signing, c.versions(), c.Now())
	if err != nil {
		return nil, fmt.Errorf("signing configuration: %w", err)
	}
	t.root = trusted
	return t, nil
}

// The targets of the public-good Sigstore's TUF repository (root-signing). Logs
// of version 2 stand in a signing configuration of their own, whose address
// changes about twice a year.
const (
	publicSigning   = "signing_config.v0.2.json"
	publicSigningV2 = "signing_config_rekor_v2.v0.2.json"
	trustedRootFile = "trusted_root.json"
)

// public returns the services of the public-good Sigstore, which are fetched by
// TUF each time.
func (c *Config) public(ctx context.Context) (*trust, error) {
	targets, err := c.repository(ctx)
	if err != nil {
		return nil, err
	}
	name := publicSigning
	if c.RekorVersion == 2 {
		name = publicSigningV2
	}
	config, err := targets.Get(name)
	if err != nil {
		return nil, err
	}
	signing, err := parseSigningConfig(config)
	if err != nil {
		return nil, err
	}
	t, err := choose(signing, c.versions(), c.Now())
	if err != nil {
		return nil, fmt.Errorf("%s of Sigstore: %w", name, err)
	}
	trusted := c.TrustedRoot
	if trusted == nil {
		if trusted, err = targets.Get(trustedRootFile); err != nil {
			return nil, err
		}
	}
	t.root, err = verify.ParseRoot(trusted)
	return t, err
}

// repository opens the TUF repository of the public-good Sigstore.
func (c *Config) repository(ctx context.Context) (*verify.Targets, error) {
	return verify.Repository{
		URL:       c.TUF,
		Root:      c.TUFRoot,
		Transport: c.Transport,
	}.Open(ctx)
}
