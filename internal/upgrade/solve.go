package upgrade

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

const (
	maxDepth  = 4    // levels of dependents that are changed for one affected copy
	maxEffort = 2000 // dependents tried for one plan
)

// solve finds how to remove a unit: for each edge that leads to it, the
// smallest change that makes it lead elsewhere.
func (m *maker) solve(u *unit) {
	switch {
	case slices.Contains(u.copies, m.Graph.Root):
		m.give(u, Nothing, "this is the package itself: publish a version that the advisory does not affect")
		return
	case slices.ContainsFunc(u.records, func(r *advisory.Record) bool { return r.Kind == advisory.Malware }):
		m.give(u, Remove, "it is malware: remove it from the tree, and treat every machine that installed it as compromised")
		return
	case len(u.edges) == 0 && m.edgeless():
		m.give(u, Nothing, m.anew())
		return
	case len(u.edges) == 0:
		m.take(u, &change{do: Prune, name: u.name})
		return
	}
	if _, asked := m.Releases[u.name]; !asked && u.fromRegistry() {
		m.own = append(m.own, u.name) // only its registry knows whether the version exists
	}
	options := u.options
	if len(options) == 0 {
		if !m.around(u) {
			m.give(u, Nothing, m.hopeless(u))
		}
		return
	}
	best := m.suitable(u.name, options)
	u.target, u.found = best[0], true
	if at := slices.IndexFunc(best, func(v npm.Version) bool { return m.sound(u.name, v) }); at > 0 {
		u.target = best[at]
	}
	if slices.ContainsFunc(u.copies, packed) {
		m.give(u, Nothing, fmt.Sprintf("a copy is packed into the package that brings it in: only a release of that one "+
			"with %s %s or later removes it", u.name, u.target))
		return
	}
	var stuck []incoming
	type way struct { // a change, and the edges that it is for
		*change
		edges []incoming
	}
	var ways []way
	ours := slices.ContainsFunc(u.edges, func(in incoming) bool { return m.declares(in.From) && !peer(in.Edge) })
	for _, in := range u.edges {
		if ours && peer(in.Edge) && !m.declares(in.From) {
			continue // it gets what this checkout requests; settle makes it fit
		}
		value, _ := m.declared(in)
		if m.fits(u, value) && !m.overridden(u.name) {
			if m.Graph.Manager == "bun" && m.byHand(u.name) && m.everybody(u) {
				stuck = append(stuck, in)
				continue
			}
			c := &change{do: Update, name: u.name}
			c.to, c.given = m.lowest(u.name, options, value)
			ways = append(ways, way{c, []incoming{in}})
			continue
		}
		if found, ok := m.elsewhere(u, in, options); ok {
			for _, c := range found {
				ways = append(ways, way{c, []incoming{in}})
			}
			continue
		}
		stuck = append(stuck, in)
	}
	if len(stuck) > 0 {
		overrides, all := m.override(u, stuck)
		if all { // for all dependents: nothing else is needed
			ways, stuck = nil, u.edges
		}
		for _, c := range overrides {
			ways = append(ways, way{c, stuck})
		}
	}
	for _, w := range ways {
		m.take(u, w.change, w.edges...)
	}
}

// around finds newer releases of all dependents that do not need a unit without
// a known good version.
func (m *maker) around(u *unit) bool {
	if slices.ContainsFunc(u.copies, packed) {
		return false
	}
	found := make([][]*change, len(u.edges))
	for i, in := range u.edges {
		if m.declares(in.From) {
			return false
		}
		var ok bool
		if found[i], ok = m.lift(u, in); !ok {
			return false
		}
	}
	for i, list := range found {
		for _, c := range list {
			m.take(u, c, u.edges[i])
		}
	}
	return true
}

// elsewhere changes the dependent if its range allows no good version.
func (m *maker) elsewhere(u *unit, in incoming, options []npm.Version) ([]*change, bool) {
	switch {
	case m.overridden(u.name):
		return nil, false
	case m.declares(in.From):
		c, ok := m.raise(u, in, options)
		return []*change{c}, ok
	}
	return m.lift(u, in)
}

