package check

import (
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

// TestUnknownBundled packs one package that the lockfile has and one in a
// version that it has not: only the second was never looked up.
func TestUnknownBundled(t *testing.T) {
	root := &npm.Package{Name: "root", Version: "1.0.0", Source: npm.SourceLocal}
	known := &npm.Package{Name: "a", Version: "1.0.0", Location: "node_modules/a", Source: npm.SourceLocal}
	s := &Subject{
		Graph:  &npm.Graph{Root: root, Packages: []*npm.Package{root, known}},
		Policy: policy.Default().For("root", policy.Flags{}),
		Tarball: &tarball.Tarball{Bundled: []tarball.Bundled{
			{Path: "node_modules/a", Name: "a", Version: "1.0.0"},
			{Path: "node_modules/b", Name: "a", Version: "1.0.1"},
		}},
	}
	found := unauditable.Run(s)
	if len(found) != 1 || found[0].File != "package/node_modules/b/package.json" || found[0].Rule != "unauditable-dependency" || !found[0].InTarball {
		t.Errorf("found %+v", found)
	}
}
