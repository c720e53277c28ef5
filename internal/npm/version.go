package npm

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/publishgate/publishgate/internal/display"
)

// A Version is a version of a package, read as npm reads it: strict SemVer
// 2.0.0 of node-semver, which every registry version satisfies. Build metadata
// is kept separately and ignored in comparisons.
type Version struct {
	Major, Minor, Patch uint64 // each at most 2^53-1: node-semver's numbers are doubles
	pre, build          string
}

// The limits of node-semver (internal/constants.js).
const (
	maxVersionLength = 256
	maxSafeInteger   = 1<<53 - 1
)

var (
	errNoVersion      = errors.New("not major.minor.patch")
	errVersionTooLong = errors.New("longer than 256 characters")
	errNumberTooBig   = errors.New("a number above 2^53-1")
)

// ParseVersion reads one version as node-semver's strict parser does: spaces
// (JavaScript's, so no-break spaces and the byte-order mark too) around it and
// one leading "v" are dropped; "=1.2.3", "1.2", "01.2.3", "1.2.x" and
// "1.2.3-01" are no versions. The error quotes at most 40 bytes of s.
func ParseVersion(s string) (Version, error) {
	v, err := parseVersion(s)
	if err != nil {
		return Version{}, fmt.Errorf("version %s: %w", quoteShort(s), err)
	}
	return v, nil
}

func parseVersion(s string) (Version, error) {
	// JavaScript counts UTF-16 units, before trimming.
	if len(s) > maxVersionLength && len(utf16.Encode([]rune(s))) > maxVersionLength {
		return Version{}, errVersionTooLong
	}
	s = trimBlanks(s)
	if len(s) > 0 && s[0] == 'v' {
		s = s[1:]
	}
	return parseFull(s)
}

// parseFull reads major.minor.patch[-pre][+build] and nothing else.
func parseFull(s string) (v Version, err error) {
	for i, n := range [...]*uint64{&v.Major, &v.Minor, &v.Patch} {
		if i > 0 {
			if len(s) == 0 || s[0] != '.' {
				return Version{}, errNoVersion
			}
			s = s[1:]
		}
		digits := numericPrefix(s)
		if digits == 0 {
			return Version{}, errNoVersion
		}
		*n = number(s[:digits])
		s = s[digits:]
	}
	if len(s) > 0 && s[0] == '-' {
		n := identifiers(s[1:], true)
		if n == 0 {
			return Version{}, errNoVersion
		}
		v.pre, s = s[1:1+n], s[1+n:]
	}
	if len(s) > 0 && s[0] == '+' {
		n := identifiers(s[1:], false)
		if n == 0 {
			return Version{}, errNoVersion
		}
		v.build, s = s[1:1+n], s[1+n:]
	}
	if s != "" {
		return Version{}, errNoVersion
	}
	if max(v.Major, v.Minor, v.Patch) > maxSafeInteger {
		return Version{}, errNumberTooBig
	}
	return v, nil
}

