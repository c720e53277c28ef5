package installed

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// tree makes a folder of package.json files, "folder: content" a line, and
// opens it.
func tree(t testing.TB, lines string) (*os.Root, string) {
	t.Helper()
	dir := t.TempDir()
	for line := range strings.Lines(lines) {
		folder, text, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, folder, "package.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root, dir
}

func graph(packages ...*npm.Package) *npm.Graph {
	root := &npm.Package{Name: "root", Version: "1.0.0", Source: npm.SourceLocal}
	for _, p := range packages {
		if p.Scope == "" {
			p.Scope = npm.Prod
		}
	}
	return &npm.Graph{Root: root, Lockfile: "x.lock", Packages: append([]*npm.Package{root}, packages...)}
}

// says is what is known now: "name@version license author" of each package.
func says(g *npm.Graph) string {
	var b strings.Builder
	for _, p := range g.Packages[1:] {
		fmt.Fprintf(&b, "%s %s %s\n", p.ID(), p.License, p.Author)
	}
	return b.String()
}

func TestLicenses(t *testing.T) {
	for _, c := range []struct {
		name, files, dir, lockfile string
		packages                   []*npm.Package
		want                       string
	}{
		{
			name: "npm, by location",
			files: `node_modules/a: {"name":"a","version":"1.0.0","license":"MIT","author":"Ann <a@x> (https://x)"}
				node_modules/a/node_modules/b: {"name":"b","version":"2.0.0","licenses":[{"type":"MIT"},{"type":"ISC"}],"author":{"name":"Bob"}}
				node_modules/b: {"name":"b","version":"1.0.0","license":"no"}
				packages/m: {"name":"m","license":"0BSD"}`,
			packages: []*npm.Package{
				{Name: "a", Version: "1.0.0", Location: "node_modules/a"},
				{Name: "b", Version: "2.0.0", Location: "node_modules/a/node_modules/b"},
				{Name: "m", Location: "packages/m", Source: npm.SourceLocal, Workspace: true},
			},
			want: "a@1.0.0 MIT Ann\nb@2.0.0 MIT OR ISC Bob\nm 0BSD \n",
		}, {
			name:  "stated by the lockfile stays",
			files: `node_modules/a: {"name":"a","version":"1.0.0","license":"MIT"}`,
			packages: []*npm.Package{
				{Name: "a", Version: "1.0.0", Location: "node_modules/a", License: "ISC"},
			},
			want: "a@1.0.0 ISC \n",
		}, {
			name: "of another name or version, broken, not reached",
			files: `node_modules/a: {"name":"a","version":"1.0.1","license":"MIT"}
				node_modules/b: {"name":"c","version":"1.0.0","license":"MIT"}
				node_modules/d: {"name":"d","version":"1.0.0","license":"MIT"`,
			packages: []*npm.Package{{Name: "a", Version: "1.0.0", Location: "yarn:a"}, {Name: "b", Version: "1.0.0",
				Location: "yarn:b"}, {Name: "d", Version: "1.0.0", Location: "yarn:d"}},
			want: "a@1.0.0  \nb@1.0.0  \nd@1.0.0  \n",
		}, {
			name: "pnpm's store",
			files: `node_modules/.pnpm/a@1.0.0/node_modules/a: {"name":"a","version":"1.0.0","license":"MIT"}
				node_modules/.pnpm/a@2.0.0_b@1.0.0/node_modules/a: {"name":"a","version":"2.0.0","license":"ISC"}
				node_modules/.pnpm/a@2.0.0_b@2.0.0/node_modules/a: {"name":"a","version":"2.0.0","license":"no"}
				node_modules/.pnpm/a@2.0.0_c@1.0.0/node_modules/a: {"name":"a","version":"2.0.0","license":"no"}
				node_modules/.pnpm/a@2.0.0_d@1.0.0/node_modules/a: {"name":"a","version":"2.0.0","license":"no"}
				node_modules/.pnpm/a@2.0.0_e@1.0.0/node_modules/a: {"name":"a","version":"2.0.0","license":"no"}
				node_modules/.pnpm/a@3.0.0(b@1.0.0)/node_modules/a: {"name":"a","version":"3.0.0","license":"BSD-2-Clause"}
				node_modules/.pnpm/@s+a_b@1.0.0/node_modules/@s/a_b: {"name":"@s/a_b","version":"1.0.0","license":"0BSD"}`,
			packages: []*npm.Package{
				{Name: "a", Version: "1.0.0", Location: "a@1.0.0"}, {Name: "a", Version: "2.0.0", Location: "a@2.0.0(b@1.0.0)"},
				{Name: "a", Version: "3.0.0", Location: "a@3.0.0(b@1.0.0)"}, {Name: "@s/a_b", Version: "1.0.0", Location: "@s/a_b@1.0.0"},
			},
			want: "a@1.0.0 MIT \na@2.0.0 ISC \na@3.0.0 BSD-2-Clause \n@s/a_b@1.0.0 0BSD \n",
		}, {
			name: "a member, installed beside the lockfile and beside it",
			dir:  "packages/m", lockfile: "../../yarn.lock",
			files: `node_modules/a: {"name":"a","version":"1.0.0","license":"MIT"}
				packages/m/node_modules/a: {"name":"a","version":"2.0.0","license":"ISC"}`,
			packages: []*npm.Package{{Name: "a", Version: "1.0.0", Location: "yarn:a@1"}, {Name: "a", Version: "2.0.0", Location: "yarn:a@2"}},
			want:     "a@1.0.0 MIT \na@2.0.0 ISC \n",
		}, {
			name: "nothing is installed", packages: []*npm.Package{{Name: "a", Version: "1.0.0", Location: "node_modules/a"}}, want: "a@1.0.0  \n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, _ := tree(t, c.files)
			g := graph(c.packages...)
			if c.lockfile != "" {
				g.Lockfile = c.lockfile
			}
			Licenses(root, or(c.dir, "."), g)
			if got := says(g); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// What yarn does not hoist stands below one of its dependents, at any depth.
func TestNested(t *testing.T) {
	root, _ := tree(t, `node_modules/a: {"name":"a","version":"1.0.0","license":"MIT"}
		node_modules/b: {"name":"b","version":"1.0.0","license":"MIT"}
		node_modules/a/node_modules/b: {"name":"b","version":"2.0.0","license":"ISC"}
		node_modules/a/node_modules/b/node_modules/alias: {"name":"c","version":"2.0.0","license":"0BSD"}
		node_modules/a/node_modules/d: {"name":"d","version":"1.0.0","license":"MIT-0"}`)
	a, b1 := &npm.Package{Name: "a", Version: "1.0.0", Location: "yarn:a"}, &npm.Package{Name: "b", Version: "1.0.0", Location: "yarn:b@1"}
	b2, c := &npm.Package{Name: "b", Version: "2.0.0", Location: "yarn:b@2"}, &npm.Package{Name: "c", Version: "2.0.0", Location: "yarn:c"}
	a.Deps = []npm.Edge{{Name: "b", To: b2}}
	b2.Deps = []npm.Edge{{Name: "alias", To: c}, {Name: "a", To: a}, {Name: "none"}}
	d := &npm.Package{Name: "d", Version: "1.0.0", Location: "yarn:d"} // c's, hoisted half the way
	c.Deps = []npm.Edge{{Name: "d", To: d}}
	g := graph(a, b1, b2, c, d)
	Licenses(root, ".", g)
	if got, want := says(g), "a@1.0.0 MIT \nb@1.0.0 MIT \nb@2.0.0 ISC \nc@2.0.0 0BSD \nd@1.0.0 MIT-0 \n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A hostile checkout gets nothing read from outside, and nobody to wait.
func TestStaysInside(t *testing.T) {
	root, dir := tree(t, `in/node_modules/a: {"name":"a","version":"1.0.0"}
		out: {"name":"x","version":"1.0.0","license":"SECRET"}
		in: {"name":"../../out","version":"1.0.0","license":"SECRET"}`)
	inner, err := root.OpenRoot("in")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	if err := os.Symlink(filepath.Join(dir, "out"), filepath.Join(dir, "in/node_modules/x")); err != nil {
		t.Fatal(err)
	}
	g := graph(&npm.Package{Name: "x", Version: "1.0.0", Location: "node_modules/x"},
		&npm.Package{Name: "x", Version: "1.0.0", Location: "node_modules/../../out"},
		&npm.Package{Name: "../../out", Version: "1.0.0", Location: "yarn:x"},
		&npm.Package{Name: "x", Version: "1.0.0", Location: "../out", Source: npm.SourceLocal})
	for _, lockfile := range []string{"x.lock", "../x.lock", "/x.lock", "../../../../x.lock"} {
		g.Lockfile = lockfile
		Licenses(inner, ".", g)
		if got := says(g); strings.Contains(got, "SECRET") {
			t.Errorf("%s: read from outside:\n%s", lockfile, got)
		}
	}
}

// Every licence known: not even node_modules is opened.
func TestLooksOnlyWhereItMust(t *testing.T) {
	g := graph(&npm.Package{Name: "a", Version: "1.0.0", Location: "node_modules/a", License: "MIT"},
		&npm.Package{Name: "l", Link: true}, &npm.Package{Name: "u", Version: "1.0.0"})
	g.Packages[3].Scope = ""
	Licenses(nil, ".", g) // a nil root would panic
}

func many(b *testing.B, n int, location func(i int) (folder, location string)) (*os.Root, *npm.Graph) {
	var files strings.Builder
	var packages []*npm.Package
	for i := range n {
		folder, at := location(i)
		name := fmt.Sprintf("package-%d", i)
		fmt.Fprintf(&files, "%s: {\"name\":%q,\"version\":\"1.0.0\",\"license\":\"MIT\",\"description\":%q}\n", folder,
			name, strings.Repeat("words and more ", 100))
		packages = append(packages, &npm.Package{Name: name, Version: "1.0.0", Location: at})
	}
	root, _ := tree(b, files.String())
	return root, graph(packages...)
}

func BenchmarkLicenses(b *testing.B) {
	for name, location := range map[string]func(i int) (string, string){
		"npm":  func(i int) (string, string) { s := fmt.Sprintf("node_modules/package-%d", i); return s, s },
		"yarn": func(i int) (string, string) { return fmt.Sprintf("node_modules/package-%d", i), fmt.Sprint("yarn:", i) },
		"pnpm": func(i int) (string, string) {
			return fmt.Sprintf("node_modules/.pnpm/package-%d@1.0.0/node_modules/package-%d", i, i), fmt.Sprintf("package-%d@1.0.0", i)
		},
		"none": func(i int) (string, string) { return "elsewhere", fmt.Sprint("yarn:", i) },
	} {
		b.Run(name, func(b *testing.B) {
			root, g := many(b, 1321, location)
			for b.Loop() {
				for _, p := range g.Packages {
					p.License = ""
				}
				Licenses(root, ".", g)
			}
			if known := strings.Count(says(g), "MIT"); known != 1321 && name != "none" {
				b.Fatalf("%d read", known)
			}
		})
	}
}
