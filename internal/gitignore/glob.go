package gitignore

import "strings"

// A glob is one compiled pattern. The common forms (a plain name, "*.log",
// ".env*") are compared directly; all others run as a small automaton, whose
// time is bounded by pattern × path for any input.
type glob struct {
	kind   globKind
	text   string // of a literal, prefix or suffix glob
	tokens []token
}

type globKind uint8

const (
	automaton globKind = iota
	literal            // equals text
	prefix             // text, then anything but a slash
	suffix             // anything but a slash, then text
	never              // an unclosed "[": in git, it matches nothing
)

type tokenKind uint8

const (
	char tokenKind = iota // this byte
	one                   // any byte but a slash
	set                   // a byte of a class, never a slash
	star                  // any run without a slash
	deep                  // "**" at an end: any run
	dirs                  // "**/": nothing, or any run that ends in a slash
)

type token struct {
	kind tokenKind
	byte byte
	set  *[256]bool
}

// compileGlob compiles a pattern without a leading slash.
func compileGlob(s string) glob {
	plain := strings.IndexAny(s, `*?[\`)
	switch i := plain; {
	case i < 0:
		return glob{kind: literal, text: s}
	case i == len(s)-1 && s[i] == '*':
		return glob{kind: prefix, text: s[:i]}
	case i == 0 && s[0] == '*' && !strings.ContainsAny(s[1:], `*?[\`):
		return glob{kind: suffix, text: s[1:]}
	}
	g := glob{}
	for i := 0; i < len(s); {
		t, n := readToken(s, i, i == plain)
		if n == 0 {
			return glob{kind: never}
		}
		g.tokens = append(g.tokens, t)
		i += n
	}
	return g
}

// readToken reads the token at s[i:] and returns its length, 0 if it is
// malformed. first says that everything before it was literal text.
func readToken(s string, i int, first bool) (token, int) {
	switch s[i] {
	case '?':
		return token{kind: one}, 1
	case '*':
		return readStars(s, i, first)
	case '[':
		return readClass(s[i:])
	case '\\':
		if i+1 == len(s) {
			return token{}, 0
		}
		return token{kind: char, byte: s[i+1]}, 2
	}
	return token{kind: char, byte: s[i]}, 1
}

// readStars reads a run of asterisks. Two or more match across directories only
// if they are a whole element; else they are one asterisk. git removes a
// pattern's literal prefix before matching the rest, so "/a**" matches across
// directories, contrary to its manual; what git does is what counts.
func readStars(s string, i int, first bool) (token, int) {
	j := i
	for j < len(s) && s[j] == '*' {
		j++
	}
	alone := first || s[i-1] == '/'
	switch {
	case j-i == 1 || !alone:
		return token{kind: star}, j - i
	case j == len(s):
		return token{kind: deep}, j - i
	case s[j] == '/':
		return token{kind: dirs}, j - i + 1
	case strings.HasPrefix(s[j:], `\/`):
		return token{kind: deep}, j - i
	}
	return token{kind: star}, j - i
}

// match reports whether the glob matches the whole name.
func (g *glob) match(name string) bool {
	switch g.kind {
	case literal:
		return name == g.text
	case prefix:
		return strings.HasPrefix(name, g.text) && strings.IndexByte(name[len(g.text):], '/') < 0
	case suffix:
		return strings.HasSuffix(name, g.text) && strings.IndexByte(name[:len(name)-len(g.text)], '/') < 0
	case never:
		return false
	}
	return g.run(name)
}

// run reports whether the automaton accepts a name. It tracks, byte by byte,
// the set of tokens that may come next.
func (g *glob) run(name string) bool {
	var space [2][64]bool
	now, next := space[0][:], space[1][:]
	if n := len(g.tokens) + 1; n > len(now) {
		now, next = make([]bool, n), make([]bool, n)
	}
	g.enter(now, 0)
	for i := 0; i < len(name); i++ {
		clear(next)
		alive := false
		for at := range g.tokens {
			if now[at] {
				alive = true
				g.step(next, at, name[i])
			}
		}
		if !alive {
			return false
		}
		now, next = next, now
	}
	return now[len(g.tokens)]
}

// enter adds a token to the set and, if it may match nothing, those after it.
func (g *glob) enter(states []bool, at int) {
	for {
		states[at] = true
		if at == len(g.tokens) {
			return
		}
		if k := g.tokens[at].kind; k != star && k != deep && k != dirs {
			return
		}
		at++
	}
}

// step applies one byte to the token at index at.
func (g *glob) step(next []bool, at int, b byte) {
	switch t := g.tokens[at]; t.kind {
	case char:
		if b == t.byte {
			g.enter(next, at+1)
		}
	case one:
		if b != '/' {
			g.enter(next, at+1)
		}
	case set:
		if t.set[b] {
			g.enter(next, at+1)
		}
	case star:
		if b != '/' {
			g.enter(next, at)
		}
	case deep:
		g.enter(next, at)
	case dirs:
		next[at] = true // inside a directory name: not past it yet
		if b == '/' {
			g.enter(next, at+1)
		}
	}
}
