package release

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pattern"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A Step is what the differences ask of the version number, by Semantic
// Versioning (semver.org, 8 and 7). It sees what package.json and the list of
// files say, and nothing of what the code does.
type Step struct {
	Breaks []string // why it is a major release, one clause each: "the command \"x\" is gone"
	Adds   []string // why it is at least a minor one
}

// step returns it for two versions that were compared already.
func (d *Diff) step(from, to *tarball.Tarball) Step {
	var s Step
	breaks := func(format string, args ...any) { s.Breaks = append(s.Breaks, fmt.Sprintf(format, args...)) }
	for _, name := range d.Exports.Removed {
		breaks("exports has no %q any more", name)
	}
	for _, name := range d.Bins.Removed {
		breaks("the command %q is gone", name)
	}
	_, was := offers(from.Manifest)
	_, is := offers(to.Manifest)
	switch {
	case len(was) == 0 && len(is) > 0:
		breaks("exports is new: files that it does not name cannot be imported any more")
	case len(was) == 0 && len(is) == 0:
		for _, f := range d.Removed {
			if importable(f.Path) {
				breaks("the file %s is gone", f.Path)
			}
		}
	}
	if narrows(from.Manifest.Node, to.Manifest.Node) {
		breaks("engines.node is %q, it was %q", to.Manifest.Node, from.Manifest.Node)
	}
	peers := func(m *npm.Manifest) map[string]string {
		all := map[string]string{}
		for _, dep := range m.Dependencies {
			if dep.Kind == npm.EdgePeer || dep.Kind == npm.EdgePeerOptional {
				all[dep.Name] = dep.Range
			}
		}
		return all
	}
	before := peers(from.Manifest)
	for _, dep := range to.Manifest.Dependencies {
		if dep.Kind != npm.EdgePeer && dep.Kind != npm.EdgePeerOptional {
			continue
		}
		old, there := before[dep.Name]
		switch {
		case there && narrows(old, dep.Range):
			breaks("the peer %s is asked for as %q, it was %q", dep.Name, dep.Range, old)
		case !there && dep.Kind == npm.EdgePeer:
			breaks("the peer %s is new", dep.Name)
		}
	}
	for _, name := range d.Exports.Added {
		s.Adds = append(s.Adds, fmt.Sprintf("exports has %q now", name))
	}
	for _, name := range d.Bins.Added {
		s.Adds = append(s.Adds, fmt.Sprintf("the command %q is new", name))
	}
	return s
}

// importable reports whether a program may ask for a file of a package by its
// path, where the package has no exports.
func importable(file string) bool {
	return slices.Contains([]string{".js", ".cjs", ".mjs", ".json", ".node", ".wasm"}, path.Ext(file)) && file != "package.json" &&
		!testFile.MatchString(file)
}

// testFile matches files that nobody imports: tests, and what begins with a dot.
var testFile = pattern.New(`(?:^|/)(?:\.|__tests__/|tests?/|fixtures/)|\.(?:test|spec)\.`)

var numbersIn = pattern.New(`\d+(?:\.\d+){0,2}`)

// narrows reports whether some version was in a range and is not in another. It
// tries the versions that the two name, those around them, and each major. An
// empty range is any; one that npm cannot read is not compared.
func narrows(was, is string) bool {
	if is == "" || was == is {
		return false
	}
	if was == "" {
		was = "*"
	}
	var tried []string
	for major := range 60 {
		tried = append(tried, fmt.Sprintf("%d.0.0", major), fmt.Sprintf("%d.999.999", major))
	}
	for _, n := range numbersIn.FindAllString(was+" "+is, 40) {
		v, err := npm.ParseVersion(n + strings.Repeat(".0", 2-strings.Count(n, ".")))
		if err != nil {
			continue
		}
		tried = append(tried, v.Canonical(), v.Next().Canonical(), fmt.Sprintf("%d.%d.999", v.Major, v.Minor), fmt.Sprintf("%d.%d.0",
			v.Major, v.Minor+1))
	}
	for _, v := range tried {
		before, err := npm.Satisfies(v, was, false)
		if err != nil {
			return false
		}
		now, err := npm.Satisfies(v, is, false)
		if err != nil {
			return false
		}
		if before && !now {
			return true
		}
	}
	return false
}
