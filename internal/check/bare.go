package check

import "github.com/publishgate/publishgate/internal/upgrade"

// Bare returns the Subject as package.json and the lockfiles alone tell it:
// without the tarball, the checkout, the last release and this run. So two
// commits can be compared of which only one is checked out. Fixes are not
// planned.
func (s *Subject) Bare() *Subject {
	bare := &Subject{Manifest: s.Manifest, Graph: s.Graph, Unasked: s.Unasked, Known: s.Known, Policy: s.Policy, Remote: s.Remote,
		Folder: s.Folder, Now: s.Now, Served: s.Served, Installs: s.Installs, Plan: &upgrade.Plan{}}
	for _, o := range s.Others {
		if !o.InTarball {
			bare.Others = append(bare.Others, Other{Graph: o.Graph})
		}
	}
	bare.Advisories, bare.Others = bare.Match(s.Known)
	return bare
}
