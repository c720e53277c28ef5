package sbom

import (
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// iri makes an address valid for CycloneDX, which requires an IRI-reference.
// Characters that an IRI may not contain are percent-encoded, scp-like
// addresses get their scheme. A password is always removed, and a user name too
// where it may be a token: a bill of materials is published.
func iri(address string) (string, bool) {
	if path, ok := strings.CutPrefix(address, npm.PublicRegistry); ok && readsOneWay(path) {
		return address, true // the usual case: no need to parse it
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

// readsOneWay reports whether a path reads the same however it is parsed.
func readsOneWay(path string) bool {
	for i := 0; i < len(path); i++ {
		if !plainByte[path[i]] {
			return false
		}
	}
	return true
}

// plainByte marks letters, digits and five punctuation characters. It is a
// table, because branches on the next character are hard for a processor to
// predict.
var plainByte = [256]bool{
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'g': true, 'h': true, 'i': true, 'j': true,
	'k': true, 'l': true, 'm': true,
	'n': true, 'o': true, 'p': true, 'q': true, 'r': true, 's': true, 't': true, 'u': true, 'v': true, 'w': true,
	'x': true, 'y': true, 'z': true,
	'A': true, 'B': true, 'C': true, 'D': true, 'E': true, 'F': true, 'G': true, 'H': true, 'I': true, 'J': true,
	'K': true, 'L': true, 'M': true,
	'N': true, 'O': true, 'P': true, 'Q': true, 'R': true, 'S': true, 'T': true, 'U': true, 'V': true, 'W': true,
	'X': true, 'Y': true, 'Z': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'-': true, '.': true, '_': true, '/': true, '@': true,
}

// web reports whether requests to the address may carry a token. In other
// schemes, as in git+ssh://git@host, the user is part of the protocol.
func web(u *url.URL) bool {
	return u.Scheme == "http" || u.Scheme == "https" || strings.HasSuffix(u.Scheme, "+http") ||
		strings.HasSuffix(u.Scheme, "+https")
}

// percent percent-encodes the bytes that may not occur in an IRI. Characters
// beyond ASCII are allowed there, but parsers differ about them, so they are
// encoded too.
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

// scp rewrites git@host:owner/repo as git+ssh://git@host/owner/repo. The first
// form would read as a scheme "git@host", which is not valid in an IRI.
func scp(s string) string {
	at, colon := strings.IndexByte(s, '@'), strings.IndexByte(s, ':')
	if at <= 0 || colon < at || strings.ContainsAny(s[:colon], "/[") || strings.HasPrefix(s[colon:], "://") {
		return s
	}
	return "git+ssh://" + s[:colon] + "/" + strings.TrimPrefix(s[colon+1:], "/")
}

// hosts are the shorthands in npm's repository field (hosted-git-info).
var hosts = []struct{ prefix, address, suffix string }{
	{"github:", "git+https://github.com/", ".git"},
	{"gitlab:", "git+https://gitlab.com/", ".git"},
	{"bitbucket:", "git+https://bitbucket.org/", ".git"},
	{"gist:", "git+https://gist.github.com/", ".git"},
}

// repository converts the manifest's repository to an address: shorthands as
// npm expands them, everything else by iri.
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
