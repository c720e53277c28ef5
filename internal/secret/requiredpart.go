package secret

import (
	"bytes"
	"cmp"
	"regexp/syntax"
	"slices"
)

// A requiredPart is something that every match contains behind its prefix: one of
// several texts, each known by a prefix of its own. A long window without it needs
// no run of the expression.
type requiredPart struct {
	needles     []needle
	minDistance int // least distance from the start of the part before, in bytes
}

// A needle is a literal that every match of its prefixes contains.
type needle struct {
	literal   []byte
	prefixes  []prefixAt
	maxOffset int // largest offset of the literal in its prefixes
}

// A prefixAt is a prefix with the offset of a literal in it.
type prefixAt struct {
	*prefix
	offset int
}

// Lengths of a needle. Shorter ones are everywhere; longer ones tell no more.
const (
	minNeedle = 2
	maxNeedle = 6
)

// requiredPartsOf returns the required parts of a sequence in order.
func requiredPartsOf(parts []*syntax.Regexp) []requiredPart {
	var out []requiredPart
	behind := 0
	for i := range parts {
		if i == 0 {
			behind += minMatchLen(parts[0])
			continue // the prefix itself
		}
		m := requiredPart{needles: needlesFor(prefixesUpTo(maxNeedle, parts[i:])), minDistance: behind}
		if m.needles != nil {
			out, behind = append(out, m), 0
		}
		behind += minMatchLen(parts[i])
	}
	return out
}

// needlesFor returns needles that cover all prefixes, or nil if one of the prefixes
// has no useful literal. A literal that is contained in another one stands for
// both.
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

// literal returns the longest literal in the prefix and its offset.
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

// find returns the earliest place in text where the part may begin, or -1.
func (m requiredPart) find(text []byte) int {
	first, end := -1, len(text)
	for _, n := range m.needles {
		if i := n.find(text, end); i >= 0 {
			first, end = i, i
		}
	}
	return first
}

// find returns the earliest place in text, before end, where one of the needle's
// prefixes may begin, or -1.
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

// findRequiredParts looks for the required parts, in order, in a text that begins
// with a match of the prefix. The result is negative if a part is missing.
// Otherwise it is the number of bytes by which the text may begin later and still
// contain the same parts.
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
