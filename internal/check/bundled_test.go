package check

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

// TestUnknownBundled packs one package that the lockfile has and one in a
// version that it has not: only the second was never looked up.
func TestUnknownBundled(t *testing.T) {
	root := &npm.Package{Name: "root", Version: "1.0.0", Source: npm.SourceLocal}
	known := &npm.Package{Name: "a", Version: "1.0.0", Location: "node_modules/a", Source: npm.SourceLocal, Scope: npm.Prod}
	// nobody reaches it
	stray := &npm.Package{Name: "a", Version: "1.0.1", Location: "packages/x/node_modules/a", Source: npm.SourceRegistry}
	s := &Subject{
		Graph:  &npm.Graph{Root: root, Packages: []*npm.Package{root, known, stray}},
		Policy: policy.Default().For("root", policy.Flags{}),
		Tarball: &tarball.Tarball{Bundled: []tarball.Bundled{
			{Path: "node_modules/a", Name: "a", Version: "1.0.0"},
			{Path: "node_modules/b", Name: "a", Version: "1.0.1"},
		}},
	}
	found := unauditable.Run(s)
	if len(found) != 1 || found[0].File != "package/node_modules/b/package.json" ||
		found[0].Rule != "unauditable-dependency" || !found[0].InTarball {
		t.Errorf("found %+v", found)
	}
}

// TestBundleAdvice: an install is advised only where it puts the package where
// it is packed from.
func TestBundleAdvice(t *testing.T) {
	const missing = `{"bundleDependencies":["b"],`
	for _, c := range []struct {
		name, manifest, manager, version, location string
		level                                      finding.Level
		want                                       string
	}{
		{"npm", missing + `"dependencies":{"b":"1"}}`, "npm", "3", "", finding.Always, "Run `npm ci --ignore-scripts` before packing"},
		{"yarn 1", missing + `"dependencies":{"b":"1"}}`, "yarn", "1", "", finding.Always,
			"Run `yarn install --frozen-lockfile --ignore-scripts` before packing"},
		{"yarn 4", missing + `"dependencies":{"b":"1"}}`, "yarn", "8", "", finding.Always,
			"Set `nodeLinker: node-modules` and run `yarn install --immutable --mode=skip-build`"},
		{"pnpm", missing + `"dependencies":{"b":"1"}}`, "pnpm", "9.0", "", finding.Always, "--config.node-linker=hoisted"},
		{"bun", missing + `"dependencies":{"b":"1"}}`, "bun", "1", "", finding.Always,
			"Run `bun install --frozen-lockfile --ignore-scripts` before packing"},
		{"a member", missing + `"dependencies":{"b":"1"}}`, "npm", "3", "packages/a", finding.Always,
			"run `npm install --workspaces=false --no-package-lock --ignore-scripts` in the package's own folder"},
		{"a member, pnpm", missing + `"dependencies":{"b":"1"}}`, "pnpm", "9.0", "packages/a", finding.Always,
			"run `pnpm install --ignore-workspace --lockfile=false --ignore-scripts --config.node-linker=hoisted` in the package's own folder"},
		{"a member, yarn 1", missing + `"dependencies":{"b":"1"}}`, "yarn", "1", "packages/a", finding.Always,
			"add \"app/**\" to `workspaces.nohoist` of the root's package.json and run `yarn install --frozen-lockfile --force --ignore-scripts`"},
		{"a member, yarn 4", missing + `"dependencies":{"b":"1"}}`, "yarn", "8", "packages/a", finding.Always,
			"run `YARN_NM_HOISTING_LIMITS=workspaces yarn install --immutable --mode=skip-build`"},
		{"optional", missing + `"optionalDependencies":{"b":"1"}}`, "npm", "3", "", finding.Advice, "Run `npm ci"},
		{"a peer", missing + `"peerDependencies":{"b":"1"}}`, "npm", "3", "", finding.Always, "move it there from the peer dependencies"},
		{"a peer and more", missing + `"devDependencies":{"b":"1"},"dependencies":{"b":"1"}}`, "npm", "3", "", finding.Always, "Run `npm ci"},
		{"for development", missing + `"devDependencies":{"b":"1"}}`, "npm", "3", "", finding.Always, "move it there from the dev dependencies"},
		{"not declared", missing + `"dependencies":{}}`, "npm", "3", "", finding.Always, "add it there"},
	} {
		s := clean()
		m, err := npm.ParseManifest([]byte(c.manifest), "package.json")
		if err != nil {
			t.Fatal(err)
		}
		s.Tarball.Manifest, s.Graph.Manager, s.Graph.Version, s.Graph.Root.Location = m, c.manager, c.version, c.location
		found := bundleMissing.Run(s)
		if len(found) != 1 || found[0].Level != c.level || !strings.Contains(found[0].Fix, c.want) {
			t.Errorf("%s: %+v", c.name, found)
		}
	}
}

// TestTestData: what lies among the files of tests is looked up as for
// development, if it says what it is, and is no packed dependency.
func TestTestData(t *testing.T) {
	s := clean()
	s.Tarball.Bundled = []tarball.Bundled{
		{Path: "test/fixtures/node_modules/x", Name: "x", Version: "1.0.0"},
		{Path: "test/fixtures/node_modules/y", Name: "y"},
		{Path: "test/fixtures/node_modules/z", Name: "no name", Version: "1.0.0"},
		{Path: "test/fixtures/node_modules/tool", Name: "tool", Version: "3.0.0"},
		{Path: "lib/node_modules/v", Name: "v", Version: "1.0.0"},
	}
	s.Unlocked = Unlocked(s.Tarball, s.Graph)
	got := ""
	for _, p := range s.Unlocked {
		got += p.ID() + " " + string(s.scope(p)) + ";"
	}
	if want := "x@1.0.0 dev;v@1.0.0 prod;"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := s.scope(pkg(s, "tool")); got != npm.Dev {
		t.Errorf("a tool that tests have too: %s", got)
	}
	if found := s.unlockedAudit(); len(found) != 1 || strings.Contains(found[0].Message, "x@1") ||
		!strings.Contains(found[0].Fix, "does not have v at all") {
		t.Errorf("%+v", found)
	}
}
