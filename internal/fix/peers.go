package fix

import (
	"fmt"
	"maps"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
)

// maxMoves bounds how often the versions that are asked for are moved so that
// they fit each other.
const maxMoves = 40

// A direct dependency of this checkout as the plan leaves it. npm refuses a tree
// in which one has a peer that another is not (ERESOLVE).
type direct struct {
	at     *npm.Package
	edge   *npm.Edge
	change *change // what raises it; nil: it stays
}

// directs are the direct dependencies of one who declares them, in order.
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

// version is the version that will be installed; ok is false where nobody knows.
func (m *maker) version(d *direct) (v npm.Version, ok bool) {
	if d.change != nil {
		r, known := m.arrives(d.change)
		return r.Version, known
	}
	v, err := npm.ParseVersion(d.edge.To.Version)
	return v, err == nil
}

// peers are what a direct dependency asks of the others.
func (m *maker) peers(d *direct) map[string]Peer {
	if d.change != nil {
		r, _ := m.arrives(d.change)
		return r.Peers
	}
	peers := map[string]Peer{}
	for _, e := range d.edge.To.Deps {
		if peer(&e) {
			peers[e.Name] = Peer{Range: e.Range, Optional: e.Kind == npm.EdgePeerOptional}
		}
	}
	return peers
}

// arrives is the release that a change installs, where its registry was asked.
func (m *maker) arrives(c *change) (r Release, known bool) {
	if c.do == Raise {
		return pick(m.Releases[c.name], ask(restyle(c.old, c.to)).Range)
	}
	return m.released(c.name, c.to)
}

// A clash is a peer that is not as it is asked for.
type clash struct {
	who, peer *direct
	value     string
}

// clash is the first among some direct dependencies that the plan makes.
func (m *maker) clash(list []*direct) (clash, bool) {
	byName := map[string]*direct{}
	for _, d := range list {
		byName[d.edge.Name] = d
	}
	for _, d := range list {
		peers := m.peers(d)
		for _, name := range slices.Sorted(maps.Keys(peers)) {
			q := byName[name]
			if q == nil || q == d || d.change == nil && q.change == nil {
				continue
			}
			v, known := m.version(q)
			if known && registrySpec(peers[name].Range) && !m.within(v, peers[name].Range) {
				return clash{d, q, peers[name].Range}, true
			}
		}
	}
	return clash{}, false
}

// settle moves what is raised, and what it has for peers, to releases that fit
// each other. Where there are none the raise is taken back.
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

// reconcile moves one of the two sides of a clash upwards.
func (m *maker) reconcile(c clash) bool {
	now, _ := m.version(c.peer)
	fits := func(r Release) bool {
		p, asks := r.Peers[c.peer.edge.Name]
		return !asks || m.within(now, p.Range)
	}
	return m.lead(c.who, c, fits) || m.lead(c.peer, c, func(r Release) bool { return m.within(r.Version, c.value) })
}

// lead raises a direct dependency to the lowest release, above what it has now,
// of which what is then installed is good.
func (m *maker) lead(d *direct, c clash, good func(Release) bool) bool {
	name := d.edge.To.Name
	list, asked := m.Releases[name]
	if !asked {
		m.own = append(m.own, name) // without it the plan may not be accepted
		return false
	}
	if d.change == nil && m.refused[identity{do: Raise, name: name, line: d.edge.Name, at: d.at}] {
		return false
	}
	now, known := m.version(d)
	if !known || !registrySpec(d.edge.Range) || m.overridden(name) {
		return false
	}
	for _, r := range list {
		if r.Deprecated || r.Version.Prerelease() != "" || lowers(d.edge.Range, r.Version) || r.Version.Compare(now) <= 0 {
			continue
		}
		got, ok := pick(list, ask(restyle(d.edge.Range, r.Version)).Range)
		if !ok || !good(got) || m.Known.Affected(name, got.Version) || !m.prospect(name, got).sound {
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

// refuse takes a raise back that the manager would not accept, and finds another
// way for those it was for.
func (m *maker) refuse(c clash) {
	d, stays := c.who, c.peer
	if d.change == nil {
		d, stays = c.peer, c.who
	}
	v, _ := m.version(d)
	why := fmt.Sprintf("%s %s and %s do not go together: %s asks for %s %s as a peer, and no releases of both that fit each other are known",
		d.edge.Name, v, stays.edge.Name, c.who.edge.Name, c.peer.edge.Name, c.value)
	m.dismiss(d.change, why)
}

// dismiss drops a change. Those it was for get an override, or are told why
// there is no way.
func (m *maker) dismiss(c *change, why string) {
	m.refused[c.identity()] = true
	delete(m.known, c.identity())
	m.changes = slices.DeleteFunc(m.changes, func(o *change) bool { return o == c })
	for _, u := range c.units {
		u.changes = slices.DeleteFunc(u.changes, func(o *change) bool { return o == c })
		stuck := c.serves[u]
		switch {
		case len(stuck) == 0: // it only went along
		case slices.ContainsFunc(stuck, func(in incoming) bool { return m.declares(in.from) }):
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
