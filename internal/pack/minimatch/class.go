package minimatch

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A class is a bracket expression: characters, ranges, and POSIX classes with
// the Unicode meaning that npm's matcher gives them.
type class struct {
	ranges  [][2]rune
	tables  []*unicode.RangeTable
	without []*unicode.RangeTable // named classes that match whatever is in none of the tables
	negated bool
}

// holds reports whether the class contains a folded character or another that
// folds to it.
func (s *class) holds(c rune) bool {
	found := s.has(c)
	for other := unicode.SimpleFold(c); other != c && !found; other = unicode.SimpleFold(other) {
		found = foldRune(other) == c && s.has(other)
	}
	return found != s.negated
}

func (s *class) has(c rune) bool {
	for _, r := range s.ranges {
		if c >= r[0] && c <= r[1] {
			return true
		}
	}
	return unicode.IsOneOf(s.tables, c) || len(s.without) > 0 && !unicode.IsOneOf(s.without, c)
}

// readClass reads a bracket expression at the start of s. The length is 0 if it
// is not closed; the bracket is then literal. A class that cannot match has a
// nil set; one with a single character becomes that character.
func readClass(s string) (node, int) {
	r := classReader{text: s, at: 1}
	if strings.HasPrefix(s[1:], "!") || strings.HasPrefix(s[1:], "^") {
		r.set.negated = true
		r.at++
	}
	if !r.members() {
		return node{}, 0
	}
	c := r.set
	switch {
	case r.bad || len(c.ranges)+len(c.tables)+len(c.without) == 0:
		return node{kind: bracket}, len(s)
	case len(c.tables)+len(c.without) == 0 && len(c.ranges) == 1 && !c.negated && c.ranges[0][0] == c.ranges[0][1]:
		return node{kind: char, char: foldRune(c.ranges[0][0])}, r.at
	}
	return node{kind: bracket, set: &c}, r.at
}

type classReader struct {
	text string
	at   int
	set  class
	bad  bool // a range ends in a named class
}

// members reads up to the closing bracket and reports whether there is one.
func (r *classReader) members() bool {
	low := rune(-1) // start of a range; -1: none
	for first := true; r.at < len(r.text); first = false {
		rest := r.text[r.at:]
		if rest[0] == ']' && !first {
			r.at++
			return true
		}
		if size := r.set.named(rest); size > 0 {
			r.bad = r.bad || low >= 0
			r.at += size
			continue
		}
		c, size := utf8.DecodeRuneInString(rest)
		if c == '\\' {
			if len(rest) == 1 {
				return false
			}
			c, size = utf8.DecodeRuneInString(rest[1:])
			size++
		}
		r.at += size
		rest = r.text[r.at:]
		switch {
		case low >= 0: // a reversed range is dropped
			if c >= low {
				r.set.ranges = append(r.set.ranges, [2]rune{low, c})
			}
			low = -1
		case strings.HasPrefix(rest, "-]"):
			r.set.ranges = append(r.set.ranges, [2]rune{c, c}, [2]rune{'-', '-'})
			r.at++
		case strings.HasPrefix(rest, "-"):
			low = c
			r.at++
		default:
			r.set.ranges = append(r.set.ranges, [2]rune{c, c})
		}
	}
	return false
}

// named adds a class such as "[:alpha:]" that begins s and returns its length.
func (s *class) named(text string) int {
	if !strings.HasPrefix(text, "[:") {
		return 0
	}
	end := strings.Index(text, ":]")
	if end < 0 {
		return 0
	}
	tables, ranges, lacks := namedClass(text[2:end])
	if tables == nil && ranges == nil {
		return 0
	}
	if lacks {
		s.without = slices.Concat(s.without, tables)
	} else {
		s.tables = append(s.tables, tables...)
	}
	s.ranges = append(s.ranges, ranges...)
	return end + 2
}

// namedClass returns what npm's matcher matches for a POSIX class. There, too,
// "print" matches what cannot be printed.
func namedClass(name string) (tables []*unicode.RangeTable, ranges [][2]rune, lacks bool) {
	switch name {
	case "alnum":
		tables = []*unicode.RangeTable{unicode.L, unicode.Nl, unicode.Nd}
	case "alpha":
		tables = []*unicode.RangeTable{unicode.L, unicode.Nl}
	case "ascii":
		ranges = [][2]rune{{0, 0x7f}}
	case "blank":
		tables, ranges = []*unicode.RangeTable{unicode.Zs}, [][2]rune{{'\t', '\t'}}
	case "cntrl":
		tables = []*unicode.RangeTable{unicode.Cc}
	case "digit":
		tables = []*unicode.RangeTable{unicode.Nd}
	case "graph":
		tables, lacks = []*unicode.RangeTable{unicode.Z, unicode.C}, true
	case "lower":
		tables = []*unicode.RangeTable{unicode.Ll}
	case "print":
		tables = []*unicode.RangeTable{unicode.C}
	case "punct":
		tables = []*unicode.RangeTable{unicode.P}
	case "space":
		tables, ranges = []*unicode.RangeTable{unicode.Z}, [][2]rune{{'\t', '\r'}}
	case "upper":
		tables = []*unicode.RangeTable{unicode.Lu}
	case "word":
		tables = []*unicode.RangeTable{unicode.L, unicode.Nl, unicode.Nd, unicode.Pc}
	case "xdigit":
		ranges = [][2]rune{{'0', '9'}, {'A', 'F'}, {'a', 'f'}}
	}
	return tables, ranges, lacks
}
