package script

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// hole is what is composed at run time, in a text of which the rest is known.
const hole = "\x00"

// local are schemes whose authority is no host of the network.
var local = map[string]bool{"file": true, "webpack": true, "webpack-internal": true, "chrome": true, "chrome-extension": true,
	"moz-extension": true, "safari-web-extension": true, "resource": true, "app": true, "vscode": true, "vscode-file": true,
	"vscode-webview": true, "capacitor": true, "ionic": true, "tauri": true, "android-app": true, "ios-app": true, "blob": true,
	"data": true, "node": true, "npm": true, "jar": true, "about": true, "content": true, "asset": true, "pkg": true, "unix": true,
	"ipc": true, "rollup": true, "vite": true, "ng": true, "meteor": true, "turbopack": true, "bun": true, "deno": true}

// plainHost are schemes whose host may be one word: http://metadata/.
var plainHost = map[string]bool{"http": true, "https": true, "ws": true, "wss": true, "ftp": true, "redis": true, "rediss": true,
	"postgres": true, "postgresql": true, "mysql": true, "mongodb": true, "mongodb+srv": true, "amqp": true, "amqps": true,
	"mqtt": true, "mqtts": true, "tcp": true, "udp": true, "tls": true, "ssh": true, "sftp": true, "ldap": true, "ldaps": true,
	"nats": true, "kafka": true, "smtp": true, "smtps": true, "grpc": true, "grpcs": true}

// hostsIn yields the hosts of the addresses in a text, anywhere in it. open says
// that the host of one is composed at run time.
func hostsIn(text string, found func(host string), open func()) {
	if m := loose.FindStringSubmatch(text); m != nil {
		if host := tidyHost(authorityOf(m[1])); named.MatchString(host) && isHost(host, false) {
			found(host)
		}
	}
	for at := 0; ; {
		i := strings.Index(text[at:], "://")
		if i < 0 {
			return
		}
		scheme := schemeBefore(text[:at+i])
		at += i + len("://")
		if scheme == "" || local[scheme] {
			continue
		}
		authority := authorityOf(text[at:min(len(text), at+maxAuthority)])
		before, rest, composed := strings.Cut(authority, hole)
		switch {
		case strings.HasSuffix(authority, ":") && strings.HasPrefix(text[at+len(authority):], "//"): // put before an address
		case composed && strings.Contains(before, ":") && isHost(tidyHost(before), plainHost[scheme]): // its port is
			found(tidyHost(before))
		case composed && (before == "" && !strings.HasPrefix(rest, ".") || strings.Contains(rest, hole) || !strings.Contains(rest, ".")):
			open()
		case composed:
			_, rest, _ = strings.Cut(rest, ".")
			if host := tidyHost(rest); isHost(host, false) {
				found("*." + host)
			} else {
				open()
			}
		default:
			if host := tidyHost(authority); isHost(host, plainHost[scheme]) {
				found(host)
			}
		}
	}
}

const maxAuthority = 512

// loose is an address as a browser also takes it: without a scheme, or with
// fewer or other slashes.
var loose = pattern.New(`^\s*(?:(?i:https?|wss?|ftp):(?:[/\\]?|\\{2}|/\\|\\/|[/\\]{3,})|//)([^/\\].{0,300})`)

// schemeBefore returns the scheme at the end of a text, in lower case.
func schemeBefore(text string) string {
	begin := len(text)
	for begin > 0 && len(text)-begin < 32 && (isWordByte(text[begin-1]) && text[begin-1] < 0x80 || strings.IndexByte("+.-",
		text[begin-1]) >= 0) {
		begin--
	}
	return strings.ToLower(strings.TrimLeft(text[begin:], "+.-0123456789_$\\"))
}

// authorityOf returns the beginning of a text up to where a path, a query or
// something else begins, without a user.
func authorityOf(text string) string {
	if end := strings.IndexAny(text, "/?#\\\"'` \t\r\n,;)(<>|{}^"); end >= 0 {
		text = text[:end]
	}
	text = text[strings.LastIndexByte(text, '@')+1:]
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	return text
}

var (
	// named is a host that has a top-level domain.
	named = pattern.New(`^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*\.[a-z][a-z0-9-]+$`)
	label = pattern.New(`^[a-z0-9_\x{80}-\x{10ffff}-]+$`)
)

// tidyHost returns the host of an authority: without a port and the last dot.
func tidyHost(authority string) string {
	host := strings.ToLower(authority)
	if rest, ok := strings.CutPrefix(host, "["); ok {
		host, _, _ = strings.Cut(rest, "]")
		return host
	}
	host, _, _ = strings.Cut(host, ":")
	return strings.TrimSuffix(host, ".")
}

// isHost reports whether a text is a host of the network. This machine is none, and
// www.w3.org stands for names: its URLs are XML namespaces.
func isHost(host string, single bool) bool {
	if len(host) > 253 || host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "www.w3.org" {
		return false
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return !ip.IsLoopback() && !ip.IsUnspecified()
	}
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if !label.MatchString(l) {
			return false
		}
	}
	return single || len(labels) > 1
}

// isAddress reports whether a text is the address of a machine.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
