package registry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// TransportOptions say how connections are made. The zero value connects
// directly and trusts the system's roots.
type TransportOptions struct {
	Proxy   *url.URL       // nil: none; the environment's HTTPS_PROXY is not asked (THREATS 26)
	RootCAs *x509.CertPool // nil: the system's
}

// NewTransport makes a transport whose every option is written here: a default
// one takes its proxy from the environment, and a planted variable would lead
// the token through it.
func NewTransport(o TransportOptions) *http.Transport {
	t := &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  4 * time.Minute, // for the advisory endpoint, which has taken 173 s (npm/cli#9950); other calls have limits of their own
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    16, // as many as ask for advisories at once
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
	if o.Proxy != nil {
		t.Proxy = http.ProxyURL(o.Proxy)
	}
	return t
}

// maxRedirects is how many hops an anonymous read may take.
const maxRedirects = 3

var errRedirect = errors.New("redirected")

// checkRedirect lets only an anonymous read go on, and only within the
// registry's own origin. Go itself resends a body on 307 and 308 and keeps
// custom headers across hosts, and the bearer token on another port of the
// same host (THREATS 52).
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	if c.token.Given() || via[0].Method != http.MethodGet || len(via) > maxRedirects ||
		req.URL.Scheme != c.base.Scheme || req.URL.Host != c.base.Host || req.URL.User != nil {
		return errRedirect
	}
	return nil
}
