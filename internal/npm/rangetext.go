package npm

import "strings"

// A partial is a version of which parts may be missing or x: 1, 1.x, 1.2.3-a.
type partial struct {
	major, minor, patch part
	pre                 string
	text                string // without its prefix of v, = and spaces
}

// A part is one number of a partial version.
type part struct {
	n       uint64
	any     bool // missing, x, X or *
	written bool
}

// given reports whether the part is a number.
func (p part) given() bool { return p.written && !p.any }

// open reports whether any part is missing.
func (x partial) open() bool { return x.major.any || x.minor.any || x.patch.any }

// parsePartial reads all of s as XRANGEPLAIN of node-semver. Build metadata
// has been stripped before.
func parsePartial(s string) (x partial, ok bool) {
	for len(s) > 0 && (s[0] == 'v' || s[0] == '=' || s[0] == ' ') {
		s = s[1:]
	}
	x.text = s
	x.minor.any, x.patch.any = true, true
	for i, p := range [...]*part{&x.major, &x.minor, &x.patch} {
		if i > 0 {
			if s == "" {
				return x, true
			}
			if s[0] != '.' {
				return x, false
			}
			s = s[1:]
		}
		switch n := numericPrefix(s); {
		case s == "":
			return x, false
		case s[0] == 'x' || s[0] == 'X' || s[0] == '*':
			*p, s = part{any: true, written: true}, s[1:]
		case n > 0 && n <= maxVersionLength && isDigit(s[0]):
			*p, s = part{n: number(s[:n]), written: true}, s[n:]
		default:
			return x, false
		}
	}
	if len(s) > 1 && s[0] == '-' && identifiers(s[1:], true) == len(s)-1 {
		x.pre, s = s[1:], ""
	}
	return x, s == ""
}

// rewriteHyphen turns "1.2 - 3" into bounds, as text. What it makes of odd ends
// ("v1.0.0", "= 2") is then read or refused like any other text.
func rewriteHyphen(s string, pre bool) string {
	from, to, _ := strings.Cut(s, " - ")
	a, ok := parsePartial(from)
	b, ok2 := parsePartial(to)
	if !ok || !ok2 {
		return s
	}
	zero := ""
	if pre {
		zero = "-0"
	}
	p := rangeParser{pre: pre}
	switch {
	case a.major.any:
		from = ""
	case a.open():
		from = ">=" + p.low(a).Canonical()
	case a.pre != "":
		from = ">=" + from
	default:
		from = ">=" + from + zero
	}
	switch {
	case b.major.any:
		to = ""
	case b.minor.any:
		to = "<" + Version{Major: b.major.n + 1, pre: "0"}.Canonical()
	case b.patch.any:
		to = "<" + Version{Major: b.major.n, Minor: b.minor.n + 1, pre: "0"}.Canonical()
	case b.pre != "":
		to = "<=" + b.text
	case pre:
		to = "<" + Version{Major: b.major.n, Minor: b.minor.n, Patch: b.patch.n + 1, pre: "0"}.Canonical()
	default:
		to = "<=" + to
	}
	return strings.Trim(from+" "+to, " ")
}

// needsJoin is a cheap test for a space between an operator and its version.
func needsJoin(s string) bool {
	for i := 1; i < len(s); i++ {
		if s[i] == ' ' {
			switch s[i-1] {
			case '<', '>', '=', '~', '^':
				return true
			}
		}
	}
	return false
}

// joinOperators removes the space after an operator, in node-semver's three
// passes: comparison operators, then tildes, then carets.
func joinOperators(s string) string {
	words := strings.Split(s, " ")
	words = join(words, func(word, next string) (string, bool) {
		return word, endsInComparison(word) && beginsVersion(next)
	})
	words = join(words, func(word, _ string) (string, bool) {
		word = strings.TrimSuffix(word, ">")
		return word, strings.HasSuffix(word, "~") // "~> 1" is "~1"
	})
	words = join(words, func(word, _ string) (string, bool) { return word, strings.HasSuffix(word, "^") })
	return strings.Join(words, " ")
}

// endsInComparison reports whether a word ends in "<", ">", "<=", ">=" or "=",
// also after a tilde or caret; "==" and "v=" belong to the version that
// follows.
func endsInComparison(word string) bool {
	n := len(word) - 1
	if n < 0 {
		return false
	}
	switch word[n] {
	case '<', '>':
		return true
	case '=':
		return n == 0 || word[n-1] != '=' && word[n-1] != 'v'
	}
	return false
}

func beginsVersion(word string) bool {
	word = strings.TrimLeft(word, "v=")
	return word != "" && (isDigit(word[0]) || word[0] == 'x' || word[0] == 'X' || word[0] == '*')
}

// join appends the next word to a word where glue returns true.
func join(words []string, glue func(word, next string) (string, bool)) []string {
	out := words[:0:0]
	for i := 0; i < len(words); i++ {
		if i+1 < len(words) {
			if word, ok := glue(words[i], words[i+1]); ok {
				out = append(out, word+words[i+1])
				i++
				continue
			}
		}
		out = append(out, words[i])
	}
	return out
}

// stripBuild removes every +build, which bounds nothing.
func stripBuild(s string) string {
	at := strings.IndexByte(s, '+')
	if at < 0 {
		return s
	}
	var b strings.Builder
	for at >= 0 {
		n := identifiers(s[at+1:], false)
		b.WriteString(s[:at])
		if n == 0 {
			b.WriteByte('+')
		}
		s = s[at+1+n:]
		at = strings.IndexByte(s, '+')
	}
	b.WriteString(s)
	return b.String()
}
