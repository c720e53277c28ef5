package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files of a commit are those of its checkout, for whoever looks: the same
// kinds, lists and contents, through the same links.
func TestFiles(t *testing.T) {
	dir, _ := commit(t, map[string]string{
		"package.json": "{}", "a/b/c.txt": "deep", "a/x": "1", "link": "link:a/b", "file-link": "link:a/x", "out": "link:../../etc",
		"loop": "link:loop", "dead": "link:nowhere", "abs": "link:/etc/passwd"})
	for name, text := range map[string]string{"package.json": "{}", "a/b/c.txt": "deep", "a/x": "1"} {
		must(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	for name, to := range map[string]string{"link": "a/b", "file-link": "a/x", "out": "../../etc", "loop": "loop", "dead": "nowhere",
		"abs": "/etc/passwd"} {
		must(t, os.Symlink(to, filepath.Join(dir, name)))
	}
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer root.Close()
	repo, v, err := head(t, dir)
	must(t, err)
	files := repo.Files(v)
	lstat := func(info fs.FileInfo, err error) string {
		if err != nil {
			return fmt.Sprint("none: ", errors.Is(err, fs.ErrNotExist))
		}
		return fmt.Sprint(info.Name(), info.Mode().Type(), info.IsDir())
	}
	for _, name := range []string{".", "package.json", "a", "a/b", "a/b/c.txt", "a/./b/../x", "link", "link/c.txt", "file-link",
		"dead", "loop", "abs",
		"nowhere", "a/nowhere", "package.json/x", "nowhere/x", "dead/x"} {
		want, got := lstat(root.Lstat(name)), lstat(files.Lstat(name))
		if want != got && !(strings.HasPrefix(want, "none") && strings.HasPrefix(got, "none")) {
			t.Errorf("%s is %s, on disk %s", name, got, want)
		}
	}
	for _, name := range []string{"..", "../x", "out/passwd", "loop/x", "abs/x"} {
		if info, err := files.Lstat(name); err == nil {
			t.Errorf("%s is %v", name, info)
		}
	}
	for _, name := range []string{".", "a", "a/b", "link"} {
		want, err := fs.ReadDir(root.FS(), name)
		must(t, err)
		got, err := fs.ReadDir(files.FS(), name)
		var a, b []string
		for _, e := range want {
			if e.Name() != ".git" {
				a = append(a, e.Name()+e.Type().String())
			}
		}
		for _, e := range got {
			b = append(b, e.Name()+e.Type().String())
		}
		if err != nil || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%s holds %v, on disk %v (%v)", name, b, a, err)
		}
	}
	for _, name := range []string{"package.json/x", "file-link", "out", "nowhere", ".."} {
		if list, err := fs.ReadDir(files.FS(), name); err == nil {
			t.Errorf("%s holds %v", name, list)
		}
	}
	if data, err := files.Read("link/c.txt", 4); string(data) != "deep" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	for _, name := range []string{"a", "file-link", "abs", "out/passwd", "nowhere"} {
		if data, err := files.Read(name, 100); err == nil {
			t.Errorf("%s is %q", name, data)
		}
	}
	if _, err := files.Read("link/c.txt", 3); err == nil || !strings.Contains(err.Error(), "larger than 3 bytes") {
		t.Error(err)
	}
}
