package web

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// A PrivateError means that no connection was made, because the name of the
// guarded server leads to no address but those of this machine, its network or a
// cloud's metadata service.
type PrivateError struct{ Host string }

// Error names the host and what can be done.
func (e *PrivateError) Error() string {
	return fmt.Sprintf("%+.100q leads to an address of this machine, its network or a cloud's metadata service: nothing was sent; if your "+
		"registry is there, allow it with -allow-private-registry, or give the address itself", e.Host)
}

// A guard resolves the name of one server once, and says which of its addresses
// are connected to.
type guard struct {
	host    string // empty: none is guarded
	private bool   // addresses of a private network are allowed

	mu     sync.Mutex
	pinned []netip.Addr // nil: not resolved yet
}

// newGuard guards a server by its name. One that is named by an address, or as
// this machine, is not guarded: whoever wrote that meant it.
func newGuard(server *url.URL, private bool) *guard {
	g := &guard{private: private}
	if server != nil {
		if name := hostname(server); !local(name) {
			if _, err := netip.ParseAddr(name); err != nil {
				g.host = name
			}
		}
	}
	return g
}

// guards reports whether a host is the guarded one.
func (g *guard) guards(host string) bool {
	return g.host != "" && strings.EqualFold(strings.TrimSuffix(host, "."), g.host)
}

// addresses resolves the guarded name the first time, and returns those of its
// addresses that may be connected to.
func (g *guard) addresses(ctx context.Context, resolver *net.Resolver) ([]netip.Addr, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pinned == nil {
		found, err := resolver.LookupNetIP(ctx, "ip", g.host) // the method of a nil Resolver uses the system's
		if err != nil {
			return nil, err
		}
		g.pinned = found
	}
	allowed := slices.DeleteFunc(slices.Clone(g.pinned), func(ip netip.Addr) bool {
		return !PublicIP(ip) && (!g.private || secretIP(ip))
	})
	if len(allowed) == 0 {
		return nil, &PrivateError{g.host}
	}
	return allowed, nil
}

// dial connects to the first of the guarded server's addresses that answers.
func (g *guard) dial(ctx context.Context, plain net.Dialer, network, port string) (c net.Conn, err error) {
	addresses, err := g.addresses(ctx, plain.Resolver)
	if err != nil {
		return nil, err
	}
	for i, ip := range addresses {
		if i < len(addresses)-1 {
			plain.Timeout = 3 * time.Second // another one may be nearer
		} else {
			plain.Timeout = dialTimeout
		}
		if c, err = plain.DialContext(ctx, network, net.JoinHostPort(ip.Unmap().String(), port)); err == nil || ctx.Err() != nil {
			return c, err
		}
	}
	return nil, err
}

// secretIP reports whether a cloud tells a machine its secrets at an address.
func secretIP(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return ip.IsLinkLocalUnicast() || slices.Contains(metadata, ip)
}
