package check

import (
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var manifestMismatchRule = finding.Rule{
	ID:       "manifest-mismatch",
	Title:    "The tarball is not of the package that was judged.",
	Why:      "The dependencies, name and version that were looked at are those of the folder; what is installed is what the tarball says.",
	Help:     "Make the tarball from this folder, then gate both again.",
	Severity: finding.Critical,
	Tags:     []string{"security", "manifest", "tarball"},
}

// manifestMismatch compares the fields of the tarball's package.json that
// affect an install with those of the directory's. Other fields may differ:
// tools change them.
var manifestMismatch = Check{
	Rules: []finding.Rule{manifestMismatchRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil {
			return nil
		}
		var found []finding.Finding
		for _, d := range s.differences() {
			f := packed(&manifestMismatchRule, "package/package.json")
			f.Subject, f.Message, f.Line = d.what, d.text, d.line
			f.Fix = manifestMismatchRule.Help
			found = append(found, f)
		}
		return found
	},
}

type difference struct {
	what, text string
	line       int
}

// differences lists where the packed manifest differs from the directory's.
func (s *Subject) differences() []difference {
	dir, packed := s.Manifest, s.Tarball.Manifest
	if packed == nil {
		return []difference{{"package.json", "The tarball has no package.json that could be compared with the folder's.", 0}}
	}
	var list []difference
	add := func(line int, what, format string, args ...any) {
		list = append(list, difference{what, fmt.Sprintf(format, args...), line})
	}
	if packed.Name != dir.Name {
		add(packed.NameLine, "name", "The tarball is of %q, the folder of %q.", packed.Name, dir.Name)
	}
	if packed.Version != dir.Version {
		add(packed.VersionLine, "version", "The tarball is version %q, the folder version %q.", packed.Version, dir.Version)
	}
	asked := map[string][]npm.Dependency{}
	for _, d := range dir.Dependencies {
		asked[d.Name] = append(asked[d.Name], d)
	}
	for _, d := range packed.Dependencies {
		if d.Kind == npm.EdgeDev || s.declares(asked[d.Name], d) {
			continue
		}
		add(d.Line, "dependency "+d.Name, "The tarball depends on %s %q (%s), which the folder's package.json does not: it "+
			"was not judged.", d.Name, d.Range, d.Kind)
	}
	for _, script := range []string{"preinstall", "install", "postinstall"} {
		if in := packed.Scripts[script]; in != "" && in != dir.Scripts[script] {
			add(0, "script "+script, "The tarball runs another %s script than the folder's package.json has.", script)
		}
	}
	return list
}

// declares reports whether one of the directory's lines for a name is the
// packed dependency.
func (s *Subject) declares(lines []npm.Dependency, packed npm.Dependency) bool {
	return slices.ContainsFunc(lines, func(d npm.Dependency) bool {
		if scopeOf(d.Kind) != scopeOf(packed.Kind) {
			return false
		}
		return d.Range == packed.Range || s.packedAs(d, packed)
	})
}
