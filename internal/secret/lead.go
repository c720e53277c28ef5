package secret

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// A lead is what every match of an expression begins with: one class of bytes
// after the other. Comparing it is far cheaper than running the expression.
type lead struct {
	boundary bool // the match begins at the edge of a word
	classes  []*[256]bool
	literal  string // what the classes spell, in lower case, as far as they spell anything
}

const maxLead = 64

const maxLeads = 32

// leadsOf reads off an expression what its matches begin with: one of the
// leads. nil: nothing is known.
func leadsOf(re *syntax.Regexp) []*lead {
	var done []*lead
	l := &lead{}
	l.grow(re, &done)
	if len(done) == 0 {
		done = []*lead{l}
	}
	for _, l := range done {
		if len(l.classes) == 0 || len(done) > maxLeads {
			return nil
		}
	}
	return done
}

// grow appends what re begins with; it reports whether re is used up, so that
// what follows it belongs to the lead too. An alternation ends the lead: one
// for each alternative goes into done.
func (l *lead) grow(re *syntax.Regexp, done *[]*lead) bool {
	switch re.Op {
	case syntax.OpAlternate:
		for _, s := range re.Sub {
			branch := &lead{boundary: l.boundary, classes: slices.Clone(l.classes), literal: l.literal}
			var deeper []*lead
			branch.grow(s, &deeper)
			if len(deeper) == 0 {
				deeper = []*lead{branch}
			}
			*done = append(*done, deeper...)
		}
		return false
	case syntax.OpCapture:
		return l.grow(re.Sub[0], done)
	case syntax.OpConcat:
		for _, s := range re.Sub {
			if !l.grow(s, done) {
				return false
			}
		}
		return true
	case syntax.OpWordBoundary:
		if len(l.classes) > 0 {
			return false
		}
		l.boundary = true
		return true
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if r >= utf8.RuneSelf {
				return false
			}
			x := extent{}
			x.join(&syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune{r}, Flags: re.Flags})
			l.classes = append(l.classes, &x.class)
			if len(l.literal) == len(l.classes)-1 {
				l.literal += string(lower(byte(r)))
			}
		}
		return len(l.classes) < maxLead
	case syntax.OpCharClass:
		return l.class(re, 1) && len(l.classes) < maxLead
	case syntax.OpPlus:
		l.class(re.Sub[0], 1)
	case syntax.OpRepeat:
		return l.class(re.Sub[0], min(re.Min, maxLead)) && re.Min == re.Max && len(l.classes) < maxLead
	}
	return false
}

// class appends n times a class of ASCII characters; one with others ends the
// lead, because it has no fixed number of bytes.
func (l *lead) class(re *syntax.Regexp, n int) bool {
	if re.Op != syntax.OpCharClass || len(re.Rune) == 0 || re.Rune[len(re.Rune)-1] >= utf8.RuneSelf {
		return false
	}
	x := extent{}
	x.join(re)
	for range n {
		l.classes = append(l.classes, &x.class)
	}
	return true
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
	return !l.boundary || i == 0 || !wordByte(text[i-1]) || !wordByte(text[i])
}

func wordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
