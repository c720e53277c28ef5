package check

import (
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

// One version that both ships and does not, in two copies, ships.
func TestShippedInOneCopy(t *testing.T) {
	root := &npm.Package{Name: "root", Version: "1.0.0", Source: npm.SourceLocal}
	var matches []advisory.Match
	packages := []*npm.Package{root}
	for location, scope := range map[string]npm.Scope{"node_modules/a": npm.Dev, "node_modules/b/node_modules/a": npm.Optional} {
		p := &npm.Package{Name: "a", Version: "1.0.0", Location: location, Source: npm.SourceRegistry, Scope: scope}
		packages = append(packages, p)
		matches = append(matches, advisory.Match{Record: &advisory.Record{ID: "GHSA-a", Package: "a", Severity: finding.High}, Package: p})
	}
	s := &Subject{Manifest: &npm.Manifest{}, Graph: &npm.Graph{Root: root, Packages: packages},
		Policy: policy.Default().For("root", policy.Flags{}), Advisories: matches}
	found := advisories.Run(s)
	if len(found) != 1 || found[0].Scope != npm.Optional || !found[0].Shipped {
		t.Errorf("got %+v", found)
	}
}

// TestShipped judges one advisory about a dev dependency, about one that the
// tarball has inside, and about what an install brings: the first is of the
// build set, the others ship, and the second is judged as prod is.
func TestShipped(t *testing.T) {
	dev := func() *npm.Package {
		return &npm.Package{Name: "a", Version: "1.0.0", Location: "node_modules/a", Source: npm.SourceRegistry, Scope: npm.Dev}
	}
	peer := dev()
	peer.Scope = npm.Peer
	inBundle := dev()
	inBundle.Bundled = true
	packed := &tarball.Tarball{Bundled: []tarball.Bundled{{Path: "node_modules/a", Name: "a", Version: "1.0.0"}}}
	other := &tarball.Tarball{Bundled: []tarball.Bundled{{Path: "node_modules/a", Name: "a", Version: "2.0.0"}}}
	bundles := &npm.Manifest{BundleDependencies: []string{"a"}}
	for _, row := range []struct {
		name     string
		p        *npm.Package
		manifest *npm.Manifest
		tarball  *tarball.Tarball
		scope    npm.Scope
		shipped  bool
	}{
		{"dev", dev(), &npm.Manifest{}, nil, npm.Dev, false},
		{"peer", peer, &npm.Manifest{}, nil, npm.Peer, true},
		{"dev, in the tarball", dev(), &npm.Manifest{}, packed, npm.Prod, true},
		{"dev, another version of it in the tarball", dev(), bundles, other, npm.Dev, false},
		{"dev, would be packed", dev(), bundles, nil, npm.Prod, true},
		{"dev, needed by what would be packed", inBundle, &npm.Manifest{BundleDependencies: []string{"b"}}, nil, npm.Prod, true},
		{"dev, bundled by a dev dependency", inBundle, &npm.Manifest{}, nil, npm.Dev, false},
	} {
		root := &npm.Package{Name: "root", Version: "1.0.0", Source: npm.SourceLocal}
		s := &Subject{
			Manifest: row.manifest, Tarball: row.tarball,
			Graph:      &npm.Graph{Root: root, Packages: []*npm.Package{root, row.p}},
			Policy:     policy.Default().For("root", policy.Flags{Omit: []npm.Scope{npm.Dev}}),
			Advisories: []advisory.Match{{Record: &advisory.Record{ID: "GHSA-a", Package: "a", Severity: finding.High}, Package: row.p}},
		}
		found := advisories.Run(s)
		if !row.shipped {
			if len(found) != 0 {
				t.Errorf("%s: judged, though dev is left out", row.name)
			}
			s.Policy = policy.Default().For("root", policy.Flags{})
			found = advisories.Run(s)
		}
		if len(found) != 1 || found[0].Scope != row.scope || found[0].Shipped != row.shipped {
			t.Errorf("%s: got %+v, want scope %s, shipped %v", row.name, found, row.scope, row.shipped)
		}
	}
}
