package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
)

// make commits files to a new repository.
func commit(t *testing.T, files map[string]string) (dir string, repo *gitrepo.Repo) {
	t.Helper()
	dir = t.TempDir()
	repo, err := gitrepo.Init(dir)
	must(t, err)
	_, err = repo.Commit(files)
	must(t, err)
	return dir, repo
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// opened opens the repository of a folder for the length of the test.
func opened(t testing.TB, dir string) (*Repository, error) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	must(t, err)
	t.Cleanup(func() { _ = root.Close() })
	r, err := Open(root)
	if err == nil {
		t.Cleanup(r.Close)
	}
	return r, err
}

// head opens the repository of a folder and reads its commit.
func head(t testing.TB, dir string) (*Repository, *Revision, error) {
	t.Helper()
	r, err := opened(t, dir)
	if err != nil {
		return nil, nil, err
	}
	v, err := r.Head()
	return r, v, err
}

func TestHead(t *testing.T) {
	dir, repo := commit(t, map[string]string{"a": "1"})
	_, v, err := head(t, dir)
	if err != nil || v.SHA != repo.Head || v.Date.Unix() != gitrepo.Date || v.Date.Location().String() != "UTC" {
		t.Fatalf("%+v %v", v, err)
	}
	for _, c := range []struct{ name, file, text string }{
		{"detached", "HEAD", repo.Head + "\n"},
		{"ref of a ref", "HEAD", "ref: refs/heads/other\n"},
		{"packed", "HEAD", "ref: refs/heads/packed\n"},
	} {
		must(t, repo.Write("refs/heads/other", "ref: refs/heads/main\n"))
		must(t, repo.Write("packed-refs", "# pack-refs with: peeled fully-peeled sorted \n"+repo.Head+" refs/heads/packed\n^"+repo.Head+"\n"))
		must(t, repo.Write(c.file, c.text))
		if _, v, err := head(t, dir); err != nil || v.SHA != repo.Head {
			t.Errorf("%s: %+v %v", c.name, v, err)
		}
	}
}

func TestNoCheckout(t *testing.T) {
	dir := t.TempDir()
	if _, err := opened(t, dir); !errors.Is(err, ErrNone) {
		t.Errorf("no .git: %v", err)
	}
	must(t, os.Mkdir(filepath.Join(dir, ".git"), 0o755))
	if _, err := opened(t, dir); !errors.Is(err, ErrNone) {
		t.Errorf("empty .git: %v", err)
	}
	_, err := gitrepo.Init(dir)
	must(t, err)
	if _, _, err := head(t, dir); !errors.Is(err, ErrUnborn) {
		t.Errorf("no commit: %v", err)
	}
}

// TestBrokenHead: what names the commit and cannot be read is an error, and
// never the same as having none.
func TestBrokenHead(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"garbage", "HEAD", "hello\n", "no name of a git object"},
		{"empty", "HEAD", "", "no name of a git object"},
		{"sha256", "HEAD", strings.Repeat("ab", 32), "not in this clone"},
		{"sha256 branch", "refs/heads/main", strings.Repeat("ab", 32), "not in this clone"},
		{"odd length", "HEAD", strings.Repeat("ab", 24), "no name of a git object"},
		{"reftable", "HEAD", "ref: refs/heads/.invalid\n", "reftable"},
		{"out of refs", "HEAD", "ref: ../../outside\n", "not a name"},
		{"dots", "HEAD", "ref: refs/../HEAD\n", "not a name"},
		{"loop", "refs/heads/main", "ref: refs/heads/main\n", "too many symbolic refs"},
		{"another's commit", "refs/heads/main", strings.Repeat("0", 39) + "1\n", "not in this clone"},
		{"huge", "HEAD", strings.Repeat("x", maxSmall+1), "larger than"},
	} {
		dir, repo := commit(t, map[string]string{"a": "1"})
		must(t, repo.Write(c.file, c.text))
		_, _, err := head(t, dir)
		if err == nil || errors.Is(err, ErrNone) || errors.Is(err, ErrUnborn) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", c.name, err, c.want)
		}
	}
}

func TestCommitsThatAreNone(t *testing.T) {
	dir, repo := commit(t, map[string]string{"a": "1"})
	tree, err := repo.Tree(nil)
	must(t, err)
	for _, text := range []string{
		"", "tree " + tree + "\n", "tree x\ncommitter A <a> 1 +0000\n", "committer A <a> 1 +0000\n",
		"tree " + tree + "\ncommitter A <a>\n", "tree " + tree + "\ncommitter A <a> tomorrow +0000\n",
		"tree " + tree + "\ncommitter A <a> -5 +0000\n", "tree " + tree + "\ncommitter A <a> 999999999999 +0000\n",
		"tree " + tree + "\n\ncommitter A <a> 1 +0000\n", // in the message
	} {
		id, err := repo.Object("commit", []byte(text))
		must(t, err)
		must(t, repo.Write("refs/heads/main", id))
		if _, v, err := head(t, dir); err == nil {
			t.Errorf("%q: %+v", text, v)
		}
	}
	id, err := repo.Object("commit", []byte("tree "+tree+"\ncommitter > 5 <a> 1700000000 +0530\n"))
	must(t, err)
	must(t, repo.Write("refs/heads/main", id))
	if _, v, err := head(t, dir); err != nil || v.Date.Unix() != 1700000000 {
		t.Errorf("%+v %v", v, err)
	}
	must(t, repo.Write("refs/heads/main", tree))
	if _, _, err := head(t, dir); err == nil || !strings.Contains(err.Error(), "it is a tree") {
		t.Errorf("a tree: %v", err)
	}
}

