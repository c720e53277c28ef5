package vex

import (
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// between checks the statements about packages on the way to a dependency, such
// as express's statement that a vulnerability of body-parser does not affect
// express. They lift the finding if every path to the dependency leads through
// a package with such a statement; scanners walk the tree in the same way
// (trivy, pkg/vex). Of the statements used, between returns the one that ends
// first.
func (w *weigher) between(candidates []*entry, l leaf, f *finding.Finding) *entry {
	at := map[*npm.Package][]*entry{}
	for _, e := range candidates {
		for i := range e.Products {
			for _, p := range w.products(&e.Products[i], l) {
				if n := at[p]; len(n) == 0 || n[len(n)-1] != e {
					at[p] = append(n, e)
				}
			}
		}
	}
	vouched := map[*npm.Package]bool{}
	var first *entry
	if len(at) == 0 || len(l.copies) == 0 {
		return nil
	}
	for _, p := range w.Graph.Packages { // in graph order, so that of two equal ones the same is always named
		entries := at[p]
		if len(entries) == 0 {
			continue
		}
		for _, e := range entries {
			w.matched[e] = true
		}
		winner, _ := w.decide(entries, f)
		if winner == nil {
			continue
		}
		vouched[p] = true
		if first == nil || w.end(winner, f).Before(w.end(first, f)) {
			first = winner
		}
	}
	if first == nil {
		return nil
	}
	if w.reached == nil {
		w.reached = w.reachable(nil)
	}
	open := w.reachable(vouched)
	for _, p := range l.copies {
		// A copy that nothing leads to is installed all the same, and no
		// statement covers it.
		if !w.reached[p] || open[p] {
			return nil
		}
	}
	return first
}

// products returns the installed copies that a product means, if the statement
// about it concerns the dependency.
func (w *weigher) products(p *Product, l leaf) []*npm.Package {
	var found []*npm.Package
	for _, purl := range p.PURLs {
		name, _, err := npm.ParsePURL(purl)
		if err != nil {
			continue
		}
		for _, c := range w.copies[name] {
			if npm.PURLCovers(purl, npm.PURL(c)) && l.concerns(p) {
				found = append(found, c)
			}
		}
	}
	return found
}

// reachable returns all packages that can be reached from the root without
// passing through those in without.
func (w *weigher) reachable(without map[*npm.Package]bool) map[*npm.Package]bool {
	reached := map[*npm.Package]bool{w.Graph.Root: true}
	queue := []*npm.Package{w.Graph.Root}
	visit := func(p *npm.Package) {
		if p != nil && !reached[p] && !without[p] {
			reached[p] = true
			queue = append(queue, p)
		}
	}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		for i := range p.Deps {
			visit(p.Deps[i].To)
		}
		if p.Link {
			visit(p.Target)
		}
	}
	return reached
}
