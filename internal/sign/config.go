package sign

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/publishgate/publishgate/internal/verify"
)

// Config is the configuration of keyless signing. Token, Transport and Now are
// required; everything else defaults to the public-good Sigstore.
type Config struct {
	// Token returns an OpenID Connect ID token for the audience. It is called
	// for every certificate, because tokens expire within minutes.
	Token    func(ctx context.Context, audience string) (string, error)
	Audience string // of the token; "" means "sigstore"

	Transport http.RoundTripper // carries every request
	Now       func() time.Time  // decides which of the public services are valid

	// A private Sigstore: Fulcio, at least one log and the trusted root must be
	// set together. Rekor version 2 gives no time, so it needs a TSA.
	Fulcio      string   // base address
	Rekor       []Log    // each of them gets an entry
	TSA         []string // full addresses; the first that answers is used
	TrustedRoot []byte   // trusted_root.json; may also be set for the public-good Sigstore

	// Settings for the public-good Sigstore.
	TUF           string // repository with its addresses and keys; "" means the public one
	TUFRoot       []byte // root.json to start from; nil means the embedded one
	RekorVersions []int  // allowed API versions of the log; nil means 1 and 2

	// Identity is what the certificate must name, in addition to what the ID
	// token says: fields that are set must agree with the token, or nothing is
	// sent. RunnerIdentity returns what GitHub's runner says. SAN and Issuer
	// are needed only for issuers whose certificates cannot be predicted from
	// the token.
	Identity verify.Identity

	// PublicLog allows writing the name of a repository that is not public into
	// public logs. Without it, that is refused. It does not apply to a private
	// Sigstore.
	PublicLog bool
}

// check fills in the defaults and returns every mistake in the configuration at
// once.
func (c *Config) check() error {
	var wrong []error
	mistake := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if c.Token == nil {
		mistake("keyless signing needs an ID token: in GitHub Actions grant the job `id-token: write`, elsewhere " +
			"set SIGSTORE_ID_TOKEN")
	}
	if c.Transport == nil || c.Now == nil {
		mistake("keyless signing needs an HTTP transport and a clock")
	}
	address := func(what, text string) {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
			u.RawQuery != "" || u.Fragment != "" {
			mistake("%s: %q is not an address like https://host/path", what, text)
		}
	}
	if c.Fulcio != "" {
		address("fulcio", c.Fulcio)
	} else if len(c.Rekor) > 0 || len(c.TSA) > 0 {
		mistake("a Rekor or TSA of one's own also needs the address of a Fulcio")
	}
	timeless := false
	for _, l := range c.Rekor {
		address("rekor", l.URL)
		timeless = timeless || l.Version == 2
		if l.Version != 1 && l.Version != 2 {
			mistake("rekor %s: API version %d is unknown, know 1 and 2", l.URL, l.Version)
		}
	}
	for _, t := range c.TSA {
		address("tsa", t)
	}
	if c.Fulcio != "" {
		if len(c.Rekor) == 0 {
			mistake("a Fulcio of one's own also needs the address of a Rekor")
		}
		if timeless && len(c.TSA) == 0 {
			mistake("Rekor v2 states no time: it also needs the address of a TSA")
		}
		if c.TrustedRoot == nil {
			mistake("a Sigstore of one's own also needs its trusted root")
		}
	}
	if c.TrustedRoot != nil {
		if _, err := verify.ParseRoot(c.TrustedRoot); err != nil {
			mistake("%w", err)
		}
	}
	if c.TUF != "" {
		address("tuf", c.TUF)
	}
	if c.Audience == "" {
		c.Audience = "sigstore"
	}
	if c.TUF == "" {
		c.TUF = verify.PublicGood
	}
	if c.TUFRoot == nil && len(wrong) == 0 {
		c.TUFRoot = verify.PublicGoodRoot()
	}
	return errors.Join(wrong...)
}
