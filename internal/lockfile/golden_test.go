package lockfile

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/oracle"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// asked is ask where the package managers are installed, and nil where what they
// said has to do.
func asked[T any](ask func() T) func() T {
	if os.Getenv(oracle.Managers) == "" {
		return nil
	}
	return ask
}

// record names what a real tool says of a fixture.
func record(name string) oracle.Record { return oracle.Record{Name: name, Update: *update} }

// The fixtures are one tree in all three versions, written by npm's own code
// (testdata/make.cjs): an alias, two versions of one package, a cycle, peers,
// a package bound to a platform, a bundle, a git dependency, workspaces,
// overrides, an extraneous package.
func TestGolden(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "tricky-v*"))
	if err != nil || len(dirs) != 3 {
		t.Fatalf("%v, %v", dirs, err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			lock, file, manifest := project(t, dir)
			g, err := Parse(lock, file, manifest)
			if err != nil {
				t.Fatal(err)
			}
			got := dump(g)
			for _, p := range g.Packages {
				for _, chain := range g.Paths(p) {
					got += "path"
					for _, id := range chain {
						got += " " + id
					}
					got += "\n"
				}
			}
			golden := filepath.Join(dir, "graph.golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the graph differs from %s; got\n%s", golden, got)
			}
		})
	}
}

// One member of the fixture's monorepo, judged by itself.
func TestMember(t *testing.T) {
	lock, _, owner := project(t, filepath.Join("testdata", "tricky-v3"))
	member := manifestOf(t, `{"name":"@scope/member","version":"1.0.0","dependencies":{"twice":"^1.5.0"},`+
		`"devDependencies":{"other":"*","memberdev":"*"}}`)
	g, err := ParseInput(Input{Data: lock, File: "../../package-lock.json", Manifest: member, Member: "packages/member", Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	if g.Root.Location != "packages/member" || g.Root.ID() != "@scope/member@1.0.0" {
		t.Errorf("root %s at %s", g.Root.ID(), g.Root.Location)
	}
	want := map[string]string{
		"packages/member/node_modules/twice": "prod", "packages/other": "dev", "node_modules/shared": "dev", "node_modules/memberdev": "dev",
		"node_modules/twice": "", "node_modules/tool": "", "node_modules/alias": "", "packages/member": "", "": "",
	}
	for _, p := range g.Packages {
		if scope, ok := want[p.Location]; ok && string(p.Scope) != scope {
			t.Errorf("%s: scope %q, want %q", p.Location, p.Scope, scope)
		}
	}
	if kinds(g) != "" {
		t.Errorf("notes %s", kinds(g))
	}
}
