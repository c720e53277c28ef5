package npm

import (
	"slices"
	"strings"
)

// A BuildTool is one statement of a checkout about what builds its packages: a
// package manager, a runtime, or another tool from npm.
type BuildTool struct {
	Tool   string // as people call it: "pnpm", "yarn", "node"
	Name   string // of its package at npm, which advisories name; empty: it is none
	Wanted string // as written, foreign: "10.1.0", "^22", "lts/*"

	Version   string // the one that Wanted means; empty: it may mean several, or what it means is not known
	Integrity string // SRI of the package's tarball; empty: none is written
	Checksum  string // SRI of another file that is run; empty: none is written
	Hashable  bool   // the form has a place for a checksum

	From  string // where it stands, for people: "packageManager", ".nvmrc"
	Only  bool   // it says what may run, and chooses nothing: devEngines
	Group string // one of the statements of a group is enough; empty: it stands alone

	File         string
	Line, Column int
}

// BuildLocation is how the Location of what a BuildTool names begins.
const BuildLocation = "build:"

// managers are the package managers, all of which are packages at npm.
var managers = []string{"npm", "pnpm", "yarn", "bun"}

// Manages reports whether the tool is a package manager.
func (t *BuildTool) Manages() bool { return slices.Contains(managers, t.Tool) }

// Runs reports whether the tool runs JavaScript. Bun does both.
func (t *BuildTool) Runs() bool { return IsRuntime(t.Tool) }

// ID returns what is wanted, as "node lts/*", for messages.
func (t *BuildTool) ID() string {
	if t.Wanted == "" {
		return t.Tool
	}
	return t.Tool + " " + t.Wanted
}

// Exactly returns the version that a text names, if it can mean no other one:
// "1.2.3", "v1.2.3", "=1.2.3".
func Exactly(text string) string {
	r, err := ParseRange(strings.TrimSpace(text))
	if err != nil {
		return ""
	}
	v, err := ParseVersion(r.String())
	if err != nil {
		return ""
	}
	return v.Canonical()
}

// Opposes reports whether two statements about one tool cannot both hold. Of names
// such as "lts/*" nobody can tell.
func (t *BuildTool) Opposes(o *BuildTool) bool {
	switch {
	case t.Version != "" && o.Version != "":
		return t.Version != o.Version
	case t.Version == "" && o.Version == "":
		return ranged(t.Wanted) && ranged(o.Wanted) && !Intersect(t.Wanted, o.Wanted)
	case t.Version == "":
		t, o = o, t
	}
	return ranged(o.Wanted) && !o.admits(t)
}

// admits reports whether a version is in the range that another statement wants.
func (t *BuildTool) admits(exact *BuildTool) bool {
	ok, err := Satisfies(exact.Version, t.Wanted, false)
	return err == nil && ok
}

func ranged(text string) bool {
	_, err := ParseRange(text)
	return err == nil
}

// Pinned reports whether a statement leaves one version: its own, a file of the
// checkout, or, where it only says what may run, that of another statement of all.
func (t *BuildTool) Pinned(all []BuildTool) bool {
	if t.Version != "" || t.Checksum != "" {
		return true
	}
	if !t.Only {
		return false
	}
	return slices.ContainsFunc(all, func(o BuildTool) bool {
		if o.Group != t.Group || o.File != t.File {
			return false
		}
		return slices.ContainsFunc(all, func(exact BuildTool) bool {
			return exact.Tool == o.Tool && exact.Version != "" && o.admits(&exact)
		})
	})
}

// Summed reports whether some statement ties a version of a tool to its bytes.
func (t *BuildTool) Summed(all []BuildTool) bool {
	return slices.ContainsFunc(all, func(o BuildTool) bool {
		return o.Tool == t.Tool && o.Version == t.Version && (o.Integrity != "" || o.Checksum != "")
	})
}

// BuildTools adds to the graph what a checkout says of its build: each tool of which
// it names the version becomes a development dependency of Root. It is called once,
// after Settle and before anybody asks for Paths.
func (g *Graph) BuildTools(tools []BuildTool) {
	g.Tools = tools
	at := map[string]*Package{}
	for i := range tools {
		t := &tools[i]
		if t.Version == "" || g.installs(t) {
			continue
		}
		name, source := t.Name, SourceRegistry
		if name == "" {
			name, source = t.Tool, SourceRuntime
		}
		location := BuildLocation + name + "@" + t.Version
		p := at[location]
		if p == nil {
			p = &Package{Name: name, Version: t.Version, Location: location, Source: source,
				Dev: true, Ways: anyWay.along(EdgeDev), Scope: Dev, File: t.File, Line: t.Line, Column: t.Column}
			at[location] = p
			g.Packages = append(g.Packages, p)
			e := Edge{Name: location, Range: t.Version, Kind: EdgeDev, To: p, Valid: true}
			g.Root.Deps = append(g.Root.Deps, e)
			if g.owner != nil && g.owner != g.Root {
				g.owner.Deps = append(g.owner.Deps, e)
			}
		}
		if p.Integrity == "" {
			p.Integrity = t.Integrity
		}
		if p.Checksum == "" {
			p.Checksum = t.Checksum
		}
	}
	slices.SortStableFunc(g.Packages, func(a, b *Package) int { return strings.Compare(a.Location, b.Location) })
	for i, p := range g.Packages {
		p.Index = i
	}
}

// installs reports whether the lockfile has the tool already: pnpm writes itself and
// runtimes there.
func (g *Graph) installs(t *BuildTool) bool {
	return slices.ContainsFunc(g.Packages, func(p *Package) bool {
		own := strings.HasPrefix(p.Location, "env:") && p.Name == t.Name
		return p.Version == t.Version && (own || p.Source == SourceRuntime && p.Name == t.Tool) && !p.Builds()
	})
}

// Builds reports whether the copy is a tool that no lockfile has, and that the
// checkout names elsewhere: it builds the package, and nothing of it is packed.
func (p *Package) Builds() bool { return strings.HasPrefix(p.Location, BuildLocation) }
