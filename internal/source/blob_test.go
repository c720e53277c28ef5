package source

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
)

// TestBlobs holds the files of a commit against what git lists.
func TestBlobs(t *testing.T) {
	dir := history(t, 200, 3)
	git(t, dir, "gc", "-q")
	want := listing(t, dir)
	r, err := opened(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	head, err := r.Head()
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := r.Blobs(head)
	if err != nil || len(blobs) != len(want) {
		t.Fatalf("%d files, git has %d: %v", len(blobs), len(want), err)
	}
	for i, b := range blobs {
		if want[b.Path] != b.ID() || i > 0 && blobs[i-1].Path >= b.Path {
			t.Errorf("%s is %s, git has %s", b.Path, b.ID(), want[b.Path])
		}
		data, err := r.ReadBlob(b, 1<<20)
		on, _ := os.ReadFile(filepath.Join(dir, filepath.FromSlash(b.Path)))
		if err != nil || string(data) != string(on) {
			t.Errorf("%s: %d bytes, %v", b.Path, len(data), err)
		}
	}
}

// TestBlobsOfEachKind has what is no regular file, and a file past the limit.
func TestBlobsOfEachKind(t *testing.T) {
	dir := t.TempDir()
	repo, err := gitrepo.Init(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repo.Commit(map[string]string{"a.js": "12345", "link": "link:a.js",
		"sub": "module:0123456789012345678901234567890123456789"}); err != nil {
		t.Fatal(err)
	}
	r, err := opened(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	head, err := r.Head()
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := r.Blobs(head)
	if err != nil || len(blobs) != 2 || blobs[0].Path != "a.js" || blobs[1].Path != "sub" || !blobs[1].Module {
		t.Fatalf("%+v, %v", blobs, err)
	}
	if _, err := r.ReadBlob(blobs[0], 5); err != nil {
		t.Error(err)
	}
	if _, err := r.ReadBlob(blobs[0], 4); !errors.Is(err, ErrLarge) {
		t.Errorf("past the limit: %v", err)
	}
	if _, err := r.ReadBlob(blobs[1], 5); err == nil {
		t.Error("a submodule is read")
	}
	if !IsPointer([]byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")) || IsPointer([]byte("version 1\n")) {
		t.Error("a pointer of Git LFS")
	}
}