// numericPrefix returns the length of the numeric identifier at the beginning
// of s: 0, or digits without a leading zero.
func numericPrefix(s string) int {
	if s == "" || s[0] == '0' {
		return min(len(s), 1)
	}
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// number reads digits; anything above 2^53-1 becomes 2^53, which all callers
// refuse.
func number(digits string) uint64 {
	if len(digits) > 16 {
		return maxSafeInteger + 1
	}
	var n uint64
	for i := range len(digits) {
		n = n*10 + uint64(digits[i]-'0')
	}
	return min(n, maxSafeInteger+1)
}

// identifiers returns the length of the dot-separated identifiers at the
// beginning of s. A prerelease identifier of digits only has no leading zero.
func identifiers(s string, prerelease bool) int {
	end := 0
	for at := 0; ; at++ {
		start, letters := at, false
		for at < len(s) && isIdentifier(s[at]) {
			letters = letters || !isDigit(s[at])
			at++
		}
		if at == start || prerelease && !letters && s[start] == '0' && at-start > 1 {
			return end
		}
		end = at
		if at == len(s) || s[at] != '.' {
			return end
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isIdentifier(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-'
}

// Compare orders versions by SemVer precedence: negative when v comes before w,
// 0 when neither does (build metadata does not count), positive when after.
func (v Version) Compare(w Version) int {
	switch {
	case v.Major != w.Major:
		return order(v.Major, w.Major)
	case v.Minor != w.Minor:
		return order(v.Minor, w.Minor)
	case v.Patch != w.Patch:
		return order(v.Patch, w.Patch)
	case v.pre == w.pre:
		return 0
	case v.pre == "":
		return 1
	case w.pre == "":
		return -1
	}
	return comparePrerelease(v.pre, w.pre)
}

func order(a, b uint64) int {
	if a < b {
		return -1
	}
	return 1
}

func comparePrerelease(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if c := compareIdentifiers(x, y); c != 0 {
			return c
		}
	}
	// All shared identifiers are equal: the longer one comes later.
	return len(a) - len(b)
}

// compareIdentifiers follows node-semver (internal/identifiers.js): digits
// before letters, letters by ASCII, digits as numbers. Its numbers are doubles,
// so digits beyond 2^53 that round to the same double are equal, as they are
// to npm.
func compareIdentifiers(a, b string) int {
	x, y := allDigits(a), allDigits(b)
	switch {
	case x && !y:
		return -1
	case y && !x:
		return 1
	case !x || a == b:
		return strings.Compare(a, b)
	}
	if len(a) <= 15 && len(b) <= 15 {
		if len(a) != len(b) { // no leading zeros: more digits, bigger number
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	}
	f, _ := strconv.ParseFloat(a, 64)
	g, _ := strconv.ParseFloat(b, 64)
	switch {
	case f < g:
		return -1
	case f > g:
		return 1
	}
	return 0
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// Prerelease returns the part after the hyphen, "rc.1" of "1.2.3-rc.1+x"; empty
// for a release.
func (v Version) Prerelease() string { return v.pre }

// Build returns the part after the plus sign; empty if there is none.
func (v Version) Build() string { return v.build }

// Canonical returns the version without build metadata, as npm writes it.
func (v Version) Canonical() string { return string(v.append(make([]byte, 0, 24))) }

// String returns the same as Canonical.
func (v Version) String() string { return v.Canonical() }

func (v Version) append(b []byte) []byte {
	b = strconv.AppendUint(b, v.Major, 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, v.Minor, 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, v.Patch, 10)
	if v.pre != "" {
		b = append(b, '-')
		b = append(b, v.pre...)
	}
	return b
}

// Next returns the version that directly follows v by precedence: 1.2.4-0 after
// 1.2.3, 1.2.3-rc.1.0 after 1.2.3-rc.1. No version lies between the two.
func (v Version) Next() Version {
	if v.pre != "" {
		return Version{v.Major, v.Minor, v.Patch, v.pre + ".0", ""}
	}
	return Version{v.Major, v.Minor, v.Patch + 1, "0", ""}
}

// Release returns v without its prerelease part: 1.2.3 of 1.2.3-rc.1.
func (v Version) Release() Version { return Version{Major: v.Major, Minor: v.Minor, Patch: v.Patch} }

// isBlank reports whether JavaScript's trim and \s treat r as white space.
func isBlank(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\v', '\f', '\r', 0xA0, 0xFEFF, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200A
}

func trimBlanks(s string) string {
	if s == "" || isIdentifier(s[0]) && isIdentifier(s[len(s)-1]) {
		return s // nearly always
	}
	return strings.TrimFunc(s, isBlank)
}

// quoteShort quotes foreign text for an error message, at most 40 bytes of it.
func quoteShort(s string) string {
	return display.Quote(s, 40)
}
