package upgrade

import (
	"maps"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
)

// maxNew bounds how many releases that a plan would bring in are looked at.
const maxNew = 5000

// A prospect is what is known of a release that would come into the tree.
type prospect struct {
	sound bool // nothing that it brings in for the first time is known to be affected
	whole bool // all that it brings in is known, and known to be clean
	why   string
}

// prospect looks at what a release brings in: what the tree has already and fits
// stays as it is, of the rest the manager takes the newest. What nobody has asked
// the registry about counts as sound, and is wanted.
func (m *maker) prospect(name string, r Release) prospect {
	id := name + "@" + r.Version.Canonical()
	if p, known := m.prospects[id]; known {
		return p
	}
	all := prospect{sound: true, whole: true}
	m.prospects[id] = all // of a cycle the rest decides
	if len(m.prospects) > maxNew {
		return prospect{sound: true}
	}
	for _, dep := range slices.Sorted(maps.Keys(r.Deps)) {
		all = all.with(m.brought(dep, r.Deps[dep]))
	}
	for _, peer := range slices.Sorted(maps.Keys(r.Peers)) {
		if p := r.Peers[peer]; !p.Optional {
			all = all.with(m.brought(peer, p.Range))
		}
	}
	m.prospects[id] = all
	return all
}

func (p prospect) with(o prospect) prospect {
	p.whole = p.whole && o.whole
	if p.sound && !o.sound {
		p.sound, p.why = false, o.why
	}
	return p
}

// brought is what one dependency of a new release comes to.
func (m *maker) brought(line, value string) prospect {
	spec := ask(value)
	name := line
	if spec.Kind == npm.SpecAlias {
		name = spec.Name
	}
	rng, err := npm.ParseRange(spec.Range)
	if !registrySpec(value) || err != nil {
		return prospect{sound: true} // from git, an address: nobody can say
	}
	if m.overridden(name) || m.has(name, rng) {
		return prospect{sound: true, whole: true}
	}
	list, asked := m.Releases[name]
	if !asked {
		m.wants = append(m.wants, name)
		return prospect{sound: true}
	}
	r, ok := m.pick(list, spec.Range)
	if !ok {
		return prospect{sound: true}
	}
	if m.Known.Affected(name, r.Version) {
		return prospect{why: name + " " + r.Version.Canonical() + ", which is affected itself"}
	}
	m.targets[name] = append(m.targets[name], r.Version)
	p := m.prospect(name, r)
	p.whole = p.whole && m.Known.Vouches(name, r.Version)
	return p
}

// has reports whether a copy that is installed may stay for a range: one that
// nothing affects, or one that the plan is about anyway.
func (m *maker) has(name string, rng npm.Range) bool {
	for _, p := range m.byName[name] {
		if v, err := npm.ParseVersion(p.Version); err == nil && rng.Contains(v, false) {
			return true
		}
	}
	return false
}

// released is the release of a version, where somebody asked for it.
func (m *maker) released(name string, v npm.Version) (r Release, ok bool) {
	list := m.Releases[name]
	at, ok := slices.BinarySearchFunc(list, v, func(r Release, v npm.Version) int { return r.Version.Compare(v) })
	if !ok {
		return Release{Version: v}, false
	}
	return list[at], true
}

// sound reports whether a version may come into the tree.
func (m *maker) sound(name string, v npm.Version) bool {
	r, known := m.released(name, v)
	return !known || m.prospect(name, r).sound
}
