package upgrade

import (
	"cmp"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

// A unit is one version of one package that is to go, however many copies of it
// are installed and advisories are about it.
type unit struct {
	name    string
	text    string // the version as installed
	version npm.Version
	copies  []*npm.Package
	records []advisory.Record
	reach   *advisory.AffectedVersions // of the records
	ids     []string
	fixed   []npm.Version // what the matches name as fixed, ascending
	edges   []incoming
	changes []*change // what takes it out
	target  npm.Version
	found   bool // there is a target
	why     string

	doubtful bool   // what a raise brings in may ask for it again
	served   string // why consumers of the published package get it all the same; empty: they do not
	instead  string // what helps them

	above   map[string]map[*npm.Package]bool // see maker.above, by name
	options []npm.Version                    // what could stand in its place, ascending
	fits    map[string]bool                  // by declared value, once it was asked
}

func (u *unit) id() string { return u.name + "@" + u.text }

// An incoming edge: who declares it, and the edge.
type incoming struct {
	from *npm.Package
	edge *npm.Edge
}

// A maker makes one plan.
type maker struct {
	Input
	tool      npm.Tool
	units     []*unit
	into      map[*npm.Package][]incoming
	byName    map[string][]*npm.Package // installed copies
	named     map[string][]incoming     // by the name in the declaration
	changes   []*change
	wants     []string
	own       []string                 // of them those that are affected themselves
	last      []string                 // of no use before all of these are known
	targets   map[string][]npm.Version // what is proposed, by package
	known     map[identity]*change
	prospects map[string]prospect                // by "name@version", once somebody asked
	refused   map[identity]bool                  // raises that were taken back
	fields    map[*npm.Package]map[string]string // that dependencies are declared in, once somebody asked
	pinned    map[string]npm.Override            // the first override of each name
	counts    map[string]int                     // versions installed, by name, once somebody asked
	settings  *bool                              // package.json has settings of pnpm's; nil: nobody has asked
	node      *runtime                           // nil: nobody has asked
	reach     map[*npm.Package]bool              // what a consumer gets; nil: nobody has asked
	effort    int                                // how often a dependent was looked at
	lines     map[string][]npm.Dependency        // of package.json, by name, once they were asked for
}

func newMaker(in Input) *maker {
	m := &maker{
		Input: in, tool: in.Graph.Tool(), targets: map[string][]npm.Version{}, known: map[identity]*change{}, prospects: map[string]prospect{}, refused: map[identity]bool{},
		fields: map[*npm.Package]map[string]string{}, pinned: map[string]npm.Override{}, counts: map[string]int{},
	}
	for _, o := range in.Manifest.Overrides {
		if _, twice := m.pinned[o.Name]; !twice {
			m.pinned[o.Name] = o
		}
	}
	type has struct { // a unit has a copy, or an advisory
		u    *unit
		copy *npm.Package
		id   string
	}
	had := map[has]bool{}
	byID := map[string]*unit{}
	for _, match := range in.Affected {
		p := match.Package
		id := p.Name + "@" + p.Version
		u := byID[id]
		if u == nil {
			u = &unit{name: p.Name, text: p.Version, fits: map[string]bool{}, above: map[string]map[*npm.Package]bool{}}
			u.version, _ = npm.ParseVersion(p.Version) // what cannot be read has no advisories
			byID[id] = u
			m.units = append(m.units, u)
		}
		if of := (has{u: u, copy: p}); !had[of] {
			had[of] = true
			u.copies = append(u.copies, p)
		}
		if of := (has{u: u, id: match.Record.ID}); !had[of] {
			had[of] = true
			u.ids, u.records = append(u.ids, match.Record.ID), append(u.records, match.Record)
		}
		if v, err := npm.ParseVersion(match.Fixed); err == nil {
			u.fixed = append(u.fixed, v)
		}
	}
	slices.SortFunc(m.units, func(a, b *unit) int {
		return cmp.Or(strings.Compare(a.name, b.name), a.version.Compare(b.version), strings.Compare(a.text, b.text))
	})
	if len(m.units) > 0 {
		m.index()
	}
	for _, u := range m.units {
		u.reach = advisory.NewAffectedVersions(u.records...)
		slices.Sort(u.ids)
		slices.SortFunc(u.fixed, npm.Version.Compare)
		for _, p := range u.copies {
			u.edges = append(u.edges, m.into[p]...)
		}
		u.options = m.options(u)
	}
	return m
}

// index notes who asks for each copy, in the graph's order.
func (m *maker) index() {
	m.into = make(map[*npm.Package][]incoming, len(m.Graph.Packages))
	m.named = map[string][]incoming{}
	m.byName = make(map[string][]*npm.Package, len(m.Graph.Packages))
	for _, p := range m.Graph.Packages {
		m.byName[p.Name] = append(m.byName[p.Name], p)
		for i := range p.Deps {
			if e := &p.Deps[i]; e.To != nil {
				m.into[e.To] = append(m.into[e.To], incoming{p, e})
				m.named[e.Name] = append(m.named[e.Name], incoming{p, e})
			}
		}
	}
}

// clean reports whether nothing known affects a version of the unit's package.
func (m *maker) clean(u *unit, v npm.Version) bool {
	return !m.Known.Affected(u.name, v) && !u.reach.Holds(v)
}

// options lists the versions that could stand in the unit's place, ascending:
// newer, clean, and known to exist, because an advisory names them as fixed,
// the registry has them, or they are installed already.
func (m *maker) options(u *unit) []npm.Version {
	all := slices.Concat(u.fixed, m.Known.Floors(u.name))
	for _, p := range m.byName[u.name] {
		if v, err := npm.ParseVersion(p.Version); err == nil {
			all = append(all, v)
		}
	}
	if list, asked := m.Releases[u.name]; asked {
		all = slices.DeleteFunc(all, func(v npm.Version) bool { return !offered(list, v) })
		for _, r := range list {
			if !r.Deprecated {
				all = append(all, r.Version)
			}
		}
	}
	all = slices.DeleteFunc(all, func(v npm.Version) bool {
		return v.Compare(u.version) <= 0 || v.Prerelease() != "" && u.version.Prerelease() == "" || !m.clean(u, v)
	})
	slices.SortFunc(all, npm.Version.Compare)
	return slices.CompactFunc(all, func(a, b npm.Version) bool { return a.Compare(b) == 0 })
}

func offered(list []Release, v npm.Version) bool {
	_, found := slices.BinarySearchFunc(list, v, func(r Release, v npm.Version) int { return r.Version.Compare(v) })
	return found
}

// first is the index of the first of some versions, which ascend, that a range
// contains; -1: none.
func first(versions []npm.Version, r npm.Range) int {
	low, ok := r.Lowest()
	if !ok {
		return -1
	}
	from, _ := slices.BinarySearchFunc(versions, low, npm.Version.Compare)
	at := slices.IndexFunc(versions[from:], func(v npm.Version) bool { return r.Contains(v, false) })
	if at < 0 {
		return -1
	}
	return from + at
}

// pick is the version that a manager takes for a range among releases: the
// highest, a deprecated one only where there is no other.
func pick(list []Release, rng string) (best Release, ok bool) {
	r, err := npm.ParseRange(rng)
	if err != nil {
		return best, false
	}
	for _, rel := range list {
		if r.Contains(rel.Version, false) && (!ok || best.Deprecated || !rel.Deprecated) {
			best, ok = rel, true
		}
	}
	return best, ok
}

// ask takes a declared value apart. yarn's lockfile writes "npm:^1.0.0" for
// ^1.0.0; with an alias a name follows, and an @.
func ask(value string) npm.Spec {
	spec := npm.ParseSpec(value)
	if spec.Kind == npm.SpecAlias && spec.Range == "*" {
		if _, err := npm.ParseRange(spec.Name); err == nil {
			return npm.Spec{Kind: npm.SpecRegistry, Range: spec.Name}
		}
	}
	return spec
}

// declared is what a dependent asks for, and whether that is known: pnpm's
// lockfile holds, for what is no direct dependency, only the version that was
// chosen, so its dependent's own release is asked.
func (m *maker) declared(in incoming) (value string, known bool) {
	if m.Graph.Manager != "pnpm" || m.declares(in.from) {
		return in.edge.Range, true
	}
	for _, r := range m.Releases[in.from.Name] {
		if r.Version.Canonical() == in.from.Version {
			value, known = r.Deps[in.edge.Name]
			break
		}
	}
	if !known {
		return in.edge.Range, false
	}
	return value, true
}

// fits reports whether a manager that resolves a range of the unit's package
// anew takes a clean version of it, newer than the unit's.
func (m *maker) fits(u *unit, value string) bool {
	fits, known := u.fits[value]
	if !known {
		fits = m.fit(u, value)
		u.fits[value] = fits
	}
	return fits
}

func (m *maker) fit(u *unit, value string) bool {
	spec := ask(value)
	if spec.Kind != npm.SpecRegistry && spec.Kind != npm.SpecAlias || spec.Kind == npm.SpecAlias && spec.Name != u.name {
		return false
	}
	r, err := npm.ParseRange(spec.Range)
	if err != nil {
		return false
	}
	if list, asked := m.Releases[u.name]; asked {
		_, ok := m.installs(list, value, func(r Release) bool {
			return r.Version.Compare(u.version) > 0 && m.clean(u, r.Version) && m.prospect(u.name, r).sound
		})
		return ok
	}
	// The newest in the range is clean if from a release on all of them are. That
	// is an option within, or the lower end: nobody declares one that nothing
	// satisfies.
	from, ok := r.Lowest()
	ok = ok && from.Compare(u.version) > 0 && m.clean(u, from)
	for _, v := range u.options {
		if r.Contains(v, false) && (!ok || v.Compare(from) > 0) {
			from, ok = v, true
		}
	}
	return ok && m.Known.FreeFrom(u.name, r, from) && u.reach.FreeFrom(r, from)
}
