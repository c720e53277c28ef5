package upgrade

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// byHand reports whether the manager has no command that updates a package
// anywhere in the tree: yarn 1 has none, and that of bun before 1.3 adds a
// direct dependency.
func (m *maker) byHand(name string) bool {
	if m.tool.UpdateCommand(name) == "" {
		return true
	}
	if m.Graph.Manager != "bun" || m.bunUpdates() {
		return false
	}
	for _, p := range m.byName[name] {
		if slices.ContainsFunc(m.into.Of(p), func(in incoming) bool { return !m.declares(in.From) }) {
			return true
		}
	}
	return false
}

// bunUpdates reports whether package.json says that bun is 1.3 or later.
func (m *maker) bunUpdates() bool {
	version, ok := strings.CutPrefix(m.Manifest.PackageManager, "bun@")
	parts := strings.SplitN(version, ".", 3)
	if !ok || len(parts) < 2 {
		return false
	}
	major, err := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return err == nil && err2 == nil && (major > 1 || major == 1 && minor >= 3)
}

// trim removes changes that raises make needless: an update or an override for
// copies whose dependents all leave the tree, so that each copy is in one step.
// It adds an update if a new release would keep an affected copy.
func (m *maker) trim() {
	if !slices.ContainsFunc(m.changes, func(c *change) bool { return c.do == Raise }) {
		return
	}
	left, kept := m.remaining()
	for _, c := range slices.Clone(m.changes) {
		if c.do != Update && c.do != Override {
			continue
		}
		c.units = slices.DeleteFunc(c.units, func(u *unit) bool {
			edges := c.of(u).edges
			needless := len(edges) > 0 && len(u.changes) > 1 && !slices.ContainsFunc(edges, func(in incoming) bool { return left[in.From] }) &&
				!slices.ContainsFunc(u.copies, func(p *npm.Package) bool { return kept[p] != nil })
			if needless {
				u.changes = slices.DeleteFunc(u.changes, func(o *change) bool { return o == c })
			}
			return needless
		})
		if len(c.units) == 0 {
			delete(m.known, c.identity())
			m.changes = slices.DeleteFunc(m.changes, func(o *change) bool { return o == c })
		}
	}
	for _, u := range m.units {
		if len(u.changes) == 1 && u.changes[0].do == Nothing && !slices.ContainsFunc(u.copies, func(p *npm.Package) bool { return left[p] }) {
			m.gone(u)
		}
	}
	for _, u := range m.units {
		var values []string
		for _, p := range u.copies {
			values = append(values, kept[p]...)
		}
		m.unreached(u, values)
		if len(values) == 0 || len(u.edges) == 0 || !u.found || m.overridden(u.name) ||
			slices.ContainsFunc(u.changes, func(c *change) bool { return c.name == u.name }) {
			continue
		}
		if !slices.ContainsFunc(values, func(value string) bool { return !m.fits(u, value) }) {
			m.take(u, &change{do: Update, name: u.name, to: u.target, given: true})
		} else if m.everybody(u) {
			m.take(u, m.overriding(u, u.edges[:1], u.edges, []string{u.edges[0].Edge.Name}))
		}
	}
}

// unreached notes for an override below single dependents which new release
// requests the unit's version, too.
func (m *maker) unreached(u *unit, values []string) {
	at := slices.IndexFunc(values, func(value string) bool { return !m.fits(u, value) })
	if at < 0 {
		return
	}
	for _, c := range u.changes {
		if c.do != Override || slices.ContainsFunc(c.edits, func(e edit) bool {
			last := e.path[len(e.path)-1]
			return (len(e.path) == 2 || m.Graph.Manager == "pnpm") && (last == u.name || strings.HasPrefix(last, u.name+"@"))
		}) {
			continue
		}
		c.doubtful, u.doubtful = true, true
		c.notes = append(c.notes,
			fmt.Sprintf("what a raised package brings in asks for %s %s, and this override may not reach it: judge again "+
				"afterwards", u.name, values[at]))
	}
}

