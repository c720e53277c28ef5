package gate

import (
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
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

// asked is the graph of all that advisories are looked up for: what the lockfile
// has, what the other lockfiles have, and what only the tarball carries.
func asked(judged *npm.Graph, others []check.Other) *npm.Graph {
	all := judged
	for _, o := range others {
		all = withUnlocked(all, o.Graph.Packages)
	}
	return all
}
