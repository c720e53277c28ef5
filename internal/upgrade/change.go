package upgrade

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// A change is a step under construction. Units that need the same one share it.
type change struct {
	do    Kind
	name  string
	at    *npm.Package // Raise: the package that declares it
	line  string       // Raise: the name it is declared under; Nothing: the version it is about
	old   string
	to    npm.Version
	given bool // to is set
	units []*unit
	notes []string
	// unsaid are packages of which the lockfile does not have the dependencies.
	unsaid   []string
	edits    []edit // of an Override
	doubtful bool   // some affected copies may be left
	// proofs check, for the final version of the change, that it does what it was
	// chosen for.
	checks []func(to npm.Version) bool

	edited map[string]bool // paths of edits
	shares map[*unit]*share
}

// A share is what a change has for one of its units.
type share struct {
	edges  []incoming                  // those to the unit that it is for
	edits  []edit                      // those that the unit needs
	proofs []func(to npm.Version) bool // the checks that are about the unit
}

// of returns the share of a unit; that of another is empty.
func (c *change) of(u *unit) share {
	if s := c.shares[u]; s != nil {
		return *s
	}
	return share{}
}

// add returns the share of a unit, which it makes one of the change's.
func (c *change) add(u *unit) *share {
	s := c.shares[u]
	if s == nil {
		s = &share{}
		c.shares[u], c.units, u.changes = s, append(c.units, u), append(u.changes, c)
	}
	return s
}

// An identity is what makes two changes the same.
type identity struct {
	do         Kind
	name, line string
	at         *npm.Package
	to         string // of an Override
}

func (c *change) identity() identity {
	id := identity{do: c.do, name: c.name, line: c.line, at: c.at}
	if c.do == Override {
		id.to = c.to.Canonical()
	}
	return id
}

// edit adds edits of paths that have none yet.
func (c *change) edit(edits []edit) {
	for _, e := range edits {
		if key := strings.Join(e.path, "\x00"); !c.edited[key] {
			if c.edited == nil {
				c.edited = map[string]bool{}
			}
			c.edited[key] = true
			c.edits = append(c.edits, e)
		}
	}
}

// take records that a change removes a unit; of two versions for one line it
// keeps the higher.
func (m *maker) take(u *unit, c *change, edges ...incoming) {
	if c.given {
		m.targets[c.name] = append(m.targets[c.name], c.to)
	}
	id, edits, checks := c.identity(), c.edits, c.checks
	if known := m.known[id]; known != nil {
		if c.given && (!known.given || c.to.Compare(known.to) > 0) {
			known.to, known.given = c.to, true
		}
		known.checks = append(known.checks, c.checks...)
		known.notes = append(known.notes, c.notes...)
		known.unsaid = append(known.unsaid, c.unsaid...)
		known.edit(c.edits)
		c = known
	} else {
		c.edits, c.shares = nil, map[*unit]*share{}
		c.edit(edits)
		m.changes, m.known[id] = append(m.changes, c), c
	}
	s := c.add(u)
	s.edges, s.edits, s.proofs = append(s.edges, edges...), append(s.edits, edits...), append(s.proofs, checks...)
}

// finish makes steps of the changes.
func (m *maker) finish() []Step {
	slices.SortStableFunc(m.changes, func(a, b *change) int {
		if a.do != b.do {
			return turn(a.do) - turn(b.do)
		}
		return strings.Compare(a.name+" "+a.line, b.name+" "+b.line)
	})
	m.dependentsFirst()
	steps := make([]Step, 0, len(m.changes))
	for _, c := range m.changes {
		steps = append(steps, m.step(c))
	}
	return steps
}

// holds reports whether a change, with its final version, does what it was
// chosen for.
func (c *change) holds(u *unit) bool {
	return !slices.ContainsFunc(c.of(u).proofs, func(check func(npm.Version) bool) bool { return !check(c.to) })
}

// ends reports whether the plan removes every copy of the unit. If one stays,
// its advisories stay: no step may list them as ended.
func (u *unit) ends() bool {
	covered := slices.ContainsFunc(u.changes, func(c *change) bool { // by trim
		return c.name == u.name && c.do < Prune && len(c.of(u).edges) == 0
	})
	return !u.doubtful && u.served == "" && !slices.ContainsFunc(u.changes, func(c *change) bool {
		return c.do == Nothing || !covered && !c.holds(u)
	})
}

// turn returns the position of a kind in a plan: updates come after edits and
// the install that follows them, for copies that the install kept.
func turn(k Kind) int {
	switch k {
	case Raise, Override:
		return int(k) - int(Override)
	}
	return int(k) + 1
}

