// Package upgrade plans the smallest changes that remove affected copies from a
// tree: an update that every range allows, else a higher range in package.json,
// else an override in the syntax of the project's manager.
//
// It only computes: releases and advisories are values in its Input, and a Plan
// names what else it needs. A plan never proposes an older version or one that
// a known advisory affects. It is checked on the graph, not by resolving anew:
// what a new version brings in, and whether its peers fit, is known as far as
// the registry was asked.
package upgrade

import (
	"slices"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

// An Input is what a plan is made from. It is not changed.
type Input struct {
	Graph    *npm.Graph
	Manifest *npm.Manifest
	Affected []advisory.Match    // the advisories to end
	Known    *advisory.Knowledge // nil: only those in Affected

	// Releases are the published versions of packages, ascending. A missing package
	// was not looked up.
	Releases map[string][]Release
}

// A Release is one published version.
type Release struct {
	Version    npm.Version
	Deprecated bool
	Deps       map[string]string // its dependencies, including optional ones: name → range
	Peers      map[string]Peer   // its peer dependencies, by name
	Node       string            // engines.node
}

// A Peer is a peer dependency of a release.
type Peer struct {
	Range    string
	Optional bool // it may be missing; if present, it must fit
}

// A Plan is a list of steps.
type Plan struct {
	Steps []Step // in order; never nil
	Patch string // of package.json, as a unified diff; empty: no change that a patch could make

	// Wants are packages whose releases could make the plan better, affected ones
	// first: only their registry knows what exists. Doubts are proposed versions
	// for which no source was asked. Each is sorted by name.
	Wants  []string
	Doubts []advisory.Asked

	advice map[string]advice // by "name@version"
}

// A Kind is what a step does.
type Kind int

// The kinds of step, the least intrusive first.
const (
	Update   Kind = iota // install newer versions within the existing ranges
	Raise                // request a newer version in package.json
	Override             // set the version of an indirect dependency
	Prune                // remove what nothing needs
	Remove               // malware: remove the dependency
	Nothing              // no change helps; the notes say why
)

// String returns update, raise, override, prune, remove or none.
func (k Kind) String() string {
	if k < Update || k > Nothing {
		return "none"
	}
	return [...]string{"update", "raise", "override", "prune", "remove", "none"}[k]
}

// A Step is one change. All of its texts may be foreign, except the first words
// of Command.
type Step struct {
	Do       Kind
	Name     string    // the package that gets another version
	To       string    // the version, or the lowest that is enough; empty: none
	File     string    // what is edited; empty: nothing by hand
	Key      string    // where in File: "dependencies > left", "overrides > mid > left"
	Also     []string  // other keys that get the same value
	Old, New string    // value before and after; Old is empty for a new key
	Edit     Edit      // the step alone, in the package.json that was read; zero: it does not write there
	Command  string    // what to run, after the edit if there is one
	Removes  []Removal // what it ends, by package; for Remove and Nothing: what they are about
	Part     []Removal // what it ends in part: another step, or a note, has the rest
	Verified bool      // by the graph nothing of Removes is left, and the new versions are known to be clean
	Notes    []string  // what to consider: our own sentences with foreign names
}

// A Removal is one affected version with its advisories.
type Removal struct {
	Package string   // "left@1.0.0"
	IDs     []string // sorted
}

// wanted returns the packages whose releases the plan needs, once each.
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

// Make returns the plan. The same input gives the same plan.
func Make(in Input) *Plan {
	m := newMaker(in)
	for _, u := range m.units {
		m.solve(u)
	}
	for m.settle(); m.apart(); {
		m.settle()
	}
	m.widen()
	m.trim()
	m.whole()
	m.vanished()
	m.join()
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
