package lockfile

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/testserver/monorepo"
)

// readMember reads the lockfile for one member of a workspace.
func readMember(t *testing.T, root *os.Root, dir string, s *Shared) (*npm.Graph, error) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root.Name(), dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := npm.ParseManifest(text, "package.json")
	if err != nil {
		t.Fatal(err)
	}
	return Read(Location{Root: root, Dir: dir, Shared: s}, m, "")
}

// readBoth compares the reading for a member alone with that among others.
func readBoth(t *testing.T, name string, root *os.Root, dir string, s *Shared) {
	t.Helper()
	alone, wrong := readMember(t, root, dir, nil)
	among, err := readMember(t, root, dir, s)
	if !reflect.DeepEqual(alone, among) || !reflect.DeepEqual(wrong, err) {
		t.Errorf("%s: %s:\n%+v\n%v\n%+v\n%v", name, dir, alone, wrong, among, err)
	}
}

// Members that are judged together have the graphs, and the errors, that each has
// alone: also where one of them changes what the graphs are made of.
func TestSharedPnpm(t *testing.T) {
	const lock = `lockfileVersion: '9.0'
overrides:
  b: 2.0.0
importers:
  .: {devDependencies: {dev: {specifier: ^1.0.0, version: 1.0.0}}}
  m/a:
    dependencies:
      b: {specifier: 2.0.0, version: 2.0.0}
      c: {specifier: ^1.0.0, version: 1.0.0(dev@1.0.0)}
      me: {specifier: 'workspace:*', version: link:../c}
  m/b: {dependencies: {b: {specifier: 2.0.0, version: 2.0.0}, gone: {specifier: ^1.0.0, version: 1.0.0}}}
  m/c: {devDependencies: {dev: {specifier: ^1.0.0, version: 1.0.0}, there: {specifier: ADDRESS, version: 1.0.0}}}
packages:
  b@2.0.0: {resolution: {integrity: SUM}}
  c@1.0.0: {resolution: {integrity: SUM}, peerDependencies: {dev: ^1.0.0}}
  dev@1.0.0: {resolution: {integrity: SUM}, deprecated: old}
  gone@1.0.0: {resolution: {integrity: SUM}}
  there@1.0.0: {resolution: {integrity: SUM}}
snapshots:
  b@2.0.0: {}
  c@1.0.0(dev@1.0.0): {dependencies: {dev: 1.0.0}}
  dev@1.0.0: {}
  gone@1.0.0: {dependencies: {b: 2.0.0}}
  there@1.0.0: {}
`
	files := map[string]string{
		"package.json":        `{"name":"root","private":true,"packageManager":"pnpm@10.0.0"}`,
		"pnpm-workspace.yaml": "packages: [\"m/*\"]\noverrides: {b: 2.0.0}\nconfigDependencies: {conf: 1.0.0+sha512-x}\n",
		"m/a/package.json":    `{"name":"a","version":"1.0.0","dependencies":{"b":"^1.0.0","c":"^1.0.0","me":"workspace:*","late":"1"}}`,
		"m/b/package.json":    `{"name":"b","version":"1.0.0","dependencies":{"b":"^1.0.0"}}`,
		"m/c/package.json":    `{"name":"me","version":"1.0.0","devDependencies":{"dev":"^1.0.0","there":"ADDRESS"}}`,
	}
	sums := strings.NewReplacer("SUM", "sha512-"+strings.Repeat("A", 86)+"==").Replace
	for _, c := range []struct {
		name, address, damage, by string
		shared                    bool
	}{
		{"a range", "1.0.0", "", "", true},
		{"an address, kept at the copy", "https://npm.acme.example/there/-/there-1.0.0.tgz", "", "", false},
		{"a link to no member", "1.0.0", "version: link:../c", "version: link:../../elsewhere", false},
		{"a copy that is missing", "1.0.0", "  gone@1.0.0: {dep", "  other@1.0.0: {dep", false},
	} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		files["pnpm-lock.yaml"] = strings.Replace(sums(lock), c.damage, c.by, 1)
		for name, text := range files {
			if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := root.WriteFile(name, []byte(strings.ReplaceAll(text, "ADDRESS", c.address)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s := &Shared{}
		for _, dir := range []string{"m/a", "m/b", "m/c", "m/a"} {
			readBoth(t, c.name, root, dir, s)
		}
		for _, whole := range s.wholes {
			if (whole() != nil) != c.shared || len(s.wholes) != 1 {
				t.Errorf("%s: shared %v, %d times", c.name, whole() != nil, len(s.wholes))
			}
		}
	}
}

// So it is for what the managers wrote.
func TestSharedPnpmFixtures(t *testing.T) {
	members, err := filepath.Glob("testdata/pnpm/*/packages/*/package.json")
	if err != nil || len(members) < 10 {
		t.Fatalf("%d members, %v", len(members), err)
	}
	shared := map[string]*Shared{}
	for _, file := range members {
		project, dir, _ := strings.Cut(filepath.ToSlash(filepath.Dir(file)), "/packages/")
		root, err := os.OpenRoot(project)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		if shared[project] == nil {
			shared[project] = &Shared{}
		}
		readBoth(t, project, root, "packages/"+dir, shared[project])
	}
	n := 0
	for _, s := range shared {
		for _, whole := range s.wholes {
			if whole() != nil {
				n++
			}
		}
	}
	if t.Logf("%d of %d projects are shared", n, len(shared)); n == 0 {
		t.Error("nothing was shared")
	}
}

// A further member costs the copy of the graph, and no reading of the lockfile.
func TestSharedPnpmCost(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := (monorepo.Workspace{Members: 40, Shared: 20, Own: 3, Links: 3}).Write(root.Name(), "pnpm"); err != nil {
		t.Fatal(err)
	}
	cost := func(s *Shared) float64 {
		return testing.AllocsPerRun(5, func() {
			if _, err := readMember(t, root, monorepo.Folder(7), s); err != nil {
				t.Error(err)
			}
		})
	}
	alone, among := cost(nil), cost(&Shared{})
	if t.Logf("%.0f allocations alone, %.0f among others", alone, among); among > alone/4 {
		t.Errorf("a member among others takes %.0f allocations, alone %.0f", among, alone)
	}
}
