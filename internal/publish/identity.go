package publish

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// canonical reads a version that is written as the registry writes it: no
// leading v or zeros, no spaces, no build metadata.
func canonical(s string) (npm.Version, bool) {
	v, err := npm.ParseVersion(s)
	return v, err == nil && v.Canonical() == s
}

// validTag reports whether a word can be a dist-tag: npm refuses version
// ranges, and the registry has the tag in an address.
func validTag(tag string) bool {
	if tag == "" || len(tag) > 128 || strings.Trim(tag[:1], ".-_~") == "" ||
		strings.ContainsFunc(tag, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~", r))
		}) {
		return false
	}
	_, err := npm.ParseRange(tag)
	return err != nil
}
