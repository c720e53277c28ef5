package upgrade

import (
	"slices"
	"strings"
)

// join writes one key for the ranges of which npm is to give the same version: where
// each has its own, npm (11.19) takes the copies of that version for different ones,
// and keeps an old copy that lies below another package:
// {"left@1.0.0 || 1.1.0": "1.2.0"}.
func (m *maker) join() {
	if m.Graph.Manager != "npm" {
		return
	}
	for _, c := range m.changes {
		if c.do != Override {
			continue
		}
		all := joined(c.edits)
		for _, s := range c.shares {
			s.edits = slices.DeleteFunc(slices.Clone(all), func(e edit) bool {
				return !slices.ContainsFunc(s.edits, func(own edit) bool { return e.covers(own) })
			})
		}
		c.edits = all
	}
}

// joined returns the edits with one for those that differ in the range alone.
func joined(edits []edit) (all []edit) {
	for _, e := range edits {
		name, rng := e.ranged()
		i := slices.IndexFunc(all, func(o edit) bool {
			other, otherRange := o.ranged()
			return rng != "" && otherRange != "" && name == other && o.file == e.file && o.value == e.value
		})
		if i < 0 {
			all = append(all, e)
			continue
		}
		path := slices.Clone(all[i].path)
		path[len(path)-1] += " || " + rng
		all[i].path = path
	}
	return all
}

// ranged returns the keys that lead to the range that ends the path, with its
// package's name, and the range; "" if there is none.
func (e edit) ranged() (name, rng string) {
	keys := strings.Join(e.path, "\x00")
	last := e.path[len(e.path)-1]
	if at := strings.LastIndexByte(last, '@'); at > 0 {
		return keys[:len(keys)-len(last)+at], last[at+1:]
	}
	return keys, ""
}

// covers reports whether the edit does what another does, for its range at least.
func (e edit) covers(other edit) bool {
	name, rng := e.ranged()
	otherName, otherRange := other.ranged()
	const or = " || "
	return name == otherName && e.value == other.value && strings.Contains(or+rng+or, or+otherRange+or)
}
