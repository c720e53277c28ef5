package lockfile

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// lockSlots makes the slots for the peers of an entry. A peer that is a regular
// dependency as well is still provided by dependents that have it.
func (b *berry) lockSlots(e *berryEntry) {
	for k, v := range e.peers.Members() {
		s := &peerSlot{name: k.Shared(), rng: plainText(v), kind: npm.EdgePeer}
		if e.peersMeta.Exists() && e.peersMeta.Get(s.name).Get("optional").Bool() {
			s.kind = npm.EdgePeerOptional
		}
		e.slots = append(e.slots, s)
	}
	// A peer that only peerDependenciesMeta names may have any version.
	for k := range e.peersMeta.Members() {
		if name := k.Shared(); !e.peers.Get(name).Exists() {
			e.slots = append(e.slots, &peerSlot{name: name, rng: "*", kind: npm.EdgePeerOptional})
		}
	}
	e.typeSlots()
}

// manifestSlots makes the slots for the peers of a workspace. A peer that is a
// development dependency as well is still provided by members that depend on
// the workspace.
func (b *berry) manifestSlots(e *berryEntry) {
	e.pkg.Deps = slices.DeleteFunc(e.pkg.Deps, func(d npm.Edge) bool { return d.Kind == npm.EdgePeer || d.Kind == npm.EdgePeerOptional })
	for _, d := range e.local.manifest.Dependencies {
		if d.Kind != npm.EdgePeer && d.Kind != npm.EdgePeerOptional {
			continue
		}
		e.slots = append(e.slots, &peerSlot{name: d.Name, rng: d.Range, kind: d.Kind})
	}
	e.typeSlots()
}

// typeSlots adds a slot for the @types package of each peer, as yarn does.
func (e *berryEntry) typeSlots() {
	for _, s := range slices.Clone(e.slots) {
		types := "@types/" + strings.ReplaceAll(strings.TrimPrefix(s.name, "@"), "/", "__")
		known := strings.HasPrefix(s.name, "@types/") ||
			slices.ContainsFunc(e.slots, func(o *peerSlot) bool { return o.name == types })
		if !known {
			e.slots = append(e.slots, &peerSlot{name: types, rng: "*", kind: npm.EdgePeerOptional, hidden: true})
		}
	}
}

// provide fills the slots and makes edges of them: first from the packages
// installed for the judged one, then, for slots still empty, from the rest of
// the monorepo.
func (b *berry) provide(of map[*npm.Package]*berryEntry) {
	inside := b.reach()
	for _, pass := range []bool{true, false} {
		for i := range b.entries {
			if e := &b.entries[i]; inside[e.pkg] == pass {
				b.provideFrom(e, of, pass)
			}
		}
		if len(inside) == len(b.entries) {
			break
		}
	}
	for i := range b.entries {
		e := &b.entries[i]
		if len(e.slots) == 0 {
			continue
		}
		deps := slices.Clone(e.pkg.Deps)
		for _, s := range e.slots {
			if s.hidden {
				continue
			}
			slices.SortFunc(s.copies, func(x, y *npm.Package) int { return strings.Compare(x.Location, y.Location) })
			for _, p := range s.copies {
				if slices.ContainsFunc(e.pkg.Deps, func(d npm.Edge) bool { return d.Name == s.name && d.To == p }) {
					continue
				}
				deps = append(deps, npm.Edge{Name: s.name, Range: s.rng, Kind: s.kind, To: p, Valid: inPeer(s.rng, p)})
			}
			if len(s.copies) == 0 && !slices.ContainsFunc(e.pkg.Deps, func(d npm.Edge) bool { return d.Name == s.name }) {
				deps = append(deps, npm.Edge{Name: s.name, Range: s.rng, Kind: s.kind})
			}
		}
		e.pkg.Deps = deps
	}
}

// inPeer reports whether a peer's range allows a copy.
func inPeer(rng string, p *npm.Package) bool {
	if strings.HasPrefix(rng, "workspace:") {
		return p.Workspace || p.Source == npm.SourceLocal
	}
	return inBerry(strings.TrimPrefix(rng, "npm:"), p)
}

// reach returns the packages installed for the judged one.
func (b *berry) reach() map[*npm.Package]bool {
	inside := make(map[*npm.Package]bool, len(b.entries))
	root := b.at[b.in.Member]
	if root == nil {
		return inside
	}
	all := root == b.at[""]
	inside[root.pkg] = true
	for todo := []*npm.Package{root.pkg}; len(todo) > 0; {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for i := range p.Deps {
			d := &p.Deps[i]
			if d.To == nil || inside[d.To] || !all && p != root.pkg && d.Kind == npm.EdgeDev {
				continue
			}
			inside[d.To] = true
			todo = append(todo, d.To)
		}
	}
	return inside
}

// provideFrom fills the slots of a package's dependencies: with its own copy of
// the peer, with itself, or with the content of its own slot.
func (b *berry) provideFrom(parent *berryEntry, of map[*npm.Package]*berryEntry, pass bool) {
	var byName map[string]*npm.Package
	find := func(name string) *npm.Package {
		if byName == nil {
			byName = make(map[string]*npm.Package, len(parent.pkg.Deps))
			for i := range parent.pkg.Deps {
				if d := &parent.pkg.Deps[i]; b.provides(parent, d) {
					byName[d.Name] = d.To
				}
			}
		}
		return byName[name]
	}
	for i := range parent.pkg.Deps {
		d := &parent.pkg.Deps[i]
		child := of[d.To]
		if child == nil || !b.provides(parent, d) {
			continue
		}
		for _, s := range child.slots {
			if !pass && len(s.copies) > 0 {
				continue
			}
			if own := find(s.name); own != nil {
				s.give(own)
			} else if parent.name == s.name {
				s.give(parent.pkg)
				continue
			}
			for _, above := range parent.slots {
				if above.name == s.name && !slices.Contains(above.flowsTo, s) {
					above.flowsTo = append(above.flowsTo, s)
					for _, p := range above.copies {
						s.give(p)
					}
				}
			}
		}
	}
}

// provides reports whether an edge counts for the judged package. Development
// dependencies of other members do not, nor do members that the monorepo's root
// does not depend on.
func (b *berry) provides(from *berryEntry, d *npm.Edge) bool {
	switch d.Kind {
	case npm.EdgeWorkspace:
		m := from.local.manifest
		return m != nil && slices.ContainsFunc(m.Dependencies, func(own npm.Dependency) bool {
			return own.Name == d.Name && own.Kind != npm.EdgePeer && own.Kind != npm.EdgePeerOptional
		})
	case npm.EdgeDev:
		return d.To != nil && (b.in.Member == "" || from.local == b.at[b.in.Member])
	}
	return d.To != nil
}
