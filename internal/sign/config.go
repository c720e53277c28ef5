package sign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/verify"
)

// An Instance is a Sigstore to sign with.
type Instance int

// The instances.
const (
	Public       Instance = iota // the public-good one, or one of one's own
	GitHub                       // GitHub's own: it has no log, and only GitHub's runners can use it
	ByVisibility                 // Public for what is public, else GitHub where the plan has it, else ErrNotPublic
)

// Config is the configuration of keyless signing, and of the times and log
// entries of signatures by key. Token, Transport and Now are required for
// keyless signing; everything else defaults to the public-good Sigstore.
type Config struct {
	// Token returns an OpenID Connect ID token for the audience. It is called
	// for every certificate, because tokens expire within minutes.
	Token    func(ctx context.Context, audience string) (string, error)
	Audience string // of the token; "" means "sigstore"

	Transport http.RoundTripper // carries every request
	Now       func() time.Time  // decides which of several services are valid

	Instance Instance
	// Server is the address of the GitHub server that the run belongs to
	// (GITHUB_SERVER_URL), for the instances GitHub and ByVisibility.
	Server string

	// A Sigstore of one's own: a signing configuration, or a Fulcio with at least
	// one log. Either needs the trusted root. Rekor version 2 gives no time, so it
	// needs a TSA.
	SigningConfig []byte   // signing_config.json
	Fulcio        string   // base address
	Rekor         []Log    // each of them gets an entry
	TSA           []string // full addresses; the first that answers is used
	TrustedRoot   []byte   // trusted_root.json; may also be set for the other instances

	// Settings for the public-good Sigstore.
	TUF     string // repository with its addresses and keys; "" means the public one
	TUFRoot []byte // root.json to start from; nil means the embedded one

	// RekorVersion is the API version of the log to use. 0 means 1, or what the
	// signing configuration of one's own says.
	RekorVersion int

	// Identity is what the certificate must name, in addition to what the ID
	// token says: fields that are set must agree with the token, or nothing is
	// sent. RunnerIdentity returns what GitHub's runner says. SAN and Issuer
	// are needed only for issuers whose certificates cannot be predicted from
	// the token.
	Identity verify.Identity

	// Restricted says that the package is not published to everybody. It counts
	// as much as a repository that is not public.
	Restricted bool

	// PublicLog allows writing the name of what is not public into public logs.
	// Without it, that is refused. It does not apply to a Sigstore of one's own.
	PublicLog bool
}

// own reports whether the Sigstore is one of the user's own, by its addresses.
func (c *Config) own() bool { return c.Fulcio != "" || c.SigningConfig != nil }

// Check returns every mistake in a configuration of keyless signing at once. It
// needs no network.
func (c Config) Check() error { return c.check() }

// check also fills in the defaults.
func (c *Config) check() error {
	var wrong mistakes
	if c.Token == nil {
		wrong.add("keyless signing needs an ID token: in GitHub Actions grant the job `id-token: write`, elsewhere " +
			"set SIGSTORE_ID_TOKEN or give -identity-token FILE")
	}
	if c.Now == nil {
		wrong.add("keyless signing needs a clock")
	}
	if c.RekorVersion < 0 || c.RekorVersion > 2 {
		wrong.add("rekor: API version %d is unknown, know 1 and 2", c.RekorVersion)
	}
	c.checkAddresses(&wrong)
	switch {
	case c.Instance == GitHub:
		c.checkGitHub(&wrong)
	case c.own():
		c.checkOwn(&wrong)
	default:
		if len(c.Rekor) > 0 || len(c.TSA) > 0 {
			wrong.add("a Rekor or TSA of one's own also needs the address of a Fulcio")
		}
		c.checkRoot(&wrong)
	}
	c.defaults()
	return errors.Join(wrong...)
}

// carried says that something must carry the requests.
func (c *Config) carried() error {
	if c.Transport == nil {
		return errors.New("signing needs an HTTP transport")
	}
	return nil
}

func (c *Config) defaults() {
	c.Audience = cmp.Or(c.Audience, Audience)
	c.TUF = cmp.Or(c.TUF, verify.PublicGood)
	if c.TUFRoot == nil {
		c.TUFRoot = verify.PublicGoodRoot()
	}
}

