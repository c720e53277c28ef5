package secret

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// A lead is what every match of an expression begins with: one class of bytes
// after the other, then perhaps a run of one class and what must follow it.
// Comparing it is far cheaper than running the expression, and most candidates
// go no further.
type lead struct {
	boundary bool // the match begins at the edge of a word
	classes  []*set
	run      *set // bytes that may follow; nil: none
	most     int  // of them; -1: any number
	then     *set // what comes after that, unless the text ends; nil: unknown
	limit    int  // of classes
}

const (
	maxLead  = 64
	maxLeads = 32
)

// leadsOf reads off a sequence of expressions what its matches begin with: one
// of the leads. nil: nothing is known.
func leadsOf(sequence []*syntax.Regexp) []*lead { return leadsUpTo(maxLead, sequence) }

// leadsUpTo does with leads of at most so many classes.
func leadsUpTo(limit int, sequence []*syntax.Regexp) []*lead {
	leads := (&lead{limit: limit}).grow(sequence)
	for _, l := range leads {
		if len(l.classes) == 0 || len(leads) > maxLeads {
			return nil
		}
	}
	return leads
}

func (l *lead) clone() *lead {
	c := *l
	c.classes = slices.Clone(l.classes)
	return &c
}

// grow appends what the sequence begins with. An alternation makes one lead of
// each alternative.
func (l *lead) grow(todo []*syntax.Regexp) []*lead {
	for len(todo) > 0 {
		if len(l.classes) >= l.limit {
			return l.end(todo)
		}
		re, rest := todo[0], todo[1:]
		switch re.Op {
		case syntax.OpEmptyMatch:
		case syntax.OpCapture, syntax.OpConcat:
			todo = slices.Concat(re.Sub, rest)
			continue
		case syntax.OpAlternate, syntax.OpQuest:
			return l.branch(re, rest)
		case syntax.OpWordBoundary:
			if len(l.classes) > 0 {
				return l.end(todo)
			}
			l.boundary = true
		case syntax.OpLiteral:
			if !ascii(re.Rune) {
				return l.end(todo)
			}
			for i, r := range re.Rune {
				if len(l.classes) == l.limit {
					tail := *re
					tail.Rune = re.Rune[i:]
					return l.end(append([]*syntax.Regexp{&tail}, rest...))
				}
				l.classes = append(l.classes, letter(r, re.Flags))
			}
		case syntax.OpCharClass:
			if !l.class(re, 1) {
				return l.end(todo)
			}
		case syntax.OpRepeat, syntax.OpPlus, syntax.OpStar:
			least, most := 0, -1
			if re.Op == syntax.OpRepeat {
				least, most = re.Min, re.Max
			} else if re.Op == syntax.OpPlus {
				least = 1
			}
			fixed := min(least, l.limit-len(l.classes))
			if !l.class(re.Sub[0], fixed) {
				return l.end(todo)
			}
			if most != fixed {
				l.run, l.most = setOf(re.Sub[0]), -1
				if most >= 0 {
					l.most = most - fixed
				}
				return l.end(rest)
			}
		default:
			return l.end(todo)
		}
		todo = rest
	}
	return []*lead{l}
}

// letter is the set of an ASCII character of a literal.
func letter(r rune, flags syntax.Flags) *set {
	s := &set{}
	s[r] = true
	if flags&syntax.FoldCase != 0 {
		s[lower(byte(r))], s[upper(byte(r))] = true, true
	}
	return s
}

// branch goes on with each alternative; there are few, or the lead ends.
func (l *lead) branch(re *syntax.Regexp, rest []*syntax.Regexp) []*lead {
	if then := firstOf(append([]*syntax.Regexp{re}, rest...)); len(l.classes) > 0 && then != nil && isEnd(re) {
		l.then = then
		return []*lead{l}
	}
	alternatives := re.Sub
	if re.Op == syntax.OpQuest {
		alternatives = []*syntax.Regexp{re.Sub[0], {Op: syntax.OpEmptyMatch}}
	}
	var out []*lead
	for _, a := range alternatives {
		if out = append(out, l.clone().grow(append([]*syntax.Regexp{a}, rest...))...); len(out) > maxLeads {
			return []*lead{l}
		}
	}
	return out
}

// isEnd reports whether an alternation has the end of the text among its
// branches: it is what rules end with.
func isEnd(re *syntax.Regexp) bool {
	return slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return s.Op == syntax.OpEndText })
}

// end closes the lead before the sequence.
func (l *lead) end(todo []*syntax.Regexp) []*lead {
	if then := firstOf(todo); then != nil && (l.run == nil || !l.run.meets(then)) {
		l.then = then
	}
	return []*lead{l}
}

