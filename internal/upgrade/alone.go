package upgrade

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// An Edit replaces whole lines of package.json: those from Line to End, the last
// of which has Width characters before its end, by Text.
type Edit struct {
	Line, End int // 1-based
	Width     int
	Text      string // without the end of the last line
}

// maxSingly is how many steps have an edit of their own: for each, package.json
// is parsed again.
const maxSingly = 100

// alone returns what some edits alone do to a text. It returns the zero Edit if
// they cannot be made or change nothing.
func alone(text []byte, edits []edit) Edit {
	after, errs := setAll(text, edits)
	if bytes.Equal(text, after) || slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		return Edit{}
	}
	old, changed := bytes.Split(text, []byte("\n")), bytes.Split(after, []byte("\n"))
	first := 0
	for first < min(len(old), len(changed)) && bytes.Equal(old[first], changed[first]) {
		first++
	}
	end, last := len(old), len(changed)
	for end > first && last > first && bytes.Equal(old[end-1], changed[last-1]) {
		end, last = end-1, last-1
	}
	if end == first { // lines are only added: replace the one before them too
		first--
	}
	if first < 0 {
		return Edit{}
	}
	without := func(line []byte) []byte { return bytes.TrimSuffix(line, []byte("\r")) }
	return Edit{Line: first + 1, End: end, Width: utf8.RuneCount(without(old[end-1])),
		Text: string(without(bytes.Join(changed[first:last], []byte("\n"))))}
}
