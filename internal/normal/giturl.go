package normal

import "strings"

// auth returns user and password of an address of which npm keeps them.
func (u webURL) auth() string {
	if !protocols[u.scheme] || u.user == "" && u.password == "" {
		return ""
	}
	if u.password == "" {
		return u.user
	}
	return u.user + ":" + u.password
}

// parseGit parses an address of git's: a URL, or user@host:path, with or without
// a scheme (hosted-git-info, lib/parse-url.js).
func parseGit(s string) (webURL, bool) {
	s = withScheme(s)
	if u, ok := parseURL(s); ok {
		return u, true
	}
	return parseURL(withSlash(s))
}

// withScheme adds what is missing between scheme and path.
func withScheme(s string) string {
	colon := strings.IndexByte(s, ':')
	if colon >= 0 {
		if _, known := protocols[s[:colon]]; known {
			return s
		}
		if strings.HasPrefix(s[colon:], "://") {
			return s
		}
	}
	switch at := strings.IndexByte(s, '@'); {
	case at > colon:
		return "git+ssh://" + s
	case at >= 0:
		return s
	}
	return s[:colon+1] + "//" + s[colon+1:]
}

// withSlash makes a path of what follows the last colon, as in git@host:path.
func withSlash(s string) string {
	at, colon := lastBeforeHash(s, '@'), lastBeforeHash(s, ':')
	if colon > at {
		s = s[:colon] + "/" + s[colon+1:]
	}
	if lastBeforeHash(s, ':') < 0 && !strings.Contains(s, "//") {
		s = "git+ssh://" + s
	}
	return s
}

func lastBeforeHash(s string, c byte) int {
	if i := strings.IndexByte(s, '#'); i >= 0 {
		s = s[:i]
	}
	return strings.LastIndexByte(s, c)
}
