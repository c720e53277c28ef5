// Package depgraph makes of a lockfile what GitHub's dependency graph is told
// about it, and says which lockfiles GitHub reads itself. It computes and does
// nothing else; package github sends it.
//
// A manifest is about a lockfile, not about the package that was judged by it:
// GitHub shows a submitted manifest in place of what it read from the file
// itself (docs.github.com, "How the dependency graph recognizes dependencies"),
// so the packages of one workspace member alone would hide those of all others.
package depgraph

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// A Manifest is the content of one lockfile.
type Manifest struct {
	Path     string    // slash path from the root of the repository
	Packages []Package // ordered by PURL, each once
}

// A Package is one version of a package. Copies of it are one.
type Package struct {
	PURL         string
	Direct       bool     // a package.json of this repository asks for it
	Development  bool     // no way to it is without a development dependency
	Dependencies []string // purls of what it depends on itself, in order; never its own
}

// Of returns the manifest of a graph, whose lockfile has the given path.
//
// It holds what the lockfile's own package or a workspace member reaches, with
// scopes by the verdict's rule: a package is for development if every way to it
// has a development dependency. What is part of this checkout is no package of
// a registry and is left out, as it is in an audit; what it depends on is
// direct. A link stands for what it leads to, an alias for its real name.
func Of(path string, g *npm.Graph) Manifest {
	shipped, reached := reach(g, false), reach(g, true)
	m := Manifest{Path: path}
	at := map[*npm.Package]int{} // position in m.Packages
	same := map[string]int{}     // the same by purl
	for _, p := range g.Packages {
		if local(p) || p.Name == "" || !reached[p] && p.Scope == "" { // nothing needs it
			continue
		}
		purl := npm.PURL(p)
		i, known := same[purl]
		if !known {
			i = len(m.Packages)
			same[purl] = i
			m.Packages = append(m.Packages, Package{PURL: purl, Development: true})
		}
		at[p] = i
		if shipped[p] || !reached[p] && p.Scope != npm.Dev { // old lockfiles have flags in place of edges
			m.Packages[i].Development = false
		}
	}
	for _, p := range g.Packages {
		i, listed := at[p]
		for j := range p.Deps {
			to, known := at[p.Deps[j].To] // an edge never ends at a link, see npm.Edge
			switch {
			case !known:
			case listed && to != i:
				if m.Packages[i].Dependencies == nil {
					m.Packages[i].Dependencies = make([]string, 0, len(p.Deps))
				}
				m.Packages[i].Dependencies = append(m.Packages[i].Dependencies, m.Packages[to].PURL)
			case !listed && reached[p] && local(p):
				m.Packages[to].Direct = true
			}
		}
	}
	for i := range m.Packages {
		d := m.Packages[i].Dependencies
		slices.Sort(d)
		m.Packages[i].Dependencies = slices.Compact(d)
	}
	slices.SortFunc(m.Packages, func(a, b Package) int { return strings.Compare(a.PURL, b.PURL) })
	return m
}

// reach returns the packages that the lockfile's own package and the members of
// its workspace reach, with or without development dependencies.
func reach(g *npm.Graph, development bool) map[*npm.Package]bool {
	seen := make(map[*npm.Package]bool, len(g.Packages))
	queue := make([]*npm.Package, 0, len(g.Packages))
	add := func(p *npm.Package) {
		if p != nil && !seen[p] {
			seen[p] = true
			queue = append(queue, p)
		}
	}
	for _, p := range g.Packages {
		if p == g.Root || p.Workspace || p.Source == npm.SourceLocal && p.Location == "" {
			add(p)
		}
	}
	for i := 0; i < len(queue); i++ {
		p := queue[i]
		if p.Link {
			add(p.Target)
		}
		for j := range p.Deps {
			if e := &p.Deps[j]; development || e.Kind != npm.EdgeDev {
				add(e.To)
			}
		}
	}
	return seen
}

// local reports whether a package is part of this checkout.
func local(p *npm.Package) bool { return p.Link || p.Workspace || p.Source == npm.SourceLocal }
