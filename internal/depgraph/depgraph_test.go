package depgraph_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/depgraph"
	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

// of reads a lockfile for a member of its workspace, "" for the root.
func of(t *testing.T, files map[string]string, name, member string) *npm.Graph {
	t.Helper()
	dir := t.TempDir()
	for file, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	m, err := npm.ParseManifest([]byte(files[filepath.ToSlash(filepath.Join(member, "package.json"))]), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	up := strings.Repeat("../", strings.Count(member, "/")+min(len(member), 1))
	g, err := lockfile.Read(lockfile.Location{Root: root, Dir: filepath.ToSlash(filepath.Clean(member))}, m, up+name)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// lines prints a manifest, a package a line.
func lines(m depgraph.Manifest) string {
	var b strings.Builder
	for _, p := range m.Packages {
		word := map[bool]string{true: "direct", false: "indirect"}[p.Direct]
		scope := map[bool]string{true: "development", false: "runtime"}[p.Development]
		fmt.Fprintf(&b, "%s %s %s", p.PURL, word, scope)
		for _, d := range p.Dependencies {
			fmt.Fprintf(&b, " > %s", d)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

const sri = "sha512-KENdXmd3HIwdiIoH34wUIoO4QdvP2zKL8C/aw6CAbJRtYB0Hrz2zewYWXml5ccAW80C/6z0QmSZXgE1Ha0DFyA=="

// workspace is a workspace of bun: an alias, a dependency from git, one from a
// file, one for development below one that ships, two copies of one version,
// and a member that depends on another.
var workspace = map[string]string{
	"package.json": `{"name":"root","private":true,"workspaces":["packages/*"],"devDependencies":{"tool":"^2.0.0"}}`,
	"packages/a/package.json": `{"name":"@acme/a","version":"1.0.0",` +
		`"dependencies":{"@acme/b":"workspace:*","other":"npm:left@^1.0.0"}}`,
	"packages/b/package.json": `{"name":"@acme/b","version":"1.0.0",` +
		`"dependencies":{"fork":"github:acme/fork#0123456","kept":"file:kept.tgz"},` +
		`"devDependencies":{"@types/left":"^1.0.0"}}`,
	"bun.lock": strings.ReplaceAll(`{
  "lockfileVersion": 1,
  "workspaces": {
    "": {"name": "root", "devDependencies": {"tool": "^2.0.0"}},
    "packages/a": {"name": "@acme/a", "version": "1.0.0", "dependencies": {"@acme/b": "workspace:*", "other": "npm:left@^1.0.0"}},
    "packages/b": {"name": "@acme/b", "version": "1.0.0",
      "dependencies": {"fork": "github:acme/fork#0123456", "kept": "file:kept.tgz"},
      "devDependencies": {"@types/left": "^1.0.0"}},
  },
  "packages": {
    "@acme/a": ["@acme/a@workspace:packages/a"],
    "@acme/b": ["@acme/b@workspace:packages/b"],
    "@types/left": ["@types/left@1.0.0", "", {"dependencies": {"left": "*"}}, "SRI"],
    "fork": ["fork@github:acme/fork#0123456", {}, "acme-fork-0123456"],
    "kept": ["kept@packages/b/kept.tgz", {}, "SRI"],
    "left": ["left@1.0.0", "", {}, "SRI"],
    "other": ["left@1.0.0", "", {"dependencies": {"right": "1.0.0"}}, "SRI"],
    "right": ["right@1.0.0", "", {}, "SRI"],
    "tool": ["tool@2.0.0", "", {"dependencies": {"right": "1.0.0", "wrench": "1.0.0"}}, "SRI"],
    "wrench": ["wrench@1.0.0", "", {}, "SRI"],
  }
}
`, "SRI", sri),
}

func TestOf(t *testing.T) {
	want := strings.TrimLeft(`
pkg:npm/%40types/left@1.0.0 direct development > pkg:npm/left@1.0.0
pkg:npm/fork?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Facme%2Ffork.git%230123456 direct runtime
pkg:npm/kept direct runtime
pkg:npm/left@1.0.0 direct runtime > pkg:npm/right@1.0.0
pkg:npm/right@1.0.0 indirect runtime
pkg:npm/tool@2.0.0 direct development > pkg:npm/right@1.0.0 > pkg:npm/wrench@1.0.0
pkg:npm/wrench@1.0.0 indirect development
`, "\n")
	var first depgraph.Manifest
	for i, member := range []string{"", "packages/a", "packages/b"} {
		m := depgraph.Of("bun.lock", of(t, workspace, "bun.lock", member))
		if got := lines(m); got != want {
			t.Errorf("judged for %q:\n%s\nwant\n%s", member, got, want)
		}
		if i == 0 {
			first = m
		} else if !reflect.DeepEqual(m, first) {
			t.Errorf("another manifest for %s", member)
		}
	}
}

// A package of the checkout that only development uses makes what it depends on
// direct, and ships nothing.
func TestOfFolder(t *testing.T) {
	root := &npm.Package{Name: "root", Source: npm.SourceLocal}
	left := &npm.Package{Name: "left", Version: "1.0.0", Location: "node_modules/left", Source: npm.SourceRegistry}
	lost := &npm.Package{Name: "lost", Version: "1.0.0", Location: "node_modules/lost", Source: npm.SourceRegistry}
	old := &npm.Package{Name: "old", Version: "1.0.0", Location: "node_modules/old", Source: npm.SourceRegistry}
	kit := &npm.Package{Name: "kit", Location: "kit", Source: npm.SourceLocal, Deps: []npm.Edge{{Name: "left", To: left}}}
	link := &npm.Package{Name: "kit", Location: "node_modules/kit", Source: npm.SourceLocal, Link: true, Target: kit}
	root.Deps = []npm.Edge{{Name: "kit", Kind: npm.EdgeDev, To: link}, {Name: "gone"}}
	lost.Deps = []npm.Edge{{Name: "left", To: left}}
	g := &npm.Graph{Root: root, Packages: []*npm.Package{root, left, lost, old, kit, link}}
	g.Settle(root)
	old.Flagged(false, false, false) // as npm 4 wrote it, without edges
	want := "pkg:npm/left@1.0.0 direct development\npkg:npm/old@1.0.0 indirect runtime\n"
	if got := lines(depgraph.Of("x", g)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestReadByGitHub(t *testing.T) {
	plain := &npm.Graph{Version: "9.0"}
	catalogs := &npm.Graph{Version: "9.0", Catalogs: map[string]map[string]string{"default": {"left": "^1.0.0"}}}
	two := &npm.Graph{Version: "9.0", Packages: []*npm.Package{{Name: "pnpm", Location: "env:pnpm@12.0.0"}}}
	one, eight := &npm.Graph{Version: "1"}, &npm.Graph{Version: "8"}
	for _, c := range []struct {
		file string
		size int64
		g    *npm.Graph
		want bool
	}{
		{"package-lock.json", 100, plain, true},
		{"packages/a/package-lock.json", 100, plain, true},
		{"package-lock.json", 10_000_000, plain, true},
		{"package-lock.json", 10_000_001, plain, false},
		{"vendor/a/package-lock.json", 100, plain, false},
		{"vendored/a/package-lock.json", 100, plain, true},
		{"third-party/a/package-lock.json", 100, plain, false},
		{"src/externals/package-lock.json", 100, plain, false},
		{"npm-shrinkwrap.json", 100, plain, false},
		{"lock.json", 100, plain, false},
		{"yarn.lock", 100, one, true},
		{"yarn.lock", 100, eight, false},
		{"pnpm-lock.yaml", 100, plain, true},
		{"pnpm-lock.yaml", 100, catalogs, false},
		{"pnpm-lock.yaml", 100, two, false},
		{"bun.lock", 100, one, false},
	} {
		if got := depgraph.ReadByGitHub(c.file, c.size, c.g); (got != "") != c.want {
			t.Errorf("%s, %d bytes: %q, want %t", c.file, c.size, got, c.want)
		}
	}
}

// A lockfile as large as the largest real ones.
func BenchmarkOf(b *testing.B) {
	const n = 26_500
	root := &npm.Package{Name: "root", Source: npm.SourceLocal}
	all := []*npm.Package{root}
	for i := range n {
		name := fmt.Sprintf("package-%05d", i)
		all = append(all, &npm.Package{Name: name, Version: "1.0.0", Location: "node_modules/" + name, Source: npm.SourceRegistry})
	}
	for i, p := range all[:n] {
		for _, step := range []int{1, 7, 400, 9000} {
			p.Deps = append(p.Deps, npm.Edge{To: all[1+(i+step)%n]})
		}
	}
	g := &npm.Graph{Root: root, Packages: slices.Clone(all)}
	g.Settle(root)
	b.ReportAllocs()
	for b.Loop() {
		if m := depgraph.Of("bun.lock", g); len(m.Packages) != n {
			b.Fatal(len(m.Packages))
		}
	}
}
