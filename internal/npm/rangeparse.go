package npm

import (
	"slices"
	"strings"
)

// parseSet reads one alternative of a range: comparators that must all hold.
// node-semver does this by rewriting the text with nine regular expressions,
// and the result of the rewriting decides what npm accepts. The steps here have
// the same order, on slices of the text. (classes/range.js, internal/re.js,
// 7.8) alike says that the text means the same whether or not prereleases are
// included.
func parseSet(s string, pre bool) (set comparators, alike bool, err error) {
	p := rangeParser{pre: pre, set: make(comparators, 0, 2)}
	s = stripBuild(s)
	if strings.Contains(s, " - ") {
		s, p.unlike = rewriteHyphen(s, pre), true
	}
	if needsJoin(s) {
		s = joinOperators(s)
	}
	for more := true; more; {
		var token string
		token, s, more = strings.Cut(s, " ")
		if err := p.token(token); err != nil {
			return nil, false, err
		}
	}
	return p.finish(), !p.unlike, nil
}

// A rangeParser collects the comparators of one set.
type rangeParser struct {
	pre    bool // prereleases are included
	unlike bool // what was read so far may differ by pre
	set    comparators
	seen   map[comparator]struct{} // once there are many
}

// finish removes redundant bounds: a null bound makes the whole set null, and
// "any" beside another bound adds nothing.
func (p *rangeParser) finish() comparators {
	kept := p.set[:0]
	anyOf := false
	for _, c := range p.set {
		switch {
		case c.isNull():
			return comparators{c}
		case c.op == opAny:
			anyOf = true
			continue
		}
		if !p.has(c, kept) {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 && anyOf {
		kept = append(kept, comparator{op: opAny})
	}
	return kept
}

// few is the number of bounds up to which a linear search is faster than a map.
const few = 16

// is reports whether c is among kept. A hostile range can have one bound per
// byte, so this must not search all of them each time.
func (p *rangeParser) has(c comparator, kept comparators) bool {
	if len(kept) < few {
		return slices.Contains(kept, c)
	}
	if p.seen == nil {
		p.seen = make(map[comparator]struct{}, len(p.set))
		for _, k := range kept {
			p.seen[k] = struct{}{}
		}
	}
	_, twice := p.seen[c]
	p.seen[c] = struct{}{}
	return twice
}

func (p *rangeParser) add(op operator, v Version) {
	if op == opGreaterEqual && v.Major|v.Minor|v.Patch == 0 {
		p.unlike = true
		if !p.pre && v.pre == "" || p.pre && v.pre == "0" {
			op, v = opAny, Version{} // node-semver's GTE0: 0.0.0 is no bound
		}
	}
	p.set = append(p.set, comparator{op, v})
}

// bounds adds >=low <high-0. A high beyond the integers of a double is refused,
// as node-semver refuses the text it makes of it.
func (p *rangeParser) bounds(low, high Version) error {
	if max(low.Major, low.Minor, low.Patch, high.Major, high.Minor, high.Patch) > maxSafeInteger {
		return errNumberTooBig
	}
	high.pre = "0"
	p.add(opGreaterEqual, low)
	p.add(opLess, high)
	return nil
}

// token reads one word of a set: ^1.2, ~1.2, 1.x, >=1.2.3 or nothing.
func (p *rangeParser) token(t string) error {
	if t == "" {
		p.set = append(p.set, comparator{op: opAny})
		return nil
	}
	switch t[0] {
	case '^':
		if x, ok := parsePartial(t[1:]); ok {
			return p.caret(x)
		}
	case '~':
		if x, ok := parsePartial(strings.TrimPrefix(t[1:], ">")); ok {
			return p.tilde(x)
		}
	default:
		op, rest := cutOperator(t)
		if x, ok := parsePartial(strings.TrimPrefix(rest, " ")); ok && x.open() {
			return p.xRange(op, x)
		}
	}
	if strings.IndexByte(t, '*') >= 0 {
		t = dropStar(t) // "1.2.3*" is 1.2.3
	}
	return p.comparator(t)
}

// caret: up to the next version that may break, see README of node-semver.
func (p *rangeParser) caret(x partial) error {
	if x.major.any {
		return p.token("")
	}
	low := p.low(x)
	high := Version{Major: x.major.n + 1}
	if x.major.n == 0 && !x.minor.any {
		high = Version{Minor: x.minor.n + 1}
		if x.minor.n == 0 && !x.patch.any {
			high = Version{Patch: x.patch.n + 1}
		}
	}
	return p.partialBounds(x, low, high)
}

// tilde: patches of one minor, or minors of one major.
func (p *rangeParser) tilde(x partial) error {
	if x.major.any {
		return p.token("")
	}
	high := Version{Major: x.major.n + 1}
	if !x.minor.any {
		high = Version{Major: x.major.n, Minor: x.minor.n + 1}
	}
	return p.partialBounds(x, p.low(x), high)
}

func (p *rangeParser) partialBounds(x partial, low, high Version) error {
	if !x.open() && len(x.text) > maxVersionLength {
		return errVersionTooLong
	}
	return p.bounds(low, high)
}

// low returns the lowest version of a partial one; with prereleases included
// that is the first prerelease.
func (p *rangeParser) low(x partial) Version {
	v := Version{Major: x.major.n}
	switch {
	case x.minor.any:
	case x.patch.any:
		v.Minor = x.minor.n
	default:
		v.Minor, v.Patch, v.pre = x.minor.n, x.patch.n, x.pre
		return v
	}
	p.unlike = true
	if p.pre {
		v.pre = "0"
	}
	return v
}

// xRange reads 1.x, >1, <=1.2.x and the like.
func (p *rangeParser) xRange(op operator, x partial) error {
	if x.major.any && x.minor.given() || x.minor.any && x.patch.given() {
		return errNoRange // x.1, 1.x.3
	}
	if x.major.any {
		if op == opLess || op == opGreater {
			p.set = append(p.set, comparator{opLess, Version{pre: "0"}})
			return nil
		}
		return p.token("")
	}
	next := Version{Major: x.major.n + 1}
	if !x.minor.any {
		next = Version{Major: x.major.n, Minor: x.minor.n + 1}
	}
	if op == opEqual {
		return p.bounds(p.low(x), next)
	}
	v := p.low(x)
	switch op {
	case opGreater: // >1.2 begins at 1.3.0
		op, next.pre = opGreaterEqual, v.pre
		v = next
	case opLessEqual: // <=1.2 goes up to 1.3.0
		op, next.pre = opLess, "0"
		v = next
	case opLess:
		v.pre = "0"
	}
	if max(v.Major, v.Minor) > maxSafeInteger {
		return errNumberTooBig
	}
	p.add(op, v)
	return nil
}

// comparator reads an operator and a whole version.
func (p *rangeParser) comparator(t string) error {
	op, rest := cutOperator(t)
	rest = strings.TrimPrefix(rest, " ")
	if len(rest) > maxVersionLength {
		return errVersionTooLong
	}
	v, err := parseFull(strings.TrimPrefix(rest, "v"))
	if err != nil {
		return err
	}
	if op == opGreaterEqual && strings.HasPrefix(rest, "v") {
		p.set = append(p.set, comparator{op, v}) // GTE0 compares text, and ">=v0.0.0" differs
		return nil
	}
	p.add(op, v)
	return nil
}

// cutOperator splits (<|>)?=? off the front.
func cutOperator(t string) (operator, string) {
	equal := func(i int) bool { return len(t) > i && t[i] == '=' }
	switch {
	case t == "":
	case t[0] == '<' && equal(1):
		return opLessEqual, t[2:]
	case t[0] == '<':
		return opLess, t[1:]
	case t[0] == '>' && equal(1):
		return opGreaterEqual, t[2:]
	case t[0] == '>':
		return opGreater, t[1:]
	case t[0] == '=':
		return opEqual, t[1:]
	}
	return opEqual, t
}

// dropStar removes the first star with the operator before it.
func dropStar(t string) string {
	end := strings.IndexByte(t, '*')
	start := end
	if start > 0 && t[start-1] == '=' {
		start--
	}
	if start > 0 && (t[start-1] == '<' || t[start-1] == '>') {
		start--
	}
	return t[:start] + t[end+1:]
}
