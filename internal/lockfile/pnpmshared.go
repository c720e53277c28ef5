package lockfile

import (
	"slices"
	"sync"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// A pnpm-lock.yaml says the same to each member of its workspace, but for the
// dependencies of the member that is judged: those are of its package.json. So
// members that are judged together share the copies and their edges. Each gets a
// graph of its own, since the ways from a member to a copy are its own.

// A pnpmKey tells readings apart that can share nothing: messages name the lockfile
// as seen from the member.
type pnpmKey struct{ file, folder, owner string }

// whole returns the reader of the whole workspace for a key, which make makes
// once. nil: the workspace cannot be shared.
func (s *Shared) whole(key pnpmKey, make func() *pnpmReader) *pnpmReader {
	s.mu.Lock()
	once := s.wholes[key]
	if once == nil {
		if s.wholes == nil {
			s.wholes = map[pnpmKey]func() *pnpmReader{}
		}
		once = sync.OnceValue(make)
		s.wholes[key] = once
	}
	s.mu.Unlock()
	return once()
}

// ofMember returns a reader that has read and connected everything for the member
// that the input names; nil: nothing of it is shared.
func ofMember(in Input, documents []strict.Value) (*pnpmReader, error) {
	s := in.shared()
	if s == nil || in.Member == "" || in.Manifest == nil {
		return nil, nil
	}
	key := pnpmKey{file: in.File, folder: in.Checkout.folder}
	if in.Owner != nil {
		key.owner = string(in.Owner.Raw)
	}
	if whole := s.whole(key, func() *pnpmReader { return wholePnpm(in, documents) }); whole != nil {
		return whole.member(in)
	}
	return nil, nil
}

// wholePnpm reads a lockfile with no member as the judged one. It returns nil where
// that would not give what a reading for one member gives: if there is an error,
// which each member is to tell in its own words, and where something is noted at a
// package in the order in which its dependents are read.
func wholePnpm(in Input, documents []strict.Value) *pnpmReader {
	in.Member, in.Manifest = "", in.Owner
	r := newPnpmReader(in)
	if r.read(documents) != nil {
		return nil
	}
	r.root = nil
	if r.connect() != nil || r.addressed || len(r.linked) > 0 {
		return nil
	}
	for i, p := range r.packages() {
		p.Index = i
	}
	return r
}

// packages lists the copies, then the importers.
func (r *pnpmReader) packages() []*npm.Package {
	all := make([]*npm.Package, 0, len(r.nodes)+len(r.importers)+len(r.linked))
	for i := range r.nodes {
		all = append(all, r.nodes[i].pkg)
	}
	for _, i := range r.importers {
		all = append(all, i.pkg)
	}
	return all
}

// member returns a copy of a whole reader for one member, which can be changed. nil:
// the package.json is not the one that the other members were told of.
func (r *pnpmReader) member(in Input) (*pnpmReader, error) {
	known := r.folders[in.Member]
	if known == nil || known.manifest == nil {
		return nil, nil
	}
	if m, n := in.Manifest, known.manifest; m.Name != n.Name || m.Version != n.Version || m.License != n.License {
		return nil, nil
	}
	c, g := *r, r.graph
	c.in, c.edges = in, edgeSlab{}
	c.graph = &npm.Graph{Manager: g.Manager, Lockfile: g.Lockfile, Version: g.Version, Catalogs: g.Catalogs,
		Overrides: slices.Clip(g.Overrides), Notes: slices.Clip(g.Notes)}
	packages := clonePackages(r.packages())
	c.nodes = slices.Clone(r.nodes)
	for i := range c.nodes {
		c.nodes[i].pkg = &packages[c.nodes[i].pkg.Index]
	}
	c.folders = make(map[string]*pnpmImporter, len(r.importers))
	c.importers = make([]*pnpmImporter, len(r.importers))
	importers := make([]pnpmImporter, len(r.importers))
	for i, old := range r.importers {
		importers[i] = *old
		importers[i].pkg = &packages[old.pkg.Index]
		c.importers[i], c.folders[old.pkg.Location] = &importers[i], &importers[i]
	}
	c.owner, c.root = c.folders[""], c.folders[in.Member]
	c.root.manifest = in.Manifest
	return &c, c.importerEdges(c.root)
}

// clonePackages copies packages with their edges, of which each ends within them.
func clonePackages(all []*npm.Package) []npm.Package {
	n := 0
	for _, p := range all {
		n += len(p.Deps)
	}
	packages, edges := make([]npm.Package, len(all)), make([]npm.Edge, 0, n)
	for i, p := range all {
		packages[i] = *p
		if p.Deps != nil {
			from := len(edges)
			edges = append(edges, p.Deps...)
			packages[i].Deps = slices.Clip(edges[from:])
		}
	}
	for i := range edges {
		if to := edges[i].To; to != nil {
			edges[i].To = &packages[to.Index]
		}
	}
	return packages
}
