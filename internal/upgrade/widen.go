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
	overrides := map[string][]*change{}
	for _, c := range m.changes {
		if c.do == Override {
			overrides[c.name] = append(overrides[c.name], c)
		}
	}
	for _, c := range m.changes {
		if c.do != Override || c.old != "" || !c.alone(overrides[c.name]) {
			continue
		}
		keys, value := map[*unit][]string{}, m.forAll(c)
		for _, u := range c.units {
			if keys[u] = []string{c.name}; value == "" {
				keys[u] = m.byRange(u, c.of(u).edges)
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
	c.edits, c.edited = nil, nil
	for _, u := range c.units {
		s := c.add(u)
		s.edits = nil
		for _, key := range keys[u] {
			s.edits = append(s.edits, write(key))
		}
		c.edit(s.edits)
	}
}

// alone reports whether a change is the only one of the overrides of its
// package, and none is under another name: else there is no version for
// everybody.
func (c *change) alone(overrides []*change) bool {
	return len(overrides) == 1 && !slices.ContainsFunc(c.edits, func(e edit) bool {
		last := e.path[len(e.path)-1]
		return last != c.name && !strings.HasPrefix(last, c.name+"@")
	})
}

// forAll returns the value that an override of the change's package may have
// for everybody; empty: there is none that leaves every other copy as it is.
func (m *maker) forAll(c *change) string {
	e := m.asks(m.Graph.Root)[c.name].first
	if e == nil {
		for _, value := range []string{c.to.Canonical(), "^" + c.to.Canonical()} {
			if m.suitsAll(c, value) {
				return value
			}
		}
		return ""
	}
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
	for _, p := range m.byName[c.name] {
		u := m.unitOf[p]
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
