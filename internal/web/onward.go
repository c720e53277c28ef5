package web

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Onward returns a context for a request to an address that an answer gave, which
// may be on another server than home, the one that the user named. Such a request
// must carry no credential.
//
// With this context, a transport of NewTransport connects to another server only
// at an address of the public internet, or of a private network if home is in one
// too. It never connects to a cloud's metadata service. The address is checked
// after the name was resolved, and the connection goes to that address. Behind a
// proxy, which resolves names itself, the proxy must check.
func Onward(ctx context.Context, home *url.URL) context.Context {
	return context.WithValue(ctx, homeKey{}, hostname(home))
}

type homeKey struct{}

// A LocalError means that no connection was made, because an answer led to an
// address of this machine or its network.
type LocalError struct{ Host string }

// Error names the host.
func (e *LocalError) Error() string {
	return fmt.Sprintf("%+.100q is an address of this machine or its network: nothing was asked for there", e.Host)
}

// metadata are the addresses, besides the link-local ones, at which a cloud tells
// a machine its secrets.
var metadata = []netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"),   // AWS
	netip.MustParseAddr("100.100.100.200"), // Alibaba
	netip.MustParseAddr("192.0.0.192"),     // Oracle
	netip.MustParseAddr("168.63.129.16"),   // Azure
}

const dialTimeout = 10 * time.Second

// A dialer connects. Under Onward, and to the guarded server, it checks the
// address first.
type dialer struct {
	resolver *net.Resolver // nil: the system's
	proxied  bool
	guard    *guard
}

// dial is the DialContext of a transport.
func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	plain := net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Resolver: d.resolver}
	home, onward := ctx.Value(homeKey{}).(string)
	host, port, err := net.SplitHostPort(address)
	if err == nil && !d.proxied && d.guard.guards(host) {
		return d.guard.dial(ctx, plain, network, port)
	}
	if !onward || d.proxied || err == nil && strings.EqualFold(strings.TrimSuffix(host, "."), home) {
		return plain.DialContext(ctx, network, address)
	}
	var homes []netip.Addr
	if d.guard.guards(home) {
		homes, err = d.guard.addresses(ctx, d.resolver)
	} else {
		homes, err = d.resolver.LookupNetIP(ctx, "ip", home) // the method of a nil Resolver uses the system's
	}
	if err != nil {
		return nil, err
	}
	private := !slices.ContainsFunc(homes, PublicIP)
	plain.ControlContext = func(_ context.Context, _, to string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(to)
		if err != nil {
			return err
		}
		if ip := at.Addr(); PublicIP(ip) || private && !secretIP(ip) {
			return nil
		}
		return &LocalError{host}
	}
	return plain.DialContext(ctx, network, address)
}
