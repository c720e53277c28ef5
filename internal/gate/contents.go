package gate

import (
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
)

// withUnlocked is the graph that advisories are looked up for: what the lockfile
// has, and what only the tarball carries.
func withUnlocked(g *npm.Graph, unlocked []*npm.Package) *npm.Graph {
	if len(unlocked) == 0 {
		return g
	}
	return &npm.Graph{Manager: g.Manager, Lockfile: g.Lockfile, Version: g.Version, Root: g.Root, Packages: append(slices.Clip(g.Packages), unlocked...)}
}

// whence notes which repository this is a checkout of, and where in it the
// package stands: on a runner by the runner's word, which is the one that
// provenance will carry.
func (in *input) whence(c Started) {
	if r := c.Runner; r != nil && r.Repository != "" {
		in.subject.Remote = r.ServerURL + "/" + r.Repository
	}
	if _, err := in.place.root.Lstat(".git"); err == nil {
		in.subject.Folder = in.place.dir
	}
}
