package secret

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// A plan says where in a text the expression of a rule has to be run.
type plan struct {
	extent extent
	leads  []*lead // what matches begin with; nil: unknown

	// anchored: every match holds a keyword, so only their surroundings count.
	// Otherwise all places are looked at once a keyword stands anywhere, as
	// gitleaks does.
	anchored bool

	// spelled: where a keyword stands in the leads, when it does in each, so
	// that a keyword tells where a match must begin.
	spelled map[string][]spelling

	// assigns: the rule wants `keyword … = value`, as half of gitleaks' do;
	// least is the shortest value, of characters of valueByte (0: unknown).
	assigns bool
	least   int
	name    extent // of the name in which the keyword stands
	value   extent // of what follows the sign
}

type spelling struct {
	lead *lead
	at   int
}

// newPlan analyses an expression that is known to compile.
func newPlan(source string, keywords []string) *plan {
	p := &plan{}
	if source == "" {
		return p
	}
	re, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		p.extent.everything()
		return p
	}
	p.extent.add(re, 1)
	p.leads = leadsOf(re)
	p.spell(keywords)
	p.anchored = p.spelled != nil || demands(re, keywords)
	if p.anchored && p.spelled == nil {
		p.assignment(source, keywords)
	}
	return p
}

func (p *plan) spell(keywords []string) {
	spelled := map[string][]spelling{}
	for _, l := range p.leads {
		any := false
		for _, k := range keywords {
			if i := strings.Index(l.literal, k); i >= 0 {
				spelled[k] = append(spelled[k], spelling{l, i})
				any = true
			}
		}
		if !any {
			return
		}
	}
	if len(spelled) > 0 {
		p.spelled = spelled
	}
}

// The parts that gitleaks' generator puts around a value that is recognised by
// the name it is assigned to (cmd/generate/config/utils in its sources).
const (
	assignHead = `(?i)[\w.-]{0,50}?(?:`
	assignGap  = `)(?:[ \t\w.-]{0,20})[\s'"]{0,3}`
	assignSign = `(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}(`
	genericTen = `[\w.=-]{10,150}|[a-z0-9][a-z0-9+/]{11,}={0,3})`
)

// assignment recognises such an expression. The keyword must be the name: lob's
// is part of the value.
func (p *plan) assignment(source string, keywords []string) {
	head, value, found := strings.Cut(source, assignGap+assignSign)
	if !found || !strings.HasPrefix(head, assignHead) {
		return
	}
	name, err1 := syntax.Parse("(?i)(?:"+head[len(assignHead):]+")", syntax.Perl)
	rest, err2 := syntax.Parse("(?i)("+value, syntax.Perl)
	if err1 != nil || err2 != nil || !demands(name, keywords) {
		return
	}
	p.assigns = true
	p.name.add(name, 1)
	p.value.add(rest, 1)
	if strings.HasPrefix(value, genericTen) {
		p.least = 10
	}
}

// assigned returns the window of the assignment whose name holds the keyword
// text[start:end]. It reports false where the text cannot go on as assignGap
// and assignSign say and then with a value; it never does so for what the
// expression accepts.
func (p *plan) assigned(text []byte, start, end int) (span, bool) {
	sign := end
	for limit := end + p.name.fixed + longestGap; ; sign++ {
		if sign == len(text) || sign > limit {
			return span{}, false
		}
		if assignKind[text[sign]]&gapByte == 0 {
			break
		}
	}
	if assignKind[text[sign]]&signByte == 0 {
		return span{}, false
	}
	to, ok := p.valueEnd(text, sign)
	if !ok {
		return span{}, false
	}
	from := max(start-p.name.fixed, 0)
	for limit := max(from-longestHead, 0); from > limit && assignKind[text[from-1]]&headByte != 0; {
		from--
	}
	from = max(from-utf8.UTFMax, 0)
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	return span{from, to}, true
}

// The most bytes of the parts of an assignment; a letter can be three bytes
// long, because U+017F and U+212A fold to s and k.
const (
	longestHead = 50 * 3
	longestGap  = 20*3 + 3
	longestSign = 4 + 5
)

// valueEnd returns where the window must end if a value follows the sign at
// text[sign]; false: none that is long enough does.
func (p *plan) valueEnd(text []byte, sign int) (int, bool) {
	if p.least == 0 {
		return p.value.behind(text, min(sign+longestSign, len(text))), true
	}
	begin := sign
	for begin < len(text) && begin-sign < longestSign && assignKind[text[begin]]&(signByte|quoteByte) != 0 {
		begin++
	}
	end := begin
	for end < len(text) && assignKind[text[end]]&valueByte != 0 {
		end++
	}
	if begin-sign < longestSign {
		early := begin // a value may begin with the last of the equal signs
		for early > sign+1 && text[early-1] == '=' {
			early--
		}
		if end-early < p.least {
			return 0, false
		}
	}
	// What ends the value has at most two bytes; one more keeps the edge away.
	end = min(end+3, len(text))
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end++
	}
	return end, true
}

const (
	gapByte = 1 << iota
	signByte
	quoteByte
	valueByte
	headByte
)

// assignKind says which parts of an assignment a byte may belong to. Bytes
// beyond ASCII may belong to a name or a value: U+017F and U+212A fold to s
// and k.
var assignKind = func() (kinds [256]uint8) {
	for b := range kinds {
		c := byte(b)
		if wordByte(c) || c >= 0x80 {
			kinds[b] |= gapByte | valueByte
		}
		if wordByte(c) || c >= 0x80 || c == '.' || c == '-' {
			kinds[b] |= headByte
		}
		if strings.IndexByte(" \t\n\f\r.-'\"", c) >= 0 {
			kinds[b] |= gapByte
		}
		if strings.IndexByte("=>:|?,", c) >= 0 {
			kinds[b] |= signByte
		}
		if strings.IndexByte("`'\"= \t\n\f\r", c) >= 0 {
			kinds[b] |= quoteByte
		}
		if strings.IndexByte(".=-+/", c) >= 0 {
			kinds[b] |= valueByte
		}
	}
	return kinds
}()