// gone records that raises remove a unit that has no change of its own.
func (m *maker) gone(u *unit) {
	nothing := u.changes[0]
	nothing.units = slices.DeleteFunc(nothing.units, func(o *unit) bool { return o == u })
	if len(nothing.units) == 0 {
		delete(m.known, nothing.identity())
		m.changes = slices.DeleteFunc(m.changes, func(o *change) bool { return o == nothing })
	}
	u.changes = nil
	for _, c := range slices.Clone(m.changes) {
		if c.do != Raise {
			continue
		}
		brings := slices.ContainsFunc(c.at.Deps, func(e npm.Edge) bool {
			return e.Name == c.line && e.To != nil && slices.ContainsFunc(below(e.To),
				func(p *npm.Package) bool { return slices.Contains(u.copies, p) })
		})
		if brings {
			c.add(u)
		}
	}
}

// remaining returns the copies that the raises leave in the tree, each with the
// values by which new releases request it.
func (m *maker) remaining() (left map[*npm.Package]bool, kept map[*npm.Package][]string) {
	left, kept = map[*npm.Package]bool{m.Graph.Root: true}, map[*npm.Package][]string{}
	next := []*npm.Package{m.Graph.Root}
	add := func(p *npm.Package) {
		if p != nil && !left[p] {
			left[p] = true
			next = append(next, p)
		}
	}
	for _, p := range m.Graph.Packages {
		if m.declares(p) {
			add(p)
		}
	}
	raising := map[*npm.Package]bool{} // what declares a line that is raised
	for id := range m.known {
		raising[id.at] = raising[id.at] || id.do == Raise
	}
	seen := map[string]bool{}
	for i := 0; i < len(next); i++ {
		p := next[i]
		for j := range p.Deps {
			e := &p.Deps[j]
			if e.To == nil {
				continue
			}
			var c *change
			if raising[p] {
				c = m.known[identity{do: Raise, name: e.To.Name, line: e.Name, at: p}]
			}
			if c == nil {
				add(e.To)
				continue
			}
			r, known := m.arrives(c)
			if !known {
				add(e.To) // its dependencies are unknown
				continue
			}
			m.keeps(r, seen, func(copy *npm.Package, value string) { kept[copy] = append(kept[copy], value); add(copy) })
		}
	}
	return left, kept
}

// keeps calls add for the installed copies that a release and its dependencies
// may keep.
func (m *maker) keeps(r Release, seen map[string]bool, tell func(p *npm.Package, value string)) {
	for _, line := range slices.Sorted(maps.Keys(r.Deps)) {
		value := r.Deps[line]
		spec := ask(value)
		name := line
		if spec.Kind == npm.SpecAlias {
			name = spec.Name
		}
		rng, err := npm.ParseRange(spec.Range)
		if err != nil || seen[name+"@"+spec.Range] {
			continue
		}
		seen[name+"@"+spec.Range] = true
		if at := m.staying(name, rng); at != nil {
			tell(at, value)
		} else if brought, ok := m.pick(m.Releases[name], spec.Range); ok {
			m.keeps(brought, seen, tell)
		}
	}
}

// staying returns the newest installed copy that a range admits.
func (m *maker) staying(name string, rng npm.Range) (best *npm.Package) {
	var top npm.Version
	for _, p := range m.byName[name] {
		if v, err := npm.ParseVersion(p.Version); err == nil && rng.Contains(v, false) && (best == nil || v.Compare(top) > 0) {
			best, top = p, v
		}
	}
	return best
}

// whole removes the updates for a copy that stays because no change helps for
// one of its dependents: they would fix nothing.
func (m *maker) whole() {
	for _, u := range m.units {
		if len(u.copies) != 1 || !slices.ContainsFunc(u.changes, func(c *change) bool { return c.do == Nothing }) {
			continue
		}
		u.changes = slices.DeleteFunc(u.changes, func(c *change) bool {
			if c.do == Update {
				c.units = slices.DeleteFunc(c.units, func(o *unit) bool { return o == u })
			}
			return c.do == Update
		})
	}
	m.changes = slices.DeleteFunc(m.changes, func(c *change) bool { return len(c.units) == 0 })
}
