package secret

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// The parts that gitleaks' generator puts around a value that is recognised by the
// name it is assigned to (cmd/generate/config/utils in its sources).
const (
	assignHead = `(?i)[\w.-]{0,50}?(?:`
	assignGap  = `)(?:[ \t\w.-]{0,20})[\s'"]{0,3}`
	assignSign = `(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}(`
	assignEnd  = `)(?:[\x60'"\s;]|\\[nr]|$)`
)

// The most characters that these parts match.
const (
	maxHead       = 50
	maxGap        = 20
	maxGapQuotes  = 3
	maxSignQuotes = 5
)

// An assignment is a rule of the form `name … = value`. It keeps what the
// expression says about the value as sets and lengths. So most candidates are ruled
// out by looking at a few bytes.
type assignment struct {
	rule    *rule
	maxName int // length of the longest name, in bytes
	values  []valueForm
	formsOf [256]uint8 // by byte: the forms that may contain it, one bit for each

	// allowedBytes are the bytes of values that an allow-list says are no secrets; nil:
	// there is no such list.
	allowedBytes *set
}

// A valueForm is one alternative of the value: its least and greatest length in
// bytes. A negative maxLen means no limit.
type valueForm struct{ minLen, maxLen int }

// newAssignment returns the assignment of such a rule, or nil for any other rule.
// The keyword must be part of the name; for lob's it is part of the value.
func newAssignment(r *rule) *assignment {
	head, tail, found := strings.Cut(r.source, assignGap+assignSign)
	if !found || !strings.HasPrefix(head, assignHead) || !strings.HasSuffix(tail, assignEnd) || r.group > 1 {
		return nil
	}
	name, err1 := syntax.Parse("(?i)(?:"+head[len(assignHead):]+")", syntax.Perl)
	value, err2 := syntax.Parse("(?i)(?:"+strings.TrimSuffix(tail, assignEnd)+")", syntax.Perl)
	if err1 != nil || err2 != nil || name.MaxCap() > 0 || !requiresKeyword(name, r.keywords) {
		return nil
	}
	a := &assignment{rule: r, maxName: maxMatchLen(name)}
	for b, in := range setOf(name) {
		if in && assignmentByte[b]&gapByte == 0 {
			return nil
		}
	}
	if a.maxName < 0 || !a.addForms(value) {
		return nil
	}
	for _, l := range r.allow {
		if s := l.plainSet(); s != nil {
			a.allowedBytes = s
		}
	}
	return a
}

// addForms adds the alternatives of the value. It returns false if one of them
// contains a byte that may end the value, or a byte of the sign other than the
// equal sign.
func (a *assignment) addForms(value *syntax.Regexp) bool {
	alternatives := []*syntax.Regexp{value}
	if value.Op == syntax.OpAlternate {
		alternatives = value.Sub
	}
	if len(alternatives) > 8 {
		return false
	}
	for i, v := range alternatives {
		a.values = append(a.values, valueForm{minMatchLen(v), maxMatchLen(v)})
		for b, in := range setOf(v) {
			if !in {
				continue
			}
			if b != '=' && assignmentByte[b]&(endByte|signByte|quoteByte) != 0 {
				return false
			}
			a.formsOf[b] |= 1 << i
		}
	}
	return true
}

// windowAround judges the assignment whose name contains the keyword
// text[start:end] by what follows: the gap, the sign, the value and its end. It
// never rules out what the expression matches.
func (a *assignment) windowAround(text []byte, start, end int) (span, verdict) {
	sign := a.gapEnd(text, end)
	quote := signEnd(text, sign)
	if quote < 0 {
		return span{to: sign}, noMatch
	}
	begin := quote
	for limit := min(quote+maxSignQuotes, len(text)); begin < limit && assignmentByte[text[begin]]&quoteByte != 0; {
		begin++
	}
	early := begin // a value may begin with the last equal signs
	for a.formsOf['='] != 0 && early > sign+1 && text[early-1] == '=' {
		early--
	}
	stop, forms := begin, uint8(0xff)
	plain := a.allowedBytes != nil
	for ; stop < len(text) && a.formsOf[text[stop]] != 0; stop++ {
		forms &= a.formsOf[text[stop]]
		plain = plain && a.allowedBytes[text[stop]]
	}
	if stop < len(text) && assignmentByte[text[stop]]&endByte == 0 || !a.fits(stop-begin, stop-early, forms) {
		return span{to: stop}, noMatch
	}
	// What ends the value has at most two bytes.
	w := window(text, a.matchStart(text, start), min(stop+2, len(text)))
	if early == begin && (plain || a.lowEntropy(text[begin:stop])) {
		return w, noSecret
	}
	return w, maybeSecret
}

// gapEnd returns where the gap between the keyword and the sign ends.
func (a *assignment) gapEnd(text []byte, end int) int {
	limit := min(end+a.maxName+maxGap, len(text))
	for end < limit && assignmentByte[text[end]]&nameByte != 0 {
		if text[end] >= utf8.RuneSelf {
			limit = min(limit+2, len(text)) // U+017F and U+212A have up to three bytes
		}
		end++
	}
	for limit = min(end+maxGapQuotes, len(text)); end < limit && assignmentByte[text[end]]&gapByte != 0; {
		end++
	}
	return end
}

// signEnd returns where the sign at text[at] ends, or -1 if there is none. The
// signs are those of assignSign.
func signEnd(text []byte, at int) int {
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

// matchStart returns the earliest start of the match.
func (a *assignment) matchStart(text []byte, start int) int {
	start = max(start-a.maxName, 0)
	for limit := max(start-3*maxHead, 0); start > limit && assignmentByte[text[start-1]]&headByte != 0; {
		start--
	}
	return start
}

// fits reports whether a value with a length between least and most bytes can have
// one of the forms.
func (a *assignment) fits(least, most int, forms uint8) bool {
	for i, f := range a.values {
		if forms&(1<<i) != 0 && most >= f.minLen && (f.maxLen < 0 || least <= f.maxLen) {
			return true
		}
	}
	return false
}

// lowEntropy reports whether the entropy of a value is too low for the rule.
func (a *assignment) lowEntropy(value []byte) bool {
	return a.rule.entropy != 0 && entropy(value) <= a.rule.entropy
}

const (
	nameByte = 1 << iota // in the gap, in front of quotes
	gapByte              // in the gap
	signByte
	quoteByte
	headByte
	endByte // ends a value, or begins what ends one
)

// assignmentByte says which parts of an assignment may contain a byte. Bytes beyond
// ASCII may be part of a name, because U+017F and U+212A fold to s and k.
var assignmentByte = func() (kinds [256]uint8) {
	for b := range kinds {
		c := byte(b)
		if isWordByte(c) || c >= utf8.RuneSelf || strings.IndexByte(" \t.-", c) >= 0 {
			kinds[b] |= nameByte | gapByte
		}
		if isWordByte(c) || c >= utf8.RuneSelf || c == '.' || c == '-' {
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