// edgeless reports whether the lockfile has no edges.
func (m *maker) edgeless() bool {
	return slices.ContainsFunc(m.Graph.Notes, func(n npm.Note) bool { return n.Kind == npm.NoteOldLockfile })
}

func (m *maker) anew() string {
	return fmt.Sprintf("the lockfile is of npm 4 or older and does not say who asks for what: delete it, run `%s` and "+
		"judge again", m.tool.Lock)
}

// give records that there is no change.
func (m *maker) give(u *unit, do Kind, why string) {
	u.why = why
	m.take(u, &change{do: do, name: u.name, line: u.text, notes: []string{why}})
}

func (m *maker) hopeless(u *unit) string {
	for _, v := range u.fixed {
		if m.Known.Affected(u.name, v) {
			return fmt.Sprintf("no version is known that no advisory affects; %s is fixed in one respect and affected in another", v)
		}
	}
	if len(u.fixed) > 0 {
		return fmt.Sprintf("the registry has no release that is free of it: %s, which an advisory names as fixed, is not there", u.fixed[0])
	}
	return "no fixed version is known"
}

// packed reports whether a copy is in the tarball of the dependency that brings
// it in. What the judged package itself bundles can be updated here.
func packed(p *npm.Package) bool { return p.Bundler != nil }

// fromRegistry reports whether a registry can be asked about the unit.
func (u *unit) fromRegistry() bool {
	return slices.ContainsFunc(u.copies, func(p *npm.Package) bool { return p.Source == npm.SourceRegistry })
}

// declares reports whether a package's dependencies are declared in this
// checkout.
func (m *maker) declares(p *npm.Package) bool {
	return p == m.Graph.Root || p.Source == npm.SourceLocal || p.Workspace
}

// lowest returns the first option within a range, and whether there is one.
func (m *maker) lowest(name string, options []npm.Version, value string) (v npm.Version, ok bool) {
	r, err := npm.ParseRange(ask(value).Range)
	if err != nil {
		return v, false
	}
	at := first(options, r)
	if at < 0 {
		return v, false
	}
	for _, v := range m.suitable(name, options[at:]) {
		if r.Contains(v, false) {
			return v, true
		}
	}
	return options[at], true
}

// raise requests a newer version if this checkout declares the dependency.
func (m *maker) raise(u *unit, in incoming, options []npm.Version) (*change, bool) {
	if !registrySpec(in.Edge.Range) {
		return nil, false
	}
	for _, v := range m.suitable(u.name, options) {
		if lowers(in.Edge.Range, v) || !m.fits(u, restyle(in.Edge.Range, v)) {
			continue
		}
		return &change{
			do: Raise, name: u.name, at: in.From, line: in.Edge.Name, old: in.Edge.Range, to: v, given: true,
			checks: []func(npm.Version) bool{func(to npm.Version) bool { return m.fits(u, restyle(in.Edge.Range, to)) }},
		}, true
	}
	return nil, false
}

// lowers reports whether a version is lower than all that a range admits.
func lowers(value string, v npm.Version) bool {
	r, err := npm.ParseRange(ask(value).Range)
	low, ok := r.Lowest()
	return err == nil && ok && v.Compare(low) < 0
}

func registrySpec(value string) bool {
	spec := ask(value)
	_, err := npm.ParseRange(spec.Range)
	return (spec.Kind == npm.SpecRegistry || spec.Kind == npm.SpecAlias) && err == nil
}

// lift updates the dependent that requires the unit to a release that does not.
func (m *maker) lift(u *unit, in incoming) ([]*change, bool) {
	return m.move(in.From, func(r Release) bool {
		rng, asks := r.asks(in.Edge)
		return !asks || m.fits(u, rng)
	}, 0)
}

func peer(e *npm.Edge) bool { return e.Kind == npm.EdgePeer || e.Kind == npm.EdgePeerOptional }

