package lockfile

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// What a manager would follow and the gate does not is told.
func TestStrays(t *testing.T) {
	root := folders(t, "p/a", "q/b", "w/p/c")
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "package.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{
		"p/in": "../q/b", "p/out": outside, "p/up": "../../x", "p/nothing": "../none", "p/empty": "../w", "w/p/above": "../../q/b",
		"q/other": outside, "r": "q", "s": "hop", "hop": outside, "loop": ".",
	} {
		if err := root.Symlink(to, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		dir      string
		patterns []string
		want     string
	}{
		{".", []string{"p/*"}, "[{p/in true false} {p/out true true} {p/up true true}]"},
		{"w", []string{"p/*"}, "[{p/above true true}]"},
		{".", []string{"../x", "/etc", "q/b", "!../y"}, "[{../x false true} {/etc false true}]"},
		{".", []string{"r/*"}, "[{r/b true false}]"},
		{".", []string{"r/b"}, "[{r/b true false}]"},
		{".", []string{"r/*", "!r/*"}, "[]"},
		{".", []string{"s/*"}, "[{s true true}]"},
		{".", []string{"s/*", "!s"}, "[]"},
		{".", []string{"p/nothing/*", "loop/q/*"}, "[{loop/q/b true false}]"},
		{".", []string{"p/*", "!p/in", "!p/out", "!p/up"}, "[]"},
	} {
		_, strays, err := Workspace(Location{Root: root, Dir: c.dir}, &npm.Manifest{Workspaces: c.patterns})
		if err != nil || fmt.Sprint(strays) != c.want {
			t.Errorf("%s %v: %v, %v; want %s", c.dir, c.patterns, strays, err, c.want)
		}
	}
}
