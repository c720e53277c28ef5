package lockfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// TestPeersOfOthers: a peer that does not fit is told to the member whose package
// reaches it, and to the root, which has what its links lead to.
func TestPeersOfOthers(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"package.json":   `{"private":true,"workspaces":["a","b"]}`,
		"a/package.json": `{"name":"a","version":"1.0.0","dependencies":{"x":"1.0.0"}}`,
		"b/package.json": `{"name":"b","version":"1.0.0"}`,
		"package-lock.json": `{"lockfileVersion":3,"packages":{"":{"workspaces":["a","b"]},
			"node_modules/a":{"resolved":"a","link":true},"node_modules/b":{"resolved":"b","link":true},
			"a":{"version":"1.0.0","dependencies":{"x":"1.0.0"}},"b":{"version":"1.0.0"},
			"node_modules/x":{"version":"1.0.0","peerDependencies":{"p":"^1.0.0"}},"node_modules/p":{"version":"2.0.0","peer":true}}}`,
	} {
		path := filepath.Join(dir, name)
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
	for member, want := range map[string]int{"": 1, "a": 1, "b": 0} {
		text, err := os.ReadFile(filepath.Join(dir, member, "package.json"))
		if err != nil {
			t.Fatal(err)
		}
		g, err := Read(Location{Root: root, Dir: member}, manifestOf(t, string(text)), "")
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, n := range g.Notes {
			if n.Kind == npm.NoteInvalid {
				got++
			}
		}
		if got != want {
			t.Errorf("member %q is told of %d peers, want %d: %v", member, got, want, g.Notes)
		}
	}
}
