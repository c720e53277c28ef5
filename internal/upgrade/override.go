package upgrade

import (
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
)

// An edit sets one value of a file.
type edit struct {
	file  string
	path  []string // keys from the top
	value string
	patch bool // the file is the package.json that was read
}

// overridden reports whether package.json sets a package's version already.
func (m *maker) overridden(name string) bool {
	_, set := m.pinned[name]
	return set
}

// override sets the version of a unit's package for dependents that would keep
// it: for all dependents if that changes no other copy, since that is simpler
// to read and to undo; else below each dependent. all says that it is for all.
func (m *maker) override(u *unit, stuck []incoming) (changes []*change, all bool) {
	if m.overridden(u.name) {
		return []*change{m.reset(u, stuck)}, true
	}
	for _, in := range stuck {
		if m.declares(in.From) {
			return []*change{
				m.nothing(u, fmt.Sprintf("it is asked for in this project itself, as %s, of which no newer version is known to be "+
					"clean: ask for another", in.Edge.Range))}, false
		}
	}
	changes, all = m.overrides(u, stuck)
	if why, instead := m.consumersGet(u, stuck); why != "" {
		u.served, u.instead = why, instead
		for _, c := range changes {
			if c.do == Override {
				c.notes = append(c.notes, why+"; "+instead)
			}
		}
	}
	return changes, all
}

// overrides returns the changes for override.
func (m *maker) overrides(u *unit, stuck []incoming) (changes []*change, all bool) {
	if m.everybody(u) {
		return []*change{m.overriding(u, stuck, u.edges, []string{stuck[0].Edge.Name})}, true
	}
	if m.Graph.Manager == "bun" {
		return []*change{m.nothing(u, "bun overrides a version for everybody, and other copies of "+u.name+
			" are to stay as they are: replace what brings it in")}, false
	}
	if keys := m.byRange(u, stuck); keys != nil {
		c := m.overriding(u, stuck, stuck, keys[:1])
		file, field, patch := m.overrideFile()
		for _, key := range keys[1:] {
			c.edits = append(c.edits, edit{file, append(slices.Clone(field), key), c.edits[0].value, patch})
		}
		return []*change{c}, false
	}
	for _, group := range byParent(stuck) {
		if back := m.takenBack(u, group[0]); back != nil {
			changes = append(changes,
				m.nothing(u, fmt.Sprintf("an override of %s below %s would take %s back to %s: replace what brings it in", u.name,
					group[0].From.Name, back.ID(), u.target)))
			continue
		}
		changes = append(changes, m.overriding(u, group, group, m.below(u, group[0])))
	}
	return changes, false
}

// byParent groups edges by the package that declares them, and by declared
// value.
func byParent(edges []incoming) [][]incoming {
	at := map[[3]string]int{}
	var groups [][]incoming
	for _, in := range edges {
		key := [3]string{in.From.Name, in.From.Version, in.Edge.Range}
		i, found := at[key]
		if !found {
			i = len(groups)
			at[key], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], in)
	}
	return groups
}

// everybody reports whether all copies of a package may have the unit's target:
// no other version would be changed, and package.json does not declare the
// package itself (npm refuses to override that).
func (m *maker) everybody(u *unit) bool {
	for _, in := range u.edges {
		if m.declares(in.From) {
			return false
		}
	}
	for _, p := range m.byName[u.name] {
		v, err := npm.ParseVersion(p.Version)
		if err != nil || slices.ContainsFunc(m.into.Of(p), func(in incoming) bool { return m.declares(in.From) }) {
			return false
		}
		if v.Compare(u.version) != 0 && v.Compare(u.target) != 0 {
			return false
		}
	}
	return true
}

func (m *maker) versions(name string) int {
	n, counted := m.counts[name]
	if !counted {
		seen := map[string]bool{}
		for _, p := range m.byName[name] {
			seen[p.Version] = true
		}
		n = len(seen)
		m.counts[name] = n
	}
	return n
}

// below returns the key that sets a package's version for one dependent only.
//
//   - npm: {"mid": {"left@^1.0.0": …}} (docs.npmjs.com, package.json, "overrides"):
//     it applies to all that is below mid, so the range narrows it.
//   - pnpm: "mid>left" (pnpm.io/settings#overrides)
//   - yarn 1: "**/mid/left"; from 2 on "mid/left" (yarnpkg.com, "resolutions")
func (m *maker) below(u *unit, in incoming) []string {
	parent, name := in.From.Name, in.Edge.Name
	several := m.versions(parent) > 1
	switch m.Graph.Manager {
	case "pnpm":
		if several {
			parent += "@" + in.From.Version
		}
		return []string{parent + ">" + name}
	case "yarn":
		if m.Graph.Version == "1" {
			return []string{"**/" + parent + "/" + name}
		}
		if several {
			parent += "@npm:" + in.From.Version
		}
		return []string{parent + "/" + name}
	}
	if several && !m.member(parent) {
		parent += "@" + m.ownRange(in.From)
	}
	if m.versions(u.name) > 1 && registrySpec(in.Edge.Range) {
		name += "@" + ask(in.Edge.Range).Range
	}
	return []string{parent, name}
}

