package secret

import (
	"regexp/syntax"
	"unicode/utf8"
)

// A reach bounds how far a match of an expression can go from where it begins,
// or back from where it ends: a number of bytes, a run of bytes of a set, or
// such parts one after the other. It never says less than the expression can
// match.
type reach struct {
	op    reachOp
	most  int // reachBytes: so many; reachRun: at most so many, -1 without limit
	class *set
	parts []*reach
}

type reachOp uint8

const (
	reachBytes reachOp = iota
	reachRun
	reachAll // the parts in order
	reachAny // one of the parts
)

// maxReachParts caps what a counted repetition of more than a class is unrolled to.
const maxReachParts = 64

func newReach(re *syntax.Regexp) *reach {
	switch re.Op {
	case syntax.OpLiteral:
		r := &reach{}
		for _, c := range re.Rune {
			n := utf8.RuneLen(c)
			if re.Flags&syntax.FoldCase != 0 {
				n = max(n, 3) // K and s fold to U+212A and U+017F
			}
			r.most += n
		}
		return r
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return &reach{most: width(re)}
	case syntax.OpCapture, syntax.OpQuest, syntax.OpConcat, syntax.OpAlternate:
		r := &reach{op: reachAll}
		if re.Op == syntax.OpAlternate {
			r.op = reachAny
		}
		for _, sub := range re.Sub {
			r.parts = append(r.parts, newReach(sub))
		}
		return r
	case syntax.OpStar, syntax.OpPlus:
		return &reach{op: reachRun, most: -1, class: setOf(re.Sub[0])}
	case syntax.OpRepeat:
		return repeated(re)
	}
	return &reach{} // an assertion takes no bytes
}

func repeated(re *syntax.Regexp) *reach {
	sub := re.Sub[0]
	switch {
	case re.Max < 0:
		return &reach{op: reachRun, most: -1, class: setOf(sub)}
	case sub.Op == syntax.OpCharClass || sub.Op == syntax.OpAnyChar || sub.Op == syntax.OpAnyCharNotNL:
		return &reach{op: reachRun, most: re.Max * width(sub), class: setOf(sub)}
	case re.Max > maxReachParts:
		return &reach{op: reachRun, most: -1, class: setOf(sub)}
	}
	r, one := &reach{op: reachAll}, newReach(sub)
	for range re.Max {
		r.parts = append(r.parts, one)
	}
	return r
}

// ahead returns where a match that begins at text[at], or before it and goes
// beyond it, ends at the latest.
func (r *reach) ahead(text []byte, at int) int {
	switch r.op {
	case reachBytes:
		return min(at+r.most, len(text))
	case reachRun:
		limit := len(text)
		if r.most >= 0 {
			limit = min(limit, at+r.most)
		}
		for at < limit && r.class[text[at]] {
			at++
		}
		return at
	case reachAll:
		for _, p := range r.parts {
			at = p.ahead(text, at)
		}
		return at
	}
	furthest := at
	for _, p := range r.parts {
		furthest = max(furthest, p.ahead(text, at))
	}
	return furthest
}

// back returns where a match that ends at text[:at], or behind it and came from
// before it, begins at the earliest.
func (r *reach) back(text []byte, at int) int {
	switch r.op {
	case reachBytes:
		return max(at-r.most, 0)
	case reachRun:
		limit := 0
		if r.most >= 0 {
			limit = max(at-r.most, 0)
		}
		for at > limit && r.class[text[at-1]] {
			at--
		}
		return at
	case reachAll:
		for i := len(r.parts) - 1; i >= 0; i-- {
			at = r.parts[i].back(text, at)
		}
		return at
	}
	furthest := at
	for _, p := range r.parts {
		furthest = min(furthest, p.back(text, at))
	}
	return furthest
}

// window widens text[from:to] by a byte on either side where there is one, so
// that no match touches an edge that is not the text's own, and to whole
// characters: a stray byte reads as U+FFFD, and that is in some classes.
func window(text []byte, from, to int) span {
	from, to = max(from-1, 0), min(to+1, len(text))
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return span{from: from, to: to}
}
