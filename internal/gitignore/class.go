package gitignore

import "strings"

// readClass reads a bracket expression at the start of s: ranges, negation by
// "!" or "^", escapes, and POSIX classes with their ASCII meaning. It returns 0
// if the expression is not closed. A class never matches a slash.
func readClass(s string) (token, int) {
	members := new([256]bool)
	i, negated := 1, false
	if i < len(s) && (s[i] == '!' || s[i] == '^') {
		negated = true
		i++
	}
	low := -1 // the byte before a "-"; -1 if no range can begin
	for first := true; ; first = false {
		if i >= len(s) {
			return token{}, 0
		}
		c := s[i]
		switch {
		case c == ']' && !first:
			for b := range members {
				members[b] = members[b] != negated && b != '/'
			}
			return token{kind: set, set: members}, i + 1
		case c == '-' && low >= 0 && i+1 < len(s) && s[i+1] != ']':
			i++
			if s[i] == '\\' {
				if i++; i >= len(s) {
					return token{}, 0
				}
			}
			for b := low; b <= int(s[i]); b++ {
				members[b] = true
			}
			low = -1
			i++
		case strings.HasPrefix(s[i:], "[:"):
			n, ok := named(members, s[i:])
			if !ok {
				return token{}, 0
			}
			if low = -1; n == 1 {
				low = '['
			}
			i += n
		default:
			if c == '\\' {
				if i++; i >= len(s) {
					return token{}, 0
				}
				c = s[i]
			}
			members[c] = true
			low = int(c)
			i++
		}
	}
}

// named adds a class such as "[:alpha:]" at the start of s. Without a ":]" it
// is the single member "["; an unknown name makes the whole pattern malformed.
func named(members *[256]bool, s string) (n int, ok bool) {
	end := strings.IndexByte(s[2:], ']')
	if end < 0 {
		return 0, false
	}
	if end == 0 || s[2+end-1] != ':' {
		members['['] = true
		return 1, true
	}
	in := asciiClass(s[2 : 2+end-1])
	if in == nil {
		return 0, false
	}
	for b := range 128 {
		if in(byte(b)) {
			members[b] = true
		}
	}
	return 2 + end + 1, true
}

// asciiClass returns the POSIX class of that name in the C locale; nil if there
// is none.
func asciiClass(name string) func(byte) bool {
	digit := func(b byte) bool { return b >= '0' && b <= '9' }
	lower := func(b byte) bool { return b >= 'a' && b <= 'z' }
	upper := func(b byte) bool { return b >= 'A' && b <= 'Z' }
	graph := func(b byte) bool { return b > ' ' && b < 0x7f }
	switch name {
	case "digit":
		return digit
	case "lower":
		return lower
	case "upper":
		return upper
	case "alpha":
		return func(b byte) bool { return lower(b) || upper(b) }
	case "alnum":
		return func(b byte) bool { return lower(b) || upper(b) || digit(b) }
	case "graph":
		return graph
	case "print":
		return func(b byte) bool { return graph(b) || b == ' ' }
	case "punct":
		return func(b byte) bool { return graph(b) && !lower(b) && !upper(b) && !digit(b) }
	case "blank":
		return func(b byte) bool { return b == ' ' || b == '\t' }
	case "space":
		return func(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }
	case "cntrl":
		return func(b byte) bool { return b < ' ' || b == 0x7f }
	case "xdigit":
		return func(b byte) bool { return digit(b) || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F' }
	}
	return nil
}
