package npm

import (
	"errors"
	"fmt"
	"strings"
)

// A Range is an npm version range ("^1.2.3 || >=3 <4"), read exactly as
// node-semver 7 reads it in strict mode, its oddities included: they decide
// which copy npm installs. The zero Range contains nothing.
//
// Ranges say which copies a dependency accepts. Advisories are never matched
// with them: "<1.2.3" does not contain 1.2.3-rc.1 unless prereleases are
// included, see package advisory.
type Range struct {
	release, prerelease []comparators // read without and with includePrerelease
	index               *rangeIndex   // of a range with many alternatives; nil: of few
}

// comparators is a set of bounds, all of which a version must meet.
type comparators []comparator

// A comparator is one bound.
type comparator struct {
	op operator
	v  Version
}

type operator uint8

const (
	opEqual operator = iota
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opAny // "" of node-semver: every version
)

var errNoRange = errors.New("not a version range")

// ParseRange reads a range. Tags, addresses and other specifiers are an error.
func ParseRange(spec string) (Range, error) {
	release, alike, err := readSets(spec, false)
	if err != nil {
		return Range{}, fmt.Errorf("range %s: %w", quoteShort(spec), err)
	}
	// node-semver reads some texts differently when prereleases are included ("1.x"
	// then begins at 1.0.0-0), and does not refuse exactly the same.
	prerelease := release
	if !alike {
		if sets, err := parseSets(spec, true); err == nil {
			prerelease = sets
		}
	}
	r := Range{release: release, prerelease: prerelease}
	if max(len(release), len(prerelease)) > few {
		r.index = &rangeIndex{}
	}
	return r, nil
}

// Contains reports whether v satisfies the range. Without includePrerelease a
// prerelease does so only next to a bound that is a prerelease of the same
// major.minor.patch: npm's rule for installing.
func (r Range) Contains(v Version, includePrerelease bool) bool {
	switch {
	case r.index != nil:
		return r.index.contains(r, v, includePrerelease)
	case includePrerelease:
		return contains(r.prerelease, v, true)
	}
	return contains(r.release, v, false)
}

// Satisfies reports whether version satisfies rangeSpec, as
// semver.satisfies(version, range, {includePrerelease}) does. Where that
// function returns false because one of the two is invalid, this one returns an
// error: the caller decides what that means.
func Satisfies(version, rangeSpec string, includePrerelease bool) (bool, error) {
	v, err := ParseVersion(version)
	if err != nil {
		return false, err
	}
	sets, err := parseSets(rangeSpec, includePrerelease)
	if err != nil {
		return false, fmt.Errorf("range %s: %w", quoteShort(rangeSpec), err)
	}
	return contains(sets, v, includePrerelease), nil
}

// Bounds returns the versions in the canonical form of the range: 1.2.3 and
// 2.0.0-0 for ^1.2.3, none for "*".
func (r Range) Bounds() []Version {
	var all []Version
	for _, set := range r.release {
		for _, c := range set {
			if c.op != opAny {
				all = append(all, c.v)
			}
		}
	}
	return all
}

// Lowest returns the lowest version that the range contains, and whether there
// is one.
func (r Range) Lowest() (low Version, found bool) {
	releases, prereleases := r.Admitted()
	if len(releases) > 0 {
		low, found = releases[0].Low, true
	}
	if len(prereleases) > 0 && (!found || prereleases[0].Low.Compare(low) < 0) {
		low, found = prereleases[0].Low, true
	}
	return low, found
}

func contains(sets []comparators, v Version, includePrerelease bool) bool {
	for _, set := range sets {
		if set.hold(v) && (v.pre == "" || includePrerelease || set.admit(v)) {
			return true
		}
	}
	return false
}

func (set comparators) hold(v Version) bool {
	for i := range set {
		if !set[i].holds(v) {
			return false
		}
	}
	return true
}

// admit reports whether one bound is a prerelease of the same release as v.
func (set comparators) admit(v Version) bool {
	for i := range set {
		w := &set[i].v
		if set[i].op != opAny && w.pre != "" && w.Major == v.Major && w.Minor == v.Minor && w.Patch == v.Patch {
			return true
		}
	}
	return false
}

func (c *comparator) holds(v Version) bool {
	if c.op == opAny {
		return true
	}
	order := v.Compare(c.v)
	switch c.op {
	case opLess:
		return order < 0
	case opLessEqual:
		return order <= 0
	case opGreater:
		return order > 0
	case opGreaterEqual:
		return order >= 0
	}
	return order == 0
}

// String returns the range in node-semver's canonical form, ">=1.2.3
// <2.0.0-0||…"; "*" for a range of every version.
func (r Range) String() string { return format(r.release) }

func format(sets []comparators) string {
	var b []byte
	for i, set := range sets {
		if i > 0 {
			b = append(b, "||"...)
		}
		for j, c := range set {
			if j > 0 {
				b = append(b, ' ')
			}
			b = c.append(b)
		}
	}
	if len(b) == 0 && len(sets) > 0 {
		return "*"
	}
	return string(b)
}

func (c *comparator) append(b []byte) []byte {
	switch c.op {
	case opAny:
		return b
	case opLess:
		b = append(b, '<')
	case opLessEqual:
		b = append(b, "<="...)
	case opGreater:
		b = append(b, '>')
	case opGreaterEqual:
		b = append(b, ">="...)
	}
	return c.v.append(b)
}

// isNull reports whether the bound is the one that node-semver uses for
// "nothing": <0.0.0-0.
func (c *comparator) isNull() bool {
	return c.op == opLess && c.v == Version{pre: "0"}
}

// parseSets reads a whole range (node-semver, classes/range.js, constructor).
func parseSets(spec string, includePrerelease bool) ([]comparators, error) {
	sets, _, err := readSets(spec, includePrerelease)
	return sets, err
}

// readSets is parseSets, and tells alike as parseSet does.
func readSets(spec string, includePrerelease bool) (sets []comparators, alike bool, err error) {
	spec = collapseBlanks(spec)
	sets, alike = make([]comparators, 0, strings.Count(spec, "||")+1), true
	for more := true; more; {
		var part string
		part, spec, more = strings.Cut(spec, "||")
		set, same, err := parseSet(strings.Trim(part, " "), includePrerelease)
		if err != nil {
			return nil, false, err
		}
		sets, alike = append(sets, set), alike && same
	}
	if len(sets) == 1 {
		return sets, alike, nil
	}
	kept := sets[:0:0]
	for _, set := range sets {
		// A set of every version replaces the others, with their prereleases: "* ||
		// 1.0.0-beta" does not contain 1.0.0-beta.
		if len(set) == 1 && set[0].op == opAny {
			return []comparators{set}, alike, nil
		}
		if !set[0].isNull() {
			kept = append(kept, set)
		}
	}
	if len(kept) == 0 {
		return sets[:1], alike, nil
	}
	return kept, alike, nil
}

// collapseBlanks trims s and makes each run of white space one space.
func collapseBlanks(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c > ' ' && c < 0x7F || c == ' ' && i > 0 && i < len(s)-1 && s[i-1] != ' '
	}
	if plain {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, isBlank), " ")
}
