package upgrade

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

// Narrow raises the lower end of a range as little as possible so that the
// range admits no affected version of a package, in the range's own style:
// ^4.17.0 becomes ^4.17.21. The new end is a release: one that an advisory
// names as fixed, or one of those given. Alternatives ("^1 || ^2") that become
// empty are removed. ok is false if nothing is left, or the text is no range.
func Narrow(known *advisory.Knowledge, name, text string, releases ...npm.Version) (narrowed string, ok bool) {
	if _, err := npm.ParseRange(text); err != nil {
		return "", false
	}
	floors := known.Floors(name)
	for _, v := range releases {
		if !known.Affected(name, v) {
			floors = append(floors, v)
		}
	}
	slices.SortFunc(floors, npm.Version.Compare)
	var kept []string
	for alternative := range strings.SplitSeq(text, "||") {
		alternative = strings.TrimSpace(alternative)
		if alternative, ok := narrow(known, name, alternative, floors); ok {
			kept = append(kept, alternative)
		}
	}
	return strings.Join(kept, " || "), len(kept) > 0
}

// narrow is Narrow for one alternative.
func narrow(known *advisory.Knowledge, name, text string, floors []npm.Version) (string, bool) {
	r, err := npm.ParseRange(text)
	if err != nil {
		return "", false
	}
	if !known.Admits(name, r) {
		return text, true
	}
	low, ok := r.Lowest()
	if !ok {
		return "", false
	}
	first, _ := slices.BinarySearchFunc(floors, low, npm.Version.Compare)
	for _, floor := range floors[first:] {
		if !r.Contains(floor, false) {
			continue
		}
		raised := raise(text, r, floor)
		if s, err := npm.ParseRange(raised); err == nil && s.Contains(floor, false) && !known.Admits(name, s) {
			return raised, true
		}
	}
	return "", false
}

// raise returns a range of one alternative with another lower end, which the
// range must contain.
func raise(text string, r npm.Range, floor npm.Version) string {
	v := floor.Canonical()
	if plain := !strings.ContainsAny(text, " <>="); plain {
		switch parts := strings.Split(strings.TrimLeft(text, "v"), "."); {
		case text == "", text == "*":
			return ">=" + v
		case text[0] == '^', text[0] == '~':
			return text[:1] + v
		case len(parts) == 1, isWild(parts[1]):
			return "^" + v // 1.x, 1; narrower below 1.0.0, but it admits the floor
		default:
			return "~" + v // 1.2.x; not called for an exact version
		}
	}
	// The upper bounds stay as they are.
	out := ">=" + v
	for bound := range strings.FieldsSeq(r.String()) {
		if strings.HasPrefix(bound, "<") {
			out += " " + strings.TrimSuffix(bound, "-0")
		}
	}
	return out
}

func isWild(part string) bool { return part == "x" || part == "X" || part == "*" }
