package normal

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A webURL is what npm asks of an address, as a browser and Node read it (URL
// Standard, "basic URL parser", without a base).
type webURL struct {
	scheme         string // without the colon
	user, password string // encoded
	host           string
	path           string // encoded
	hash           string // encoded, without the #
}

// special are the schemes whose URLs have a host always.
var special = map[string]bool{"http": true, "https": true, "ws": true, "wss": true, "ftp": true, "file": true}

// isURL is URL.canParse.
func isURL(s string) bool { _, ok := parseURL(s); return ok }

// parseURL parses an absolute URL.
func parseURL(s string) (u webURL, ok bool) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	scheme, rest, found := strings.Cut(s, ":")
	if !found || !isScheme(scheme) {
		return u, false
	}
	u.scheme = strings.ToLower(scheme)
	rest, hash, _ := strings.Cut(rest, "#")
	u.hash = percent(hash, fragmentSet)
	rest, _, _ = strings.Cut(rest, "?")
	if special[u.scheme] {
		rest = strings.ReplaceAll(rest, `\`, "/")
	}
	switch {
	case u.scheme == "file":
		return u.file(rest)
	case special[u.scheme]:
		return u.authority(strings.TrimLeft(rest, "/"))
	case strings.HasPrefix(rest, "//"):
		return u.authority(rest[2:])
	case strings.HasPrefix(rest, "/"):
		u.path = resolved(rest)
		return u, true
	}
	u.path = percent(rest, controlSet) // an opaque path
	return u, true
}

func isScheme(s string) bool {
	for i, r := range s {
		if !(isLetter(r) || i > 0 && (isWord(r) || strings.ContainsRune("+-.", r))) {
			return false
		}
	}
	return s != ""
}

func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }

func isWord(r rune) bool { return isLetter(r) || r >= '0' && r <= '9' }

// file reads what follows "file:".
func (u webURL) file(rest string) (webURL, bool) {
	if !strings.HasPrefix(rest, "//") {
		u.path = resolved("/" + strings.TrimPrefix(rest, "/"))
		return u, true
	}
	host, path, _ := strings.Cut(rest[2:], "/")
	if len(host) == 2 && isLetter(rune(host[0])) && strings.ContainsRune(":|", rune(host[1])) { // a drive of Windows
		host, path = "", host+"/"+path
	}
	ok := true
	if host != "" {
		u.host, ok = domain(host)
	}
	u.path = resolved("/" + path)
	return u, ok
}

// authority reads what follows the slashes: user, host, port and path.
func (u webURL) authority(rest string) (webURL, bool) {
	authority, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	host := authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, password, _ := strings.Cut(authority[:i], ":")
		u.user, u.password = percent(user, userSet), percent(password, userSet)
		if host = authority[i+1:]; host == "" {
			return u, false
		}
	}
	end := strings.LastIndexByte(host, ']') + 1 // of an IPv6 address
	if i := strings.IndexByte(host[end:], ':'); i >= 0 {
		port := host[end+i+1:]
		if host = host[:end+i]; host == "" || !isPort(port) {
			return u, false
		}
	}
	ok := true
	switch {
	case special[u.scheme] && host == "":
		return u, false
	case strings.HasPrefix(host, "["):
		addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
		u.host, ok = host, err == nil && addr.Is6() && addr.Zone() == "" && strings.HasSuffix(host, "]")
	case special[u.scheme]:
		u.host, ok = domain(host)
	default:
		u.host, ok = percent(host, controlSet), !strings.ContainsAny(host, forbidden)
	}
	if u.path = resolved(path); u.path == "" && special[u.scheme] {
		u.path = "/"
	}
	return u, ok
}

func isPort(s string) bool {
	if s == "" {
		return true
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && n <= 65535 && strings.Trim(s, "0123456789") == ""
}

// forbidden are the characters that no host has.
const forbidden = "\x00\t\n\r #/:<>?@[\\]^|"

// domain reads the host of a special scheme. Names outside ASCII are not mapped
// as in IDNA: they are no host that npm knows.
func domain(s string) (string, bool) {
	name, err := url.PathUnescape(percentOnly(s))
	if err != nil || !utf8.ValidString(name) || name == "" {
		return "", false
	}
	bad := func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == '%' || strings.ContainsRune(forbidden, r) || r == utf8.RuneError ||
			r > 0x7f && (unicode.IsSpace(r) || unicode.IsControl(r))
	}
	if strings.ContainsFunc(name, bad) {
		return "", false
	}
	name = strings.ToLower(name)
	parts := strings.Split(name, ".")
	if len(parts) > 1 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	if last := parts[len(parts)-1]; isNumber(last) || last != "" && strings.Trim(last, "0123456789") == "" {
		return name, isIPv4(parts)
	}
	return name, true
}

// percentOnly encodes a percent sign that encodes nothing: such a host has one.
func percentOnly(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		if s[i] == '%' && !(i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])) {
			b.WriteString("25")
		}
	}
	return b.String()
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

// isNumber reports whether a label is a number in C's notation.
func isNumber(s string) bool { _, ok := numberOf(s); return ok }

func numberOf(s string) (n uint64, ok bool) {
	base, digits := 10, s
	switch {
	case s == "":
		return 0, false
	case strings.HasPrefix(s, "0x"):
		base, digits = 16, s[2:]
	case len(s) > 1 && s[0] == '0':
		base, digits = 8, s[1:]
	}
	if digits == "" {
		return 0, true
	}
	if strings.ContainsAny(digits, "_+-") {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, base, 64)
	if err != nil && n == 1<<64-1 { // too large, and a number
		return n, true
	}
	return n, err == nil
}

func isIPv4(parts []string) bool {
	if len(parts) > 4 {
		return false
	}
	for i, part := range parts {
		n, ok := numberOf(part)
		limit := uint64(256)
		if i == len(parts)-1 {
			limit = 1 << (8 * (5 - len(parts)))
		}
		if !ok || n >= limit {
			return false
		}
	}
	return true
}

// resolved removes "." and ".." from a path, and encodes it.
func resolved(path string) string {
	if path == "" {
		return ""
	}
	var out []string
	parts := strings.Split(path[1:], "/")
	for i, part := range parts {
		last := i == len(parts)-1
		switch dots := strings.ReplaceAll(strings.ToLower(part), "%2e", "."); dots {
		case ".", "..":
			if dots == ".." && len(out) > 0 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, percent(part, pathSet))
		}
	}
	return "/" + strings.Join(out, "/")
}

// The sets of characters that are encoded in the parts of a URL.
func controlSet(r rune) bool  { return r < ' ' || r > '~' }
func fragmentSet(r rune) bool { return controlSet(r) || strings.ContainsRune(" \"<>`", r) }
func pathSet(r rune) bool     { return controlSet(r) || strings.ContainsRune(" \"#<>?^`{}", r) }
func userSet(r rune) bool     { return pathSet(r) || strings.ContainsRune("/:;=@[\\]|", r) }

// percent encodes the characters of a set.
func percent(s string, set func(rune) bool) string {
	var b strings.Builder
	for _, r := range s {
		if !set(r) {
			b.WriteRune(r)
			continue
		}
		for _, c := range []byte(string(r)) {
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
		}
	}
	return b.String()
}
