package upgrade

import (
	"cmp"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

// A unit is one version of one package that is to be removed, with all its
// copies and advisories.
type unit struct {
	name    string
	text    string // the version as installed
	version npm.Version
	copies  []*npm.Package
	records []*advisory.Record
	reach   *advisory.AffectedVersions // of the records
	ids     []string
	fixed   []npm.Version // versions that the matches name as fixed, ascending
	edges   []incoming
	changes []*change // the changes that remove it
	target  npm.Version
	found   bool // there is a target
	why     string

	doubtful bool   // what a raise brings in may request it again
	served   string // why consumers of the published package still get it; empty: they do not
	instead  string // what helps them

	above   map[string]map[*npm.Package]bool // see maker.above, by name
	options []npm.Version                    // possible replacements, ascending
	fits    map[string]bool                  // by declared value, computed on demand
}

func (u *unit) id() string { return u.name + "@" + u.text }

// An incoming is an edge with the package that declares it.
type incoming = npm.Incoming

// A maker makes one plan.
type maker struct {
	Input
	tool      npm.Tool
	units     []*unit
	into      *npm.Dependents
	byName    map[string][]*npm.Package        // installed copies
	unitOf    map[*npm.Package]*unit           // by copy
	asking    map[*npm.Package]map[string]ends // see asks, computed on demand
	named     map[string][]incoming            // see declaredAs; nil: not computed yet
	changes   []*change
	wants     []string
	own       []string                 // those of them that are affected themselves
	last      []string                 // not needed before all others are known
	targets   map[string][]npm.Version // proposed versions, by package
	known     map[identity]*change
	prospects map[string]prospect                // by "name@version", computed on demand
	refused   map[identity]bool                  // raises that were undone
	fields    map[*npm.Package]map[string]string // fields that declare dependencies, computed on demand
	pinned    map[string]npm.Override            // the first override of each name
	counts    map[string]int                     // number of installed versions, by name, computed on demand
	settings  *bool                              // whether package.json has pnpm's settings; nil: not computed yet
	node      *runtime                           // nil: not computed yet
	reach     map[*npm.Package]bool              // packages that a consumer gets; nil: not computed yet
	effort    int                                // number of dependents tried
	lines     map[string][]npm.Dependency        // of package.json, by name, computed on demand
}

func newMaker(in Input) *maker {
	m := &maker{
		Input: in, tool: in.Graph.Tool(), into: &npm.Dependents{}, targets: map[string][]npm.Version{}, known: map[identity]*change{},
		prospects: map[string]prospect{}, refused: map[identity]bool{},
		fields: map[*npm.Package]map[string]string{}, pinned: map[string]npm.Override{}, counts: map[string]int{},
		unitOf: map[*npm.Package]*unit{}, asking: map[*npm.Package]map[string]ends{},
	}
	for _, o := range in.Manifest.Overrides {
		if _, twice := m.pinned[o.Name]; !twice {
			m.pinned[o.Name] = o
		}
	}
	type has struct { // a unit has an advisory
		u  *unit
		id string
	}
	had := map[has]bool{}
	byID := map[string]*unit{}
	for _, match := range in.Affected {
		p := match.Package
		id := p.Name + "@" + p.Version
		u := byID[id]
		if u == nil {
			u = &unit{name: p.Name, text: p.Version, fits: map[string]bool{}, above: map[string]map[*npm.Package]bool{}}
			u.version, _ = npm.ParseVersion(p.Version) // an invalid version has no advisories
			byID[id] = u
			m.units = append(m.units, u)
		}
		if m.unitOf[p] == nil {
			m.unitOf[p] = u
			u.copies = append(u.copies, p)
		}
		if of := (has{u, match.Record.ID}); !had[of] {
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
			u.edges = append(u.edges, m.into.Of(p)...)
		}
		u.options = m.options(u)
	}
	return m
}

// index records the copies of each name and their dependents, in the graph's order.
func (m *maker) index() {
	m.into = m.Graph.Dependents()
	m.byName = make(map[string][]*npm.Package, len(m.Graph.Packages))
	for _, p := range m.Graph.Packages {
		m.byName[p.Name] = append(m.byName[p.Name], p)
	}
}

// declaredAs returns the edges of a name under which units are declared, in the
// graph's order.
func (m *maker) declaredAs(name string) []incoming {
	if m.named == nil {
		m.named = map[string][]incoming{}
		for _, u := range m.units {
			for _, in := range u.edges {
				m.named[in.Edge.Name] = nil
			}
		}
		for _, p := range m.Graph.Packages {
			for i := range p.Deps {
				e := &p.Deps[i]
				if all, units := m.named[e.Name]; units && e.To != nil {
					m.named[e.Name] = append(all, incoming{From: p, Edge: e})
				}
			}
		}
	}
	return m.named[name]
}

// ends are the first and the last edge of one name.
type ends struct{ first, last *npm.Edge }

// asks returns the edges of a package by name.
func (m *maker) asks(p *npm.Package) map[string]ends {
	all := m.asking[p]
	if all == nil {
		all = make(map[string]ends, len(p.Deps))
		for i := range p.Deps {
			e := all[p.Deps[i].Name]
			if e.last = &p.Deps[i]; e.first == nil {
				e.first = e.last
			}
			all[p.Deps[i].Name] = e
		}
		m.asking[p] = all
	}
	return all
}

// clean reports whether no known advisory affects a version of the unit's
// package.
func (m *maker) clean(u *unit, v npm.Version) bool {
	return !m.Known.Affected(u.name, v) && !u.reach.Holds(v)
}

// options returns the versions that could replace the unit's, ascending: newer,
// clean, and known to exist, because an advisory names them as fixed, the
// registry has them, or they are installed already.
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

// first returns the index of the first of ascending versions that a range
// contains; -1 if none.
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

// pick returns the version that a manager installs for a range: the highest
// release, a deprecated one only if there is no other.
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

// ask parses a declared value. yarn's lockfile writes "npm:^1.0.0" for ^1.0.0;
// an alias has a name and an @ after npm:.
func ask(value string) npm.Spec {
	spec := npm.ParseSpec(value)
	if spec.Kind == npm.SpecAlias && spec.Range == "*" {
		if _, err := npm.ParseRange(spec.Name); err == nil {
			return npm.Spec{Kind: npm.SpecRegistry, Range: spec.Name}
		}
	}
	return spec
}

// declared returns what a dependent requests, and whether that is known: for
// indirect dependencies pnpm's lockfile has only the chosen version, so the
// dependent's release is looked up.
func (m *maker) declared(in incoming) (value string, known bool) {
	if m.Graph.Manager != "pnpm" || m.declares(in.From) {
		return in.Edge.Range, true
	}
	for _, r := range m.Releases[in.From.Name] {
		if r.Version.Canonical() == in.From.Version {
			value, known = r.Deps[in.Edge.Name]
			break
		}
	}
	if !known {
		return in.Edge.Range, false
	}
	return value, true
}

// fits reports whether a manager that resolves a range of the unit's package
// anew gets a clean version, newer than the unit's.
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
	// The newest in the range is clean if all from some release on are: an option
	// within the range, or its lower end, which exists since nobody declares a
	// range that nothing satisfies.
	from, ok := r.Lowest()
	ok = ok && from.Compare(u.version) > 0 && m.clean(u, from)
	for _, v := range u.options {
		if r.Contains(v, false) && (!ok || v.Compare(from) > 0) {
			from, ok = v, true
		}
	}
	return ok && m.Known.FreeFrom(u.name, r, from) && u.reach.FreeFrom(r, from)
}
