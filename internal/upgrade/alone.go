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

// maxSingly is how many steps have an edit of their own.
const maxSingly = 100

// alone returns what some edits alone do to a text. It returns the zero Edit if
// they cannot be made or change nothing.
func (s *source) alone(edits []edit) Edit {
	d := s.begin()
	later, errs := d.setAll(edits)
	if slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		return Edit{}
	}
	all := d.splices()
	start, old := s.around(all)
	after := spliced(old, start, all)
	if len(later) > 0 {
		start, old = 0, s.text
		if after, errs = s.setAll(edits); slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
			return Edit{}
		}
	}
	if bytes.Equal(old, after) {
		return Edit{}
	}
	e := difference(bytes.Split(old, newline), bytes.Split(after, newline))
	if e.Line > 0 {
		above := bytes.Count(s.text[:start], newline)
		e.Line, e.End = e.Line+above, e.End+above
	}
	return e
}

var newline = []byte("\n")

// around returns the lines that changes are in, and the one before them, with
// their offset.
func (s *source) around(all []splice) (start int, lines []byte) {
	if len(all) == 0 {
		return 0, nil
	}
	start, end := s.line(all[0].from), all[len(all)-1].to
	if start > 0 {
		start = s.line(start - 1)
	}
	if rest := bytes.IndexByte(s.text[end:], '\n'); rest >= 0 {
		end += rest
	} else {
		end = len(s.text)
	}
	return start, s.text[start:end]
}

// difference returns the edit that makes the old lines the changed ones.
func difference(old, changed [][]byte) Edit {
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
