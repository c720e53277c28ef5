package secret

import (
	"regexp/syntax"
	"unicode/utf8"
)

// A set is a set of bytes. Of a character beyond ASCII it holds every byte that
// can be part of any such character.
type set [256]bool

// join adds every byte that a match of re can hold to the set.
func (s *set) join(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			s.joinRange(r, r)
			if re.Flags&syntax.FoldCase != 0 && r < utf8.RuneSelf {
				s[lower(byte(r))], s[upper(byte(r))] = true, true
				s.joinRange(utf8.RuneSelf, utf8.MaxRune)
			}
		}
	case syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			s.joinRange(re.Rune[i], re.Rune[i+1])
		}
	case syntax.OpAnyChar:
		s.joinRange(0, utf8.MaxRune)
	case syntax.OpAnyCharNotNL:
		s.joinRange(0, '\n'-1)
		s.joinRange('\n'+1, utf8.MaxRune)
	}
	for _, sub := range re.Sub {
		s.join(sub)
	}
}

func (s *set) joinRange(lo, hi rune) {
	for r := lo; r <= hi && r < utf8.RuneSelf; r++ {
		s[r] = true
	}
	if hi >= utf8.RuneSelf {
		for b := utf8.RuneSelf; b < 256; b++ {
			s[b] = true
		}
	}
}

// meets reports whether two sets have a byte in common.
func (s *set) meets(o *set) bool {
	for b := range s {
		if s[b] && o[b] {
			return true
		}
	}
	return false
}

// setOf is the set of the bytes that a match of re can hold.
func setOf(re *syntax.Regexp) *set {
	s := &set{}
	s.join(re)
	return s
}

// width is the longest encoding of a character of a class.
func width(re *syntax.Regexp) int {
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
