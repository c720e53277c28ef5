package sbom

import (
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// iri makes an address fit for CycloneDX, which wants an IRI-reference: what an
// IRI may not hold is percent-encoded, scp-like addresses get their scheme. A
// password never comes along, nor a user name where it may be a token: a bill
// of materials is published.
func iri(address string) (string, bool) {
	if path, ok := strings.CutPrefix(address, npm.PublicRegistry); ok && tame(path) {
		return address, true // nearly all of them: nothing to parse
	}
	address = scp(percent(address))
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return "", false
	}
	if u.User != nil {
		if web(u) {
			u.User = nil
		} else {
			u.User = url.User(u.User.Username())
		}
		address = u.String()
	}
	return address, true
}

// tame holds for a path that is the same however it is read.
func tame(path string) bool {
	for i := 0; i < len(path); i++ {
		if !isTame[path[i]] {
			return false
		}
	}
	return true
}

// isTame are letters, digits and five signs: a table, since what comes next in an
// address is hard to guess for a processor.
var isTame = [256]bool{
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'g': true, 'h': true, 'i': true, 'j': true, 'k': true, 'l': true, 'm': true,
	'n': true, 'o': true, 'p': true, 'q': true, 'r': true, 's': true, 't': true, 'u': true, 'v': true, 'w': true, 'x': true, 'y': true, 'z': true,
	'A': true, 'B': true, 'C': true, 'D': true, 'E': true, 'F': true, 'G': true, 'H': true, 'I': true, 'J': true, 'K': true, 'L': true, 'M': true,
	'N': true, 'O': true, 'P': true, 'Q': true, 'R': true, 'S': true, 'T': true, 'U': true, 'V': true, 'W': true, 'X': true, 'Y': true, 'Z': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'-': true, '.': true, '_': true, '/': true, '@': true,
}

// web tells addresses that are asked with a token from those where the user is
// a matter of the protocol, as git in git+ssh://git@host.
func web(u *url.URL) bool {
	return u.Scheme == "http" || u.Scheme == "https" || strings.HasSuffix(u.Scheme, "+http") || strings.HasSuffix(u.Scheme, "+https")
}

// percent percent-encodes the bytes that may not stand in an IRI. Characters
// beyond ASCII may in principle, but the ways of reading them differ, so they
// are encoded too.
func percent(s string) string {
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 || c == '%' && !isEscape(s[i:]) {
			b.WriteByte('%')
			b.WriteByte(upper[c>>4])
			b.WriteByte(upper[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isEscape(s string) bool {
	if len(s) < 3 {
		return false
	}
	_, err := hex.DecodeString(s[1:3])
	return err == nil
}

// scp rewrites git@host:owner/repo as git+ssh://git@host/owner/repo: the first
// reads as a scheme "git@host", which no IRI has.
func scp(s string) string {
	at, colon := strings.IndexByte(s, '@'), strings.IndexByte(s, ':')
	if at <= 0 || colon < at || strings.ContainsAny(s[:colon], "/[") || strings.HasPrefix(s[colon:], "://") {
		return s
	}
	return "git+ssh://" + s[:colon] + "/" + strings.TrimPrefix(s[colon+1:], "/")
}

// hosts are the shorthands of npm's repository field (hosted-git-info).
var hosts = []struct{ prefix, address, suffix string }{
	{"github:", "git+https://github.com/", ".git"},
	{"gitlab:", "git+https://gitlab.com/", ".git"},
	{"bitbucket:", "git+https://bitbucket.org/", ".git"},
	{"gist:", "git+https://gist.github.com/", ".git"},
}

// repository turns the manifest's repository into an address: shorthands as npm
// expands them, the rest as iri has it.
func repository(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", false
	}
	for _, h := range hosts {
		if rest, ok := strings.CutPrefix(s, h.prefix); ok && !strings.HasPrefix(rest, "//") {
			return iri(h.address + strings.TrimSuffix(rest, h.suffix) + h.suffix)
		}
	}
	if strings.Count(s, "/") == 1 && !strings.ContainsAny(s, ":@ ") && s[0] != '.' && s[0] != '/' && s[0] != '~' {
		return iri("git+https://github.com/" + s + ".git")
	}
	return iri(s)
}
