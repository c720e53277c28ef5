package check

import (
	"cmp"
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// Ships reports whether a consumer of the package gets a copy: an install
// brings it, or it is in the tarball. All other copies are used for builds
// only.
func (s *Subject) Ships(p *npm.Package) bool {
	return p.Shipped() || p.Scope == npm.Dev && s.packs(p)
}

// onlyBuilds reports whether a copy is reached for development only and does
// not ship. It returns false for an unreachable copy, whose purpose is unknown.
func (s *Subject) onlyBuilds(p *npm.Package) bool {
	return p.Scope == npm.Dev && !s.packs(p)
}

// scope returns the scope by which a copy is judged. npm packs what
// bundleDependencies names even if it is only in devDependencies: that counts
// as prod. A copy for both development and an optional dependency is judged by
// the stricter level of the two, even if one of them is omitted: only omitting
// both leaves it out.
func (s *Subject) scope(p *npm.Package) npm.Scope {
	switch {
	case p.Scope == npm.Dev && s.packs(p):
		return npm.Prod
	case p.Scope == npm.Optional && p.Ways.DevOptional():
		return s.stricter(npm.Optional, npm.Dev)
	}
	return p.Scope
}

// stricter returns the scope whose level blocks more; if both block the same,
// the one that ships more. An empty scope is judged as prod and comes first.
func (s *Subject) stricter(a, b npm.Scope) npm.Scope {
	of := func(scope npm.Scope) policy.Threshold { return s.Policy.Thresholds[cmp.Or(scope, npm.Prod)] }
	if of(b).Stricter(of(a)) || !of(a).Stricter(of(b)) && slices.Index(npm.Scopes, b) < slices.Index(npm.Scopes, a) {
		return b
	}
	return a
}

// leavesOut reports whether -omit leaves a copy out: every way to it has an
// omitted kind of edge, as for the package manager.
func (s *Subject) leavesOut(p *npm.Package) bool {
	switch {
	case len(s.Policy.Omit) == 0:
		return false
	case p.Ways == 0 || s.scope(p) != p.Scope && s.scope(p) == npm.Prod:
		return s.Policy.Omit[s.scope(p)] // in the tarball, or not from a graph
	}
	return p.Ways.LeftOut(s.Policy.Omit)
}

// packs reports whether the tarball contains the copy or, without a tarball,
// whether npm pack would include it.
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
	m := s.Manifest // BundleAll means dependencies, which ship anyway
	return m != nil && len(m.BundleDependencies) > 0 && (p.Bundled || slices.Contains(m.BundleDependencies, p.Name))
}
