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

// Ways says which kinds of edges the ways from Root to a package have. A way is
// represented by the set of kinds of its edges, besides plain dependencies:
// dev, optional, peer. Bit s is set if some way has no kind outside of the set
// s, so following an edge of a kind keeps only the bits of sets with that kind.
// The zero value means that the package is not reached, or was not visited.
type Ways uint8

// The kinds, as bits of a set.
const (
	needsDev = 1 << iota
	needsOptional
	needsPeer
	needsAny = needsDev | needsOptional | needsPeer
)

// anyWay is the ways to Root itself: all bits are set.
const anyWay Ways = 1<<(needsAny+1) - 1

// along returns the ways that continue over an edge of a kind.
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

// without reports whether some way has none of the given kinds.
func (w Ways) without(kinds int) bool { return w>>(needsAny&^kinds)&1 == 1 }

// always reports whether there is a way and every way has a kind.
func (w Ways) always(kind int) bool { return w != 0 && !w.without(kind) }

// Dev reports whether every way has a dev edge, as Optional and Peer do for
// their kinds; npm flags such a package so in its lockfile. An edge to an
// optional peer is of two kinds.
func (w Ways) Dev() bool { return w.always(needsDev) }

// Optional: see Dev.
func (w Ways) Optional() bool { return w.always(needsOptional) }

// Peer: see Dev.
func (w Ways) Peer() bool { return w.always(needsPeer) }

// DevOptional reports whether every way has a dev or an optional edge, but not
// all have the same one of the two.
func (w Ways) DevOptional() bool {
	return w.always(needsDev|needsOptional) && !w.Dev() && !w.Optional()
}

// LeftOut reports whether an install that omits some scopes leaves the package
// out. npm decides by its flags (arborist, lib/node.js, shouldOmit). There is
// none for "optional or peer": a package with ways of both kinds is installed
// whatever is omitted. pnpm follows the edges, with the same result.
func (w Ways) LeftOut(omit map[Scope]bool) bool {
	return omit[Dev] && w.Dev() || omit[Optional] && w.Optional() || omit[Peer] && w.Peer() ||
		omit[Dev] && omit[Optional] && w.DevOptional()
}

// scope returns the scope of the ways: that of the kind of edge with which an
// install may leave the package out, else prod. DevOptional packages ship, so
// their scope is optional.
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

// waysOf returns the ways of a package by a lockfile's flags.
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

// Flagged sets the ways and the scope of a package that no edge reaches, by the
// lockfile's own flags.
func (p *Package) Flagged(dev, optional, devOptional bool) {
	p.Ways = waysOf(dev, optional, devOptional)
	p.Scope = p.Ways.scope()
}
