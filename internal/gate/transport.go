package gate

import (
	"crypto/x509"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/web"
)

// connect makes one transport for c and the runner, unless c has one already.
// disconnect closes its idle connections.
func (c *Net) connect(r *action.Runner) (disconnect func(), err error) {
	if c.Transport != nil {
		return func() {}, nil
	}
	transport, err := NewTransport(*c)
	if err != nil {
		return func() {}, err
	}
	c.Transport = transport
	if r != nil {
		r.Use(transport)
	}
	return transport.CloseIdleConnections, nil
}

// NewTransport makes the transport that carries every request. It uses what the
// user named and nothing else: no proxy, certificate or credential of the
// environment.
func NewTransport(c Net) (*web.Transport, error) {
	o := web.TransportOptions{Resolver: c.Resolver, Observe: c.Observe}
	if c.Proxy != "" {
		proxy, err := url.Parse(c.Proxy)
		if err != nil {
			return nil, fmt.Errorf("%w: the proxy's address", ErrUsage)
		}
		o.Proxy = proxy
	}
	if c.CAFile != "" {
		pem, err := disk.ReadNamed(c.CAFile, maxRoot)
		if err != nil {
			return nil, err
		}
		roots, err := x509.SystemCertPool()
		if err != nil {
			return nil, fmt.Errorf("read the system's certificates: %w", err)
		}
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%w: %s holds no certificate", ErrUsage, c.CAFile)
		}
		o.RootCAs = roots
	}
	if c.Registry != "" && !c.Offline { // offline it only says what the registry would be
		guarded, err := registry.ParseURL(c.Registry)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUsage, err)
		}
		o.Guarded, o.AllowPrivate = guarded, c.AllowPrivate || !c.sends(guarded)
	}
	return web.NewTransport(o), nil
}

// sends reports whether a credential may go to the registry.
func (c *Net) sends(to *url.URL) bool {
	bound := func(place string) bool { return strings.HasPrefix(place, "//"+to.Host+"/") }
	return c.Credentialed || c.Token.Given() || slices.ContainsFunc(slices.Collect(maps.Keys(c.RegistryTokens)), bound)
}
