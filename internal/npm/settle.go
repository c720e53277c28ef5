package npm

import (
	"slices"
	"strings"
)

// Settle finishes a graph whose packages and edges a lockfile reader has set:
// it computes npm's flags and the scopes from the edges, lets edges that end at
// links end at their targets, and orders Packages by location. owner is the
// package the lockfile is beside; in a monorepo that is its root, while g.Root
// may be a member.
func (g *Graph) Settle(owner *Package) {
	g.owner = owner
	flag(g.Packages, owner)
	for _, p := range g.Packages {
		for i := range p.Deps {
			if to := p.Deps[i].To; to != nil && to.Link && to.Target != nil {
				p.Deps[i].To = to.Target
			}
		}
	}
	g.scope()
	for _, p := range g.Packages {
		if p.Link && p.Target != nil {
			p.Ways, p.Scope = p.Target.Ways, p.Target.Scope
		}
	}
	byLocation := func(a, b *Package) int { return strings.Compare(a.Location, b.Location) }
	if !slices.IsSortedFunc(g.Packages, byLocation) {
		slices.SortStableFunc(g.Packages, byLocation)
	}
	for i, p := range g.Packages {
		p.Index = i
	}
}

// flag computes npm's flags as arborist's calcDepFlags defines them: all flags
// are set until a way from the owner contradicts one. A package is dev if every
// way to it has a dev edge, and so on.
func flag(all []*Package, owner *Package) {
	for _, p := range all {
		if p != owner {
			p.Dev, p.Optional, p.DevOptional, p.Peer, p.Extraneous = true, true, true, true, true
		}
	}
	owner.Dev, owner.Optional, owner.DevOptional, owner.Peer, owner.Extraneous = false, false, false, false, false
	queue := append(make([]*Package, 0, len(all)), owner)
	for len(queue) > 0 {
		p := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if p.Link {
			if p.Target != nil && contradict(p, p.Target, EdgeProd) {
				queue = append(queue, p.Target)
			}
			continue
		}
		for i := range p.Deps {
			e := &p.Deps[i]
			if e.To != nil && contradict(p, e.To, e.Kind) {
				queue = append(queue, e.To)
			}
		}
	}
	keepParents(all)
	for _, p := range all {
		if p.Extraneous { // the only flag then, as in npm
			p.Dev, p.Optional, p.Peer = false, false, false
		}
		// DevOptional means both and neither alone.
		p.DevOptional = p.DevOptional && !p.Dev && !p.Optional && !p.Extraneous
	}
}

// contradict removes the flags of a package that an edge of a kind contradicts
// and reports whether there was one.
func contradict(from, to *Package, kind EdgeKind) (changed bool) {
	if !to.Extraneous && !to.Dev && !to.Optional && !to.DevOptional && !to.Peer {
		return false
	}
	dev := kind == EdgeDev
	optional := kind == EdgeOptional || kind == EdgePeerOptional
	peer := kind == EdgePeer || kind == EdgePeerOptional
	unset := func(flag *bool, contradicted bool) {
		if *flag && contradicted {
			*flag, changed = false, true
		}
	}
	// An optional peer is installed because something else wants it.
	unset(&to.Extraneous, !from.Extraneous && !(peer && optional))
	unset(&to.Dev, !from.Dev && !dev)
	unset(&to.Optional, !from.Optional && !optional)
	unset(&to.DevOptional, !from.DevOptional && !from.Dev && !from.Optional && !dev && !optional)
	unset(&to.Peer, !from.Peer && !peer)
	return changed
}

// keepParents follows npm: a package is not extraneous if its directory
// contains one that is needed, since removing it would remove the other.
func keepParents(all []*Package) {
	var at map[string]*Package // extraneous packages: no other can change
	for _, p := range all {
		if p.Extraneous {
			if at == nil {
				at = map[string]*Package{}
			}
			at[p.Location] = p
		}
	}
	if at == nil {
		return
	}
	for _, p := range all {
		if p.Extraneous {
			continue
		}
		for loc := p.Location; ; {
			i := strings.LastIndex(loc, "/node_modules/")
			if i < 0 {
				break
			}
			loc = loc[:i]
			if parent := at[loc]; parent != nil {
				parent.Extraneous = false
			}
		}
	}
}

// follows reports whether an edge leads to a package that is installed for
// g.Root. Development dependencies of other importers are not, unless the whole
// monorepo is judged.
func (g *Graph) follows(from *Package, e *Edge) bool {
	if e.To == nil {
		return false
	}
	if from == g.Root || g.owner == nil || g.owner == g.Root {
		return true
	}
	return e.Kind != EdgeDev && e.Kind != EdgeWorkspace
}

// scope finds all ways from Root to each package and names them. Plain
// dependencies come first: the ways of what they reach cannot change any more,
// so nearly every package is visited once.
func (g *Graph) scope() {
	for _, p := range g.Packages {
		p.Ways, p.Scope = 0, ""
	}
	g.Root.Ways = anyWay
	queue := append(make([]*Package, 0, len(g.Packages)), g.Root)
	for i := 0; i < len(queue); i++ {
		queue = g.visit(queue, queue[i], true)
	}
	for len(queue) > 0 {
		p := queue[len(queue)-1]
		queue = g.visit(queue[:len(queue)-1], p, false)
	}
}

// visit follows the edges of a package, plain ones or all, and appends the
// packages for which it finds a new way.
func (g *Graph) visit(queue []*Package, p *Package, plain bool) []*Package {
	for i := range p.Deps {
		e := &p.Deps[i]
		if plain && e.Kind != EdgeProd && e.Kind != EdgeWorkspace || !g.follows(p, e) {
			continue
		}
		if w := e.To.Ways | p.Ways.along(e.Kind); w != e.To.Ways {
			e.To.Ways, e.To.Scope = w, w.scope()
			queue = append(queue, e.To)
		}
	}
	return queue
}