// mistakes are all that is wrong with a configuration.
type mistakes []error

// Mistakes returns the text of each mistake in an error of Check, CheckKey or
// CheckKMS; none for nil.
func Mistakes(err error) []string {
	var texts []string
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range all.Unwrap() {
			texts = append(texts, one.Error())
		}
		return texts
	}
	if err != nil {
		texts = append(texts, err.Error())
	}
	return texts
}

func (m *mistakes) add(format string, args ...any) { *m = append(*m, fmt.Errorf(format, args...)) }

func (c *Config) checkAddresses(wrong *mistakes) {
	address := func(what, text string) {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
			u.RawQuery != "" || u.Fragment != "" {
			wrong.add("%s: %q is not an address like https://host/path", what, text)
		}
	}
	if c.Fulcio != "" {
		address("fulcio", c.Fulcio)
	}
	for _, l := range c.Rekor {
		address("rekor", l.URL)
		if l.Version != 1 && l.Version != 2 {
			wrong.add("rekor %s: API version %d is unknown, know 1 and 2", l.URL, l.Version)
		}
	}
	for _, t := range c.TSA {
		address("tsa", t)
	}
	if c.TUF != "" {
		address("tuf", c.TUF)
	}
}

// checkOwn checks what belongs together in a Sigstore of one's own.
func (c *Config) checkOwn(wrong *mistakes) {
	if c.SigningConfig != nil && (c.Fulcio != "" || len(c.Rekor) > 0 || len(c.TSA) > 0) {
		wrong.add("a signing configuration names the services: it does not go with addresses of a Fulcio, Rekor or TSA")
	}
	if c.Fulcio != "" && len(c.Rekor) == 0 {
		wrong.add("a Fulcio of one's own also needs the address of a Rekor")
	}
	if c.TrustedRoot == nil {
		wrong.add("a Sigstore of one's own also needs its trusted root")
	}
	c.checkRoot(wrong)
	if c.Now == nil || len(*wrong) > 0 {
		return
	}
	t, err := c.ownServices()
	if err != nil {
		wrong.add("%w", err)
		return
	}
	c.checkLogs(t, wrong)
}

func (c *Config) checkRoot(wrong *mistakes) {
	if c.TrustedRoot == nil {
		return
	}
	if _, err := verify.ParseRoot(c.TrustedRoot); err != nil {
		wrong.add("%w", err)
	}
}

// checkLogs checks that the logs speak the version that they are said to, as far
// as the public addresses and the trusted root tell, and that there is a time.
func (c *Config) checkLogs(t *trust, wrong *mistakes) {
	var known []verify.Log
	if t.root != nil { // else that of the public-good Sigstore, which knows both
		known = t.root.Logs()
	}
	for _, l := range t.logs.of {
		version := publicVersion(l.URL)
		some := t.root == nil // log of this version is in the root
		for _, k := range known {
			if strings.TrimSuffix(k.URL, "/") == strings.TrimSuffix(l.URL, "/") {
				version = k.Version
			}
			some = some || k.Version == l.Version
		}
		switch {
		case version != 0 && version != l.Version:
			wrong.add("rekor %s speaks API version %d, not %d", l.URL, version, l.Version)
		case !some:
			wrong.add("rekor %s: the trusted root knows no log of API version %d, so that no entry could be verified",
				l.URL, l.Version)
		}
		if l.Version == 2 && t.tsa.need == 0 {
			wrong.add("rekor %s: version 2 states no time, it also needs the address of a TSA", l.URL)
		}
	}
}

// publicVersion returns the API version of a log of the public-good Sigstore by
// its address (docs.sigstore.dev, rekor-tiles' CLIENTS.md); 0: it is none.
func publicVersion(address string) int {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return 0
	case u.Hostname() == "rekor.sigstore.dev" || u.Hostname() == "rekor.sigstage.dev":
		return 1
	case strings.HasSuffix(u.Hostname(), ".rekor.sigstore.dev") || strings.HasSuffix(u.Hostname(), ".rekor.sigstage.dev"):
		return 2
	}
	return 0
}
