// Package minimatch matches paths against patterns as npm's own matcher does
// (the module minimatch 10, in npm 10 and 11): braces, brackets, "**", extended
// globs such as "!(a|b)", and a leading "!" that only marks a pattern.
//
// It implements the options with which npm reads `files`, .npmignore and
// .gitignore: letter case does not matter, a leading dot is not special, and a
// pattern without a slash is matched against the last element of a path. Where
// npm differs from git, it follows npm, which decides what is packed. Package
// gitignore follows git.
//
// There is one deliberate difference: an escaped "|" is a literal bar here. In
// npm's matcher it splits the regular expression made of the pattern, which
// then matches nearly everything.
//
// The package reads no files and does not combine patterns. Its time is bounded
// by pattern × path for any input; it uses no regular expressions.
package minimatch

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of a pattern. npm's limits are higher; no pattern written by a
// person comes near these.
const (
	MaxPattern    = 64 << 10 // bytes
	MaxExpansions = 10_000   // patterns that the braces expand to
	maxExpanded   = 4 << 20  // bytes of all expansions together
)

// A Pattern is one compiled pattern. It is safe for concurrent use.
type Pattern struct {
	// Negated says that an odd number of "!" precedes the pattern. It does not
	// affect Match.
	Negated bool

	// Relative says that an alternative has only one element, apart from a
	// trailing slash; npm matches it against the last element of a path.
	Relative bool

	sets []alternative
}

// Compile compiles one pattern. An empty pattern and one that begins with "#"
// match nothing.
func Compile(text string) (*Pattern, error) {
	if len(text) > MaxPattern {
		return nil, fmt.Errorf("a pattern is longer than %d bytes", MaxPattern)
	}
	p := &Pattern{}
	if text == "" || text[0] == '#' {
		return p, nil
	}
	rest := strings.TrimLeft(text, "!")
	p.Negated = (len(text)-len(rest))%2 == 1
	all, err := expand(strings.ToValidUTF8(rest, string(utf8.RuneError)))
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		texts := reduce(splitSlashes(one))
		set := make([]part, len(texts))
		for i, t := range texts {
			set[i] = compilePart(t)
		}
		limit := 1
		if texts[len(texts)-1] == "" {
			limit = 2
		}
		p.Relative = p.Relative || len(texts) <= limit
		p.sets = append(p.sets, newAlternative(set))
	}
	return p, nil
}

// Size returns the number of patterns that the braces expanded to.
func (p *Pattern) Size() int { return len(p.sets) }

// splitSlashes splits at runs of slashes.
func splitSlashes(s string) []string {
	var texts []string
	for {
		before, rest, found := strings.Cut(s, "/")
		texts = append(texts, before)
		if !found {
			return texts
		}
		s = strings.TrimLeft(rest, "/")
	}
}

// reduce removes what does not change the meaning: a "**" after another, and an
// element cancelled by "..".
func reduce(texts []string) []string {
	kept := make([]string, 0, len(texts))
	for _, t := range texts {
		before := ""
		if len(kept) > 0 {
			before = kept[len(kept)-1]
		}
		switch {
		case t == "**" && before == "**":
		case t == ".." && before != "" && before != ".." && before != "." && before != "**":
			kept = kept[:len(kept)-1]
		default:
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 {
		return []string{""}
	}
	return kept
}

// A Name is one element of a path, prepared for matching.
type Name struct {
	text string // folded
}

// Part makes a Name of one element of a path, without slashes. "" represents
// the empty element before a leading slash or after a trailing one.
func Part(s string) Name { return Name{fold(s)} }

// Match reports whether the path with these elements matches. With partial, it
// also reports true for the beginning of a path that could match.
func (p *Pattern) Match(path []Name, partial bool) bool {
	for i := range p.sets {
		set, of := &p.sets[i], path
		if len(set.parts) == 1 {
			of = last(path)
		}
		if set.match(of, partial) {
			return true
		}
	}
	return false
}

// last returns the last non-empty element of a path, as a path.
func last(path []Name) []Name {
	for i := len(path) - 1; i > 0; i-- {
		if path[i].text != "" {
			return path[i : i+1]
		}
	}
	return path[:min(len(path), 1)]
}

// fold returns the form in which characters are compared: upper case, but no
// character outside ASCII becomes one inside it (ECMA-262, Canonicalize).
func fold(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'a' && c <= 'z' {
			return strings.Map(foldRune, s)
		}
	}
	return s
}

func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}
	if up := unicode.ToUpper(r); up >= utf8.RuneSelf {
		return up
	}
	return r
}
