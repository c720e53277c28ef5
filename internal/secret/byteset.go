package secret

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// A set is a set of bytes. For a character beyond ASCII it holds every byte that
// can be part of any such character.
type set [256]bool

// add adds every byte that a match of re can contain.
func (s *set) add(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			s.addRange(r, r)
			if re.Flags&syntax.FoldCase != 0 && r < utf8.RuneSelf {
				s[lower(byte(r))], s[upper(byte(r))] = true, true
				s.addRange(utf8.RuneSelf, utf8.MaxRune)
			}
		}
	case syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			s.addRange(re.Rune[i], re.Rune[i+1])
		}
	case syntax.OpAnyChar:
		s.addRange(0, utf8.MaxRune)
	case syntax.OpAnyCharNotNL:
		s.addRange(0, '\n'-1)
		s.addRange('\n'+1, utf8.MaxRune)
	}
	for _, sub := range re.Sub {
		s.add(sub)
	}
}

// addRange adds the bytes of a range of characters.
func (s *set) addRange(lo, hi rune) {
	for r := lo; r <= hi && r < utf8.RuneSelf; r++ {
		s[r] = true
	}
	if hi >= utf8.RuneSelf {
		for b := utf8.RuneSelf; b < 256; b++ {
			s[b] = true
		}
	}
}

// overlaps reports whether two sets have a byte in common.
func (s *set) overlaps(o *set) bool {
	for b := range s {
		if s[b] && o[b] {
			return true
		}
	}
	return false
}

// setOf returns the bytes that a match of re can contain.
func setOf(re *syntax.Regexp) *set {
	s := &set{}
	s.add(re)
	return s
}

// maxWidth is the longest UTF-8 encoding of a character of a class, in bytes.
func maxWidth(re *syntax.Regexp) int {
	if re.Op == syntax.OpCharClass && len(re.Rune) > 0 {
		return utf8.RuneLen(re.Rune[len(re.Rune)-1])
	}
	return utf8.UTFMax
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func upper(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}

// letterSet returns the set for one ASCII character of a literal, in both cases if
// the literal ignores case.
func letterSet(r rune, flags syntax.Flags) *set {
	s := &set{}
	s[r] = true
	if flags&syntax.FoldCase != 0 {
		s[lower(byte(r))], s[upper(byte(r))] = true, true
	}
	return s
}

// asciiSet returns the set for a class of ASCII characters, or nil if the class has
// other characters. The long s (U+017F) and the Kelvin sign (U+212A) are ignored:
// they fold to s and k, but no program accepts a token that is written with them.
func asciiSet(re *syntax.Regexp) *set {
	s := &set{}
	for i := 0; i < len(re.Rune); i += 2 {
		lo, hi := re.Rune[i], re.Rune[i+1]
		if lo == hi && (lo == 'ſ' || lo == '\u212a') {
			continue
		}
		if hi >= utf8.RuneSelf {
			return nil
		}
		s.addRange(lo, hi)
	}
	return s
}

// firstBytes returns the bytes that a match of the sequence can begin with, unless
// it is at the end of the text. The result is nil if that is unknown, or if a match
// elsewhere may be empty.
func firstBytes(todo []*syntax.Regexp) *set {
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
			return firstBytes(re.Sub)
		case syntax.OpAlternate:
			all := &set{}
			for _, a := range re.Sub {
				one := firstBytes(append([]*syntax.Regexp{a}, rest...))
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

// lastBytes returns the bytes that a text can end with if it ends with a match of
// re. The result is nil if that is unknown.
func lastBytes(re *syntax.Regexp) *set {
	if re.Op != syntax.OpConcat || re.Sub[len(re.Sub)-1].Op != syntax.OpEndText {
		return nil
	}
	last := re.Sub[len(re.Sub)-2]
	if last.Op == syntax.OpLiteral {
		tail := *last
		tail.Rune = last.Rune[len(last.Rune)-1:]
		last = &tail
	}
	if minMatchLen(last) == 0 {
		return nil
	}
	return setOf(last)
}

func ascii(runes []rune) bool {
	return !slices.ContainsFunc(runes, func(r rune) bool { return r >= utf8.RuneSelf })
}

func isWordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
