// Package registry is a client of the npm registry's HTTP API: it reads
// versions of a package, its dist-tags and what is staged, exchanges an ID
// token, and sends one document. Package publish decides what the answers mean.
//
// It trusts one address, the one that the user gave, and no answer: redirects
// are refused wherever a token or a body could follow them, bodies and waiting
// are bounded, and an answer about another package is an error. Only a tarball
// is read from an address in an answer, without a credential. Reads are
// retried; writes are not, because only the caller can check first. It reads no
// .npmrc and no environment.
package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/web"
)

// Limits of one call and of its answer.
const (
	MaxVersionBytes   = 16 << 20 // of one version's manifest
	MaxPackumentBytes = 96 << 20 // of the abbreviated packument; the biggest public ones have about 20 MB

	readTimeout  = 30 * time.Second  // of one GET, body included
	writeTimeout = 120 * time.Second // of one PUT, body included
)

// Options make a Client. Registry and Now are required.
type Options struct {
	Registry  string            // the address as the user gave it; http and loopback are allowed
	Token     credential.Secret // sent as a bearer token to that address only; the zero Secret: anonymous
	UserAgent string            // empty: "publishgate"

	// Transport carries the requests; nil: web.NewTransport without options.
	Transport http.RoundTripper

	Turns *web.Turns // bound the requests at once, with those of others who have them too; nil: nothing does

	Now    func() time.Time                           // the clock, to compute the time left in a context
	Sleep  func(context.Context, time.Duration) error // nil: web.Sleep
	Jitter func(limit time.Duration) time.Duration    // a wait of up to limit; nil: random
}

// A Client talks to one registry. It is safe for concurrent use.
type Client struct {
	base  *url.URL // ends in a slash
	token credential.Secret
	code  credential.Secret // a person's one-time code; the zero Secret: none
	agent string
	http  *http.Client
	bare  *http.Client // for other addresses, without a credential

	who, flag string // what messages call the server, and the flag with its address; empty: the registry, -registry

	again web.Retry
}

// New makes a client for one registry. An ambiguous address is refused.
func New(o Options) (*Client, error) {
	base, err := ParseURL(o.Registry)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		return nil, errors.New("registry client without a clock")
	}
	if strings.ContainsFunc(o.Token.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the registry token holds characters that no token has: is it more than one line?")
	}
	c := &Client{base: base, token: o.Token, agent: cmp.Or(o.UserAgent, "publishgate"), again: again}
	c.again.Clock = web.Clock{Now: o.Now, Sleep: o.Sleep, Jitter: o.Jitter}
	c.again.Turn = o.Turns.Of(http.MethodGet, base.Host)
	transport := o.Transport
	if transport == nil {
		transport = web.NewTransport(web.TransportOptions{})
	}
	c.follow(transport)
	return c, nil
}

// follow makes the HTTP clients, whose redirects depend on the token.
func (c *Client) follow(transport http.RoundTripper) {
	c.http = &http.Client{Transport: transport, CheckRedirect: c.home().Check}
	c.bare = &http.Client{Transport: transport, CheckRedirect: c.onward().Check}
}

// URL returns the registry's address, with a slash at the end.
func (c *Client) URL() string { return c.base.String() }

// Authenticated reports whether the client has a token.
func (c *Client) Authenticated() bool { return c.token.Given() }

// ParseURL reads the address of a registry: http or https, a host and a path
// only, in canonical spelling, because Go and Node parse others differently
// (RFC 3986 and WHATWG URL). The result ends in a slash.
func ParseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		// The parser's own error quotes the address, which may hold a password.
		return nil, errors.New("the registry address cannot be read: expected https://host/path/")
	}
	switch {
	case u.User != nil:
		return nil, errors.New("the registry address holds a user name or password: give the token in NODE_AUTH_TOKEN instead")
	case u.Scheme != "https" && u.Scheme != "http", u.Opaque != "", u.Hostname() == "":
		return nil, fmt.Errorf("registry address %+q: expected https://host/path/", address)
	case u.RawQuery != "", u.ForceQuery, u.Fragment != "", strings.ContainsRune(address, '#'):
		return nil, fmt.Errorf("registry address %+q: nothing may follow the path", u.Redacted())
	case u.String() != address, u.RawPath != "", strings.ToLower(u.Host) != u.Host, !printable(address):
		return nil, fmt.Errorf("registry address %+q: not in its plain form (lower-case ASCII host, no escapes)", address)
	case strings.Contains(u.Path, "//"), strings.Contains(u.Path+"/", "/./"), strings.Contains(u.Path+"/", "/../"):
		return nil, fmt.Errorf("registry address %+q: the path holds empty or dot segments", address)
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return u, nil
}

// printable reports whether a text is ASCII without spaces, controls and
// backslashes.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' })
}

// escapedName returns the name as one path segment, as npm writes it:
// @scope%2fname.
func escapedName(name string) string { return strings.Replace(name, "/", "%2f", 1) }

// checkName refuses names that would lead to another endpoint. Package npm has
// the full grammar of names.
func checkName(name string) error {
	scope, base, scoped := strings.Cut(name, "/")
	if !scoped {
		scope, base = "@x", name
	}
	if !strings.HasPrefix(scope, "@") || checkSegment(scope[1:]) != nil || checkSegment(base) != nil {
		return fmt.Errorf("%+q cannot be part of a registry address", name)
	}
	return nil
}

// Addressable reports whether a name can be asked for: any that npm ever took, and
// not only those that a new package may have.
func Addressable(name string) bool { return checkName(name) == nil }

// checkSegment refuses a text, such as a version or a dist-tag, that is not one
// plain segment of a path.
func checkSegment(s string) error {
	if s == "" || s == "." || s == ".." || len(s) > 214 || strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~+!*'()", r))
	}) {
		return fmt.Errorf("%+.214q cannot be part of a registry address", s)
	}
	return nil
}

// address returns the URL of a path below the registry; its segments are
// already escaped.
func (c *Client) address(path string) string { return c.base.String() + path }
