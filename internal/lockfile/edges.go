package lockfile

import (
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// finish completes the graph: targets of links, directories, edges, then flags
// and scopes.
func (b *builder) finish() error {
	b.ensureOwner()
	b.legacyPeers = sync.OnceValue(b.in.Checkout.saysLegacyPeers)
	if err := b.links(); err != nil {
		return err
	}
	b.tree.connect()
	root, err := b.root()
	if err != nil {
		return err
	}
	b.look()
	b.graph.Packages = make([]*npm.Package, len(b.entries))
	for i := range b.entries {
		e := &b.entries[i]
		b.undeclared(e, root)
		b.graph.Packages[i] = e.pkg
	}
	b.resolve()
	b.bundled()
	b.holdOverrides()
	b.graph.Root = root.pkg
	b.graph.Settle(b.owner.pkg)
	b.settleUnreached()
	b.compareManifest(root)
	b.missing(root)
	b.graph.Notes = append(b.graph.Notes, b.notes...)
	slices.SortStableFunc(b.graph.Notes, func(x, y npm.Note) int {
		if c := strings.Compare(x.File, y.File); c != 0 {
			return c
		}
		return x.Line - y.Line
	})
	return nil
}

// ensureOwner adds an entry for the lockfile's own package if it has none, and
// takes its fields from the manifest.
func (b *builder) ensureOwner() {
	if _, ok := b.at[""]; !ok {
		b.add("", strict.Value{})
		e := &b.entries[len(b.entries)-1]
		e.pkg.Source, e.pkg.Line, e.pkg.Column = npm.SourceLocal, 1, 1
	}
	b.owner = &b.entries[b.at[""]]
	if m := b.ownerManifest(); m != nil {
		b.owner.pkg.Name, b.owner.pkg.Version = m.Name, m.Version
		if m.License != "" {
			b.owner.pkg.License = m.License
		}
	}
}

// ownerManifest returns the package.json beside the lockfile, nil if unknown.
func (b *builder) ownerManifest() *npm.Manifest {
	if b.in.Member == "" {
		return b.in.Manifest
	}
	return b.in.Owner
}

// root returns the entry of the package that is judged.
func (b *builder) root() (*entry, error) {
	i, ok := b.at[b.in.Member]
	if !ok {
		return nil,
			notMember{b.fail(b.owner.key, "it has no entry for the folder %s: add it to the workspaces and run %s, or give it "+
				"a lockfile of its own", b.in.Member, b.graph.Tool().Install)}
	}
	root := &b.entries[i]
	if m := b.in.Manifest; m != nil && b.in.Member != "" {
		root.pkg.Version = m.Version
		if m.Name != "" {
			root.pkg.Name = m.Name
		}
	}
	return root, nil
}

// links finds the target of each link and marks workspace members.
func (b *builder) links() error {
	members := memberSetOf(b.workspaces())
	for i := range b.entries {
		e := &b.entries[i]
		if !e.pkg.Link {
			continue
		}
		target := strings.TrimPrefix(path.Clean("./"+e.pkg.Resolved), "/")
		if target == "." {
			target = ""
		}
		to := b.find(target)
		if to == nil || to.Link {
			return b.fail(e.key, "the link %s points to %+q, for which there is no entry: run %s and commit the lockfile",
				e.pkg.Location, clip(e.pkg.Resolved), b.graph.Tool().Install)
		}
		e.pkg.Target = to
		_, installed, inModules := split(to.Location)
		if !inModules && to.Location != "" {
			// The directory's name is no package name. npm writes no name into the
			// target's entry if the link has it.
			if !to.Workspace && installed == "" && !b.entries[b.at[to.Location]].named {
				_, to.Name, _ = split(e.pkg.Location)
			}
			to.Workspace = to.Workspace || members.has(to.Location)
		}
		e.pkg.Workspace = to.Workspace
		e.pkg.Name, e.pkg.Version, e.pkg.License, e.pkg.Alias = to.Name, to.Version, to.License, ""
		if _, name, _ := split(e.pkg.Location); name != to.Name {
			e.pkg.Alias = name
		}
	}
	return nil
}

// workspaces returns the workspace patterns of the owner.
func (b *builder) workspaces() []string {
	if m := b.ownerManifest(); m != nil {
		return m.Workspaces
	}
	if b.owner.fields == nil {
		return nil
	}
	w := b.owner.fields.workspaces
	if w.Kind() == strict.Object {
		w = w.Get("packages")
	}
	return texts(w)
}

// look sets where the dependencies of each entry are looked up first: in its
// own node_modules, if that holds anything, else in the one that contains the
// entry.
func (b *builder) look() {
	for i := range b.entries {
		e := &b.entries[i]
		if e.near = e.home; e.home == nil || b.tree.odd {
			e.near = b.tree.nearest(e.pkg.Location)
		}
	}
	for dir, f := range b.tree.folders {
		if host, name, ok := split(dir); ok {
			if e := b.tree.at(host, name); e != nil {
				e.near = f
			}
		}
	}
}

// undeclared makes edges that the entry of a package does not declare: those of
// its manifest, if known, and those of version 1.
func (b *builder) undeclared(e, root *entry) {
	if e.pkg.Link {
		return
	}
	var manifest *npm.Manifest
	switch {
	case e == root && b.in.Manifest != nil:
		manifest = b.in.Manifest
	case e == b.owner:
		manifest = b.ownerManifest()
	default:
		manifest = b.locals[e.pkg.Location]
	}
	if e != b.owner && manifest == nil && !e.requires.Exists() {
		return
	}
	m := b.edges.begin()
	if e == b.owner {
		b.members(&m)
	}
	switch {
	case manifest != nil:
		m.manifest(manifest)
	case e.requires.Exists():
		b.requires(&m, e)
	default:
		for _, d := range e.pkg.Deps {
			m.add(d.Name, d.Range, d.Kind)
		}
	}
	if e == b.owner {
		for _, p := range b.beside { // their name leads to another package
			m.put(npm.Edge{Name: p.Name, Range: "file:" + p.Location, Kind: npm.EdgeWorkspace, To: p, Valid: true})
		}
	}
	e.pkg.Deps = m.end()
}

// resolve sets where all edges end. The two halves of the packages are resolved
// in parallel.
func (b *builder) resolve() {
	halves(len(b.entries), func(_, from, to int) { b.resolveOf(b.entries[from:to]) })
}

// halves calls do for the two halves of n entries, in two goroutines unless n
// is so small that one is faster.
func halves(n int, do func(half, from, to int)) {
	if n < 512 {
		do(0, 0, n)
		return
	}
	var group sync.WaitGroup
	group.Go(func() { do(1, n/2, n) })
	do(0, 0, n/2)
	group.Wait()
}

func (b *builder) resolveOf(entries []entry) {
	for i := range entries {
		e := &entries[i]
		for k := range e.pkg.Deps {
			edge := &e.pkg.Deps[k]
			if edge.To != nil {
				continue // a member without a link
			}
			if to := b.tree.resolve(e.near, edge.Name); to != nil {
				edge.To = to
				edge.Valid, edge.Set = b.valid(e, edge, to)
			}
		}
	}
}

// missing notes dependencies that the lockfile lacks or does not satisfy, and
// packages that nothing needs.
func (b *builder) missing(root *entry) {
	var shrinks []string
	for i := range b.entries {
		if b.entries[i].shrinks {
			shrinks = append(shrinks, b.entries[i].pkg.Location+"/")
		}
	}
	below := func(location string) bool {
		return slices.ContainsFunc(shrinks, func(dir string) bool { return strings.HasPrefix(location+"/", dir) })
	}
	for i := range b.entries {
		e := &b.entries[i]
		if b.flat && e.pkg.Extraneous && root == b.owner {
			b.note(npm.NoteExtraneous, e.key, "nothing needs %s at %s", e.pkg.ID(), e.pkg.Location)
		}
		if e == root && b.in.Manifest != nil {
			continue // compareManifest notes it, with the line in package.json
		}
		for k := range e.pkg.Deps {
			if d := &e.pkg.Deps[k]; d.To == nil || !d.Valid {
				b.unmet(e, d, below(e.pkg.Location))
			}
		}
	}
}

// unmet notes one dependency that the lockfile does not meet. npm ci rebuilds
// the tree from there and refuses the lockfile if the result differs. It
// ignores what the package bundles, what is below another shrinkwrap, and
// optional peers. Source: arborist, build-ideal-tree.js, #problemEdges.
func (b *builder) unmet(e *entry, d *npm.Edge, shrunk bool) {
	refused := b.refuses(d) && !shrunk && b.looksAt(e.pkg) && !bundles(e, d.Name)
	peer := d.Kind == npm.EdgePeer || d.Kind == npm.EdgePeerOptional
	hard := d.Kind == npm.EdgeProd || d.Kind == npm.EdgeDev
	switch {
	case d.To != nil && d.To.Source == npm.SourceUnknown && d.To.Version == "" && (hard || refused):
		// npm 11 writes such entries: npm/cli#9342.
		b.note(npm.NoteMissing, e.key, "%s needs %s@%s, whose entry in the lockfile has no version", e.pkg.ID(), d.Name, d.Range)
	case d.To == nil && (hard || refused):
		b.note(npm.NoteMissing, e.key, "%s needs %s@%s, which is not in the lockfile", e.pkg.ID(), d.Name, d.Range)
	case d.To != nil && refused && npm.Satisfied(d.Range, d.To):
		b.note(npm.NoteInvalid, e.key, "%s is given %s, but an override asks for another version", e.pkg.ID(), d.To.ID())
	// A peer that does not fit is noted only if the judged package reaches it.
	case d.To != nil && (hard || refused || peer && b.flat && (e.pkg.Scope != "" || e.pkg == b.graph.Root)):
		b.note(npm.NoteInvalid, e.key, "%s needs %s@%s, but the lockfile gives it %s", e.pkg.ID(), d.Name, d.Range, d.To.ID())
	default:
		return
	}
	b.notes[len(b.notes)-1].Refused = refused
}

// refuses reports whether the manager's own frozen install refuses a lockfile
// in which a dependency is missing or does not fit. bun accepts any copy that
// the lockfile has, and needs nothing optional. npm needs peers unless .npmrc
// sets legacy-peer-deps.
func (b *builder) refuses(d *npm.Edge) bool {
	bun := b.graph.Manager == "bun"
	switch d.Kind {
	case npm.EdgeProd, npm.EdgeDev:
		return d.To == nil || !bun
	case npm.EdgeOptional:
		return !bun
	case npm.EdgePeer: // npm 6, which writes version 1, installs none; later npms need them
		return d.To == nil && !bun && !b.legacyPeers() && !statedBy(b.in.Manifest).installsNoPeers()
	}
	return false
}

// looksAt reports whether the manager looks at what a package depends on before
// it follows the lockfile. npm walks from the lockfile's own package over all
// that is in a node_modules, and stops at links. Of a workspace member it
// checks only the member's own dependencies. Source: arborist,
// build-ideal-tree.js, #initTree and #resolveLinks.
func (b *builder) looksAt(p *npm.Package) bool {
	if b.graph.Manager == "bun" {
		return !p.Extraneous
	}
	if b.looked == nil {
		b.looked = map[*npm.Package]bool{b.owner.pkg: true}
		for todo := []*npm.Package{b.owner.pkg}; len(todo) > 0; {
			from := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			linked := from != b.owner.pkg && isTarget(from)
			for i := range from.Deps {
				if to := from.Deps[i].To; to != nil && !b.looked[to] && (!linked || isTarget(to)) {
					b.looked[to] = true
					todo = append(todo, to)
				}
			}
		}
	}
	return b.looked[p]
}

// isTarget reports whether a package is outside of every node_modules, as the
// targets of links are.
func isTarget(p *npm.Package) bool {
	_, _, inModules := split(p.Location)
	return !inModules
}

// bundles reports whether a package has its copy of a dependency in its own
// tarball.
func bundles(e *entry, name string) bool {
	if e.bundles.Truthy() && e.bundles.Kind() != strict.Array {
		return true
	}
	for v := range e.bundles.Elements() {
		if v.Shared() == name {
			return true
		}
	}
	return false
}
