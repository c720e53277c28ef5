package gate

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/source"
	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
)

// The graph of a commit is the one that its checkout has, whatever manager wrote
// the lockfile, for the package at the root and for members below it. So no
// finding is new or fixed because the base was read in another way.
func TestGraphOfCommit(t *testing.T) {
	compared := map[string]int{} // by manager
	for _, top := range []string{"../lockfile/testdata", "../../testdata/packages"} {
		roots := map[string]bool{}
		err := filepath.WalkDir(top, func(file string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && isLockfile(d.Name()) {
				roots[filepath.Dir(file)] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for root := range roots {
			for manager, n := range sameGraphs(t, root) {
				compared[manager] += n
			}
		}
	}
	for _, manager := range []string{"npm", "yarn", "pnpm", "bun"} {
		if compared[manager] == 0 {
			t.Errorf("no graph of %s was compared", manager)
		}
	}
}

func isLockfile(name string) bool {
	return slices.ContainsFunc(lockfile.Formats, func(f lockfile.Format) bool { return f.File == name })
}

// sameGraphs commits a directory, and reads every package in it from the
// checkout and from the commit.
func sameGraphs(t *testing.T, dir string) map[string]int {
	t.Helper()
	checkout := t.TempDir()
	files, folders := map[string]string{}, []string{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if files[name] = string(data); path.Base(name) == "package.json" {
			folders = append(folders, path.Dir(name))
		}
		at := filepath.Join(checkout, rel)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		return os.WriteFile(at, data, 0o644)
	})
	repo, initErr := gitrepo.Init(checkout)
	if err != nil || initErr != nil {
		t.Fatal(err, initErr)
	}
	if _, err := repo.Commit(files); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(checkout)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	git, err := source.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer git.Close()
	head, err := git.Head()
	if err != nil {
		t.Fatal(err)
	}
	compared := map[string]int{}
	for _, folder := range folders {
		m, err := npm.ParseManifest([]byte(files[path.Join(folder, "package.json")]), "package.json")
		if err != nil {
			continue
		}
		want, wantErr := lockfile.Read(lockfile.Location{Root: root, Dir: folder}, m, "")
		got, gotErr := lockfile.Read(lockfile.Location{Root: git.Files(head), Dir: folder}, m, "")
		if (wantErr == nil) != (gotErr == nil) || wantErr != nil && wantErr.Error() != gotErr.Error() {
			t.Errorf("%s/%s: %v, of the commit %v", dir, folder, wantErr, gotErr)
		}
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s/%s: the commit has another graph than its checkout", dir, folder)
		}
		if want != nil {
			compared[strings.Fields(want.Manager + " none")[0]]++
		}
	}
	return compared
}
