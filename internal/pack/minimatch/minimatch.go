// Package minimatch matches paths against patterns as npm's own matcher does
// (the module minimatch 10 that npm 10 and 11 ship): braces, brackets, "**",
// extended globs such as "!(a|b)", and a leading "!" that only marks a pattern.
//
// It knows the one set of options with which npm reads `files`, .npmignore and
// .gitignore: letter case does not count, a leading dot is nothing special, and
// a pattern without a slash is compared with the last part of a path. Where
// that differs from git, npm is followed: what npm packs is what counts. Package
// gitignore follows git.
//
// One difference is meant: an escaped "|" is a bar here; there it splits the
// regular expression that the pattern becomes, so that it matches nearly all.
//
// The package reads no files and knows no order of patterns. Its time is
// bounded by pattern × path, whatever either holds; no regular expression is
// made.
package minimatch

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of a pattern. npm takes longer ones and expands to more before it
// gives up or cuts off; no pattern that a person wrote comes near.
const (
	MaxPattern    = 64 << 10 // bytes
	MaxExpansions = 10_000   // patterns that braces expand to
	maxExpanded   = 4 << 20  // bytes of all of them
)

// A Pattern is one compiled pattern. It is safe for concurrent use.
type Pattern struct {
	// Negated says that an odd number of "!" stood before the pattern. It does
	// not change what Match answers.
	Negated bool

	// Relative says that one of the alternatives has but one part, apart from
	// a slash at its end: npm compares it with the name alone.
	Relative bool

	sets []alternative
}

// Compile reads one pattern. The empty pattern, and one that begins with "#",
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

// Size is the number of patterns that its braces made of it.
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

// reduce takes out what does not change the meaning: a "**" after another, and
// a part that ".." takes back.
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

// A Name is one part of a path, made ready for comparing.
type Name struct {
	text string // folded
}

// Part makes a Name of one part of a path. It holds no slash; "" stands before
// a leading slash and after a trailing one.
func Part(s string) Name { return Name{fold(s)} }

// Match reports whether the path of these parts matches. With partial it does
// so as well when the path is the beginning of one that could.
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

// last is the path's last part that is not empty, alone.
func last(path []Name) []Name {
	for i := len(path) - 1; i > 0; i-- {
		if path[i].text != "" {
			return path[i : i+1]
		}
	}
	return path[:min(len(path), 1)]
}

// fold is the form in which letters are compared: upper case, but never from
// outside ASCII into it (ECMA-262, Canonicalize).
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
