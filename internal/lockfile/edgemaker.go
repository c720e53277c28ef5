package lockfile

import (
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// An edgeSlab holds all edges in a few large pieces of memory.
type edgeSlab struct{ piece []npm.Edge }

// edgesAPiece is the capacity of a piece, unless one package needs more.
const edgesAPiece = 1 << 10

// An edgeMaker collects the edges of one package, one per name. If several
// fields declare a name, the first of workspace, optional, prod, dev, peer
// counts. npm prefers dev to prod; here prod wins, since a consumer of the
// package gets that one. builder.resolve sets where the edges end.
type edgeMaker struct {
	slab *edgeSlab
	from int             // where this package's edges begin in the slab's piece
	seen map[string]bool // names, once there are many
}

// begin starts the edges of a package. The edges of the package before must be
// complete.
func (s *edgeSlab) begin() edgeMaker { return edgeMaker{slab: s, from: len(s.piece)} }

// end returns the edges of the package.
func (m *edgeMaker) end() []npm.Edge {
	return slices.Clip(m.slab.piece[m.from:])
}

// many is the number of edges from which on a map is faster than a linear
// search.
const many = 32

// add makes the edge, unless the name has one already.
func (m *edgeMaker) add(name, rng string, kind npm.EdgeKind) {
	mine := m.slab.piece[m.from:]
	if m.seen == nil && len(mine) >= many {
		m.seen = make(map[string]bool, 2*many)
		for i := range mine {
			m.seen[mine[i].Name] = true
		}
	}
	if m.seen != nil {
		if m.seen[name] {
			return
		}
		m.seen[name] = true
	} else {
		for i := range mine {
			if mine[i].Name == name {
				return
			}
		}
	}
	m.put(npm.Edge{Name: name, Range: rng, Kind: kind})
}

// put adds an edge; its name must not have one yet.
func (m *edgeMaker) put(e npm.Edge) {
	if s := m.slab; len(s.piece) == cap(s.piece) {
		mine := s.piece[m.from:]
		s.piece = append(make([]npm.Edge, 0, max(edgesAPiece, 2*len(mine))), mine...)
		m.from = 0
	}
	m.slab.piece = append(m.slab.piece, e)
}

// has reports whether there is an edge of a name.
func (m *edgeMaker) has(name string) bool {
	for _, e := range m.slab.piece[m.from:] {
		if e.Name == name {
			return true
		}
	}
	return false
}

// declare makes the edges that an entry declares.
func (b *builder) declare(e *entry, f fields) {
	if !e.inModules {
		kept := f // declared here to save an allocation in the common case
		e.fields = &kept
	}
	if e.pkg.Link {
		return
	}
	m := b.edges.begin()
	m.field(f.optional, npm.EdgeOptional)
	m.field(f.prod, npm.EdgeProd)
	if !e.inModules {
		m.field(f.dev, npm.EdgeDev)
	}
	for k, v := range f.peer.Members() {
		name, kind := k.Shared(), npm.EdgePeer
		if f.optionalPeer(name) {
			kind = npm.EdgePeerOptional
		}
		m.add(name, v.Shared(), kind)
	}
	e.pkg.Deps = m.end()
}

func (m *edgeMaker) field(deps strict.Value, kind npm.EdgeKind) {
	for k, v := range deps.Members() {
		m.add(k.Shared(), v.Shared(), kind)
	}
}

func (f *fields) optionalPeer(name string) bool {
	if f.peerMeta.Exists() && f.peerMeta.Get(name).Get("optional").Truthy() {
		return true
	}
	for v := range f.optionalPeers.Elements() {
		if v.Shared() == name {
			return true
		}
	}
	return false
}

// valid reports whether a copy satisfies an edge, and whether it does so only
// because of an override.
func (b *builder) valid(e *entry, edge *npm.Edge, to *npm.Package) (valid, set bool) {
	if edge.Kind == npm.EdgePeer || edge.Kind == npm.EdgePeerOptional {
		// A peer must come from outside: a copy in the package's own node_modules
		// is a second instance. npm calls it "peer local".
		if host, _, _ := split(to.Location); e.inModules && host == e.pkg.Location {
			return false, false
		}
	}
	rng := edge.Range
	if b.declared != nil {
		var ok bool
		if rng, ok = b.declared(edge.Name, rng); !ok {
			return false, false
		}
	}
	if edge.Kind == npm.EdgeWorkspace || npm.Satisfied(rng, to) {
		return true, false
	}
	set = b.overridden(edge, to)
	return set, set
}

// members adds npm's edges from the owner to its workspace members.
func (b *builder) members(m *edgeMaker) {
	for i := range b.entries {
		if p := b.entries[i].pkg; p.Link && p.Workspace {
			if host, name, ok := split(p.Location); ok && host == "" {
				m.add(name, "file:"+p.Target.Location, npm.EdgeWorkspace)
			}
		}
	}
}

func (m *edgeMaker) manifest(manifest *npm.Manifest) {
	for _, kinds := range [][]npm.EdgeKind{
		{npm.EdgeOptional}, {npm.EdgeProd}, {npm.EdgeDev}, {npm.EdgePeer, npm.EdgePeerOptional},
	} {
		for _, d := range manifest.Dependencies {
			if d.Kind == kinds[0] || len(kinds) > 1 && d.Kind == kinds[1] {
				m.add(d.Name, d.Range, d.Kind)
			}
		}
	}
}

// requires makes the edges of version 1, which has no kinds of edges. As in
// npm, an edge from a package that is not optional to a copy that is flagged
// optional is an optional one.
func (b *builder) requires(m *edgeMaker, e *entry) {
	for k, v := range e.requires.Members() {
		name, kind := k.Shared(), npm.EdgeProd
		if to := b.tree.resolve(e.near, name); to != nil && b.optional[to] && !e.lockOptional {
			kind = npm.EdgeOptional
		}
		m.add(name, v.Shared(), kind)
	}
}
