package gate

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// write makes files below a directory. A path that ends in / is made as a
// directory.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFindPlace(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{
		"repo/.git/HEAD":                   "ref: refs/heads/main\n",
		"repo/packages/a/package.json":     `{"name":"a"}`,
		"mono/package.json":                `{"workspaces":["packages/*"]}`,
		"mono/packages/b/package.json":     `{"name":"b"}`,
		"mono/packages/b/.publishgate.yml": "version: 1\n",
		"pnpm/pnpm-workspace.yaml":         "packages: [p]\n",
		"pnpm/p/package.json":              `{"name":"p"}`,
		"alone/package.json":               `{"name":"c"}`,
		"alone/.publishgate.yml":           "version: 1\n",
	})
	if err := os.Symlink(filepath.Join(dir, "repo/packages/a"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dir, root, within string }{
		{"repo/packages/a", "repo", "packages/a"},
		{"repo", "repo", "."},
		{"link", "repo", "packages/a"},
		{"mono/packages/b", "mono", "packages/b"},
		{"pnpm/p", "pnpm", "p"},
		{"alone", "alone", "."},
	} {
		p, err := findPlace(filepath.Join(dir, c.dir))
		if err != nil {
			t.Errorf("%s: %v", c.dir, err)
			continue
		}
		if got, err := filepath.Rel(dir, p.root.Name()); got != c.root || err != nil || p.dir != c.within {
			t.Errorf("%s: root %s, within %s, expected %s and %s", c.dir, got, p.dir, c.root, c.within)
		}
		p.close()
	}
	for _, wrong := range []string{"nowhere", "alone/package.json"} {
		if _, err := findPlace(filepath.Join(dir, wrong)); err == nil {
			t.Errorf("%s: no error", wrong)
		}
	}

	p, err := findPlace(filepath.Join(dir, "mono/packages/b"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if data, shown, err := p.either(".publishgate.yml", 100); string(data) != "version: 1\n" || shown != ".publishgate.yml" || err != nil {
		t.Errorf("either: %q %q %v", data, shown, err)
	}
	if data, shown, err := p.either("absent", 100); data != nil || shown != "" || err != nil {
		t.Errorf("either: %q %q %v", data, shown, err)
	}
	if _, shown, _ := p.either("package.json", 100); shown != "package.json" || p.up("package.json") != "../../package.json" {
		t.Errorf("shown as %s, up is %s", shown, p.up("package.json"))
	}
	names, _, err := p.files(&npm.Manifest{})
	if slices.Sort(names); err != nil || !slices.Equal(names, []string{".publishgate.yml", "package.json"}) {
		t.Errorf("files: %v %v", names, err)
	}
}
