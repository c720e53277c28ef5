package upgrade

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// widen writes an override of npm's for everybody in place of one below single
// dependents, where the plan gives every copy that version anyway: what this
// checkout declares itself is raised to it, too. It is the surer way: an override
// below one dependent does not reach what a raise brings in, and of copies that
// lie below others npm leaves some where they are.
//
// npm refuses an override that differs from what the root asks for itself
// (EOVERRIDE). "$left" is what that asks for (docs.npmjs.com, package.json,
// "overrides").
func (m *maker) widen() {
	file, field, here := m.overrideFile()
	if m.Graph.Manager != "npm" || !here {
		return
	}
	for _, c := range m.changes {
		if c.do != Override || c.old != "" || m.alone(c) != nil {
			continue
		}
		keys, value := map[*unit][]string{}, m.forAll(c)
		for _, u := range c.units {
			if keys[u] = []string{c.name}; value == "" {
				keys[u] = m.byRange(u, c.serves[u])
			}
		}
		if value == "" {
			value = c.to.Canonical()
		}
		c.rewrite(keys, func(key string) edit { return edit{file, append(slices.Clone(field), key), value, here} })
	}
}

// rewrite sets the keys that an override has for each unit. Where there are none
// for one, others ask as it is asked for, too, and all stays as it is.
func (c *change) rewrite(keys map[*unit][]string, write func(key string) edit) {
	for _, list := range keys {
		if len(list) == 0 {
			return
		}
	}
	c.edits, c.edited = nil, map[string]bool{}
	for _, u := range c.units {
		c.of[u] = nil
		for _, key := range keys[u] {
			c.of[u] = append(c.of[u], write(key))
		}
		c.edit(c.of[u])
	}
}

// alone is another override of the change's package, or one under another name:
// then there is no version for everybody.
func (m *maker) alone(c *change) *change {
	for _, o := range m.changes {
		if o.do != Override || o.name != c.name {
			continue
		}
		if o != c || slices.ContainsFunc(o.edits, func(e edit) bool {
			last := e.path[len(e.path)-1]
			return last != c.name && !strings.HasPrefix(last, c.name+"@")
		}) {
			return o
		}
	}
	return nil
}

// forAll returns the value that an override of the change's package may have
// for everybody; empty: there is none that leaves every other copy as it is.
func (m *maker) forAll(c *change) string {
	at := slices.IndexFunc(m.Graph.Root.Deps, func(e npm.Edge) bool { return e.Name == c.name })
	if at < 0 {
		for _, value := range []string{c.to.Canonical(), "^" + c.to.Canonical()} {
			if m.suitsAll(c, value) {
				return value
			}
		}
		return ""
	}
	e := &m.Graph.Root.Deps[at]
	value := e.Range
	if raise := m.known[identity{do: Raise, name: c.name, line: e.Name, at: m.Graph.Root}]; raise != nil {
		value = restyle(raise.old, raise.to)
	}
	if spec := ask(value); spec.Kind != npm.SpecRegistry || !m.within(c.to, value) || !m.suitsAll(c, value) {
		return ""
	}
	return "$" + c.name
}

// suitsAll reports whether a range keeps every copy that is to stay, and admits
// what is to come in the place of each that is not.
func (m *maker) suitsAll(c *change, value string) bool {
	units := map[*npm.Package]*unit{}
	for _, u := range m.units {
		for _, p := range u.copies {
			units[p] = u
		}
	}
	for _, p := range m.byName[c.name] {
		u := units[p]
		switch {
		case packed(p): // no override reaches it
		case u == nil:
			if v, err := npm.ParseVersion(p.Version); err != nil || !m.within(v, value) {
				return false
			}
		case !u.found || !m.within(u.target, value) || !m.fits(u, value):
			return false
		}
	}
	return true
}
