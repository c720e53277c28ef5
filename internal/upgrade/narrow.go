package upgrade

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

// Narrow raises the lower end of a range as little as it takes for the range to
// admit no version of a package that an advisory is known to affect, in the
// range's own style: ^4.17.0 becomes ^4.17.21. It begins with a release: one that
// an advisory names as fixed, or one of those given. Of alternatives ("^1 || ^2")
// those in which nothing is left go. ok is false where nothing is left at all,
// or the text is no range.
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

// raise writes a range of one alternative anew with another lower end, which
// it contains.
func raise(text string, r npm.Range, floor npm.Version) string {
	v := floor.Canonical()
	if plain := !strings.ContainsAny(text, " <>="); plain {
		switch parts := strings.Split(strings.TrimLeft(text, "v"), "."); {
		case text == "", text == "*":
			return ">=" + v
		case text[0] == '^', text[0] == '~':
			return text[:1] + v
		case len(parts) == 1, isWild(parts[1]):
			return "^" + v // 1.x, 1; below 1.0.0 that is narrower, and admits the floor
		default:
			return "~" + v // 1.2.x; of an exact version it is never asked
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
