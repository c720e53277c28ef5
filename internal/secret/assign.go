package secret

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// The parts that gitleaks' generator puts around a value that is recognised by
// the name it is assigned to (cmd/generate/config/utils in its sources).
const (
	assignHead = `(?i)[\w.-]{0,50}?(?:`
	assignGap  = `)(?:[ \t\w.-]{0,20})[\s'"]{0,3}`
	assignSign = `(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}(`
	assignEnd  = `)(?:[\x60'"\s;]|\\[nr]|$)`
)

// The most characters of those parts.
const (
	longestHead  = 50
	longestGap   = 20
	longestQuote = 3
	longestOpen  = 5
)

// An assignment is a rule of the form `name … = value`. What the expression
// says about the value is kept as sets and lengths, so that most candidates
// are turned down by looking at a few bytes.
type assignment struct {
	rule   *rule
	name   int // the most bytes of the name in which the keyword stands
	values []valueForm
	allow  [256]uint8 // the forms that may hold the byte, a bit each

	// dull holds the bytes of values that an allow-list takes for no secret; nil: none.
	dull *set
}

// A valueForm is one alternative of the value.
type valueForm struct{ least, most int } // in bytes; most < 0: without limit

// newAssignment recognises such a rule; nil: it is none. The keyword must be
// the name: lob's is part of the value.
func newAssignment(r *rule) *assignment {
	head, tail, found := strings.Cut(r.source, assignGap+assignSign)
	if !found || !strings.HasPrefix(head, assignHead) || !strings.HasSuffix(tail, assignEnd) || r.group > 1 {
		return nil
	}
	name, err1 := syntax.Parse("(?i)(?:"+head[len(assignHead):]+")", syntax.Perl)
	value, err2 := syntax.Parse("(?i)(?:"+strings.TrimSuffix(tail, assignEnd)+")", syntax.Perl)
	if err1 != nil || err2 != nil || name.MaxCap() > 0 || !demands(name, r.keywords) {
		return nil
	}
	a := &assignment{rule: r, name: longest(name)}
	for b, in := range setOf(name) {
		if in && assignKind[b]&gapByte == 0 {
			return nil
		}
	}
	if a.name < 0 || !a.forms(value) {
		return nil
	}
	for _, l := range r.allow {
		if s := l.onlyOf(); s != nil {
			a.dull = s
		}
	}
	return a
}

// forms notes the alternatives of the value; false: one has a byte that may
// end it, or that belongs to the sign, other than the equal sign.
func (a *assignment) forms(value *syntax.Regexp) bool {
	alternatives := []*syntax.Regexp{value}
	if value.Op == syntax.OpAlternate {
		alternatives = value.Sub
	}
	if len(alternatives) > 8 {
		return false
	}
	for i, v := range alternatives {
		a.values = append(a.values, valueForm{shortest(v), longest(v)})
		for b, in := range setOf(v) {
			if !in {
				continue
			}
			if b != '=' && assignKind[b]&(endByte|signByte|quoteByte) != 0 {
				return false
			}
			a.allow[b] |= 1 << i
		}
	}
	return true
}

// around judges the assignment whose name holds the keyword text[start:end] by
// what follows: the gap, the sign, the value and its end. It never says that
// something is impossible that the expression accepts.
func (a *assignment) around(text []byte, start, end int) (span, verdict) {
	sign := a.sign(text, end)
	quote := afterSign(text, sign)
	if quote < 0 {
		return span{to: sign}, impossible
	}
	begin := quote
	for limit := min(quote+longestOpen, len(text)); begin < limit && assignKind[text[begin]]&quoteByte != 0; {
		begin++
	}
	early := begin // a value may begin with the last of the equal signs
	for a.allow['='] != 0 && early > sign+1 && text[early-1] == '=' {
		early--
	}
	stop, forms := begin, uint8(0xff)
	plain := a.dull != nil
	for ; stop < len(text) && a.allow[text[stop]] != 0; stop++ {
		forms &= a.allow[text[stop]]
		plain = plain && a.dull[text[stop]]
	}
	if stop < len(text) && assignKind[text[stop]]&endByte == 0 || !a.fits(stop-begin, stop-early, forms) {
		return span{to: stop}, impossible
	}
	// What ends the value has at most two bytes.
	w := window(text, a.head(text, start), min(stop+2, len(text)))
	if early == begin && (plain || a.bland(text[begin:stop])) {
		return w, dull
	}
	return w, live
}

