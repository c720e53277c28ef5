package secret

import (
	"regexp/syntax"
	"unicode/utf8"
)

// A reach bounds how far a match of an expression can go from where it begins,
// or back from where it ends: a number of bytes, a run of bytes of a set, or
// such parts one after the other. It never says less than the expression can
// match.
type extent struct {
	kind  extentKind
	most  int // reachBytes: so many; reachRun: at most so many, -1 without limit
	class *set
	parts []*extent
}

type extentKind uint8

const (
	extentBytes extentKind = iota
	extentRun
	extentAll // the parts in order
	extentAny // one of the parts
)

// maxReachParts caps what a counted repetition of more than a class is unrolled to.
const maxExtentParts = 64

func newExtent(re *syntax.Regexp) *extent {
	switch re.Op {
	case syntax.OpLiteral:
		r := &extent{}
		for _, c := range re.Rune {
			n := utf8.RuneLen(c)
			if re.Flags&syntax.FoldCase != 0 {
				n = max(n, 3) // K and s fold to U+212A and U+017F
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

// ahead returns where a match that begins at text[at], or before it and goes
// beyond it, ends at the latest.
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

// back returns where a match that ends at text[:at], or behind it and came from
// before it, begins at the earliest.
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
