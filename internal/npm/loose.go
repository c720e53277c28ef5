package npm

import (
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// looseVersion is the grammar of node-semver's loose parser (internal/re.js,
// LOOSE): signs before the numbers, leading zeros, a prerelease without its
// hyphen.
var looseVersion = pattern.New(`^[v=\s]*([0-9]+)\.([0-9]+)\.([0-9]+)` +
	`(?:-?((?:[0-9]+|[0-9]*[a-zA-Z-][a-zA-Z0-9-]*)(?:\.(?:[0-9]+|[0-9]*[a-zA-Z-][a-zA-Z0-9-]*))*))?` +
	`(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$`)

// Clean returns the version that npm makes of a malformed one such as "01.2.3"
// or "=1.2.3", like node-semver's clean with its loose parser; ok is false if
// it makes none.
func Clean(s string) (v Version, ok bool) {
	if len(s) > maxVersionLength {
		return Version{}, false
	}
	m := looseVersion.FindStringSubmatch(trimBlanks(s))
	if m == nil {
		return Version{}, false
	}
	text := withoutZeros(m[1]) + "." + withoutZeros(m[2]) + "." + withoutZeros(m[3])
	if m[4] != "" {
		parts := strings.Split(m[4], ".")
		for i, p := range parts {
			parts[i] = withoutZeros(p)
		}
		text += "-" + strings.Join(parts, ".")
	}
	v, err := parseFull(text)
	return v, err == nil
}

// withoutZeros removes leading zeros of a number; other text is returned
// unchanged.
func withoutZeros(s string) string {
	if strings.Trim(s, "0123456789") != "" {
		return s
	}
	if s = strings.TrimLeft(s, "0"); s == "" {
		return "0"
	}
	return s
}
