package check

import (
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/tarball"
)

// Unlocked lists the packages in a tarball that the graph does not have in that
// version, or has only unreachable: such an entry is not judged. They are
// looked up and judged as production dependencies, which they are for
// consumers. Those among test files, if they have a version, are judged as for
// development: nothing loads them. Unlocked returns nil only if the tarball has
// no packages at all. The Location of each is its directory in the package.
func Unlocked(t *tarball.Tarball, g *npm.Graph) []*npm.Package {
	if t == nil || len(t.Bundled) == 0 {
		return nil
	}
	known := map[[2]string]bool{}
	for _, p := range g.Packages {
		if (p.Scope != "" || p.Extraneous) && !p.Builds() {
			known[[2]string{p.Name, p.Version}] = true
		}
	}
	unlocked := []*npm.Package{}
	tests := newFixtures(t)
	for _, b := range t.Bundled {
		if known[[2]string{b.Name, b.Version}] {
			continue
		}
		scope := npm.Prod
		if tests.holds(b.Path) {
			if _, err := npm.ParseVersion(b.Version); err != nil || npm.ValidName(b.Name) != nil {
				continue
			}
			scope = npm.Dev
		}
		unlocked = append(unlocked, &npm.Package{
			Name: b.Name, Version: b.Version, Location: b.Path, License: b.License,
			Source: npm.SourceBundled, Bundled: true, Scope: scope,
		})
	}
	return unlocked
}

// unlocked reports whether only the tarball has a copy.
func (s *Subject) unlocked(p *npm.Package) bool {
	return p.Source == npm.SourceBundled && slices.Contains(s.Unlocked, p)
}

var bundledUnlockedRule = finding.Rule{
	ID:       "bundled-unlocked",
	Title:    "The tarball carries a package that the lockfile does not have in that version.",
	Why:      "What ships is then not what was locked and tested: node_modules was not what the lockfile says when the package was packed.",
	Help:     "Install what the lockfile says (`npm ci`), then pack again.",
	Severity: finding.Moderate,
	Tags:     []string{"supply-chain", "tarball"},
}

// unlockedAudit reports the packages of the tarball that are not in the
// lockfile: as advice if they were looked up, and as unauditable if not.
func (s *Subject) unlockedAudit() []finding.Finding {
	if s.Tarball == nil {
		return nil
	}
	carried, looked := s.Unlocked, true
	if carried == nil {
		carried, looked = Unlocked(s.Tarball, s.Graph), false
	}
	var found []finding.Finding
	var names []string
	first := "" // a package that the lockfile does not have in any version, if any
	for _, p := range carried {
		if p.Scope == npm.Dev {
			continue // test data, for which nested-modules warns
		}
		if looked && s.unauditable(p) == "" {
			names = append(names, p.ID())
			if first == "" || !s.locks(p.Name) {
				first = p.Name
			}
			continue
		}
		f := packed(&unauditableRule, "package/"+p.Location+"/package.json")
		f.Level, f.Subject = finding.BySeverity, p.Location
		f.Message = fmt.Sprintf("%s is packed into the tarball and not in the lockfile: no advisory was looked up for it.", p.ID())
		if why := s.unauditable(p); why != "" {
			f.Message = fmt.Sprintf("%s is packed into the tarball and cannot be audited: %s.", p.Location, why)
		}
		f.Fix = s.unlockedFix(p.Name)
		found = append(found, f)
	}
	if len(names) > 0 {
		f := finding.Finding{Rule: bundledUnlockedRule.ID, Severity: bundledUnlockedRule.Severity, Level: finding.Advice,
			Shipped: true, File: s.Tarball.File}
		f.Fix = s.unlockedFix(first)
		f.Message = fmt.Sprintf("The tarball carries what the lockfile does not have in that version; it was looked up and "+
			"judged all the same: %s.", listed(names, 5))
		found = append(found, f)
	}
	return found
}

// locks reports whether the lockfile has a package of that name.
func (s *Subject) locks(name string) bool {
	return slices.ContainsFunc(s.Graph.Packages, func(p *npm.Package) bool { return p.Name == name && !p.Builds() })
}

// unlockedFix returns the remedy for a packed package that differs from the
// lockfile. An install helps only if the lockfile has the package.
func (s *Subject) unlockedFix(name string) string {
	tool := s.Graph.Tool()
	if s.locks(name) {
		return fmt.Sprintf("Install what the lockfile says (`%s --ignore-scripts`), then pack again.", tool.Frozen)
	}
	return fmt.Sprintf("The lockfile does not have %s at all: add what brings it to `dependencies` and write the "+
		"lockfile (`%s`), or take it out of node_modules; then pack again.", name, tool.Lock)
}
