package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/web"
)

const maxKeys = 1 << 20 // of the answer with a registry's keys, in bytes

// Signed is what a registry says of a version and signs.
type Signed struct {
	Info
	Published  time.Time // zero where the registry does not say
	Signatures []Signature
	Attested   bool // it says that it has attestations
}

// A Signature is one signature over a version (npm's documentation, "About
// registry signatures").
type Signature struct{ KeyID, Sig string }

// Signed reads a version with its signatures and the time of its publish, which
// the packument alone has. found is false when the registry says that there is
// none.
func (c *Client) Signed(ctx context.Context, name, version string) (s Signed, found bool, err error) {
	if err := checkName(name); err != nil {
		return Signed{}, false, err
	}
	doc, found, err := c.own(ctx, name, acceptVersion)
	if err != nil || !found {
		return Signed{}, false, err
	}
	v := doc.Get("versions").Get(version)
	if !v.Exists() {
		return Signed{}, false, nil
	}
	if s.Info, err = versionInfo(v, name, version); err != nil {
		return Signed{}, false, err
	}
	if at, err := time.Parse(time.RFC3339, doc.Get("time").Get(version).Text()); err == nil {
		s.Published = at.UTC()
	}
	dist := v.Get("dist")
	for entry := range dist.Get("signatures").Elements() {
		s.Signatures = append(s.Signatures, Signature{entry.Get("keyid").Text(), entry.Get("sig").Text()})
	}
	s.Attested = dist.Get("attestations").Kind() == strict.Object
	return s, true, nil
}

// PublicKeys reads the public keys of the registry, as it serves them; nil where
// it publishes none, which it says by 404 or 400, as npm's own client has it.
func (c *Client) PublicKeys(ctx context.Context) ([]byte, error) {
	data, err := c.get(ctx, "-/npm/v1/keys", acceptVersion, maxKeys)
	if absent(err) || isStatus(err, http.StatusBadRequest) || Elsewhere(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the keys of the registry: %w", err)
	}
	return data, nil
}

// HasKeys asks whether the registry publishes keys that it signs with, as npm's
// does. One that refuses to say has none; whatever is no answer is an error.
func (c *Client) HasKeys(ctx context.Context) (bool, error) {
	data, err := c.PublicKeys(ctx)
	var status *StatusError
	switch {
	case errors.As(err, &status) && !web.Passes(status.Status):
		return false, nil
	case err != nil || data == nil:
		return false, err
	}
	doc, err := parse(data, maxKeys)
	if err != nil {
		return false, err
	}
	keys := doc.Get("keys")
	if keys.Kind() != strict.Array {
		return false, &AnswerError{What: "the registry's answer about its keys has no list of them"}
	}
	return keys.Len() > 0, nil
}