// member reports whether a member of the workspace has a name: npm refuses any
// range in an override's key for a member (EOVERRIDE).
func (m *maker) member(name string) bool {
	return slices.ContainsFunc(m.byName[name], func(p *npm.Package) bool { return p.Workspace })
}

// ownRange returns a range that limits an override to one version of a
// dependent. For a direct dependency it is the declared range: npm refuses any
// other (EOVERRIDE).
func (m *maker) ownRange(p *npm.Package) string {
	for _, in := range m.into.Of(p) {
		if m.declares(in.From) && registrySpec(in.Edge.Range) && ask(in.Edge.Range).Kind == npm.SpecRegistry {
			return in.Edge.Range
		}
	}
	return p.Version
}

// byRange returns keys that set a package's version for all requests with one
// range, which is shorter if there are several dependents: "left@^1.0.0", in
// npm (where it is safer for a single dependent, too: npm applies only one of
// several nested overrides of a package) and, as "left@npm:^1.0.0", in yarn
// from 2 on. It returns nil if the key would affect other copies, or the
// manager has no such keys. (pnpm has, but its lockfile does not have the
// ranges.)
func (m *maker) byRange(u *unit, stuck []incoming) []string {
	npmLike := m.Graph.Manager == "npm"
	if !npmLike && (m.Graph.Manager != "yarn" || m.Graph.Version == "1" || m.parents(stuck) == 1) {
		return nil
	}
	var kept reached // by dependents whose copies must stay
	for _, p := range m.byName[u.name] {
		v, err := npm.ParseVersion(p.Version)
		for _, other := range m.into.Of(p) {
			if err != nil || v.Compare(u.target) > 0 || m.declares(other.From) {
				kept.add(m.planned(other))
			}
		}
	}
	kept.sort()
	seen := map[string]bool{}
	var keys []string
	for _, in := range stuck {
		if in.Edge.Name != u.name || !registrySpec(in.Edge.Range) {
			return nil
		}
		if seen[in.Edge.Range] {
			continue
		}
		seen[in.Edge.Range] = true
		if kept.texts[ask(in.Edge.Range).Range] || npmLike && kept.by(in.Edge.Range) {
			return nil
		}
		key := u.name + "@" + ask(in.Edge.Range).Range
		if !npmLike {
			key = u.name + "@npm:" + ask(in.Edge.Range).Range
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// planned returns what a dependent requests after the plan.
func (m *maker) planned(in incoming) string {
	raise := m.known[identity{do: Raise, name: in.Edge.To.Name, line: in.Edge.Name, at: in.From}]
	if raise == nil {
		return in.Edge.Range
	}
	return restyle(raise.old, raise.to)
}

// parents returns the number of dependents of some edges, by name and version.
func (m *maker) parents(edges []incoming) int {
	seen := map[string]bool{}
	for _, in := range edges {
		seen[in.From.ID()] = true
	}
	return len(seen)
}

// takenBack returns a copy that an override below one dependent would also
// replace, by an older version; nil if there is none.
func (m *maker) takenBack(u *unit, in incoming) *npm.Package {
	back := func(p *npm.Package, narrowed bool) *npm.Package {
		for _, e := range p.Deps {
			if e.Name != in.Edge.Name || e.To == nil || narrowed && !overlap(e.Range, in.Edge.Range) {
				continue
			}
			if v, err := npm.ParseVersion(e.To.Version); err != nil || v.Compare(u.target) > 0 {
				return e.To
			}
		}
		return nil
	}
	var reached []*npm.Package
	switch {
	case m.Graph.Manager == "yarn" && m.Graph.Version == "1": // every version of the dependent
		reached = m.byName[in.From.Name]
	case m.Graph.Manager == "npm" && m.above(u, in.Edge.Name)[in.From]: // all that is below it
		reached = below(in.From)
	}
	for _, p := range reached {
		if hit := back(p, m.Graph.Manager == "npm"); hit != nil {
			return hit
		}
	}
	return nil
}

// above returns the packages that are, or have below them, a dependent on the
// name which requests a version newer than the unit's target, or an unreadable
// one.
func (m *maker) above(u *unit, name string) map[*npm.Package]bool {
	if known, done := u.above[name]; done {
		return known
	}
	above := map[*npm.Package]bool{}
	var next []*npm.Package
	for _, in := range m.declaredAs(name) {
		if v, err := npm.ParseVersion(in.Edge.To.Version); (err != nil || v.Compare(u.target) > 0) && !above[in.From] {
			above[in.From] = true
			next = append(next, in.From)
		}
	}
	for i := 0; i < len(next); i++ {
		for _, in := range m.into.Of(next[i]) {
			if !above[in.From] {
				above[in.From] = true
				next = append(next, in.From)
			}
		}
	}
	u.above[name] = above
	return above
}

// below returns a package and all that it depends on.
func below(p *npm.Package) []*npm.Package {
	all, seen := []*npm.Package{p}, map[*npm.Package]bool{p: true}
	for i := 0; i < len(all); i++ {
		for _, e := range all[i].Deps {
			if e.To != nil && !seen[e.To] {
				seen[e.To] = true
				all = append(all, e.To)
			}
		}
	}
	return all
}
