// Package upgrade plans the smallest changes that take affected copies out of a
// tree: an update that every range allows, else a higher range in
// package.json, else an override in the syntax of the project's manager.
//
// It computes and does nothing else: what the registry offers and what
// advisories are known comes in as values, and a Plan names what else it would
// like to know. A plan never goes back to an older version and never to one
// that a known advisory affects. It is checked on the graph, not by resolving
// anew: what a new version brings in for the first time, and whether its peers
// fit, it knows as far as the registry was asked.
package upgrade

import (
	"slices"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

// An Input is what a plan is made of. Nothing of it is changed.
type Input struct {
	Graph    *npm.Graph
	Manifest *npm.Manifest
	Affected []advisory.Match    // what is to go
	Known    *advisory.Knowledge // nil: only what Affected says

	// Releases are the published versions of packages, ascending: those that
	// somebody asked for. A package that is not there was not asked for.
	Releases map[string][]Release
}

// A Release is one published version.
type Release struct {
	Version    npm.Version
	Deprecated bool
	Deps       map[string]string // what it asks for, optional dependencies included: name → range
	Peers      map[string]Peer   // what it asks its dependents for, by name
	Node       string            // the range of Node's versions that it says it is for
}

// A Peer is what a release asks those for who depend on it.
type Peer struct {
	Range    string
	Optional bool // it may be missing; where it is there, it must fit
}

// A Plan is what to do.
type Plan struct {
	Steps []Step // in the order in which to do them; never nil
	Patch string // of package.json, as a unified diff; empty: nothing is changed there, or not by a patch

	// Wants are packages whose releases could make the plan better, those first
	// that are affected themselves: only their registry knows what exists. Doubts
	// are versions it proposes of which nobody has said that no advisory affects
	// them. Each is sorted by name.
	Wants  []string
	Doubts []advisory.Asked

	advice map[string]advice // by "name@version"
}

// A Kind is what a step does.
type Kind int

// The kinds of step, the least intrusive first.
const (
	Update   Kind = iota // take newer versions within the ranges there are
	Raise                // ask for a newer version in package.json
	Override             // set the version of what others ask for
	Prune                // take out what nothing asks for
	Remove               // malware: take the dependency out
	Nothing              // there is no change that helps, the notes say why
)

// String returns update, raise, override, prune, remove or none.
func (k Kind) String() string {
	if k < Update || k > Nothing {
		return "none"
	}
	return [...]string{"update", "raise", "override", "prune", "remove", "none"}[k]
}

// A Step is one change. All of its texts but Command's first words may be
// foreign.
type Step struct {
	Do       Kind
	Name     string    // the package that gets another version
	To       string    // the version, or the lowest that will do; empty: none
	File     string    // what is edited; empty: nothing by hand
	Key      string    // where in File: "dependencies > left", "overrides > mid > left"
	Also     []string  // other keys that get the same value
	Old, New string    // what stands there before and after; Old is empty where nothing does
	Command  string    // what to run afterwards, or alone
	Removes  []Removal // what the plan ends with it, by package; of Remove and Nothing: what they are about
	Part     []Removal // what it ends in part: another step, or a note, says what is left
	Verified bool      // on the graph nothing affected is left of Removes, and the new versions are known to be clean
	Notes    []string  // what to look at, our own sentences with foreign names
}

// A Removal is one affected version and the advisories that go with it.
type Removal struct {
	Package string   // "left@1.0.0"
	IDs     []string // sorted
}

// wanted are the packages whose releases the plan would like to know, once each.
func (m *maker) wanted() []string {
	slices.Sort(m.own)
	slices.Sort(m.wants)
	own := slices.Compact(m.own)
	others := slices.DeleteFunc(slices.Compact(m.wants), func(name string) bool {
		_, found := slices.BinarySearch(own, name)
		return found
	})
	if all := append(own, others...); len(all) > 0 {
		return all
	}
	slices.Sort(m.last)
	return slices.Compact(m.last)
}

// Make makes the plan. The same input gives the same plan.
func Make(in Input) *Plan {
	m := newMaker(in)
	for _, u := range m.units {
		m.solve(u)
	}
	m.settle()
	m.widen()
	m.trim()
	m.whole()
	m.vanished()
	p := &Plan{Steps: m.finish(), advice: map[string]advice{}}
	p.Patch = m.patch(p.Steps)
	for _, u := range m.units {
		a := m.advise(u)
		if u.found {
			a.ends = u.target.Canonical()
		}
		p.advice[u.id()] = a
	}
	p.Wants = m.wanted()
	p.Doubts = m.doubts()
	return p
}
