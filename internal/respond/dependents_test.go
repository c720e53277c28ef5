package respond

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// ours are projects of ours, with the lockfiles of four managers.
var ours = map[string]string{
	"npm/package.json": `{"name": "a", "version": "1.0.0", "dependencies": {"w": "^1.0.0"}}`,
	"npm/package-lock.json": `{"name": "a", "version": "1.0.0", "lockfileVersion": 3, "packages": {
		"": {"name": "a", "version": "1.0.0", "dependencies": {"w": "^1.0.0"}}, "node_modules/w": {"version": "1.0.1"}}}`,
	"dev/package.json": `{"name": "d", "version": "1.0.0", "devDependencies": {"w": "^1.0.0"}}`,
	"dev/package-lock.json": `{"name": "d", "version": "1.0.0", "lockfileVersion": 3, "packages": {
		"": {"name": "d", "version": "1.0.0", "devDependencies": {"w": "^1.0.0"}}, "node_modules/w": {"version": "1.0.1", "dev": true}}}`,
	"aliased/package.json": `{"name": "al", "version": "1.0.0", "dependencies": {"other": "npm:w@1.0.1"}}`,
	"aliased/package-lock.json": `{"name": "al", "version": "1.0.0", "lockfileVersion": 3, "packages": {
		"": {"name": "al", "version": "1.0.0", "dependencies": {"other": "npm:w@1.0.1"}},
		"node_modules/other": {"name": "w", "version": "1.0.1"}}}`,
	"good/package.json": `{"name": "g", "version": "1.0.0", "dependencies": {"w": "^1.0.0"}}`,
	"good/package-lock.json": `{"name": "g", "version": "1.0.0", "lockfileVersion": 3, "packages": {
		"": {"name": "g", "version": "1.0.0", "dependencies": {"w": "^1.0.0"}}, "node_modules/w": {"version": "1.0.0"}}}`,
	"pnpm/package.json":            `{"name": "p", "version": "1.0.0"}`,
	"pnpm/pnpm-workspace.yaml":     "packages: [packages/*]\n",
	"pnpm/packages/m/package.json": `{"name": "m", "version": "1.0.0", "dependencies": {"w": "1.0.1"}}`,
	"pnpm/pnpm-lock.yaml": "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\n" +
		"importers:\n\n" +
		"  .: {}\n\n  packages/m:\n    dependencies:\n      w:\n        specifier: 1.0.1\n        version: 1.0.1\n\n" +
		"packages:\n\n  w@1.0.1:\n    resolution: {integrity: sha512-" + strings.Repeat("A", 86) + "==}\n\nsnapshots:\n\n  w@1.0.1: {}\n",
	"yarn/package.json": `{"name": "y", "version": "1.0.0", "dependencies": {"w": "^1.0.0"}}`,
	"yarn/yarn.lock": "# yarn lockfile v1\n\n\nw@^1.0.0:\n  version \"1.0.1\"\n  resolved \"https://registry.yarnpkg.com/w/-/w-1.0.1.tgz#" +
		strings.Repeat("a", 40) + "\"\n  integrity sha512-" + strings.Repeat("A", 86) + "==\n",
	"bun/package.json": `{"name": "b", "version": "1.0.0", "dependencies": {"w": "^1.0.0"}}`,
	"bun/bun.lock": `{"lockfileVersion": 1, "workspaces": {"": {"name": "b", "dependencies": {"w": "^1.0.0"}}},
		"packages": {"w": ["w@1.0.1", "", {}, "sha512-` + strings.Repeat("A", 86) + `=="]}}`,
	"npm/node_modules/x/package-lock.json": "not looked at",
	"npm/.git/package-lock.json":           "not looked at",
}

func lookAt(t *testing.T, files map[string]string, more ...string) incident.Look {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	number, _ := npm.ParseVersion("1.0.1")
	l := incident.Look{At: time.Now(), History: &registry.History{Name: "w",
		Releases: []registry.Publication{{Version: "1.0.1", Number: number}}}}
	q := &Inquiry{Ask: incident.Ask{Kind: incident.Package, Package: "w", Range: "1.0.1"}, Dependents: append([]string{dir}, more...)}
	q.dependents(t.Context(), &l, nil)
	for i := range l.Dependents {
		l.Dependents[i].File, _ = filepath.Rel(dir, l.Dependents[i].File)
		l.Dependents[i].File = filepath.ToSlash(l.Dependents[i].File)
	}
	return l
}

// TestDependents finds the version in the lockfiles of each manager.
func TestDependents(t *testing.T) {
	l := lookAt(t, ours)
	var got []string
	for _, d := range l.Dependents {
		got = append(got, d.Name+" "+d.File+map[bool]string{true: " shipped"}[d.Shipped])
	}
	want := []string{"al aliased/package-lock.json shipped", "b bun/bun.lock shipped", "d dev/package-lock.json",
		"a npm/package-lock.json shipped", "m pnpm/pnpm-lock.yaml shipped", "y yarn/yarn.lock shipped"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if l.Searched != 7 || len(l.Missed) > 0 || !l.Looked {
		t.Errorf("%d searched, missed %q", l.Searched, l.Missed)
	}
}

// TestDependentsUnseen: what cannot be read was not looked at.
func TestDependentsUnseen(t *testing.T) {
	deep := strings.Repeat("d/", maxDepth+1)
	l := lookAt(t, map[string]string{"torn/package-lock.json": "{", "binary/bun.lockb": "x", deep + "package-lock.json": "{}",
		"manifest/package.json": "{", "manifest/package-lock.json": `{"lockfileVersion": 3, "packages": {}}`},
		filepath.Join(t.TempDir(), "nowhere"))
	all := strings.Join(l.Missed, "\n")
	for _, want := range []string{"torn", "bun.lockb", "folders deep", "manifest", "nowhere"} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing is said of %s:\n%s", want, all)
		}
	}
	if l.Searched != 0 || len(l.Missed) != 5 {
		t.Errorf("%d searched, %d missed:\n%s", l.Searched, len(l.Missed), all)
	}
}
