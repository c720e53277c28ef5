package web

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// special are blocks of addresses that no public server has, although netip calls
// them neither private nor local (IANA's registries of special-purpose addresses,
// RFC 6890). The address of Azure's machine service is among them.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by carriers; Alibaba's metadata service is in it
	netip.MustParsePrefix("168.63.129.16/32"),
	netip.MustParsePrefix("192.0.0.0/24"), // Oracle's metadata service is in it
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // these three blocks lead to an IPv4 address inside the IPv6 address
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001:db8::/32"),
}

// PublicIP reports whether an address is on the public internet. It returns false
// for addresses of this machine, of a private network, and of a cloud's metadata
// service.
func PublicIP(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return ip.IsGlobalUnicast() && !ip.IsPrivate() &&
		!slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// Public reports whether the host of an address is public, without resolving it:
// a name counts as public unless it is localhost.
func Public(u *url.URL) bool {
	name := hostname(u)
	if ip, err := netip.ParseAddr(name); err == nil {
		return PublicIP(ip)
	}
	return !local(name)
}

// Loopback reports whether an address is this machine's own. Only there is plain
// http as good as https.
func Loopback(u *url.URL) bool {
	name := hostname(u)
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return local(name)
}

// local reports whether a name is this machine's own (RFC 6761, 6.3).
func local(name string) bool { return name == "localhost" || strings.HasSuffix(name, ".localhost") }

func hostname(u *url.URL) string { return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".") }
