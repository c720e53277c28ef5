package secret

import (
	"bytes"
	"cmp"
	"regexp/syntax"
	"slices"
)

// A marker is something that every match holds behind its lead: one of some
// leads that spell a word. A long window without it is not worth an expression.
type requiredPart struct {
	needles     []needle
	minDistance int // it begins at least so many bytes behind the beginning of the one before
}

// A needle is a text that some of the leads spell in one way only.
type needle struct {
	literal   []byte
	prefixes  []prefixAt
	maxOffset int // how far the literal is behind the beginning of the leads, at most
}

// leadAt is a lead with the place of the literal in it.
type prefixAt struct {
	*prefix
	offset int
}

// What is worth looking for: less than that is everywhere, and more tells no more.
const (
	minNeedle = 2
	maxNeedle = 6
)

// markersOf returns the markers of a sequence, in order.
func requiredPartsOf(parts []*syntax.Regexp) []requiredPart {
	var out []requiredPart
	behind := 0
	for i := range parts {
		if i == 0 {
			behind += minMatchLen(parts[0])
			continue // the lead itself
		}
		m := requiredPart{needles: needlesFor(prefixesUpTo(maxNeedle, parts[i:])), minDistance: behind}
		if m.needles != nil {
			out, behind = append(out, m), 0
		}
		behind += minMatchLen(parts[i])
	}
	return out
}

// needlesOf returns needles for all of the leads; nil: one of them has none that is
// worth looking for. A literal that is part of another's stands for both.
func needlesFor(prefixes []*prefix) (needles []needle) {
	type spelt struct {
		literal []byte
		prefixAt
	}
	var all []spelt
	for _, l := range prefixes {
		literal, at := l.literal()
		if len(literal) < minNeedle {
			return nil
		}
		all = append(all, spelt{literal, prefixAt{l, at}})
	}
	slices.SortStableFunc(all, func(a, b spelt) int { return cmp.Compare(len(a.literal), len(b.literal)) })
	for _, s := range all {
		k := slices.IndexFunc(needles, func(n needle) bool { return bytes.Contains(s.literal, n.literal) })
		if k < 0 {
			k, needles = len(needles), append(needles, needle{literal: s.literal})
		}
		n := &needles[k]
		s.offset += bytes.Index(s.literal, n.literal)
		n.prefixes, n.maxOffset = append(n.prefixes, s.prefixAt), max(n.maxOffset, s.offset)
	}
	return needles
}

// literal is the longest text that the lead spells in one way only, and where.
func (l *prefix) literal() (longest []byte, at int) {
	var run []byte
	for i, c := range l.classes {
		var only []byte
		for b := range c {
			if c[b] {
				only = append(only, byte(b))
			}
		}
		if len(only) != 1 {
			run = nil
			continue
		}
		if run = append(run, only[0]); len(run) > len(longest) {
			longest, at = bytes.Clone(run), i+1-len(run)
		}
	}
	return longest, at
}

// find returns where in text the marker may begin at the earliest; -1: nowhere.
func (m requiredPart) find(text []byte) int {
	first, end := -1, len(text)
	for _, n := range m.needles {
		if i := n.find(text, end); i >= 0 {
			first, end = i, i
		}
	}
	return first
}

// find returns where in text one of the needle's leads may begin at the earliest,
// before the place end; -1: nowhere.
func (n needle) find(text []byte, end int) int {
	for from, limit := 0, min(end+n.maxOffset+len(n.literal), len(text)); from < limit; {
		i := bytes.Index(text[from:limit], n.literal)
		if i < 0 {
			return -1
		}
		from += i
		if slices.ContainsFunc(n.prefixes, func(l prefixAt) bool { return l.prefix.matchesAt(text, from-l.offset) }) {
			return max(from-n.maxOffset, 0)
		}
		from++
	}
	return -1
}

// follow reports whether text, which begins with a match of the lead, holds the
// markers one behind the other: how many bytes later a text may begin of which
// that is true because of the same markers. Negative: it does not.
func findRequiredParts(required []requiredPart, text []byte) int {
	slack := len(text)
	for k, m := range required {
		if len(text) < m.minDistance {
			return -1
		}
		text = text[m.minDistance:]
		i := m.find(text)
		if i < 0 {
			return -1
		}
		text = text[i:]
		if k == 0 {
			slack = i
		}
	}
	return slack
}
