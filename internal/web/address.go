package web

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// special are the blocks of addresses that are neither private nor local in
// netip's sense and that no public server has (IANA's registries of special-
// purpose addresses, RFC 6890), and the address of Azure's machine service.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by carriers; Alibaba's metadata is in it
	netip.MustParsePrefix("168.63.129.16/32"),
	netip.MustParsePrefix("192.0.0.0/24"), // Oracle's metadata is in it
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // these three lead to an IPv4 address that they hold
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001:db8::/32"),
}

// PublicIP tells an address of the public internet from one of this machine or
// its network, a cloud's metadata service included.
func PublicIP(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return ip.IsGlobalUnicast() && !ip.IsPrivate() &&
		!slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// Public is PublicIP for the host of an address, as far as it shows: a name is
// taken for public unless it is localhost.
func Public(u *url.URL) bool {
	name := hostname(u)
	if ip, err := netip.ParseAddr(name); err == nil {
		return PublicIP(ip)
	}
	return !local(name)
}

// Loopback reports whether an address is this machine's own: the one place
// where plain http is as good as https.
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