// asks returns what a release declares for an edge of an older release.
func (r Release) asks(e *npm.Edge) (value string, asks bool) {
	if peer(e) {
		p, asks := r.Peers[e.Name]
		return p.Range, asks
	}
	value, asks = r.Deps[e.Name]
	return value, asks
}

// move finds the changes after which all dependents get a newer, good release
// of a package.
func (m *maker) move(p *npm.Package, good func(Release) bool, depth int) ([]*change, bool) {
	m.effort++
	version, err := npm.ParseVersion(p.Version)
	if err != nil || depth == maxDepth || m.effort > maxEffort || m.declares(p) || packed(p) ||
		p.Source != npm.SourceRegistry || m.overridden(p.Name) {
		return nil, false
	}
	list, asked := m.Releases[p.Name]
	if !asked {
		m.wants = append(m.wants, p.Name)
		return nil, false
	}
	better := func(r Release) bool {
		return r.Version.Compare(version) > 0 && !m.Known.Affected(p.Name, r.Version) && good(r) && m.prospect(p.Name, r).sound && m.suitsOwn(r)
	}
	picks := func(value string) (Release, bool) {
		r, ok := m.installs(list, value, better)
		return r, ok && registrySpec(value)
	}
	var changes []*change
	for _, in := range m.into.Of(p) {
		value, _ := m.declared(in)
		if r, ok := picks(value); ok {
			changes = append(changes, &change{do: Update, name: p.Name, to: r.Version, given: true})
			continue
		}
		if m.declares(in.From) {
			c, ok := m.raiseTo(p, in, list, better, picks)
			if !ok {
				return nil, false
			}
			changes = append(changes, c)
			continue
		}
		above, ok := m.move(in.From, func(r Release) bool {
			rng, asks := r.asks(in.Edge)
			if !asks {
				return true
			}
			_, ok := picks(rng)
			return ok
		}, depth+1)
		if !ok {
			return nil, false
		}
		changes = append(changes, above...)
	}
	return changes, len(changes) > 0
}

// raiseTo returns the lowest release of a direct dependency to request so that
// the installed version is better.
func (m *maker) raiseTo(p *npm.Package, in incoming, list []Release, better func(Release) bool,
	picks func(string) (Release, bool)) (*change, bool) {
	if !registrySpec(in.Edge.Range) {
		return nil, false
	}
	for _, r := range list {
		if r.Deprecated || r.Version.Prerelease() != "" || lowers(in.Edge.Range, r.Version) || !better(r) {
			continue
		}
		if _, ok := picks(restyle(in.Edge.Range, r.Version)); !ok {
			continue
		}
		return &change{
			do: Raise, name: p.Name, at: in.From, line: in.Edge.Name, old: in.Edge.Range, to: r.Version, given: true,
			checks: []func(npm.Version) bool{func(to npm.Version) bool {
				_, ok := picks(restyle(in.Edge.Range, to))
				return ok
			}},
		}, true
	}
	return nil, false
}

// doubts returns the proposed versions that no source vouches for.
func (m *maker) doubts() []advisory.Asked {
	byName := map[string]advisory.Asked{}
	for name, versions := range m.targets {
		slices.SortFunc(versions, npm.Version.Compare)
		versions = slices.CompactFunc(versions, func(a, b npm.Version) bool { return a.Compare(b) == 0 })
		for _, v := range versions {
			if !m.Known.Vouches(name, v) {
				a := byName[name]
				a.Name, a.Versions = name, append(a.Versions, v.Canonical())
				byName[name] = a
			}
		}
		if a, found := byName[name]; found { // AnyVersion is first
			a.Versions = append([]string{advisory.AnyVersion}, a.Versions...)
			byName[name] = a
		}
	}
	list := make([]advisory.Asked, 0, len(byName))
	for _, a := range byName {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b advisory.Asked) int { return strings.Compare(a.Name, b.Name) })
	return list
}
