package secret

import "regexp/syntax"

// minMatchLen returns the least length of a match in bytes.
func minMatchLen(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return minMatchLen(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min * minMatchLen(re.Sub[0])
	case syntax.OpConcat:
		n := 0
		for _, s := range re.Sub {
			n += minMatchLen(s)
		}
		return n
	case syntax.OpAlternate:
		n := minMatchLen(re.Sub[0])
		for _, s := range re.Sub[1:] {
			n = min(n, minMatchLen(s))
		}
		return n
	}
	return 0
}

// maxMatchLen returns the greatest length of a match in bytes, or -1 if there is no
// limit.
func maxMatchLen(re *syntax.Regexp) int {
	n := 0
	switch re.Op {
	case syntax.OpLiteral:
		return newExtent(re).most
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return maxWidth(re)
	case syntax.OpStar, syntax.OpPlus:
		return -1
	case syntax.OpRepeat:
		if n = maxMatchLen(re.Sub[0]); n < 0 || re.Max < 0 {
			return -1
		}
		return n * re.Max
	}
	for _, s := range re.Sub {
		one := maxMatchLen(s)
		if one < 0 {
			return -1
		}
		if n += one; re.Op == syntax.OpAlternate {
			n = max(n-one, one)
		}
	}
	return n
}
