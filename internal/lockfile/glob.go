package lockfile

import (
	"path"
	"slices"
	"strings"
)

// A memberSet is the parsed workspace patterns of a monorepo: globs of path
// elements. ** matches any number of elements, {a,b} are alternatives, and a
// leading ! removes directories that earlier patterns matched.
type memberSet struct {
	globs []memberGlob
	// exact holds the directories named without wildcards, each with the index of
	// its last pattern: a monorepo with thousands of members may list each.
	exact map[string]int
}

type memberGlob struct {
	parts    []string
	negative bool
}

func memberSetOf(patterns []string) memberSet {
	m := memberSet{exact: map[string]int{}}
	for _, pattern := range patterns {
		rest, negative := strings.CutPrefix(pattern, "!")
		for _, p := range braces(rest, 0) {
			p = strings.Trim(path.Clean("/"+p), "/")
			if !negative && !strings.ContainsAny(p, `*?[\`) {
				m.exact[p] = len(m.globs)
				continue
			}
			m.globs = append(m.globs, memberGlob{strings.Split(p, "/"), negative})
		}
	}
	return m
}

// has reports whether a directory is a workspace member: the last pattern that
// it matches decides.
func (m memberSet) has(folder string) bool {
	from, member := m.exact[folder] // globs before it do not count then
	names := strings.Split(folder, "/")
	for _, g := range m.globs[from:] {
		if member == g.negative && globMatch(g.parts, names) {
			member = !g.negative
		}
	}
	return member
}

// below reports whether members may lie below a directory that a pattern leads
// to: before a ** alone, since no manager follows a link for that.
func (m memberSet) below(folder string) bool {
	names, leads := strings.Split(folder, "/"), false
	for exact := range m.exact {
		leads = leads || strings.HasPrefix(exact, folder+"/")
	}
	for _, g := range m.globs {
		if g.negative {
			leads = leads && !globMatch(g.parts, names)
		} else if n := len(names); n < len(g.parts) && !slices.Contains(g.parts[:n], "**") {
			leads = leads || globMatch(g.parts[:n], names)
		}
	}
	return leads
}

// maxBraces bounds how many patterns one may expand to, in powers of two.
const maxBraces = 8

// braces expands the first {a,b} of a pattern, then the rest.
func braces(pattern string, depth int) []string {
	open := strings.IndexByte(pattern, '{')
	end := strings.IndexByte(pattern[max(open, 0):], '}')
	if open < 0 || end < 0 || depth == maxBraces {
		return []string{pattern}
	}
	end += open
	var all []string
	for alt := range strings.SplitSeq(pattern[open+1:end], ",") {
		all = append(all, braces(pattern[:open]+alt+pattern[end+1:], depth+1)...)
		if len(all) > 1<<maxBraces {
			break
		}
	}
	return all
}

func globMatch(pattern, name []string) bool {
	// The last ** seen is where matching resumes after a failure: linear
	// enough that no pattern can be made slow.
	star, mark, i, j := -1, 0, 0, 0
	for j < len(name) {
		if i < len(pattern) && pattern[i] == "**" {
			star, mark = i, j
			i++
			continue
		}
		if i < len(pattern) {
			if ok, err := path.Match(pattern[i], name[j]); ok && err == nil {
				i++
				j++
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	for i < len(pattern) && pattern[i] == "**" {
		i++
	}
	return i == len(pattern)
}
