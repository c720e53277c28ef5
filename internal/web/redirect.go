package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Redirects say which redirects are followed. The zero value follows none.
//
// Some are never followed: to an address with a user name, and to another origin
// from a request that carries a credential. The next server is never told the
// address of the one before. Go itself would keep a credential for another port
// of the same host and for hosts below it.
type Redirects struct {
	Hops  int                                // at most
	Allow func(to, first *http.Request) bool // required if Hops is more than 0
	Rule  string                             // what Allow refuses, for messages: "another host"
}

// A RedirectError is an answer with a redirect that was not followed. Nothing was
// sent to the new address.
type RedirectError struct {
	Status int      // of the answer; 0 if unknown
	To     *url.URL // the address it gave
	why    string
}

// Error says why the redirect was not followed. It leaves out the new address,
// which may hold a secret.
func (e *RedirectError) Error() string {
	if e.Status == 0 {
		return e.why
	}
	return fmt.Sprintf("%d %s: %s", e.Status, http.StatusText(e.Status), e.why)
}

// Check is the CheckRedirect of an http.Client.
func (r Redirects) Check(to *http.Request, via []*http.Request) error {
	to.Header.Del("Referer") // it may be a signed address
	refuse := func(format string, args ...any) error {
		return &RedirectError{To: to.URL, why: fmt.Sprintf(format, args...)}
	}
	first := via[0]
	switch {
	case r.Hops == 0:
		return refuse("redirects, which is not followed")
	case len(via) > r.Hops:
		return refuse("redirects without end: more than %d", r.Hops)
	case to.URL.User != nil, !r.Allow(to, first):
		return refuse("redirects to %s", r.Rule)
	case first.Header.Get("Authorization") != "" && !SameOrigin(to.URL, first.URL):
		return refuse("redirects to another origin, where no credential is sent")
	}
	return nil
}

// SameOrigin reports whether two addresses have the same scheme, host and port.
func SameOrigin(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		if u.Port() == "" {
			return map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		return u.Port()
	}
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}
