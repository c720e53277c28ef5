package lockfile

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// overridden reports whether the owner's overrides ask for this copy. Whether
// the override applies below that parent is checked later, by holdOverrides.
func (b *builder) overridden(edge *npm.Edge, to *npm.Package) bool {
	// npm overrides nothing inside a bundle.
	return !to.Bundled && slices.ContainsFunc(b.overrides(), func(o npm.Override) bool {
		return b.sets(o, edge, to)
	})
}

// overrides returns the overrides that the manager reads: npm has no
// resolutions, bun reads them where there are no overrides.
func (b *builder) overrides() []npm.Override {
	m := b.ownerManifest()
	if m == nil || len(m.Overrides) == 0 {
		return nil
	}
	if b.graph.Manager == "bun" {
		return bunOverrides(m)
	}
	return slices.DeleteFunc(slices.Clone(m.Overrides), func(o npm.Override) bool { return o.Field != "overrides" })
}

// sets reports whether an override is about what an edge asks for, and asks for
// this copy. Source: arborist, override-set.js, getEdgeRule.
func (b *builder) sets(o npm.Override, edge *npm.Edge, to *npm.Package) bool {
	if o.Name != edge.Name && o.Name != to.Name || !asksFor(b.ownerManifest(), o, to) {
		return false
	}
	w, ok := b.graph.Wants(edge.Name, edge.Range)
	return o.Of == "" || !ok || npm.Intersect(o.Of, w.Range)
}

// asksFor reports whether a copy is what an override sets.
func asksFor(m *npm.Manifest, o npm.Override, to *npm.Package) bool {
	rng := o.Range
	if ref, ok := strings.CutPrefix(rng, "$"); ok {
		for _, d := range m.Dependencies {
			if d.Name == ref {
				rng = d.Range
			}
		}
	}
	return npm.Satisfied(rng, to)
}

// setBy reports whether an override or resolution of a manifest, which may be
// nil, asks for this copy under a name.
func setBy(manifest *npm.Manifest, name string, to *npm.Package) bool {
	return manifest != nil && slices.ContainsFunc(manifest.Overrides, func(o npm.Override) bool {
		return (o.Name == name || o.Name == to.Name) && asksFor(manifest, o, to)
	})
}

// holdOverrides undoes overrides for edges that are not below the packages they
// are written for. For npm it marks an edge invalid if an override asks for
// another copy, whatever the edge's own range is.
func (b *builder) holdOverrides() {
	all := b.overrides()
	if len(all) == 0 {
		return
	}
	below := make([]map[*npm.Package]bool, len(all)) // nil: everywhere
	for i, o := range all {
		if len(o.Below) > 0 {
			below[i] = b.below(o.Below)
		}
	}
	holds := func(n int, p *npm.Package) bool { return below[n] == nil || below[n][p] }
	for i := range b.entries {
		p := b.entries[i].pkg
		for k := range p.Deps {
			e := &p.Deps[k]
			switch {
			case e.Set:
				e.Set = false
				for n, o := range all {
					e.Set = e.Set || holds(n, p) && b.sets(o, e, e.To)
				}
				e.Valid = e.Set
			case e.Valid && e.To != nil && p != b.owner.pkg && b.graph.Manager != "bun":
				e.Valid = b.follows(e, all, func(n int) bool { return holds(n, p) })
			}
		}
	}
}

// follows reports whether the copy of an edge is what its overrides ask for, or
// no override is about the edge.
func (b *builder) follows(e *npm.Edge, all []npm.Override, holds func(n int) bool) bool {
	about := false
	for n, o := range all {
		if o.Name != e.Name || e.Kind == npm.EdgeWorkspace || e.To.Bundled || !holds(n) {
			continue
		}
		if w, ok := b.graph.Wants(e.Name, e.Range); ok && o.Of != "" && !npm.Intersect(o.Of, w.Range) {
			continue
		}
		if asksFor(b.ownerManifest(), o, e.To) {
			return true
		}
		about = true
	}
	return !about
}

// below returns the packages that a chain of names leads to, and all their
// dependencies.
func (b *builder) below(names []string) map[*npm.Package]bool {
	at := map[*npm.Package]bool{b.owner.pkg: true}
	for _, name := range names {
		next := map[*npm.Package]bool{}
		for p := range b.reached(at) {
			for _, e := range p.Deps {
				if e.To != nil && (e.Name == name || e.To.Name == name) {
					next[e.To] = true
				}
			}
		}
		at = next
	}
	return b.reached(at)
}

func (b *builder) reached(from map[*npm.Package]bool) map[*npm.Package]bool {
	all := make(map[*npm.Package]bool, len(from))
	var todo []*npm.Package
	for p := range from {
		all[p] = true
		todo = append(todo, p)
	}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		to := func(next *npm.Package) {
			if next != nil && !all[next] {
				all[next] = true
				todo = append(todo, next)
			}
		}
		to(p.Target)
		for i := range p.Deps {
			to(p.Deps[i].To)
		}
	}
	return all
}
