package secret

import (
	"regexp/syntax"
	"strings"
)

// A plan says where in a text the expression of a rule has to be run.
type plan struct {
	extent extent
	lead   *lead

	// anchored: every match holds a keyword, so only their surroundings count.
	// Otherwise all places are looked at once a keyword stands anywhere, as
	// gitleaks does.
	anchored bool

	// spelled: the keyword's place in the lead, so that a keyword tells where
	// a match must begin; -1: unknown.
	spelled map[string]int

	// assigns: the rule wants `keyword … = value`, as half of gitleaks' do;
	// least is the shortest value, of characters of assignValue (0: unknown).
	assigns bool
	least   int
}

// newPlan analyses an expression that is known to compile.
func newPlan(source string, keywords []string) *plan {
	p := &plan{spelled: map[string]int{}}
	if source == "" {
		return p
	}
	re, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		p.extent.everything()
		p.lead = &lead{}
		return p
	}
	p.extent.add(re, 1)
	p.lead = leadOf(re)
	for _, k := range keywords {
		if i := strings.Index(p.lead.literal, k); i >= 0 {
			p.spelled[k] = i
		}
	}
	p.anchored = len(p.spelled) > 0 || demands(re, keywords)
	p.assigns, p.least = assignment(source, keywords)
	return p
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
func assignment(source string, keywords []string) (assigns bool, least int) {
	head, value, found := strings.Cut(source, assignGap+assignSign)
	if !found || !strings.HasPrefix(head, assignHead) {
		return false, 0
	}
	name, err := syntax.Parse(head+")", syntax.Perl)
	if err != nil || !demands(name, keywords) {
		return false, 0
	}
	if strings.HasPrefix(value, genericTen) {
		return true, 10
	}
	return true, 0
}

// mayAssign reports whether text[end:], what follows a keyword, can go on as
// assignGap and assignSign say and then with a value. It never says no to
// what the expression accepts, ASCII texts taken: a keyword may be followed by
// the rest of a longer name.
func (p *plan) mayAssign(text []byte, end int) bool {
	const longest = 20 + 3 + 24 // the gap, and the rest of a name
	i := end
	for ; i < len(text) && i-end <= longest; i++ {
		if k := assignKind[text[i]]; k&gapByte == 0 {
			break
		}
	}
	if i >= len(text) || assignKind[text[i]]&signByte == 0 {
		return false
	}
	if p.least == 0 {
		return true
	}
	const longestSign = 3 + 1 + 5
	j := i
	for ; j < len(text) && j-i < longestSign; j++ {
		if assignKind[text[j]]&(signByte|quoteByte) == 0 {
			break
		}
	}
	if j-i == longestSign {
		return true
	}
	// A value may begin with the last of the equal signs.
	have := 0
	for k := j - 1; k > i && text[k] == '='; k-- {
		have++
	}
	for ; have < p.least; have++ {
		if j >= len(text) || assignKind[text[j]]&valueByte == 0 {
			return false
		}
		j++
	}
	return true
}

const (
	gapByte = 1 << iota
	signByte
	quoteByte
	valueByte
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