func TestTag(t *testing.T) {
	dir, repo := commit(t, map[string]string{"a": "1"})
	first := repo.Head
	_, err := repo.Commit(map[string]string{"a": "2"})
	must(t, err)
	must(t, repo.Tag("v1.0.0", first))
	must(t, repo.Write("refs/tags/light", repo.Head))
	must(t, repo.Write("refs/tags/@acme/widget@1.0.0", repo.Head))
	must(t, repo.Write("refs/tags/lost", strings.Repeat("1", 40)))
	r, err := opened(t, dir)
	must(t, err)
	for name, want := range map[string]string{"v1.0.0": first, "light": repo.Head, "@acme/widget@1.0.0": repo.Head,
		"v9": "", "@acme": "", "../heads/main": "", "": ""} {
		if got, err := r.Tag(name); got != want || err != nil {
			t.Errorf("%s: %s %v, expected %s", name, got, err, want)
		}
	}
	if got, err := r.Tag("lost"); err == nil {
		t.Errorf("a tag of nothing: %s", got)
	}
	text := "type tag\ntag x\n\n"
	id := first
	for range maxLinks + 2 {
		id, err = repo.Object("tag", []byte("object "+id+"\n"+text))
		must(t, err)
	}
	must(t, repo.Write("refs/tags/deep", id))
	if got, err := r.Tag("deep"); err == nil {
		t.Errorf("tags of tags: %s", got)
	}
}

// Links of a commit lead where they would in its checkout, and never out of it.
func TestReadFileByLinks(t *testing.T) {
	dir, _ := commit(t, map[string]string{
		"conf/p.yml": "policy", "to-file": "link:conf/p.yml", "to-folder": "link:conf",
		"deep/er/up": "link:../../to-folder/p.yml", "conf/self": "link:./p.yml",
		"out": "link:../p.yml", "deep/out": "link:../../p.yml", "absolute": "link:/etc/passwd", "round": "link:round",
		"nowhere": "link:conf/q.yml", "through": "link:conf/p.yml/x",
		"module": "module:" + strings.Repeat("1", 40),
	})
	r, v, err := head(t, dir)
	must(t, err)
	for path, want := range map[string]string{
		"to-file": "policy", "to-folder/p.yml": "policy", "deep/er/up": "policy", "to-folder/self": "policy", "conf/./p.yml": "policy",
		"out": "leads out", "deep/out": "leads out", "absolute": "leads out", "round": "too many links",
		"module/p.yml": "submodule", "to-folder": "not a regular file",
		"nowhere": "not exist", "through": "not exist", "conf/p.yml/x": "not exist",
	} {
		got, err := r.ReadFile(v, path, 100)
		if err == nil && string(got) != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v; want %s", path, got, err, want)
		}
	}
	for path, want := range map[string]bool{"conf": true, "to-folder": true, ".": true, "conf/p.yml": false, "no": false} {
		if got, err := r.HasFolder(v, path); got != want || err != nil {
			t.Errorf("HasFolder(%s): %v, %v", path, got, err)
		}
	}
}

func TestPackages(t *testing.T) {
	dir, _ := commit(t, map[string]string{
		"package.json": `{"name":"root"}`, "a/package.json": `{"name":"one"}`, "b/c/package.json": `{"name":"one"}`,
		"node_modules/one/package.json": `{"name":"one"}`,
		"d/package.json":                `{"name":`, "e/package.json": `["one"]`, "f/package.json/x": "y",
	})
	r, v, err := head(t, dir)
	must(t, err)
	for name, want := range map[string]string{"root": "[.]", "one": "[a b/c]", "two": "[]"} {
		if got, err := r.Packages(v, name); fmt.Sprint(got) != want || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	dir, repo := commit(t, map[string]string{"a/b/c.txt": "old", "link": "link:a/b/c.txt"})
	old := repo.Head
	_, err := repo.Commit(map[string]string{"a/b/c.txt": "new"})
	must(t, err)
	r, now, err := head(t, dir)
	must(t, err)
	before, err := r.Revision(old)
	must(t, err)
	for _, c := range []struct {
		v    *Revision
		path string
		want string
	}{{before, "a/b/c.txt", "old"}, {now, "a/b/c.txt", "new"}} {
		if got, err := r.ReadFile(c.v, c.path, 3); string(got) != c.want || err != nil {
			t.Errorf("%s: %q %v", c.path, got, err)
		}
	}
	for _, path := range []string{"a/b/d.txt", "a/b/c.txt/x", "nowhere/x"} {
		if _, err := r.ReadFile(now, path, 100); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"a"} {
		if _, err := r.ReadFile(before, path, 100); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := r.ReadFile(now, "a/b/c.txt", 2); err == nil || !strings.Contains(err.Error(), "larger than 2 bytes") {
		t.Errorf("too large: %v", err)
	}
	if _, err := r.Revision(strings.Repeat("2", 40)); !errors.Is(err, ErrMissing) {
		t.Errorf("a commit of another clone: %v", err)
	}
}
