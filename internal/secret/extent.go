package secret

import (
	"regexp/syntax"
	"unicode/utf8"
)

// An extent bounds how far a match can go: forward from where it begins, or back
// from where it ends. It is a number of bytes, a run of bytes of one class, or a
// combination of such parts. A match is never longer than its extent says.
type extent struct {
	kind  extentKind
	most  int  // extentBytes: this many bytes; extentRun: at most this many, -1: no limit
	class *set // extentRun: the bytes of the run
	parts []*extent
}

type extentKind uint8

const (
	extentBytes extentKind = iota
	extentRun
	extentAll // all parts, in order
	extentAny // one of the parts
)

// maxExtentParts limits how often a counted repetition of more than a class is
// unrolled.
const maxExtentParts = 64

// newExtent returns the extent of an expression.
func newExtent(re *syntax.Regexp) *extent {
	switch re.Op {
	case syntax.OpLiteral:
		r := &extent{}
		for _, c := range re.Rune {
			n := utf8.RuneLen(c)
			if re.Flags&syntax.FoldCase != 0 {
				n = max(n, 3) // k and s also match U+212A and U+017F, of up to three bytes
			}
			r.most += n
		}
		return r
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return &extent{most: maxWidth(re)}
	case syntax.OpCapture, syntax.OpQuest, syntax.OpConcat, syntax.OpAlternate:
		r := &extent{kind: extentAll}
		if re.Op == syntax.OpAlternate {
			r.kind = extentAny
		}
		for _, sub := range re.Sub {
			r.parts = append(r.parts, newExtent(sub))
		}
		return r
	case syntax.OpStar, syntax.OpPlus:
		return &extent{kind: extentRun, most: -1, class: setOf(re.Sub[0])}
	case syntax.OpRepeat:
		return newRepeatExtent(re)
	}
	return &extent{} // an assertion takes no bytes
}

// newRepeatExtent returns the extent of a counted repetition.
func newRepeatExtent(re *syntax.Regexp) *extent {
	sub := re.Sub[0]
	switch {
	case re.Max < 0:
		return &extent{kind: extentRun, most: -1, class: setOf(sub)}
	case sub.Op == syntax.OpCharClass || sub.Op == syntax.OpAnyChar || sub.Op == syntax.OpAnyCharNotNL:
		return &extent{kind: extentRun, most: re.Max * maxWidth(sub), class: setOf(sub)}
	case re.Max > maxExtentParts:
		return &extent{kind: extentRun, most: -1, class: setOf(sub)}
	}
	r, one := &extent{kind: extentAll}, newExtent(sub)
	for range re.Max {
		r.parts = append(r.parts, one)
	}
	return r
}

// latestEnd returns the latest end of a match that begins at or before text[at] and
// reaches it.
func (r *extent) latestEnd(text []byte, at int) int {
	switch r.kind {
	case extentBytes:
		return min(at+r.most, len(text))
	case extentRun:
		limit := len(text)
		if r.most >= 0 {
			limit = min(limit, at+r.most)
		}
		for at < limit && r.class[text[at]] {
			at++
		}
		return at
	case extentAll:
		for _, p := range r.parts {
			at = p.latestEnd(text, at)
		}
		return at
	}
	furthest := at
	for _, p := range r.parts {
		furthest = max(furthest, p.latestEnd(text, at))
	}
	return furthest
}

// earliestStart returns the earliest start of a match that ends at or behind
// text[:at] and covers what is before it.
func (r *extent) earliestStart(text []byte, at int) int {
	switch r.kind {
	case extentBytes:
		return max(at-r.most, 0)
	case extentRun:
		limit := 0
		if r.most >= 0 {
			limit = max(at-r.most, 0)
		}
		for at > limit && r.class[text[at-1]] {
			at--
		}
		return at
	case extentAll:
		for i := len(r.parts) - 1; i >= 0; i-- {
			at = r.parts[i].earliestStart(text, at)
		}
		return at
	}
	furthest := at
	for _, p := range r.parts {
		furthest = min(furthest, p.earliestStart(text, at))
	}
	return furthest
}
