package secret

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// A prefix is what every match of an expression begins with: a fixed number of byte
// classes, then perhaps a repeated class, then perhaps a byte that must come next.
// Comparing a prefix costs far less than running the expression. Most places in a
// text are ruled out by it.
type prefix struct {
	boundary   bool   // the match begins at a word boundary
	classes    []*set // one set of bytes for each of the first bytes
	repeated   *set   // bytes that may follow the classes; nil: none may
	maxRepeats int    // how many of them may follow; -1: any number
	after      *set   // bytes that come next, unless the text ends there; nil: unknown
	maxClasses int    // limit on the length of classes
}

// Limits on what is derived from one expression: the byte classes of a prefix, and
// the number of prefixes.
const (
	maxPrefix   = 64
	maxPrefixes = 32
)

// prefixesOf derives the prefixes of a sequence of expressions. Every match of the
// sequence begins with one of them. The result is nil if nothing is known.
func prefixesOf(sequence []*syntax.Regexp) []*prefix { return prefixesUpTo(maxPrefix, sequence) }

// prefixesUpTo is prefixesOf with a limit on the number of byte classes.
func prefixesUpTo(limit int, sequence []*syntax.Regexp) []*prefix {
	prefixes := (&prefix{maxClasses: limit}).extend(sequence)
	for _, l := range prefixes {
		if len(l.classes) == 0 || len(prefixes) > maxPrefixes {
			return nil
		}
	}
	return prefixes
}

func (l *prefix) clone() *prefix {
	c := *l
	c.classes = slices.Clone(l.classes)
	return &c
}

// extend appends what the sequence begins with. An alternation gives one prefix for
// each alternative.
func (l *prefix) extend(todo []*syntax.Regexp) []*prefix {
	for len(todo) > 0 {
		if len(l.classes) >= l.maxClasses {
			return l.stop(todo)
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
				return l.stop(todo)
			}
			l.boundary = true
		case syntax.OpLiteral:
			if !ascii(re.Rune) {
				return l.stop(todo)
			}
			for i, r := range re.Rune {
				if len(l.classes) == l.maxClasses {
					tail := *re
					tail.Rune = re.Rune[i:]
					return l.stop(append([]*syntax.Regexp{&tail}, rest...))
				}
				l.classes = append(l.classes, letterSet(r, re.Flags))
			}
		case syntax.OpCharClass:
			if !l.addClasses(re, 1) {
				return l.stop(todo)
			}
		case syntax.OpRepeat, syntax.OpPlus, syntax.OpStar:
			least, most := 0, -1
			if re.Op == syntax.OpRepeat {
				least, most = re.Min, re.Max
			} else if re.Op == syntax.OpPlus {
				least = 1
			}
			fixed := min(least, l.maxClasses-len(l.classes))
			if !l.addClasses(re.Sub[0], fixed) {
				return l.stop(todo)
			}
			if most != fixed {
				l.repeated, l.maxRepeats = setOf(re.Sub[0]), -1
				if most >= 0 {
					l.maxRepeats = most - fixed
				}
				return l.stop(rest)
			}
		default:
			return l.stop(todo)
		}
		todo = rest
	}
	return []*prefix{l}
}

// branch continues with each alternative. If there would be too many prefixes, the
// prefix stops before the alternation.
func (l *prefix) branch(re *syntax.Regexp, rest []*syntax.Regexp) []*prefix {
	if then := firstBytes(append([]*syntax.Regexp{re}, rest...)); len(l.classes) > 0 && then != nil && isEnd(re) {
		l.after = then
		return []*prefix{l}
	}
	alternatives := re.Sub
	if re.Op == syntax.OpQuest {
		alternatives = []*syntax.Regexp{re.Sub[0], {Op: syntax.OpEmptyMatch}}
	}
	var out []*prefix
	for _, a := range alternatives {
		if out = append(out, l.clone().extend(append([]*syntax.Regexp{a}, rest...))...); len(out) > maxPrefixes {
			return []*prefix{l}
		}
	}
	return out
}

// isEnd reports whether one alternative is the end of the text. Many rules end with
// such an alternation.
func isEnd(re *syntax.Regexp) bool {
	return slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return s.Op == syntax.OpEndText })
}

// stop ends the prefix in front of the remaining expressions.
func (l *prefix) stop(todo []*syntax.Regexp) []*prefix {
	if then := firstBytes(todo); then != nil && (l.repeated == nil || !l.repeated.overlaps(then)) {
		l.after = then
	}
	return []*prefix{l}
}

// addClasses appends an ASCII class n times. It reports whether it could:
// characters beyond ASCII have no fixed number of bytes, and the length is limited.
func (l *prefix) addClasses(re *syntax.Regexp, n int) bool {
	if re.Op == syntax.OpLiteral && len(re.Rune) == 1 {
		re = &syntax.Regexp{Op: syntax.OpCharClass, Rune: []rune{re.Rune[0], re.Rune[0]}}
	}
	if re.Op != syntax.OpCharClass || len(l.classes)+n > l.maxClasses {
		return false
	}
	c := asciiSet(re)
	for range n {
		if c == nil {
			return false
		}
		l.classes = append(l.classes, c)
	}
	return true
}

// matchesAt reports whether a match can begin at text[i].
func (l *prefix) matchesAt(text []byte, i int) bool {
	if i < 0 || i+len(l.classes) > len(text) {
		return false
	}
	for k, c := range l.classes {
		if !c[text[i+k]] {
			return false
		}
	}
	if l.boundary && i > 0 && isWordByte(text[i-1]) && isWordByte(text[i]) {
		return false
	}
	return l.after == nil || l.continuesAt(text, i+len(l.classes))
}

// continuesAt reports whether the bytes from text[i] on can be the repeated class
// and the byte after it.
func (l *prefix) continuesAt(text []byte, i int) bool {
	if l.repeated != nil {
		limit := len(text)
		if l.maxRepeats >= 0 {
			limit = min(limit, i+l.maxRepeats)
		}
		for i < limit && l.repeated[text[i]] {
			i++
		}
	}
	return i == len(text) || l.after[text[i]]
}

// spells finds keywords at a fixed offset in the prefix. The result is not nil only
// if every match of the prefix has one of these keywords at that offset.
func (l *prefix) spells(keywords []string) (words []string, at int) {
	for i := range l.classes {
		for _, k := range keywords {
			if words = l.spelling(i, len(k), keywords); words != nil {
				return words, i
			}
		}
	}
	return nil, 0
}

// spelling lists all words, in lower case, that n classes from the i-th on can
// spell. The result is nil if one of these words is not a keyword.
func (l *prefix) spelling(i, n int, keywords []string) []string {
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
