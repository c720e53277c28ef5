package upgrade

import (
	"fmt"
	"maps"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
)

// maxMoves bounds how often requested versions are changed to fit each other.
const maxMoves = 40

// A direct is a direct dependency of this checkout after the plan. npm refuses
// a tree in which a peer of one does not fit another (ERESOLVE).
type direct struct {
	at     *npm.Package
	edge   *npm.Edge
	change *change // what raises it; nil: it stays
}

// directs returns the direct dependencies of a package that declares them, in
// order.
func (m *maker) directs(at *npm.Package) []*direct {
	var list []*direct
	for i := range at.Deps {
		e := &at.Deps[i]
		if e.To == nil || e.To.Local() || e.Kind == npm.EdgeWorkspace {
			continue
		}
		list = append(list, &direct{at: at, edge: e, change: m.known[identity{do: Raise, name: e.To.Name, line: e.Name, at: at}]})
	}
	return list
}

// takes returns the releases of a direct dependency of which the manager may
// install any: the newest that is requested and, if that needs a newer Node, an
// older one. None: unknown.
func (m *maker) takes(d *direct) []Release {
	if c := d.change; c != nil {
		newest, known := m.arrives(c)
		if !known {
			return nil
		}
		list := []Release{newest}
		if other, ok := pick(m.Releases[c.name], ask(restyle(c.old, c.to)).Range); ok && c.do == Raise &&
			other.Version.Compare(newest.Version) != 0 {
			list = append(list, other) // npm with a newer Node
		}
		if oldest, known := m.released(c.name, c.to); known && c.to.Compare(newest.Version) != 0 {
			list = append(list, oldest)
		}
		return list
	}
	v, err := npm.ParseVersion(d.edge.To.Version)
	if err != nil {
		return nil
	}
	if m.peerless() {
		r, known := m.released(d.edge.To.Name, v)
		if !known && d.edge.To.Source == npm.SourceRegistry {
			m.own = append(m.own, d.edge.To.Name) // without it the manager may refuse the plan
		}
		return []Release{r}
	}
	r := Release{Version: v, Peers: map[string]Peer{}}
	for _, e := range d.edge.To.Deps {
		if peer(&e) {
			r.Peers[e.Name] = Peer{Range: e.Range, Optional: e.Kind == npm.EdgePeerOptional}
		}
	}
	return []Release{r}
}

// peerless reports whether the lockfile is of npm 6 or older, which does not
// record peers. Newer npms ask the registry for them.
func (m *maker) peerless() bool { return m.Graph.Manager == "npm" && m.Graph.Version == "1" }

// arrives returns the release that a change installs, if its registry was
// asked.
func (m *maker) arrives(c *change) (r Release, known bool) {
	if c.do == Raise {
		return m.pick(m.Releases[c.name], ask(restyle(c.old, c.to)).Range)
	}
	return m.released(c.name, c.to)
}

// A clash is a peer that does not fit.
type clash struct {
	who, peer *direct
	value     string
}

// clash returns the first clash among some direct dependencies that the plan
// causes.
func (m *maker) clash(list []*direct) (clash, bool) {
	byName := map[string]*direct{}
	for _, d := range list {
		byName[d.edge.Name] = d
	}
	taken := make(map[*direct][]Release, len(list))
	for _, d := range list {
		taken[d] = m.takes(d)
	}
	for _, d := range list {
		for _, r := range taken[d] {
			for _, name := range slices.Sorted(maps.Keys(r.Peers)) {
				q, value := byName[name], r.Peers[name].Range
				if q == nil || q == d || d.change == nil && q.change == nil || !registrySpec(value) {
					continue
				}
				if slices.ContainsFunc(taken[q], func(other Release) bool { return !m.within(other.Version, value) }) {
					return clash{d, q, value}, true
				}
			}
		}
	}
	return clash{}, false
}

