package upgrade

import (
	"fmt"
	"path"
	"slices"
	"strings"

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

// override sets the version of a unit's package for those who are stuck with
// it: for everybody, which is the simpler to read and to take back, where that
// changes no other copy; else below each dependent. all says that it is for
// everybody.
func (m *maker) override(u *unit, stuck []incoming) (changes []*change, all bool) {
	if m.overridden(u.name) {
		return []*change{m.reset(u, stuck)}, true
	}
	for _, in := range stuck {
		if m.declares(in.from) {
			return []*change{m.nothing(u, fmt.Sprintf("it is asked for in this project itself, as %s, of which no newer version is known to be clean: ask for another", in.edge.Range))}, false
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

// overrides are the changes that do what override says.
func (m *maker) overrides(u *unit, stuck []incoming) (changes []*change, all bool) {
	if m.everybody(u) {
		return []*change{m.overriding(u, stuck, u.edges, []string{stuck[0].edge.Name})}, true
	}
	if m.Graph.Manager == "bun" {
		return []*change{m.nothing(u, "bun overrides a version for everybody, and other copies of "+u.name+" are to stay as they are: replace what brings it in")}, false
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
			changes = append(changes, m.nothing(u, fmt.Sprintf("an override of %s below %s would take %s back to %s: replace what brings it in", u.name, group[0].from.Name, back.ID(), u.target)))
			continue
		}
		changes = append(changes, m.overriding(u, group, group, m.below(u, group[0])))
	}
	return changes, false
}

// byParent groups edges by who declares them, and as what.
func byParent(edges []incoming) [][]incoming {
	at := map[[3]string]int{}
	var groups [][]incoming
	for _, in := range edges {
		key := [3]string{in.from.Name, in.from.Version, in.edge.Range}
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
// no other version would be changed, and package.json does not ask for the
// package itself (npm refuses to override that).
func (m *maker) everybody(u *unit) bool {
	for _, in := range u.edges {
		if m.declares(in.from) {
			return false
		}
	}
	for _, p := range m.byName[u.name] {
		v, err := npm.ParseVersion(p.Version)
		if err != nil || slices.ContainsFunc(m.into[p], func(in incoming) bool { return m.declares(in.from) }) {
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

// below is the key that sets a package's version for one dependent only.
//
//   - npm: {"mid": {"left@^1.0.0": …}} (docs.npmjs.com, package.json, "overrides"):
//     it holds for all that is below mid, so the range narrows it down.
//   - pnpm: "mid>left" (pnpm.io/settings#overrides)
//   - yarn 1: "**/mid/left"; from 2 on "mid/left" (yarnpkg.com, "resolutions")
func (m *maker) below(u *unit, in incoming) []string {
	parent, name := in.from.Name, in.edge.Name
	several := m.versions(parent) > 1
	switch m.Graph.Manager {
	case "pnpm":
		if several {
			parent += "@" + in.from.Version
		}
		return []string{parent + ">" + name}
	case "yarn":
		if m.Graph.Version == "1" {
			return []string{"**/" + parent + "/" + name}
		}
		if several {
			parent += "@npm:" + in.from.Version
		}
		return []string{parent + "/" + name}
	}
	if several && !m.member(parent) {
		parent += "@" + m.ownRange(in.from)
	}
	if m.versions(u.name) > 1 && registrySpec(in.edge.Range) {
		name += "@" + ask(in.edge.Range).Range
	}
	return []string{parent, name}
}

// member reports whether a member of the workspace has a name: npm takes any
// range in an override's key for one that it does not have (EOVERRIDE).
func (m *maker) member(name string) bool {
	return slices.ContainsFunc(m.byName[name], func(p *npm.Package) bool { return p.Workspace })
}

// ownRange narrows an override down to one version of a dependent. Where this
// checkout asks for that one itself it is the range as written: npm refuses any
// other for a direct dependency (EOVERRIDE).
func (m *maker) ownRange(p *npm.Package) string {
	for _, in := range m.into[p] {
		if m.declares(in.from) && registrySpec(in.edge.Range) && ask(in.edge.Range).Kind == npm.SpecRegistry {
			return in.edge.Range
		}
	}
	return p.Version
}

// byRange are keys that set a package's version for all who ask for it by one
// range, the shorter way where several dependents are stuck: "left@^1.0.0", in
// npm (where it is the surer one for a single dependent, too: of nested overrides
// that meet at one package npm heeds one) and, as "left@npm:^1.0.0", in yarn from 2 on. Nil: it would reach others
// too, or the manager has no such thing. (pnpm has, but its lockfile does not
// say what was asked for.)
func (m *maker) byRange(u *unit, stuck []incoming) []string {
	npmLike := m.Graph.Manager == "npm"
	if !npmLike && (m.Graph.Manager != "yarn" || m.Graph.Version == "1" || m.parents(stuck) == 1) {
		return nil
	}
	var kept reached // by those whose copies have to stay as they are
	for _, p := range m.byName[u.name] {
		v, err := npm.ParseVersion(p.Version)
		for _, other := range m.into[p] {
			if err != nil || v.Compare(u.target) > 0 || m.declares(other.from) {
				kept.add(m.planned(other))
			}
		}
	}
	kept.sort()
	seen := map[string]bool{}
	var keys []string
	for _, in := range stuck {
		if in.edge.Name != u.name || !registrySpec(in.edge.Range) {
			return nil
		}
		if seen[in.edge.Range] {
			continue
		}
		seen[in.edge.Range] = true
		if kept.texts[ask(in.edge.Range).Range] || npmLike && kept.by(in.edge.Range) {
			return nil
		}
		key := u.name + "@" + ask(in.edge.Range).Range
		if !npmLike {
			key = u.name + "@npm:" + ask(in.edge.Range).Range
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// planned is what a dependent asks for once the plan is done.
func (m *maker) planned(in incoming) string {
	raise := m.known[identity{do: Raise, name: in.edge.To.Name, line: in.edge.Name, at: in.from}]
	if raise == nil {
		return in.edge.Range
	}
	return restyle(raise.old, raise.to)
}

// parents counts the dependents of some edges, by name and version.
func (m *maker) parents(edges []incoming) int {
	seen := map[string]bool{}
	for _, in := range edges {
		seen[in.from.ID()] = true
	}
	return len(seen)
}

// takenBack is a copy that an override below one dependent would also reach and
// replace by an older version; nil: there is none.
func (m *maker) takenBack(u *unit, in incoming) *npm.Package {
	back := func(p *npm.Package, narrowed bool) *npm.Package {
		for _, e := range p.Deps {
			if e.Name != in.edge.Name || e.To == nil || narrowed && !overlap(e.Range, in.edge.Range) {
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
		reached = m.byName[in.from.Name]
	case m.Graph.Manager == "npm" && m.above(u, in.edge.Name)[in.from]: // all that is below it
		reached = below(in.from)
	}
	for _, p := range reached {
		if hit := back(p, m.Graph.Manager == "npm"); hit != nil {
			return hit
		}
	}
	return nil
}

// above are the packages that have below them, or are, one that asks by a name
// for a version newer than the unit's target, or one that cannot be read.
func (m *maker) above(u *unit, name string) map[*npm.Package]bool {
	if known, done := u.above[name]; done {
		return known
	}
	above := map[*npm.Package]bool{}
	var next []*npm.Package
	for _, in := range m.named[name] {
		if v, err := npm.ParseVersion(in.edge.To.Version); (err != nil || v.Compare(u.target) > 0) && !above[in.from] {
			above[in.from] = true
			next = append(next, in.from)
		}
	}
	for i := 0; i < len(next); i++ {
		for _, in := range m.into[next[i]] {
			if !above[in.from] {
				above[in.from] = true
				next = append(next, in.from)
			}
		}
	}
	u.above[name] = above
	return above
}

// below lists a package and all that it brings in.
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

// overriding is the change that writes an override for some edges.
func (m *maker) overriding(u *unit, stuck, reached []incoming, keys []string) *change {
	value := u.target.Canonical()
	if in := stuck[0]; in.edge.Name != u.name {
		value = "npm:" + u.name + "@" + value
	}
	c := &change{do: Override, name: u.name, to: u.target, given: true}
	file, field, patch := m.overrideFile()
	c.edits = []edit{{file, append(field, keys...), value, patch}}
	for _, in := range reached {
		value, known := m.declared(in)
		if !known {
			c.unsaid = append(c.unsaid, in.from.ID())
			continue
		}
		if registrySpec(value) && !m.within(u.target, value) {
			asks := "asks for"
			if in.edge.Kind == npm.EdgePeer || in.edge.Kind == npm.EdgePeerOptional {
				asks = "has as a peer"
			}
			c.notes = append(c.notes, fmt.Sprintf("%s %s %s %s, and %s is outside of that: test it", in.from.ID(), asks, u.name, value, u.target))
		}
	}
	return c
}

func (m *maker) within(v npm.Version, value string) bool {
	r, err := npm.ParseRange(ask(value).Range)
	return err == nil && r.Contains(v, false)
}

// reset raises the override that holds the unit where it is.
func (m *maker) reset(u *unit, stuck []incoming) *change {
	o := m.pinned[u.name]
	if o.Path != o.Name {
		return m.nothing(u, fmt.Sprintf("package.json overrides it already, at %s: set that to %s", o.Path, u.target))
	}
	c := m.overriding(u, stuck, u.edges, []string{o.Name})
	c.old = o.Range
	return c
}

func (m *maker) nothing(u *unit, why string) *change {
	u.why = why
	return &change{do: Nothing, name: u.name, line: u.text, notes: []string{why}}
}

// overrideFile is the file that overrides are written to, the keys that lead
// to them, and whether it is the package.json at hand: in a monorepo they are
// its root's to set.
func (m *maker) overrideFile() (file string, keys []string, patch bool) {
	root := path.Dir(m.Graph.Lockfile)
	file, patch = path.Join(root, "package.json"), root == "."
	if m.Graph.Manager != "pnpm" {
		return file, []string{m.tool.Overrides}, patch
	}
	if m.pnpmInPackageJSON() {
		return file, []string{"pnpm", m.tool.Overrides}, patch
	}
	return path.Join(root, "pnpm-workspace.yaml"), []string{m.tool.Overrides}, false
}

// pnpmInPackageJSON: pnpm up to 9 reads its settings there, and so do the
// formats of lockfile that only those write.
func (m *maker) pnpmInPackageJSON() bool {
	if version, ok := strings.CutPrefix(m.Manifest.PackageManager, "pnpm@"); ok {
		major, _, _ := strings.Cut(version, ".")
		return len(major) == 1
	}
	return m.Graph.Version < "9" || m.settingsInManifest()
}

// settingsInManifest reports whether package.json has settings of pnpm's
// already.
func (m *maker) settingsInManifest() bool {
	if m.settings == nil {
		doc, err := parse(m.Manifest.Raw)
		there := err == nil && doc.Get("pnpm").Exists()
		m.settings = &there
	}
	return *m.settings
}
