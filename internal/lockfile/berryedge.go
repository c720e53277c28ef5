package lockfile

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// A peerSlot is one peer dependency of a package and the copies that its
// dependents provide for it.
type peerSlot struct {
	name, rng string
	kind      npm.EdgeKind
	hidden    bool // added by yarn: passed on, but not declared by the package
	copies    []*npm.Package
	flowsTo   []*peerSlot // slots that receive the copies of this one
}

// give adds a copy to a slot and to the slots in its flowsTo.
func (s *peerSlot) give(p *npm.Package) {
	for todo := []*peerSlot{s}; len(todo) > 0; {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if slices.Contains(at.copies, p) {
			continue
		}
		at.copies = append(at.copies, p)
		todo = append(todo, at.flowsTo...)
	}
}

// connect makes all edges: first those to what is resolved in the lockfile,
// then those to peers, which the dependents of a package provide.
func (b *berry) connect() error {
	total := 0
	for i := range b.entries {
		total += b.entries[i].deps.Len()
	}
	arena := make([]npm.Edge, 0, total)
	of := make(map[*npm.Package]*berryEntry, len(b.entries))
	for i := range b.entries {
		e := &b.entries[i]
		of[e.pkg] = e
		if e.local != nil && e.local.manifest != nil {
			e.pkg.Deps = b.edges(e.local, b.find(e))
			b.manifestSlots(e)
			continue
		}
		from := len(arena)
		for k, v := range e.deps.Members() {
			d := npm.Edge{Name: k.Shared(), Range: plainText(v)}
			if e.depsMeta.Exists() && e.depsMeta.Get(d.Name).Get("optional").Bool() {
				d.Kind = npm.EdgeOptional
			}
			b.end(&d, e)
			arena = append(arena, d)
		}
		e.pkg.Deps = arena[from:len(arena):len(arena)]
		b.lockSlots(e)
	}
	if owner := b.at[""]; owner != nil && of[owner.pkg] == nil {
		owner.pkg.Deps = b.edges(owner, b.find(nil))
	}
	b.extend()
	b.provide(of)
	b.packages()
	b.compareRoot()
	return nil
}

// end sets the copy that an edge ends at, and whether the copy satisfies the
// edge.
func (b *berry) end(d *npm.Edge, from *berryEntry) {
	to := b.resolve(from, d.Name, d.Range)
	if to == nil {
		return
	}
	d.To = to.pkg
	rng := strings.TrimPrefix(d.Range, "npm:")
	switch npm.ParseSpec(d.Range).Kind {
	case npm.SpecRegistry:
		d.Valid = to.pkg.Name == d.Name && inBerry(rng, to.pkg)
	case npm.SpecAlias:
		// npm:^1 has a range where an alias has a name.
		if at := strings.IndexByte(rng[min(1, len(rng)):], '@'); at >= 0 {
			d.Valid = rng[:at+1] == to.pkg.Name && inBerry(rng[at+2:], to.pkg)
		} else {
			d.Valid = to.pkg.Name == d.Name && inBerry(rng, to.pkg)
		}
	default:
		d.Valid = true
		if name, original := patchedFrom(d.Range); name != "" && aliasOf(original) == "" {
			bare, ok := strings.CutPrefix(withProtocolOf(original), "npm:")
			d.Valid = to.pkg.Name == name && (!ok || inBerry(bare, to.pkg))
		}
	}
	if !d.Valid && b.rule(from, d.Name, d.Range) != nil {
		d.Valid, d.Set = true, true
	}
}

// inBerry reports whether a copy is in a range. Text that is no range is a tag;
// only the lockfile says which version it meant, so any copy fits.
func inBerry(rng string, p *npm.Package) bool {
	bare := npm.Package{Version: p.Version, Source: p.Source}
	return npm.Satisfied(rng, &bare)
}

// find resolves a dependency of a package.json.
func (b *berry) find(e *berryEntry) finder {
	return func(_ *importer, edge *npm.Edge) {
		if edge.Kind != npm.EdgePeer && edge.Kind != npm.EdgePeerOptional {
			b.end(edge, e)
		}
	}
}

// packages lists the copies. The original of a patched package is fetched but
// not installed, so it is left out.
func (b *berry) packages() {
	used := make(map[*npm.Package]bool, len(b.entries))
	for i := range b.entries {
		for k := range b.entries[i].pkg.Deps {
			used[b.entries[i].pkg.Deps[k].To] = true
		}
	}
	originals := map[*npm.Package]bool{}
	for one := range b.by {
		_, rng := descriptor(one)
		if inner, _, ok := patchOf(rng); ok {
			e := b.by[inner]
			if e == nil {
				e = b.by[withProtocol(inner)]
			}
			if e != nil && !used[e.pkg] && e.local == nil {
				originals[e.pkg] = true
			}
		}
	}
	b.graph.Packages = make([]*npm.Package, 0, len(b.entries)+1)
	seen := false
	for i := range b.entries {
		p := b.entries[i].pkg
		if !originals[p] {
			b.graph.Packages = append(b.graph.Packages, p)
		}
		seen = seen || p == b.at[""].pkg
	}
	if !seen {
		b.graph.Packages = append(b.graph.Packages, b.at[""].pkg)
	}
}

// compareRoot notes dependencies of the judged package that the lockfile has
// and package.json no longer declares. yarn install --immutable refuses such a
// lockfile.
func (b *berry) compareRoot() {
	root := b.at[b.in.Member]
	if root == nil || root.manifest == nil {
		return
	}
	for i := range b.entries {
		e := &b.entries[i]
		if e.local != root {
			continue
		}
		asked := make(map[string]bool, len(root.manifest.Dependencies))
		for _, d := range root.manifest.Dependencies {
			asked[d.Name] = true
		}
		for k := range e.deps.Members() {
			if !asked[k.Text()] {
				line, column := k.Position()
				b.graph.Notes = append(b.graph.Notes, npm.Note{
					Kind: npm.NoteLockMismatch, Text: k.Text() + " is no longer a dependency in " + root.manifest.File,
					File: b.in.File, Line: line, Column: column,
				})
			}
		}
	}
}
