package upgrade

import (
	"maps"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
)

// maxNew bounds how many new releases of a plan are checked.
const maxNew = 5000

// A prospect is what is known about a release that would be new in the tree.
type prospect struct {
	sound bool // nothing new that it brings in is known to be affected
	whole bool // all that it brings in is known to be clean
	why   string
}

// prospect checks what a release brings in: copies of the tree that fit stay,
// of the rest the manager installs the newest. Packages that were not looked up
// at the registry count as sound, and are added to Wants.
func (m *maker) prospect(name string, r Release) prospect {
	id := name + "@" + r.Version.Canonical()
	if p, known := m.prospects[id]; known {
		return p
	}
	all := prospect{sound: true, whole: true}
	m.prospects[id] = all // in a cycle the other packages decide
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

// brought returns the prospect of one dependency of a new release.
func (m *maker) brought(line, value string) prospect {
	spec := ask(value)
	name := line
	if spec.Kind == npm.SpecAlias {
		name = spec.Name
	}
	rng, err := npm.ParseRange(spec.Range)
	if !registrySpec(value) || err != nil {
		return prospect{sound: true} // from git or an address: unknown
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

// has reports whether an installed copy may stay for a range: one that is not
// affected, or one that the plan is about anyway.
func (m *maker) has(name string, rng npm.Range) bool {
	for _, p := range m.byName[name] {
		if v, err := npm.ParseVersion(p.Version); err == nil && rng.Contains(v, false) {
			return true
		}
	}
	return false
}

// released returns the release of a version, if it was looked up.
func (m *maker) released(name string, v npm.Version) (r Release, ok bool) {
	list := m.Releases[name]
	at, ok := slices.BinarySearchFunc(list, v, func(r Release, v npm.Version) int { return r.Version.Compare(v) })
	if !ok {
		return Release{Version: v}, false
	}
	return list[at], true
}

// sound reports whether a version may be added to the tree.
func (m *maker) sound(name string, v npm.Version) bool {
	r, known := m.released(name, v)
	return !known || m.prospect(name, r).sound
}
