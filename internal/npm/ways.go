package npm

// Scope is the part of the dependency graph that a package, or a finding
// about it, belongs to: prod, dev, optional or peer. It is empty for a package
// that nothing reaches, and for a finding that is not about a dependency (but
// about the tarball, the manifest or the policy), which is judged as prod.
type Scope string

// The scopes, in npm's words.
const (
	Prod     Scope = "prod"
	Optional Scope = "optional"
	Peer     Scope = "peer"
	Dev      Scope = "dev"
)

// Scopes lists all scopes, those that reach consumers first.
var Scopes = []Scope{Prod, Optional, Peer, Dev}

// Ways says which kinds of edges the ways from Root to a package need. A way is
// the set of kinds that its edges have beside plain dependencies: dev,
// optional, peer. Bit s holds when some way needs no kind outside of the set s,
// so that a way through an edge of a kind keeps only the sets with that kind.
// The zero value is of a package that is not reached, or was not looked at.
type Ways uint8

// The kinds as a set.
const (
	needsDev = 1 << iota
	needsOptional
	needsPeer
	needsAny = needsDev | needsOptional | needsPeer
)

// anyWay is the ways to Root itself: every set will do.
const anyWay Ways = 1<<(needsAny+1) - 1

// along are the ways that go on over an edge of a kind.
func (w Ways) along(kind EdgeKind) Ways {
	const dev, optional, peer Ways = 0b10101010, 0b11001100, 0b11110000 // the sets that hold the kind
	switch kind {
	case EdgeDev:
		return w & dev
	case EdgeOptional:
		return w & optional
	case EdgePeer:
		return w & peer
	case EdgePeerOptional:
		return w & peer & optional
	}
	return w
}

// without reports whether a way needs none of some kinds.
func (w Ways) without(kinds int) bool { return w>>(needsAny&^kinds)&1 == 1 }

// always reports whether every way, and there is one, needs a kind.
func (w Ways) always(kind int) bool { return w != 0 && !w.without(kind) }

// Dev, Optional and Peer hold when every way needs an edge of that kind; npm
// flags such a package so in its lockfile. An edge to an optional peer is of
// two kinds.
func (w Ways) Dev() bool { return w.always(needsDev) }

// Optional: see Dev.
func (w Ways) Optional() bool { return w.always(needsOptional) }

// Peer: see Dev.
func (w Ways) Peer() bool { return w.always(needsPeer) }

// DevOptional holds when every way needs an edge for development or an optional
// one, and neither kind alone explains it.
func (w Ways) DevOptional() bool {
	return w.always(needsDev|needsOptional) && !w.Dev() && !w.Optional()
}

// LeftOut reports whether an install that omits some scopes leaves the package
// out. npm decides by its flags (arborist, lib/node.js, shouldOmit), of which
// there is none for "optional or peer": what is reached by the one way and by
// the other is installed whatever is omitted. pnpm follows the edges and comes
// to the same.
func (w Ways) LeftOut(omit map[Scope]bool) bool {
	return omit[Dev] && w.Dev() || omit[Optional] && w.Optional() || omit[Peer] && w.Peer() ||
		omit[Dev] && omit[Optional] && w.DevOptional()
}

// scope names the ways in one word: what an install may leave out together with
// a kind of edge has that kind's name, everything else is prod. DevOptional
// ships, so it is optional.
func (w Ways) scope() Scope {
	switch {
	case w == 0:
		return ""
	case w.Dev():
		return Dev
	case w.Peer():
		return Peer
	case w.Optional(), w.DevOptional():
		return Optional
	}
	return Prod
}

// waysOf are the ways of a package of which only a lockfile's flags tell.
func waysOf(dev, optional, devOptional bool) Ways {
	w := anyWay
	if devOptional {
		return w.along(EdgeDev) | w.along(EdgeOptional)
	}
	if dev {
		w = w.along(EdgeDev)
	}
	if optional {
		w = w.along(EdgeOptional)
	}
	return w
}

// Flagged gives a package that no edge reaches the ways and the scope that a
// lockfile's own flags say.
func (p *Package) Flagged(dev, optional, devOptional bool) {
	p.Ways = waysOf(dev, optional, devOptional)
	p.Scope = p.Ways.scope()
}
