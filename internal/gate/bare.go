package gate

import (
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/secret"
)

// bare returns the path of a request without the parts of it that may be a
// credential: some servers are reached at an address that only its owners know.
func bare(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if plain, err := url.PathUnescape(part); err != nil || opensSomething(plain) {
			parts[i] = "[redacted]"
		}
	}
	return strings.Join(parts, "/")
}

// opensSomething reports whether a part of a path may be a credential: it has the
// form of one that is known, or it is a long word of letters, both large and
// small, and digits, as none of a package, a digest or an ID is.
func opensSomething(part string) bool {
	if len(part) < 16 {
		return false
	}
	if scanner, err := secret.Default(); err != nil || len(scanner.Scan("path", []byte(part))) > 0 {
		return true
	}
	const lower, upper, digits = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	return len(part) >= 20 && strings.Trim(part, lower+upper+digits+"_-.~+=") == "" &&
		strings.ContainsAny(part, lower) && strings.ContainsAny(part, upper) && strings.ContainsAny(part, digits) &&
		!strings.HasSuffix(part, ".tgz") && !strings.HasSuffix(part, ".json") && !strings.HasSuffix(part, ".zip")
}
