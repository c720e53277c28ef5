package check

import (
	"cmp"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// Ships reports whether a consumer of the package gets a copy: an install of it
// brings the copy, or the tarball has it inside. All else is of the build set.
func (s *Subject) Ships(p *npm.Package) bool {
	return p.Shipped() || p.Scope == npm.Dev && s.packs(p)
}

// onlyBuilds reports whether a copy is reached for development alone and does
// not ship. What nothing reaches is not: nobody knows what it is for.
func (s *Subject) onlyBuilds(p *npm.Package) bool {
	return p.Scope == npm.Dev && !s.packs(p)
}

// scope is the scope a copy is judged by. npm packs what bundleDependencies
// names even where only devDependencies ask for it: that is as good as prod.
// What both development and an optional dependency bring is judged by the
// stricter level of the two, also where one of them is omitted: only both
// together leave it out.
func (s *Subject) scope(p *npm.Package) npm.Scope {
	switch {
	case p.Scope == npm.Dev && s.packs(p):
		return npm.Prod
	case p.Scope == npm.Optional && p.Ways.DevOptional():
		return s.stricter(npm.Optional, npm.Dev)
	}
	return p.Scope
}

// stricter is the scope whose level blocks more, the more shipped one where both
// block the same. None at all is judged as prod and comes first.
func (s *Subject) stricter(a, b npm.Scope) npm.Scope {
	of := func(scope npm.Scope) policy.Threshold { return s.Policy.Thresholds[cmp.Or(scope, npm.Prod)] }
	if of(b).Stricter(of(a)) || !of(a).Stricter(of(b)) && slices.Index(npm.Scopes, b) < slices.Index(npm.Scopes, a) {
		return b
	}
	return a
}

// leavesOut reports whether -omit leaves a copy out: when every way to it needs
// an omitted kind of edge, as the package manager sees it.
func (s *Subject) leavesOut(p *npm.Package) bool {
	switch {
	case len(s.Policy.Omit) == 0:
		return false
	case p.Ways == 0 || s.scope(p) != p.Scope && s.scope(p) == npm.Prod:
		return s.Policy.Omit[s.scope(p)] // in the tarball, or not from a graph
	}
	return p.Ways.LeftOut(s.Policy.Omit)
}

// packs reports whether the tarball has the copy inside or, without a tarball,
// whether npm pack would put it there.
func (s *Subject) packs(p *npm.Package) bool {
	if s.Tarball != nil {
		var tests *fixtures
		for _, b := range s.Tarball.Bundled {
			if b.Name != p.Name || b.Version != p.Version {
				continue
			}
			if tests == nil {
				tests = newFixtures(s.Tarball)
			}
			if !tests.holds(b.Path) {
				return true
			}
		}
		return false
	}
	m := s.Manifest // BundleAll means dependencies, which ship anyhow
	return m != nil && len(m.BundleDependencies) > 0 && (p.Bundled || slices.Contains(m.BundleDependencies, p.Name))
}