func (m *maker) step(c *change) Step {
	s := Step{Do: c.do, Name: c.name, Verified: c.do < Remove && !c.doubtful, Also: []string{}, Removes: []Removal{},
		Part: []Removal{}, Notes: []string{}}
	if c.given {
		s.To = c.to.Canonical()
		s.Verified = s.Verified && m.Known.Vouches(c.name, c.to)
		if r, known := m.arrives(c); known {
			s.Verified = s.Verified && m.prospect(c.name, r).whole
			if note := m.olderNode(c.name, r); note != "" {
				c.notes = append(c.notes, note)
			}
		}
	}
	for _, u := range c.units {
		if !c.holds(u) {
			s.Verified = false
		}
		if c.do >= Remove || u.ends() {
			s.Removes = append(s.Removes, Removal{u.id(), u.ids})
			continue
		}
		s.Part, s.Verified = append(s.Part, Removal{u.id(), u.ids}), false
	}
	switch c.do {
	case Update:
		s.Command = m.tool.UpdateCommand(c.name)
		if m.byHand(c.name) {
			s.File, s.Command = m.Graph.Lockfile, m.tool.Install
			why := "yarn 1 has no command for that"
			if m.Graph.Manager == "bun" {
				why = "`bun update` of bun before 1.3 would add it to package.json"
			}
			c.notes = append(c.notes, fmt.Sprintf("delete the entries of %s from the lockfile first: %s", c.name, why))
		}
	case Raise:
		if command := m.pnpmCommand(c); command != "" {
			s.Do, s.Command = Update, command
			break
		}
		if t := m.buildTool(c); t != nil {
			if s.Command = corepack(t, c.to); s.Command != "" {
				s.Do = Update
				break
			}
			s.File, s.Key, s.Old, s.New, s.Command = t.File, t.Tool, t.Wanted, c.to.Canonical(), m.tool.Install
			break
		}
		s.Old, s.New = c.old, restyle(c.old, c.to)
		at := path.Join(path.Dir(m.Graph.Lockfile), c.at.Location, "package.json") // a member's place is told from the lockfile's
		s.File, s.Key, s.Command = at, m.field(c)+" > "+c.line, m.tool.Install
		if c.at == m.Graph.Root {
			s.File = m.Manifest.File
		}
		if old, err := npm.ParseRange(ask(c.old).Range); err == nil {
			if low, ok := old.Lowest(); ok && low.Major != c.to.Major {
				c.notes = append(c.notes, fmt.Sprintf("%s %d is a new major version: read what it breaks", c.name, c.to.Major))
			}
		}
	case Override:
		s.File, s.New, s.Command, s.Old = c.edits[0].file, c.edits[0].value, m.tool.Install, c.old
		var keys []string
		for _, e := range c.edits {
			keys = append(keys, strings.Join(e.path, " > "))
		}
		slices.Sort(keys)
		keys = slices.Compact(keys)
		s.Key, s.Also = keys[0], keys[1:]
		if m.Graph.Manager == "npm" { // npm install may keep a locked copy
			s.Command = m.tool.UpdateCommand(c.name)
		}
	case Prune:
		s.Command = m.tool.Prune
	}
	if slices.Sort(c.unsaid); len(c.unsaid) > 0 {
		names, asks := slices.Compact(c.unsaid), "asks"
		if len(names) > 1 {
			asks = "ask"
		}
		c.notes = append(c.notes, fmt.Sprintf("the lockfile does not say what %s %s for: `%s` may do without", few(names),
			asks, m.tool.UpdateCommand(c.name)))
	}
	slices.Sort(c.notes)
	s.Notes = append(s.Notes, slices.Compact(c.notes)...)
	return s
}

// few joins names, of many only the first.
func few(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// field returns the field of package.json that declares a dependency, as far as
// the graph has it.
func (m *maker) field(c *change) string {
	fields := m.fields[c.at]
	if fields == nil {
		fields = map[string]string{}
		for _, e := range c.at.Deps { // the first that is not a plain dependency
			if field := fieldOf(e.Kind); fields[e.Name] == "" && field != dependencies {
				fields[e.Name] = field
			}
		}
		m.fields[c.at] = fields
	}
	if field := fields[c.line]; field != "" {
		return field
	}
	return dependencies
}

// restyle returns a declared value with another version, in its own style: a
// caret stays a caret, an exact version exact, an alias an alias.
func restyle(value string, to npm.Version) string {
	spec, prefix := ask(value), ""
	if spec.Kind == npm.SpecAlias {
		prefix = "npm:" + spec.Name + "@"
	} else if strings.HasPrefix(value, "npm:") {
		prefix = "npm:"
	}
	v := to.Canonical()
	switch rng := strings.TrimSpace(spec.Range); {
	case strings.HasPrefix(rng, "~"):
		return prefix + "~" + v
	case strings.Trim(strings.TrimLeft(rng, "v="), "0123456789.") == "" && strings.Count(rng, ".") == 2:
		return prefix + v
	}
	return prefix + "^" + v
}
