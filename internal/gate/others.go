package gate

import (
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/lockfile"
)

// readOthers gathers the lockfiles that are judged beside the one of the folder:
// those of which nothing says that they are not used, and the shrinkwrap in the
// tarball, which decides what consumers install.
func (in *input) readOthers() error {
	s := in.subject
	for _, g := range s.Graph.Others {
		s.Others = append(s.Others, check.Other{Graph: g})
	}
	t := s.Tarball
	if t == nil || t.Shrinkwrap == nil {
		return nil
	}
	manifest := t.Manifest
	if manifest == nil {
		manifest = s.Manifest
	}
	g, err := lockfile.ParseShipped(t.Shrinkwrap, "package/npm-shrinkwrap.json", manifest)
	if err != nil {
		return err
	}
	s.Others = append(s.Others, check.Other{Graph: g, InTarball: true})
	return nil
}
