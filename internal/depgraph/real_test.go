package depgraph_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/depgraph"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/sbom"
)

// Of every real lockfile, the manifest has the packages of the bill of
// materials, each with its scope, but for what is part of the checkout.
func TestRealLockfiles(t *testing.T) {
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: real lockfiles are not at hand")
	}
	managers, packages := map[string]int{}, 0
	names := []string{"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"}
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || !slices.Contains(names, e.Name()) {
			return err
		}
		g := read(t, filepath.Dir(file), e.Name())
		if g == nil {
			return nil
		}
		managers[g.Manager]++
		m := depgraph.Of("x/"+e.Name(), g)
		packages += len(m.Packages)
		if again := depgraph.Of("x/"+e.Name(), g); !reflect.DeepEqual(m, again) {
			t.Errorf("%s: another manifest the second time", file)
		}
		development := billed(t, g)
		known := map[string]bool{}
		for i, p := range m.Packages {
			known[p.PURL] = true
			if scope, listed := development[p.PURL]; !listed || scope != p.Development {
				t.Errorf("%s: %s, development %t: the bill has it: %t, development %t", file, p.PURL, p.Development, listed, scope)
			}
			if i > 0 && m.Packages[i-1].PURL >= p.PURL {
				t.Errorf("%s: %s is not in order", file, p.PURL)
			}
		}
		for purl := range development {
			if !known[purl] {
				t.Errorf("%s: the bill has %s, the manifest has not", file, purl)
			}
		}
		direct := 0
		for _, p := range m.Packages {
			for i, d := range p.Dependencies {
				if !known[d] || d == p.PURL || i > 0 && p.Dependencies[i-1] >= d {
					t.Errorf("%s: %s depends on %s", file, p.PURL, d)
				}
			}
			if p.Direct {
				direct++
			}
		}
		if direct == 0 && len(m.Packages) > 0 {
			t.Errorf("%s: nothing is direct", file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v, %d packages", managers, packages)
	for _, m := range []string{"npm", "yarn", "pnpm", "bun"} {
		if managers[m] < 3 {
			t.Errorf("%d lockfiles of %s", managers[m], m)
		}
	}
}

// read reads a lockfile with the package.json beside it; nil if it is refused.
func read(t *testing.T, dir, name string) *npm.Graph {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil
	}
	m, err := npm.ParseManifest(text, "package.json")
	if err != nil {
		return nil
	}
	g, err := lockfile.Read(lockfile.Location{Root: root, Dir: "."}, m, name)
	if err != nil {
		return nil
	}
	return g
}

// billed returns the purls of the bill of materials of a graph, and whether all
// copies are for development, but for those of the checkout and what is not
// installed.
func billed(t *testing.T, g *npm.Graph) map[string]bool {
	t.Helper()
	var out bytes.Buffer
	if err := sbom.Write(&out, sbom.Input{Version: "1.7", Graph: g}); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components []struct {
			Ref        string `json:"bom-ref"`
			PURL       string
			Scope      string
			IsExternal bool
		}
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	local, other := map[string]bool{}, map[string]bool{}
	for _, p := range g.Packages {
		if p.Source == npm.SourceLocal || p.Workspace || p.Link {
			local[npm.PURL(p)] = true
		} else {
			other[npm.PURL(p)] = true
		}
	}
	found := map[string]bool{}
	for _, c := range doc.Components {
		if c.IsExternal || c.PURL == "" || local[c.PURL] && !other[c.PURL] {
			continue
		}
		scope, known := found[c.PURL]
		found[c.PURL] = c.Scope == "excluded" && (scope || !known)
	}
	// The bill leaves out what no edge reaches; lockfiles of npm 4 and older have
	// flags in place of edges, and the verdict judges by them.
	for _, p := range g.Packages {
		if purl := npm.PURL(p); p.Scope != "" && other[purl] && !local[purl] {
			if scope, known := found[purl]; !known || scope {
				found[purl] = p.Scope == npm.Dev
			}
		}
	}
	return found
}
