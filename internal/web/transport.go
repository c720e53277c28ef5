package web

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"
)

// TransportOptions say how connections are made. The zero value connects
// directly and trusts the system's roots.
type TransportOptions struct {
	Proxy   *url.URL       // nil: none; the environment's HTTPS_PROXY is not asked: an earlier step can plant it
	RootCAs *x509.CertPool // nil: the system's

	Resolver *net.Resolver // nil: the system's
}

// NewTransport makes a transport whose every option is written here: a default
// one takes its proxy from the environment, and a planted variable would lead
// the token through it.
func NewTransport(o TransportOptions) *http.Transport {
	t := &http.Transport{
		DialContext:         dialer{o.Resolver, o.Proxy != nil}.dial,
		TLSClientConfig:     &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second,
		// For the advisory endpoint, which has taken 173 s (npm/cli#9950); other
		// calls have limits of their own.
		ResponseHeaderTimeout:  4 * time.Minute,
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
