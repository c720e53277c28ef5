package registry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// TransportOptions say how connections are made. The zero value connects
// directly and trusts the system's roots.
type TransportOptions struct {
	Proxy   *url.URL       // nil: none; the environment's HTTPS_PROXY is not asked: an earlier step can plant it
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
// same host.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	if c.token.Given() || via[0].Method != http.MethodGet || len(via) > maxRedirects || !sameOrigin(req.URL, c.base) || req.URL.User != nil {
		return errRedirect
	}
	return nil
}

// checkHop lets a read that carries no credential go on, as far as c.leads.
func (c *Client) checkHop(req *http.Request, via []*http.Request) error {
	req.Header.Del("Referer") // it may be an address that is signed
	if len(via) > maxRedirects || !c.leads(req.URL) {
		return errRedirect
	}
	return nil
}

// leads reports whether an address that an answer gives may be asked for,
// without a credential: https, or plain http where the user's own word is http;
// and this machine or its network only where the registry is there too.
func (c *Client) leads(to *url.URL) bool {
	return (to.Scheme == "https" || to.Scheme == c.base.Scheme) && to.Hostname() != "" && to.User == nil && to.Opaque == "" &&
		(public(to) || !public(c.base))
}

// public tells a name or an address of the public internet from an address of
// this machine or its network, as far as it shows.
func public(u *url.URL) bool {
	name := strings.ToLower(u.Hostname())
	ip, err := netip.ParseAddr(name)
	if err != nil {
		return name != "localhost" && !strings.HasSuffix(name, ".localhost") // RFC 6761
	}
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate()
}

// sameOrigin compares scheme, host and port of two addresses.
func sameOrigin(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		if u.Port() == "" {
			return map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		return u.Port()
	}
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}
