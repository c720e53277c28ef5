package check

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// dependencies yields every installed copy that is judged: not the package
// itself, not directories of this checkout (they are judged when published),
// not what only another workspace uses, and not scopes that the user omits.
// Packages that nothing depends on are judged: npm installs them all the same.
func (s *Subject) dependencies() iter.Seq[*npm.Package] {
	return func(yield func(*npm.Package) bool) {
		for _, p := range s.Graph.Packages {
			if s.judges(p) && !yield(p) {
				return
			}
		}
	}
}

// carried yields the dependencies and the packages that only the tarball has.
func (s *Subject) carried() iter.Seq[*npm.Package] {
	return func(yield func(*npm.Package) bool) {
		for p := range s.dependencies() {
			if !yield(p) {
				return
			}
		}
		for _, p := range s.Unlocked {
			if s.judges(p) && !yield(p) {
				return
			}
		}
	}
}

func (s *Subject) judges(p *npm.Package) bool {
	switch {
	case p == s.Graph.Root, p.Link, p.Workspace, p.Source == npm.SourceLocal:
		return false
	case p.Scope == "" && !p.Extraneous:
		return false
	}
	return !s.leavesOut(p)
}

// about returns a new finding of a rule about an installed copy, with the
// chains that lead to it.
func (s *Subject) about(rule *finding.Rule, p *npm.Package) finding.Finding {
	f := s.entry(rule, p)
	if s.unlocked(p) {
		f.Paths = [][]string{{s.Graph.Root.ID(), p.ID()}}
	} else {
		f.Paths = s.Graph.Paths(p)
	}
	return f
}

// entry is like about without the chains, which are expensive if there are
// thousands of findings.
func (s *Subject) entry(rule *finding.Rule, p *npm.Package) finding.Finding {
	f := finding.Finding{
		Rule:     rule.ID,
		Severity: rule.Severity,
		Scope:    s.scope(p),
		Shipped:  s.Ships(p),
		Package:  npm.PURL(p),
		Name:     p.Name,
		Version:  p.Version,
		File:     cmp.Or(p.File, s.Graph.Lockfile),
		Line:     p.Line,
		Column:   p.Column,
	}
	if s.unlocked(p) {
		f.File, f.InTarball = "package/"+p.Location+"/package.json", true
	}
	return f
}

// declared returns a new finding of a rule about a line of a dependency field
// of package.json; to is the copy that satisfies it, or nil.
func (s *Subject) declared(rule *finding.Rule, d npm.Dependency, to *npm.Package) finding.Finding {
	f := finding.Finding{
		Rule:     rule.ID,
		Severity: rule.Severity,
		Scope:    scopeOf(d.Kind),
		Shipped:  d.Kind != npm.EdgeDev,
		Name:     d.Name,
		File:     s.Manifest.File,
		Line:     d.Line,
		Column:   d.Column,
		Subject:  d.Kind.String(),
	}
	if to != nil {
		f.Name, f.Version, f.Package = to.Name, to.Version, npm.PURL(to)
		f.Paths = [][]string{{s.Graph.Root.ID(), to.ID()}}
	}
	return f
}

// inManifest returns a new finding of a rule about a line of package.json.
func (s *Subject) inManifest(rule *finding.Rule, line, column int) finding.Finding {
	return finding.Finding{Rule: rule.ID, Severity: rule.Severity, Shipped: true, File: s.Manifest.File, Line: line, Column: column}
}

// packed returns a new finding of a rule about an entry of the tarball.
func packed(rule *finding.Rule, path string) finding.Finding {
	return finding.Finding{Rule: rule.ID, Severity: rule.Severity, Shipped: true, File: path, InTarball: true}
}

// inPackage returns the path of an entry relative to the package's root. npm
// strips the first directory, whatever its name.
func inPackage(path string) string {
	_, rest, found := strings.Cut(path, "/")
	if !found {
		return path
	}
	return rest
}

// scopeOf returns the scope of dependencies of a field of package.json.
func scopeOf(k npm.EdgeKind) npm.Scope {
	switch k {
	case npm.EdgeDev:
		return npm.Dev
	case npm.EdgeOptional:
		return npm.Optional
	case npm.EdgePeer, npm.EdgePeerOptional:
		return npm.Peer
	}
	return npm.Prod
}

// directs names the direct dependencies that the chains begin with, sorted.
func directs(paths [][]string) []string {
	var names []string
	for _, p := range paths {
		if len(p) > 2 {
			names = append(names, p[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