// class appends n times a class of ASCII characters; one with others ends the
// lead, because it has no fixed number of bytes.
func (l *lead) class(re *syntax.Regexp, n int) bool {
	if re.Op == syntax.OpLiteral && len(re.Rune) == 1 {
		re = &syntax.Regexp{Op: syntax.OpCharClass, Rune: []rune{re.Rune[0], re.Rune[0]}}
	}
	if re.Op != syntax.OpCharClass || len(l.classes)+n > l.limit {
		return false
	}
	c := asciiOf(re)
	for range n {
		if c == nil {
			return false
		}
		l.classes = append(l.classes, c)
	}
	return true
}

// asciiOf is the set of a class of ASCII characters; nil: it has others. The
// long s and the Kelvin sign, which fold to s and k, are left out: no program
// reads a token that is written with them.
func asciiOf(re *syntax.Regexp) *set {
	s := &set{}
	for i := 0; i < len(re.Rune); i += 2 {
		lo, hi := re.Rune[i], re.Rune[i+1]
		if lo == hi && (lo == 'ſ' || lo == '\u212a') {
			continue
		}
		if hi >= utf8.RuneSelf {
			return nil
		}
		s.joinRange(lo, hi)
	}
	return s
}

// firstOf is the set of the bytes that a match of the sequence begins with, if
// it does not stand at the end of the text; nil: unknown, or it may be empty
// elsewhere.
func firstOf(todo []*syntax.Regexp) *set {
	for len(todo) > 0 {
		re, rest := todo[0], todo[1:]
		switch re.Op {
		case syntax.OpCapture, syntax.OpConcat:
			todo = slices.Concat(re.Sub, rest)
			continue
		case syntax.OpLiteral:
			return setOf(&syntax.Regexp{Op: syntax.OpLiteral, Rune: re.Rune[:1], Flags: re.Flags})
		case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
			return setOf(re)
		case syntax.OpEndText:
			return &set{}
		case syntax.OpPlus:
			return firstOf(re.Sub)
		case syntax.OpAlternate:
			all := &set{}
			for _, a := range re.Sub {
				one := firstOf(append([]*syntax.Regexp{a}, rest...))
				if one == nil {
					return nil
				}
				for b := range one {
					all[b] = all[b] || one[b]
				}
			}
			return all
		case syntax.OpWordBoundary, syntax.OpEmptyMatch:
			todo = rest
			continue
		}
		return nil
	}
	return nil
}

// lastOf is the set of the bytes that a text ends with of which a match is the end; nil:
// unknown.
func lastOf(re *syntax.Regexp) *set {
	if re.Op != syntax.OpConcat || re.Sub[len(re.Sub)-1].Op != syntax.OpEndText {
		return nil
	}
	last := re.Sub[len(re.Sub)-2]
	if last.Op == syntax.OpLiteral {
		tail := *last
		tail.Rune = last.Rune[len(last.Rune)-1:]
		last = &tail
	}
	if shortest(last) == 0 {
		return nil
	}
	return setOf(last)
}

func ascii(runes []rune) bool {
	return !slices.ContainsFunc(runes, func(r rune) bool { return r >= utf8.RuneSelf })
}

// at reports whether a match can begin at text[i].
func (l *lead) at(text []byte, i int) bool {
	if i < 0 || i+len(l.classes) > len(text) {
		return false
	}
	for k, c := range l.classes {
		if !c[text[i+k]] {
			return false
		}
	}
	if l.boundary && i > 0 && wordByte(text[i-1]) && wordByte(text[i]) {
		return false
	}
	return l.then == nil || l.goesOn(text, i+len(l.classes))
}

// goesOn reports whether the run at text[i] ends as it must.
func (l *lead) goesOn(text []byte, i int) bool {
	if l.run != nil {
		limit := len(text)
		if l.most >= 0 {
			limit = min(limit, i+l.most)
		}
		for i < limit && l.run[text[i]] {
			i++
		}
	}
	return i == len(text) || l.then[text[i]]
}

// spells returns where in the lead keywords stand, if every match of the lead
// holds one: at one place the lead spells nothing but keywords.
func (l *lead) spells(keywords []string) (words []string, at int) {
	for i := range l.classes {
		for _, k := range keywords {
			if words = l.spelling(i, len(k), keywords); words != nil {
				return words, i
			}
		}
	}
	return nil, 0
}

// spelling returns all that n classes from the i-th on can spell, in lower
// case, if they are keywords.
func (l *lead) spelling(i, n int, keywords []string) []string {
	if i+n > len(l.classes) {
		return nil
	}
	count := 1
	for _, c := range l.classes[i : i+n] {
		letters := 0
		for b := range byte(utf8.RuneSelf) {
			if (c[b] || c[upper(b)]) && lower(b) == b {
				letters++
			}
		}
		if count *= letters; count > len(keywords) {
			return nil
		}
	}
	var words []string
	for _, k := range keywords {
		if len(k) != n || slices.Contains(words, k) {
			continue
		}
		fits := true
		for j := range len(k) {
			fits = fits && (l.classes[i+j][k[j]] || l.classes[i+j][upper(k[j])])
		}
		if fits {
			words = append(words, strings.Clone(k))
		}
	}
	if len(words) != count {
		return nil
	}
	return words
}

func wordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
