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
	Proxy   *url.URL       // nil: none; HTTPS_PROXY is not used, because an earlier step can set it
	RootCAs *x509.CertPool // nil: the system's

	Resolver *net.Resolver // nil: the system's

	// Guarded is the server that credentials go to. Unless it is named by an
	// address, its name is resolved once, and no connection is made to addresses
	// of this machine or its network; AllowPrivate allows those, but for a cloud's
	// metadata service. Behind a proxy, which resolves names itself, the proxy must
	// check.
	Guarded      *url.URL
	AllowPrivate bool

	// Observe is told of each request, by several goroutines at once. Nil: nobody.
	Observe func(Sent)
}

// NewTransport makes a transport and sets every option itself. Go's default
// transport takes its proxy from the environment, and a variable set by an
// attacker would send the token through that proxy.
func NewTransport(o TransportOptions) *Transport {
	t := &http.Transport{
		DialContext:         dialer{o.Resolver, o.Proxy != nil, newGuard(o.Guarded, o.AllowPrivate)}.dial,
		TLSClientConfig:     &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second,
		// The advisory endpoint has taken 173 s (npm/cli#9950). Other calls set
		// limits of their own.
		ResponseHeaderTimeout:  4 * time.Minute,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    AtOnce,
		MaxIdleConns:           40, // of all hosts: the system may allow few open files
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{StrictMaxConcurrentRequests: true}, // one connection, however many requests wait for it
	}
	if o.Proxy != nil {
		t.Proxy = http.ProxyURL(o.Proxy)
	}
	return &Transport{Transport: t, observe: o.Observe}
}
