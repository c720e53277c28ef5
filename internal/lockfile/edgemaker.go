package lockfile

import (
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strictjson"
)

// An edgeMaker appends the edges of one package to the builder's.
type edgeMaker struct {
	b      *builder
	e      *entry
	folder *folder
	from   int             // where this package's edges begin
	seen   map[string]bool // names, once there are many
}

// many is how many edges are searched one by one before a map is worth it.
const many = 32

// add makes the edge, unless the name has one already.
func (m *edgeMaker) add(name, rng string, kind npm.EdgeKind) {
	b := m.b
	mine := b.edges[m.from:]
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
	edge := npm.Edge{Name: name, Range: rng, Kind: kind}
	if to := m.folder.resolve(name); to != nil {
		edge.To = to
		edge.Valid = m.valid(&edge, to)
	}
	b.edges = append(b.edges, edge)
}

func (m *edgeMaker) valid(edge *npm.Edge, to *npm.Package) bool {
	if edge.Kind == npm.EdgePeer || edge.Kind == npm.EdgePeerOptional {
		// A peer must come from outside: a copy of one's own is a second
		// instance. npm calls it "peer local".
		if host, _, _ := split(to.Location); m.e.inModules && host == m.e.pkg.Location {
			return false
		}
	}
	rng := edge.Range
	if m.b.declared != nil {
		var ok bool
		if rng, ok = m.b.declared(edge.Name, rng); !ok {
			return false
		}
	}
	if edge.Kind == npm.EdgeWorkspace || npm.Satisfied(rng, to) {
		return true
	}
	return m.b.overridden(edge.Name, to)
}

// overridden says whether the owner's overrides ask for this copy. Where in
// the tree an override applies is not looked at: npm install did.
func (b *builder) overridden(name string, to *npm.Package) bool {
	return !to.Bundled && setBy(b.ownerManifest(), name, to) // npm overrides nothing inside a bundle
}

// setBy says whether an override or resolution of a manifest, which may be
// nil, asks for this copy of what is depended on by a name.
func setBy(manifest *npm.Manifest, name string, to *npm.Package) bool {
	if manifest == nil {
		return false
	}
	for _, o := range manifest.Overrides {
		if o.Name != name && o.Name != to.Name {
			continue
		}
		rng := o.Range
		if ref, ok := strings.CutPrefix(rng, "$"); ok {
			for _, d := range manifest.Dependencies {
				if d.Name == ref {
					rng = d.Range
				}
			}
		}
		if npm.Satisfied(rng, to) {
			return true
		}
	}
	return false
}

// members adds npm's edges from the owner to its workspace members.
func (m *edgeMaker) members() {
	for i := range m.b.entries {
		if p := m.b.entries[i].pkg; p.Link && p.Workspace {
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

func (m *edgeMaker) field(deps strictjson.Value, kind npm.EdgeKind) {
	for k, v := range deps.Members() {
		name := k.Shared()
		as := kind
		if kind == npm.EdgePeer && m.optionalPeer(name) {
			as = npm.EdgePeerOptional
		}
		m.add(name, v.Shared(), as)
	}
}

func (m *edgeMaker) optionalPeer(name string) bool {
	if m.e.peerMeta.Exists() && m.e.peerMeta.Get(name).Get("optional").Truthy() {
		return true
	}
	for v := range m.e.optionalPeers.Elements() {
		if v.Shared() == name {
			return true
		}
	}
	return false
}

// requires makes the edges of version 1, which does not say of what kind they
// are: as npm does, one from a package that is wanted to a copy that is only
// optional must be an optional one.
func (m *edgeMaker) requires() {
	for k, v := range m.e.requires.Members() {
		name, kind := k.Shared(), npm.EdgeProd
		if to := m.folder.resolve(name); to != nil && m.b.optional[to] && !m.e.lockOptional {
			kind = npm.EdgeOptional
		}
		m.add(name, v.Shared(), kind)
	}
}
