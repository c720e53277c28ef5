package npm

import (
	"regexp"
	"strings"
)

// looseVersion is the grammar of node-semver's loose parser (internal/re.js,
// LOOSE): signs before the numbers, zeros in front of them, a prerelease without
// its hyphen.
var looseVersion = regexp.MustCompile(`^[v=\s]*([0-9]+)\.([0-9]+)\.([0-9]+)` +
	`(?:-?((?:[0-9]+|[0-9]*[a-zA-Z-][a-zA-Z0-9-]*)(?:\.(?:[0-9]+|[0-9]*[a-zA-Z-][a-zA-Z0-9-]*))*))?` +
	`(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$`)

// Clean is the version that npm makes of a text that is not written as one,
// "01.2.3" or "=1.2.3", as node-semver's clean with its loose parser does; ok is
// false where it makes none.
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

// withoutZeros takes the zeros off the front of a number; anything else stays.
func withoutZeros(s string) string {
	if strings.Trim(s, "0123456789") != "" {
		return s
	}
	if s = strings.TrimLeft(s, "0"); s == "" {
		return "0"
	}
	return s
}
