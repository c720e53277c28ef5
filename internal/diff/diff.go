// Package diff compares two versions of a package: the tarball that is about to
// be published with the one that was published last. It says what a reviewer
// would want to be shown: files, size, dependencies, scripts, commands, exports,
// licence, hosts, variables, native code, provenance.
//
// It is pure: two values in, one value out. It fetches nothing, and it does not
// judge; package check makes findings of what is new. It compares what the
// archives hold as package tarball read them, never what a registry says of them.
package diff

import (
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/tarball"
)

// A Diff is what changed from one version to another. Its lists are sorted;
// every name and path in it is foreign text.
type Diff struct {
	From, To Side

	Added, Removed, Changed []File // packed files
	Grown                   []File // that were added or grew past GrowthFile, the most grown first

	Dependencies Dependencies
	Scripts      []Script // lifecycle scripts that are new, changed or gone
	Bins         Names    // commands
	Exports      Names    // subpaths of exports, "." the package itself
	Unsealed     bool     // there was an exports field and there is none: every file can be imported

	Env    Mentions // variables of the environment that the programs read, "process.env" for all of them
	Hosts  Mentions // hosts that they name
	Native Mentions // files of native code
	Barren bool     // there was native code, and there is none any more
}

// A Side is one of the two versions.
type Side struct {
	Version          string
	File             string // of the tarball, as shown to people; empty: it came from the registry
	Packed, Unpacked int64  // bytes
	Files            int
	License          string // of package.json; empty: none
	Provenance       Known  // it has, or will have, provenance at the registry
}

// Known is an answer that may be missing. The zero value is the missing one.
type Known int

// The answers.
const (
	Unknown Known = iota
	No
	Yes
)

// String returns unknown, no or yes.
func (k Known) String() string { return [...]string{"unknown", "no", "yes"}[k] }

// A File is a packed file; its path is relative to the package's root.
type File struct {
	Path     string
	Was, Now int64 // bytes; 0 where it is not there
}

// Names are what came and what went, each once.
type Names struct{ Added, Removed []string }

// Mentions are the same of what has a place in the archive; of what came the
// first one.
type Mentions struct {
	Added   []tarball.Mention
	Removed []string
}

// A Dependency is a package that a consumer gets with this one.
type Dependency struct {
	Name  string // the real one, never an alias
	Asked string // what is asked for, as package.json has it; of a bundled one the version
	Kind  string // prod, optional, peer, peerOptional, bundled
	Local bool   // Asked is no range of versions of a registry: an address, git, a file
	Line  int    // of package.json; 0: unknown

	// First is when any version of it was first published; zero: nobody was
	// asked, or nobody knew.
	First time.Time
}

// Dependencies are those that came and those that went.
type Dependencies struct{ Added, Removed []Dependency }

// A Script is a lifecycle script that is not what it was.
type Script struct {
	Name     string // "postinstall"
	Was, Now string // the commands; empty: there is none. Equal: Files changed
	Files    []string
	Consumer bool // it runs on the machine of whoever installs the package
}

// Compare says what changed. Both tarballs must have a manifest.
func Compare(from, to *tarball.Tarball) *Diff {
	d := &Diff{From: side(from), To: side(to)}
	d.files(from, to)
	d.dependencies(from, to)
	d.scripts(from, to)
	d.pointers(from.Manifest, to.Manifest)
	d.Env = compareMentions(variables(from), variables(to))
	d.Hosts = compareMentions(from.Hosts, to.Hosts)
	was, is := native(from), native(to)
	d.Native, d.Barren = compareMentions(was, is), len(was) > 0 && len(is) == 0
	return d
}

func side(t *tarball.Tarball) Side {
	s := Side{Version: t.Manifest.Version, Packed: int64(len(t.Bytes)), Unpacked: t.Unpacked, License: t.Manifest.License}
	for _, e := range t.Entries {
		if !e.Dir {
			s.Files++
		}
	}
	return s
}

// variables are the names that are read, and one for all of them.
func variables(t *tarball.Tarball) []tarball.Mention {
	if len(t.EnvWhole) == 0 {
		return t.Env
	}
	whole := t.EnvWhole[0]
	whole.Name = "process.env"
	return append(slices.Clone(t.Env), whole)
}

// native are the files of native code, by their paths.
func native(t *tarball.Tarball) []tarball.Mention {
	var all []tarball.Mention
	for _, e := range t.Entries {
		if e.Binary != "" {
			all = append(all, tarball.Mention{Name: inPackage(e.Path), Path: e.Path})
		}
	}
	return all
}

func compareMentions(from, to []tarball.Mention) Mentions {
	was, is := map[string]bool{}, map[string]bool{}
	for _, m := range from {
		was[m.Name] = true
	}
	var out Mentions
	for _, m := range to {
		if !was[m.Name] && !is[m.Name] {
			out.Added = append(out.Added, m)
		}
		is[m.Name] = true
	}
	slices.SortStableFunc(out.Added, func(a, b tarball.Mention) int { return strings.Compare(a.Name, b.Name) })
	out.Removed = missing(was, is)
	return out
}

// compareNames compares two sets.
func compareNames(from, to map[string]bool) Names {
	return Names{Added: missing(to, from), Removed: missing(from, to)}
}

// missing lists what is in all and not in other.
func missing(all, other map[string]bool) []string {
	var names []string
	for name := range all {
		if !other[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// inPackage is the path of an entry below its root folder, which npm strips
// whatever it is called.
func inPackage(path string) string {
	if _, rest, found := strings.Cut(path, "/"); found {
		return rest
	}
	return path
}
