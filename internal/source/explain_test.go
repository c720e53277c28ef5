package source

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
)

// blob is git's name for a content.
func blob(content string) string {
	id, _ := gitrepo.Loose("blob", []byte(content))
	return id
}

func TestExplain(t *testing.T) {
	sum := sha256.Sum256([]byte("big"))
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + hex.EncodeToString(sum[:]) + "\nsize 3\n"
	dir, _ := commit(t, map[string]string{
		".gitignore":              "dist/\n*.log\n!keep.log\n",
		"LICENSE":                 "MIT",
		"p/.gitignore":            "/gen.js\n!dist/\n",
		"p/package.json":          "{}",
		"p/lib/a.js":              "a",
		"p/big.bin":               pointer,
		"p/fake.bin":              "version https://git-lfs.github.com/spec/v1\nsize 3\n",
		"p/link":                  "link:lib/a.js",
		"p/sub/.gitignore":        "dist\n",
		"q/.gitignore":            "*\n",
		"q/package.json":          "{}",
		"p/lib/dist/committed.js": "c",
	})
	r, v, err := head(t, dir)
	must(t, err)
	for _, c := range []struct {
		dir, path, content string
		want               File
	}{
		{"p", "package.json", "{}", File{Blob: blob("{}")}},
		{"p", "lib/a.js", "changed", File{Blob: blob("a")}},
		{"p", "new.js", "x", File{}},
		{"p", "lib", "x", File{}},
		{"p", "lib/a.js/x", "x", File{}},
		{"p", "gen.js", "x", File{Ignored: "gen.js"}},
		{"p", "lib/gen.js", "x", File{}},
		{"p", "x/y.log", "x", File{Ignored: "x/y.log"}},
		{"p", "x/keep.log", "x", File{}},
		{"p", "dist/x.js", "x", File{}}, // taken back by p/.gitignore
		{"p", "sub/dist/x.js", "x", File{Ignored: "sub/dist"}},
		{"p", "lib/dist/committed.js", "c", File{Blob: blob("c")}},
		{"p", "LICENSE", "MIT", File{Blob: blob("MIT")}},
		{"p", "LICENSE", "GPL", File{}},
		{"p", "lib/LICENSE", "MIT", File{}},
		{"p", "big.bin", "big", File{Blob: blob(pointer), Pointer: hex.EncodeToString(sum[:])}},
		{"p", "fake.bin", "big", File{Blob: blob("version https://git-lfs.github.com/spec/v1\nsize 3\n")}},
		{"p", "link", "a", File{Blob: blob("lib/a.js")}},
		{"p", "link/x", "a", File{}},
		{".", "p/lib/a.js", "a", File{Blob: blob("a")}},
		{".", "dist/x.js", "x", File{Ignored: "dist"}},
		{"q", "lib/x.js", "x", File{Ignored: "lib"}},
		{"dist/p", "index.js", "x", File{Ignored: "."}},
		{"dist", "index.js", "x", File{Ignored: "."}},
		{".", strings.Repeat("a/", 65) + "b.log", "x", File{}},
		{".", strings.Repeat("a", 5000), "x", File{}},
	} {
		got, err := r.Explain(v, c.dir, []Packed{{Path: c.path, Blob: blob(c.content)}}, nil)
		if c.want.Blob != "" && !r.MayHave(v, c.dir, c.path) {
			t.Errorf("%s in %s: the commit may not have it", c.path, c.dir)
		}
		if err != nil || got[c.path] != c.want {
			t.Errorf("%s in %s: %+v %v, expected %+v", c.path, c.dir, got[c.path], err, c.want)
		}
	}
}

// TestSubmodule: a packed file in a submodule is held against the commit that
// is named for it, not against what is checked out there.
func TestSubmodule(t *testing.T) {
	dir, repo := commit(t, map[string]string{"a": "1"})
	sub, err := gitrepo.Init(filepath.Join(dir, "vendor/lib"))
	must(t, err)
	pinned, err := sub.Commit(map[string]string{"src/x.js": "x"})
	must(t, err)
	_, err = sub.Commit(map[string]string{"src/x.js": "later"})
	must(t, err)
	_, err = repo.Commit(map[string]string{"a": "1", "vendor/lib": "module:" + pinned, "lost": "module:" + pinned})
	must(t, err)
	r, v, err := head(t, dir)
	must(t, err)
	got, err := r.Explain(v, ".", []Packed{{Path: "a", Blob: blob("1")}, {Path: "vendor/lib/src/x.js", Blob: blob("x")},
		{Path: "vendor/lib/src/y.js", Blob: blob("y")}, {Path: "vendor/lib", Blob: blob("z")}}, nil)
	if err != nil || got["vendor/lib/src/x.js"].Blob != blob("x") || got["vendor/lib/src/y.js"] != (File{}) ||
		got["vendor/lib"] != (File{}) || got["a"].Blob != blob("1") {
		t.Errorf("%+v %v", got, err)
	}
	for path, want := range map[string]bool{"a": true, "b": false, "vendor/x": false, "vendor/lib/src/y.js": true,
		"lost/x.js": true, strings.Repeat("x/", 65) + "y": false} {
		if got := r.MayHave(v, ".", path); got != want {
			t.Errorf("the commit may have %s: %v", path, got)
		}
	}
	if _, err := r.Explain(v, ".", []Packed{{Path: "lost/x.js", Blob: blob("x")}}, nil); err == nil ||
		!strings.Contains(err.Error(), "the submodule lost") {
		t.Errorf("a submodule that is not there: %v", err)
	}
	must(t, os.MkdirAll(filepath.Join(dir, "lost"), 0o755))
	if _, err := r.Explain(v, ".", []Packed{{Path: "lost/x.js", Blob: blob("x")}}, nil); !errors.Is(err, ErrNone) {
		t.Errorf("a submodule that was not fetched: %v", err)
	}
}

// TestMissingTree is a partial clone without trees: it cannot look.
func TestMissingTree(t *testing.T) {
	dir, repo := commit(t, map[string]string{"lib/a.js": "a"})
	tree, err := repo.Tree(map[string]string{"a.js": "a"})
	must(t, err)
	must(t, os.Remove(filepath.Join(repo.Git, "objects", tree[:2], tree[2:])))
	r, v, err := head(t, dir)
	must(t, err)
	if _, err := r.Explain(v, ".", []Packed{{Path: "lib/a.js", Blob: blob("a")}}, nil); !errors.Is(err, ErrMissing) {
		t.Errorf("%v", err)
	}
	id := blob("a") // and without files: that it differs is known all the same
	tree, err = repo.Tree(map[string]string{"a.js": "a"})
	must(t, err)
	must(t, os.Remove(filepath.Join(repo.Git, "objects", id[:2], id[2:])))
	r, v, err = head(t, dir)
	must(t, err)
	if got, err := r.Explain(v, ".", []Packed{{Path: "lib/a.js", Blob: blob("b")}}, nil); err != nil || got["lib/a.js"].Blob != id {
		t.Errorf("%s: %+v %v", tree, got, err)
	}
}