// settle changes raises, and their peers, to releases that fit each other. If
// there are none, the raise is undone.
func (m *maker) settle() {
	var places []*npm.Package
	for _, c := range m.changes {
		if c.do == Raise && !slices.Contains(places, c.at) {
			places = append(places, c.at)
		}
	}
	for _, at := range places {
		for range maxMoves {
			c, found := m.clash(m.directs(at))
			if !found {
				break
			}
			if !m.reconcile(c) {
				m.refuse(c)
			}
		}
	}
}

// reconcile raises one of the two sides of a clash.
func (m *maker) reconcile(c clash) bool {
	there := m.takes(c.peer)
	fits := func(r Release) bool {
		p, asks := r.Peers[c.peer.edge.Name]
		return !asks || !slices.ContainsFunc(there, func(other Release) bool { return !m.within(other.Version, p.Range) })
	}
	return m.raiseDirect(c.who, c, fits) || m.raiseDirect(c.peer, c, func(r Release) bool { return m.within(r.Version, c.value) })
}

// raiseDirect raises a direct dependency to the lowest release, above its
// current one, with which the installed version is good.
func (m *maker) raiseDirect(d *direct, c clash, good func(Release) bool) bool {
	name := d.edge.To.Name
	list, asked := m.Releases[name]
	if !asked {
		m.own = append(m.own, name) // without it the manager may refuse the plan
		return false
	}
	if d.change == nil && m.refused[identity{do: Raise, name: name, line: d.edge.Name, at: d.at}] {
		return false
	}
	now := m.takes(d)
	if len(now) == 0 || !registrySpec(d.edge.Range) || m.overridden(name) {
		return false
	}
	lowest := now[len(now)-1].Version
	for _, r := range list {
		if r.Deprecated || r.Version.Prerelease() != "" || lowers(d.edge.Range, r.Version) || r.Version.Compare(lowest) <= 0 {
			continue
		}
		got, ok := m.installs(list, restyle(d.edge.Range, r.Version), good)
		if !ok || !good(r) || m.Known.Affected(name, got.Version) || !m.prospect(name, got).sound {
			continue
		}
		if d.change != nil && slices.ContainsFunc(d.change.checks, func(check func(npm.Version) bool) bool { return !check(r.Version) }) {
			continue
		}
		m.targets[name] = append(m.targets[name], r.Version)
		if d.change != nil {
			d.change.to = r.Version
			return true
		}
		other := c.who
		if other == d {
			other = c.peer
		}
		for _, u := range slices.Clone(other.change.units) {
			m.take(u, &change{
				do: Raise, name: name, at: d.at, line: d.edge.Name, old: d.edge.Range, to: r.Version, given: true,
				notes: []string{fmt.Sprintf("%s is raised too: one is a peer of the other", other.edge.Name)},
			})
		}
		return true
	}
	return false
}

// refuse undoes a raise that the manager would refuse, and finds another way
// for its units.
func (m *maker) refuse(c clash) {
	d, stays := c.who, c.peer
	if d.change == nil {
		d, stays = c.peer, c.who
	}
	v := m.takes(d)[0].Version // known for a clash
	why := fmt.Sprintf("%s %s and %s do not go together: %s asks for %s %s as a peer, and no releases of both that fit each other are known",
		d.edge.Name, v, stays.edge.Name, c.who.edge.Name, c.peer.edge.Name, c.value)
	m.dismiss(d.change, why)
}

// dismiss removes a change. Its units get an override, or a note why there is
// none.
func (m *maker) dismiss(c *change, why string) {
	m.refused[c.identity()] = true
	delete(m.known, c.identity())
	m.changes = slices.DeleteFunc(m.changes, func(o *change) bool { return o == c })
	for _, u := range c.units {
		u.changes = slices.DeleteFunc(u.changes, func(o *change) bool { return o == c })
		stuck := c.of(u).edges
		switch {
		case len(stuck) == 0: // it was made only for a peer
		case slices.ContainsFunc(stuck, func(in incoming) bool { return m.declares(in.From) }):
			m.take(u, m.nothing(u, why))
		default:
			changes, _ := m.override(u, stuck)
			for _, o := range changes {
				if o.do == Override {
					o.notes = append(o.notes, why)
				}
				m.take(u, o, stuck...)
			}
		}
	}
}