// sign returns where the gap behind the keyword ends.
func (a *assignment) sign(text []byte, end int) int {
	limit := min(end+a.name+longestGap, len(text))
	for end < limit && assignKind[text[end]]&nameByte != 0 {
		if text[end] >= utf8.RuneSelf {
			limit = min(limit+2, len(text)) // a letter of up to three bytes
		}
		end++
	}
	for limit = min(end+longestQuote, len(text)); end < limit && assignKind[text[end]]&gapByte != 0; {
		end++
	}
	return end
}

// afterSign returns where the sign at text[at] ends if it is one of
// assignSign's; -1: it is none.
func afterSign(text []byte, at int) int {
	next := func(n int) byte {
		if at+n < len(text) {
			return text[at+n]
		}
		return 0
	}
	switch next(0) {
	case '>', ',':
		return at + 1
	case '=':
		if next(1) == '>' {
			return at + 2
		}
		return at + 1
	case '?':
		if next(1) == '=' {
			return at + 2
		}
	case '|':
		if next(1) == '|' {
			return at + 2
		}
	case ':':
		n := 1
		for n < 3 && next(n) == ':' {
			n++
		}
		if next(n) == '=' {
			return at + n + 1
		}
		if n == 1 {
			return at + 1
		}
	}
	return -1
}

// head returns where the expression's match can begin at the earliest.
func (a *assignment) head(text []byte, start int) int {
	start = max(start-a.name, 0)
	for limit := max(start-3*longestHead, 0); start > limit && assignKind[text[start-1]]&headByte != 0; {
		start--
	}
	return start
}

// fits reports whether a value of between least and most bytes can have one of
// the forms.
func (a *assignment) fits(least, most int, forms uint8) bool {
	for i, f := range a.values {
		if forms&(1<<i) != 0 && most >= f.least && (f.most < 0 || least <= f.most) {
			return true
		}
	}
	return false
}

// bland reports whether a value has too little entropy for the rule.
func (a *assignment) bland(value []byte) bool {
	return a.rule.entropy != 0 && entropy(value) <= a.rule.entropy
}

// shortest and longest count the bytes of a match; longest is negative where
// there is no limit.
func shortest(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return shortest(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min * shortest(re.Sub[0])
	case syntax.OpConcat:
		n := 0
		for _, s := range re.Sub {
			n += shortest(s)
		}
		return n
	case syntax.OpAlternate:
		n := shortest(re.Sub[0])
		for _, s := range re.Sub[1:] {
			n = min(n, shortest(s))
		}
		return n
	}
	return 0
}

func longest(re *syntax.Regexp) int {
	n := 0
	switch re.Op {
	case syntax.OpLiteral:
		return newReach(re).most
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return width(re)
	case syntax.OpStar, syntax.OpPlus:
		return -1
	case syntax.OpRepeat:
		if n = longest(re.Sub[0]); n < 0 || re.Max < 0 {
			return -1
		}
		return n * re.Max
	}
	for _, s := range re.Sub {
		one := longest(s)
		if one < 0 {
			return -1
		}
		if n += one; re.Op == syntax.OpAlternate {
			n = max(n-one, one)
		}
	}
	return n
}

const (
	nameByte = 1 << iota // of the gap, before quotes
	gapByte              // of the gap
	signByte
	quoteByte
	headByte
	endByte // what ends a value, or the first byte of it
)

// assignKind says which parts of an assignment a byte may belong to. Bytes
// beyond ASCII may belong to a name: U+017F and U+212A fold to s and k.
var assignKind = func() (kinds [256]uint8) {
	for b := range kinds {
		c := byte(b)
		if wordByte(c) || c >= utf8.RuneSelf || strings.IndexByte(" \t.-", c) >= 0 {
			kinds[b] |= nameByte | gapByte
		}
		if wordByte(c) || c >= utf8.RuneSelf || c == '.' || c == '-' {
			kinds[b] |= headByte
		}
		if strings.IndexByte(" \t\n\f\r'\"", c) >= 0 {
			kinds[b] |= gapByte
		}
		if strings.IndexByte("=>:|?,", c) >= 0 {
			kinds[b] |= signByte
		}
		if strings.IndexByte("`'\"= \t\n\f\r", c) >= 0 {
			kinds[b] |= quoteByte
		}
		if strings.IndexByte("`'\" \t\n\f\r;\\", c) >= 0 {
			kinds[b] |= endByte
		}
	}
	return kinds
}()
