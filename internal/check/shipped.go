package check

import (
	"slices"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// Ships reports whether a consumer of the package gets a copy: an install of it
// brings the copy, or the tarball has it inside. All else is of the build set.
func (s *Subject) Ships(p *npm.Package) bool {
	return p.Shipped() || p.Scope == finding.Dev && s.packs(p)
}

// scope is the scope a copy is judged by. npm packs what bundleDependencies
// names even where only devDependencies ask for it: that is as good as prod.
func (s *Subject) scope(p *npm.Package) finding.Scope {
	if p.Scope == finding.Dev && s.packs(p) {
		return finding.Prod
	}
	return p.Scope
}

// packs reports whether the tarball has the copy inside or, without a tarball,
// whether npm pack would put it there.
func (s *Subject) packs(p *npm.Package) bool {
	if s.Tarball != nil {
		for _, b := range s.Tarball.Bundled {
			if b.Name == p.Name && b.Version == p.Version {
				return true
			}
		}
		return false
	}
	m := s.Manifest // BundleAll means dependencies, which ship anyhow
	return m != nil && len(m.BundleDependencies) > 0 && (p.Bundled || slices.Contains(m.BundleDependencies, p.Name))
}
