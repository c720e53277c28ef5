package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Node (WHATWG) and Go (RFC 3986) parse URLs differently, so the two may see
// different hosts. Nothing is parsed leniently here: an address counts only in
// the one spelling that both write. See
// https://url.spec.whatwg.org/#url-parsing.

// spelling returns why an http(s) address is not in canonical form, or "". It
// does not say whether the host may be used.
func spelling(address string) string {
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`\"<>^`+"`{|}", c) >= 0 {
			return "has an address with characters that readers read differently"
		}
	}
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || scheme != "https" && scheme != "http" {
		return "has an address that is not https"
	}
	authority, path, _ := strings.Cut(rest, "/")
	if strings.ContainsAny(authority, "@") {
		return "has an address with a user name in it"
	}
	if strings.ContainsAny(authority, "?#%") {
		return "has an address whose host readers read differently"
	}
	if problem := hostSpelling(authority, scheme); problem != "" {
		return problem
	}
	path, behind := cutPath(path)
	for rest := behind; ; {
		_, after, found := strings.Cut(rest, "%")
		if !found {
			break
		}
		if len(after) < 2 || strings.Trim(after[:2], "0123456789abcdefABCDEF") != "" {
			return "has an address with an escape that readers read differently"
		}
		rest = after
	}
	for segment := range strings.SplitSeq(path, "/") {
		if problem := segmentSpelling(segment); problem != "" {
			return problem
		}
	}
	return ""
}

// cutPath splits a path from the query and the fragment after it.
func cutPath(s string) (path, behind string) {
	if at := strings.IndexAny(s, "?#"); at >= 0 {
		return s[:at], s[at:]
	}
	return s, ""
}

// segmentSpelling allows only the escapes of scoped names and build metadata.
func segmentSpelling(segment string) string {
	if segment == "" || segment == "." || segment == ".." {
		return "has an address with an empty or dotted path element"
	}
	for rest := segment; ; {
		_, after, found := strings.Cut(rest, "%")
		if !found {
			return ""
		}
		if len(after) < 2 || !slices.Contains([]string{"2f", "40", "2b"}, strings.ToLower(after[:2])) {
			return "has an address with an escape that readers read differently"
		}
		rest = after[2:]
	}
}

// hostSpelling judges host[:port]. IP addresses pass only as four decimal
// numbers or in brackets; unsafePlace judges them.
func hostSpelling(authority, scheme string) string {
	const differently = "has an address whose host readers read differently"
	host, port, hasPort := strings.Cut(authority, ":")
	if strings.HasPrefix(authority, "[") {
		inner, after, closed := strings.Cut(authority[1:], "]")
		ip, err := netip.ParseAddr(inner)
		if !closed || err != nil || ip.Zone() != "" || ip.String() != inner || !strings.HasPrefix(after+":", ":") {
			return differently
		}
		host, port, hasPort = "v6", strings.TrimPrefix(after, ":"), after != ""
	}
	if hasPort && (port == "" || port[0] == '0' || len(port) > 5 || strings.Trim(port, "0123456789") != "" ||
		scheme == "https" && port == "443" || scheme == "http" && port == "80") {
		return "has an address with a port that readers read differently"
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return differently
		}
	}
	return ""
}

// unsafePlace returns why no package may come from an address in canonical form
// unless the policy lists it, or "".
func unsafePlace(address string) string {
	if !strings.HasPrefix(address, "https://") {
		return "has an address that is not https"
	}
	if host := hostOf(address); !isPublic(host) {
		return fmt.Sprintf("comes from %s, which is not a public host name", host)
	}
	return ""
}

// hostOf returns the host of an address, with its port.
func hostOf(address string) string {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest[strings.LastIndexByte(rest, '@')+1:]
}

// isPublic reports whether a host looks like a name of the public DNS: no
// number in any notation of inet_aton and WHATWG (127.1, 0x7f000001,
// 2130706433), no single label, no name for local networks. The address behind
// the name is not checked.
func isPublic(host string) bool {
	if strings.HasPrefix(host, "[") {
		return false
	}
	host, _, _ = strings.Cut(host, ":")
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	if len(labels) < 2 || last == "" {
		return false
	}
	if c := last[0]; c >= '0' && c <= '9' {
		return false // no top-level domain begins with a digit
	}
	return !slices.Contains([]string{"localhost", "local", "internal", "lan", "home", "corp", "intranet", "test",
		"invalid", "example", "arpa"}, last)
}

// gitProblem returns what else is wrong with the address of a git dependency,
// which cannot be audited in any case, or "". A user name is part of ssh
// addresses.
func gitProblem(address string) string {
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c >= 0x7f || c == '\\' {
			return "has an address with characters that readers read differently"
		}
	}
	scheme, rest, ok := strings.Cut(strings.TrimPrefix(address, "git+"), "://")
	if !ok || scheme != "https" && scheme != "ssh" {
		return "is fetched from git without encryption"
	}
	authority, _, _ := strings.Cut(rest, "/")
	user, host, hasUser := strings.Cut(authority, "@")
	if !hasUser {
		host = user
	} else if scheme != "ssh" || strings.Contains(user, ":") {
		return "has an address with credentials in it"
	}
	name, _, _ := strings.Cut(host, ":") // scp's host:path may be in ssh addresses
	if problem := hostSpelling(name, scheme); problem != "" {
		return problem
	}
	if !isPublic(name) {
		return fmt.Sprintf("comes from %s, which is not a public host name", name)
	}
	return ""
}
