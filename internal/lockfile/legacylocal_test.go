package lockfile

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// One tree of workspace members and folders, as npm 11 locks it in version 1 and
// in version 3: what is told of it is the same. Only version 3 says of the folders
// who they are and what they are given for development; for version 1 their
// package.json does.
func TestLocalFoldersOfVersion1(t *testing.T) {
	tell := func(g *npm.Graph) string {
		var all []string
		for _, p := range g.Packages {
			deps := slices.Clone(p.Deps)
			slices.SortFunc(deps, func(x, y npm.Edge) int { return strings.Compare(x.Name, y.Name) })
			line := fmt.Sprintf("%s %s scope=%s workspace=%v link=%v dev=%v", p.Location, p.ID(), p.Scope, p.Workspace, p.Link, p.Dev)
			for _, e := range deps {
				line += fmt.Sprintf("\n  %s %s@%s %s %v", e.Kind, e.Name, e.Range, e.To.Location, e.Valid)
			}
			all = append(all, line)
		}
		slices.Sort(all)
		return strings.Join(all, "\n")
	}
	read := func(dir string) *npm.Graph {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		_, _, manifest := project(t, dir)
		g, err := Read(Location{Root: root}, manifest, "")
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	one, three := tell(read("testdata/local-v1")), tell(read("testdata/local-v3"))
	if one != three {
		t.Errorf("version 1\n%s\nversion 3\n%s", one, three)
	}
	for _, want := range []string{"packages/a a@1.2.3 scope=prod workspace=true",
		"node_modules/left-pad left-pad@1.3.0 scope=dev", "peer minimist@1 node_modules/minimist true"} {
		if !strings.Contains(three, want) {
			t.Errorf("%s is missing in\n%s", want, three)
		}
	}
}

// A folder is called what its own package.json says, not what a link calls it.
func TestNameOfLinkedFolder(t *testing.T) {
	manifest := manifestOf(t, `{"name":"app","dependencies":{"other":"file:packages/a"}}`)
	_, root := repository(t, map[string]string{"packages/a/package.json": `{"name":"a","version":"1.2.3"}`})
	for version, lock := range map[string]string{
		"1": `{"lockfileVersion":1,"requires":true,"dependencies":{"other":{"version":"file:packages/a"}}}`,
		"3": `{"lockfileVersion":3,"packages":{"":{"dependencies":{"other":"file:packages/a"}},` +
			`"node_modules/other":{"resolved":"packages/a","link":true},"packages/a":{"name":"a","version":"1.2.3"}}}`,
	} {
		g, err := ParseInput(Input{Data: []byte(lock), File: "package-lock.json", Manifest: manifest, Checkout: NewCheckout(root, "", "")})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range g.Packages {
			if p != g.Root && (p.ID() != "a@1.2.3" || p.Link != (p.Alias == "other")) {
				t.Errorf("version %s: %s is %s, alias %q", version, p.Location, p.ID(), p.Alias)
			}
		}
	}
}
