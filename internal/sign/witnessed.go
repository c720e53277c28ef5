package sign

import (
	"context"
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/verify"
)

// A signature by a key needs neither a time nor a log entry. A timestamp
// authority and logs that are configured add them.

// witnessed reports whether times or entries are asked for.
func (c *Config) witnessed() bool {
	return len(c.Rekor) > 0 || len(c.TSA) > 0 || c.SigningConfig != nil
}

// CheckKey returns every mistake in what a signature by key is to have beside
// it, at once. It needs neither the key nor the network.
func (c Config) CheckKey() error {
	var wrong mistakes
	if c.Fulcio != "" {
		wrong.add("a key needs no certificate: a Fulcio does not go with it")
	}
	if c.RekorVersion != 0 && len(c.Rekor) == 0 && c.SigningConfig == nil {
		wrong.add("with a key there is a log entry only if a log is named, so the version of its API alone says nothing")
	}
	c.checkAddresses(&wrong)
	if c.SigningConfig != nil && (len(c.Rekor) > 0 || len(c.TSA) > 0) {
		wrong.add("a signing configuration names the services: it does not go with addresses of a Rekor or TSA")
	}
	if c.witnessed() && c.TrustedRoot == nil && !c.publicWitness() {
		wrong.add("a Rekor or TSA of one's own also needs its trusted root")
	}
	c.checkRoot(&wrong)
	if c.witnessed() && c.Now == nil {
		wrong.add("a time or a log entry needs a clock")
	}
	if len(wrong) > 0 || !c.witnessed() {
		return errors.Join(wrong...)
	}
	t, err := c.keyServices()
	if err != nil {
		wrong.add("%w", err)
		return errors.Join(wrong...)
	}
	if c.TrustedRoot != nil {
		if t.root, err = verify.ParseRoot(c.TrustedRoot); err != nil {
			return err
		}
	}
	c.checkLogs(t, &wrong)
	if c.Restricted && !c.PublicLog && t.discloses() {
		wrong.add("the package is published restricted, and %w: %s", ErrNotPublic, otherwise)
	}
	return errors.Join(wrong...)
}

// publicWitness reports whether all addresses are of the public-good Sigstore,
// whose trusted root is known by TUF.
func (c *Config) publicWitness() bool {
	for _, l := range c.Rekor {
		if !isPublic(l.URL) {
			return false
		}
	}
	for _, t := range c.TSA {
		if !isPublic(t) {
			return false
		}
	}
	return c.SigningConfig == nil
}

// keyServices returns the logs and authorities for a key, without the trusted
// root.
func (c *Config) keyServices() (*trust, error) {
	if c.SigningConfig == nil {
		return c.addresses(), nil
	}
	signing, err := parseSigningConfig(c.SigningConfig)
	if err != nil {
		return nil, err
	}
	t := &trust{}
	if err := t.chooseWitnesses(signing, c.versions(), c.Now()); err != nil {
		return nil, fmt.Errorf("signing configuration: %w", err)
	}
	return t, nil
}

// witnesses returns where a signature by a key gets its time and its entries.
func (c *Config) witnesses(ctx context.Context) (*trust, error) {
	if !c.witnessed() {
		return &trust{}, nil
	}
	t, err := c.keyServices()
	if err != nil {
		return nil, err
	}
	if t.discloses() && !c.PublicLog {
		if err := c.mayDisclose(ctx); err != nil {
			return nil, err
		}
	}
	trusted := c.TrustedRoot
	if trusted == nil {
		targets, err := c.repository(ctx)
		if err != nil {
			return nil, err
		}
		if trusted, err = targets.Get(trustedRootFile); err != nil {
			return nil, err
		}
	}
	t.root, err = verify.ParseRoot(trusted)
	return t, err
}

// mayDisclose refuses to write into a public log what is not public. A key says
// nothing of the repository: the ID token does, where there is one. On a runner
// without one the repository counts as private.
func (c *Config) mayDisclose(ctx context.Context) error {
	why := ""
	switch {
	case c.Restricted:
		why = "the package is published restricted"
	case c.Token != nil:
		_, said, err := c.token(ctx)
		if err != nil {
			return err
		}
		why = said.private()
	case c.Identity.Repository != "":
		why = "the repository is of unknown visibility without the permission id-token: write"
	}
	if why == "" {
		return nil
	}
	return fmt.Errorf("%s, and %w: %s", why, ErrNotPublic, otherwise)
}
