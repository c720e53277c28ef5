package source

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
)

// FuzzPack: whatever a pack and its index hold, reading ends, and what is
// handed out has the name that was asked for.
func FuzzPack(f *testing.F) {
	data := []byte("tree 0123456789012345678901234567890123456789\n")
	id, _ := gitrepo.Loose("commit", data)
	other, _ := gitrepo.Loose("commit", []byte("other"))
	for _, entries := range [][]gitrepo.Entry{
		{{ID: id, Type: gitrepo.Commit, Data: data}},
		{{ID: other, Type: gitrepo.Commit, Data: []byte("other")}, {ID: id, Type: gitrepo.OfsDelta, Base: other, Data: insert(5, data)}},
		{{ID: id, Type: gitrepo.RefDelta, Base: id, Data: insert(5, data)}},
	} {
		packBytes, indexBytes := gitrepo.MakePack(entries...)
		f.Add(packBytes, indexBytes)
	}
	want, err := parseHash(id)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, packBytes, indexBytes []byte) {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "x.pack"), packBytes, 0o644))
		must(t, os.WriteFile(filepath.Join(dir, "x.idx"), indexBytes, 0o644))
		root, err := os.OpenRoot(dir)
		must(t, err)
		work := new(atomic.Int64)
		work.Store(64 << 20)
		s := &store{root: root, packs: []*pack{{root: root, name: "x"}}}
		defer s.close()
		r := &Repository{stores: []*store{s}, work: work}
		kind, got, err := r.object(want, maxObject)
		if err == nil && nameOf(kind, got, sha1Size) != want {
			t.Errorf("%s %q", kind, got)
		}
	})
}

// FuzzText: trees, commits, refs and pointers are read without a panic.
func FuzzText(f *testing.F) {
	f.Add([]byte(gitrepo.Line("100644", "a", "0123456789012345678901234567890123456789")))
	f.Add([]byte("tree 0123456789012345678901234567890123456789\ncommitter A <a> 1700000000 +0000\n\nx"))
	f.Add([]byte("object 0123456789012345678901234567890123456789\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, size := range []uint8{sha1Size, sha256Size} {
			if tree, err := parseTree(data, size); err == nil && len(data) > 0 && len(tree) == 0 {
				t.Errorf("a tree of nothing from %q", data)
			}
		}
		if v, err := parseCommit(data); err == nil && (v.Date.Year() < 1970 || v.Date.Year() > 9999) {
			t.Errorf("a commit of %v", v.Date)
		}
		_, _ = parseTag(data)
		_, _ = parseHash(string(data))
	})
}
