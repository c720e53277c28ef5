// Package release compares two versions of a package: the tarball about to be
// published with the one published last. It reports what a reviewer wants to
// see: files, size, dependencies, scripts, commands, exports, licence, hosts,
// variables, native code, provenance.
//
// It is pure: two values in, one value out. It fetches nothing and does not
// judge; package check makes findings of the differences. It compares the
// contents of the archives as package tarball read them, never what a registry
// says about them.
package release

import (
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/tarball"
)

// A Diff is the difference between two versions. Its lists are sorted; every
// name and path in it is foreign text.
type Diff struct {
	From, To Side

	Added, Removed, Changed []File // packed files
	Grown                   []File // added or grown by more than GrowthFile, the most grown first

	Dependencies Dependencies
	Scripts      []Script // lifecycle scripts that were added, changed or removed
	Bins         Names    // commands
	Exports      Names    // subpaths of exports, "." is the package itself
	Unsealed     bool     // the exports field was removed, so every file can be imported

	Env    Mentions // environment variables that the programs read, "process.env" for all of them
	Hosts  Mentions // hosts that the programs name
	Native Mentions // files of native code
	Barren bool     // all native code was removed

	Step Step
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

// Known is an answer that may be unknown. The zero value is the unknown one.
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
	Was, Now int64 // bytes; 0 if it is not in that version
}

// Names are the names that were added and removed, each once.
type Names struct{ Added, Removed []string }

// Mentions are names with a place in the archive. Of several mentions of one
// added name, Added has the first.
type Mentions struct {
	Added   []tarball.Mention
	Removed []string
}

// A Dependency is a package that consumers get with this one.
type Dependency struct {
	Name  string // the real one, never an alias
	Asked string // the declared range, as in package.json; for a bundled one its version
	Kind  string // prod, optional, peer, peerOptional, bundled
	Local bool   // Asked is not a registry range but an address, git or a file
	Line  int    // of package.json; 0: unknown

	// First is when any version of it was first published; zero if that was not
	// asked or is not known.
	First time.Time
}

// Dependencies are the dependencies that were added and removed.
type Dependencies struct{ Added, Removed []Dependency }

// A Script is a lifecycle script that differs between the versions.
type Script struct {
	Name     string // "postinstall"
	Was, Now string // the commands; empty: none. If they are equal, Files changed
	Files    []string
	Consumer bool // it runs on the machine of whoever installs the package
}

// Compare returns the difference. Both tarballs must have a manifest.
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
	d.Step = d.step(from, to)
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

// variables returns the environment variables that are read, and one name for
// all of them.
func variables(t *tarball.Tarball) []tarball.Mention {
	if len(t.EnvWhole) == 0 {
		return t.Env
	}
	whole := t.EnvWhole[0]
	whole.Name = "process.env"
	return append(slices.Clone(t.Env), whole)
}

// native returns the files of native code, by path.
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

// missing lists the names in all that are not in other.
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

// inPackage returns the path of an entry without its first directory, which npm
// strips whatever its name is.
func inPackage(path string) string {
	if _, rest, found := strings.Cut(path, "/"); found {
		return rest
	}
	return path
}
