// Package gitignore matches paths against patterns by git's rules: the last
// matching pattern decides, "!" re-includes, a slash at the beginning or in the
// middle anchors, a slash at the end matches directories only, "**" matches
// across directories, and nothing in an ignored directory can be re-included.
//
// The rules are those of gitignore(5); the test compares with the real git.
// Matching is case-sensitive and by bytes, as in git. The package reads no
// files, knows no nested .gitignore files, and follows git where npm differs.
package gitignore

import "strings"

// A List is a compiled list of patterns, in the order they were written. The
// zero List matches nothing. A List is safe for concurrent use.
type List struct {
	patterns []pattern
}

// A pattern is one line of a list.
type pattern struct {
	text     string // as written, without trailing spaces
	negated  bool   // "!": re-includes
	dirOnly  bool   // ended in a slash
	anchored bool   // matches the whole path, else its last element
	glob     glob
}

// A Match is the result for one path. The zero Match means that no pattern
// matched.
type Match struct {
	Ignored bool   // the last matching pattern is not negated
	Pattern string // the pattern that decided, as written; empty: none
	Path    string // the path that it matched: the given path, or a directory above it
}

// Compile compiles patterns, one an argument, written as in a .gitignore file:
// empty lines and lines that begin with # are skipped.
func Compile(lines ...string) *List {
	l := &List{}
	for _, line := range lines {
		if p, ok := parse(line); ok {
			l.patterns = append(l.patterns, p)
		}
	}
	return l
}

// Parse compiles the content of a .gitignore file. A byte order mark and
// carriage returns at line ends are dropped.
func Parse(text []byte) *List {
	s := strings.TrimPrefix(string(text), "\ufeff")
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return Compile(lines...)
}

// Len returns the number of patterns.
func (l *List) Len() int { return len(l.patterns) }

// Match returns the pattern that decides about a slash path relative to the
// list's location, such as "lib/index.js". dir says that the path is a
// directory. The directories above the path are matched first, from the top: an
// ignored one decides for everything in it.
func (l *List) Match(path string, dir bool) Match {
	if l == nil || len(l.patterns) == 0 || path == "" {
		return Match{}
	}
	for i := 0; i < len(path); i++ {
		if path[i] != '/' || i == 0 {
			continue
		}
		if m := l.own(path[:i], true); m.Ignored {
			return m
		}
	}
	return l.own(path, dir)
}

// own matches the path alone, not the directories above it.
func (l *List) own(path string, dir bool) Match {
	base := path[strings.LastIndexByte(path, '/')+1:]
	for i := len(l.patterns) - 1; i >= 0; i-- {
		p := &l.patterns[i]
		if p.dirOnly && !dir {
			continue
		}
		name := base
		if p.anchored {
			name = path
		}
		if p.glob.match(name) {
			return Match{Ignored: !p.negated, Pattern: p.text, Path: path}
		}
	}
	return Match{}
}

// parse parses one line; ok is false if it is not a pattern.
func parse(line string) (p pattern, ok bool) {
	if strings.HasPrefix(line, "#") {
		return p, false
	}
	line = trimBlanks(line)
	p.text = line
	if rest, found := strings.CutPrefix(line, "!"); found {
		p.negated, line = true, rest
	}
	if rest, found := strings.CutSuffix(line, "/"); found {
		p.dirOnly, line = true, rest
	}
	p.anchored = strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if line == "" {
		return p, false
	}
	p.glob = compileGlob(line)
	return p, true
}

// trimBlanks removes trailing spaces, except one that a backslash escapes. Tabs
// are kept, as in git.
func trimBlanks(s string) string {
	end := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			end = i + 1
		case s[i] != ' ':
			end = i + 1
		}
	}
	return s[:end]
}

// Fits reports whether a pattern can match any path. A comment, an empty
// pattern, one with an unclosed "[" and one with "." or ".." as an element
// cannot.
func Fits(line string) bool {
	p, ok := parse(line)
	if !ok || p.glob.kind == never {
		return false
	}
	text := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(p.text, "!"), "/"), "/")
	for segment := range strings.SplitSeq(text, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	return true
}
