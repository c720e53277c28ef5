package workspace

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

// A State says where a package of the workspace stands.
type State string

// The states.
const (
	New       State = "new"       // the registry has no release of the package
	Changed   State = "changed"   // it has earlier releases, and not this version
	Published State = "published" // it has this version, with what would be packed
	Staged    State = "staged"    // this version waits there to be approved, with what would be packed
	Taken     State = "taken"     // it has this version, or has it staged, with something else
	Private   State = "private"   // it is never published
	Unknown   State = "unknown"   // the registry was not asked
)

// Due reports whether the version is still to be released.
func (s State) Due() bool { return s == New || s == Changed }

// A Plan is the packages of a workspace in the order in which they are released.
type Plan struct {
	Entries []Entry
	Cycles  [][]string // as Order returns them
	Shards  [][]int    // positions in Entries; nil: each package is by itself
	Notes   []string   // what was not looked at, for people; escaped
	All     []Entry    // Entries, and those that Select left out
}

// An Entry is one package. Name, Dir and Version are foreign text: that of a
// package that is not private is a valid name, a valid version, and a folder
// without anything that means something in a command.
type Entry struct {
	Name, Dir, Version string
	State              State
	Last               string // the last release; "": none, or the registry was not asked
	Needs              []string
	With               []With
	Detail             string // one sentence for people, escaped; may be empty
	Weight             int64  // what judging is expected to cost, in microseconds; 0: not measured
}

// A With is a package that another one must be released with: its version is not
// in the range that the other one asks for.
type With struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Range   string `json:"range"`
	Release string `json:"release,omitempty"` // the release that asks so; empty: package.json does
}

// Entries makes an entry of each member, in order. A member's Needs are the
// members that come before it and that it depends on.
func Entries(ordered []lockfile.WorkspaceMember) []Entry {
	needed := make([][]int, len(ordered))
	for _, e := range edgesOf(ordered) {
		if e.to < e.from {
			needed[e.from] = append(needed[e.from], e.to)
		}
	}
	entries := make([]Entry, 0, len(ordered))
	for i, m := range ordered {
		e := Entry{Name: m.Manifest.Name, Dir: m.Folder, Version: m.Manifest.Version, State: Unknown}
		if why := Unpublished(m.Manifest); why != "" {
			e.State, e.Detail = Private, why
		}
		slices.Sort(needed[i])
		for _, to := range needed[i] {
			if Unpublished(ordered[to].Manifest) == "" {
				e.Needs = append(e.Needs, ordered[to].Manifest.Name)
			}
		}
		entries = append(entries, e)
	}
	return entries
}

// A Release is what the last release of a package asks for: name to range.
type Release struct {
	Version                      string
	Dependencies, Optional, Peer map[string]string
}

// Together fills in With: the members that a member must be released with,
// because their version is not in the range that it asks for. last returns the
// last release of the member at a position; nil: none, or it is released anyway.
func Together(ordered []lockfile.WorkspaceMember, entries []Entry, last func(int) *Release) {
	x := indexOf(ordered)
	for i, m := range ordered {
		if entries[i].State == Private {
			continue
		}
		add := func(to int, asked, release string) {
			w := With{Name: entries[to].Name, Version: entries[to].Version, Range: strings.Join(strings.Fields(asked), " "), Release: release}
			if to != i && entries[to].State != Private && !slices.Contains(entries[i].With, w) {
				entries[i].With = append(entries[i].With, w)
			}
		}
		for _, d := range m.Manifest.Dependencies {
			t := targetOf(d, m.Folder)
			if to, found := x.find(t); found && d.Kind != npm.EdgeDev && !t.fits(entries[to].Version) {
				add(to, d.Range, "")
			}
		}
		r := last(i)
		if r == nil {
			continue
		}
		for to, e := range entries {
			if v, err := npm.ParseVersion(e.Version); err != nil || v.Prerelease() != "" || !e.State.Due() {
				continue // a prerelease is for those who ask for it
			}
			for _, field := range []map[string]string{r.Dependencies, r.Optional, r.Peer} {
				asked, there := field[e.Name]
				if there && !(target{spec: asked}).fits(e.Version) {
					add(to, asked, r.Version)
				}
			}
		}
	}
}

// Select keeps the entries that keep says, and forgets what they say of others.
func (p *Plan) Select(keep func(Entry) bool) {
	p.All = p.Entries
	kept := map[string]bool{}
	var entries []Entry
	for _, e := range p.Entries {
		if !keep(e) {
			continue
		}
		e.Needs = slices.DeleteFunc(slices.Clone(e.Needs), func(name string) bool { return !kept[name] })
		kept[e.Name] = true
		entries = append(entries, e)
	}
	p.Entries = entries
}

// Share puts the packages into at most n shards by their weight.
func (p *Plan) Share(n int) {
	weights := make([]int64, len(p.Entries))
	for i, e := range p.Entries {
		weights[i] = e.Weight
	}
	p.Shards = Split(weights, n)
}
