package source

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
)

// packed makes a repository whose commit is in a pack that change has had its
// way with. data is what the commit's object must have.
func packed(t *testing.T, change func(id string, data []byte) []gitrepo.Entry) string {
	t.Helper()
	dir, repo := commit(t, map[string]string{"a": "1"})
	tree, err := repo.Tree(map[string]string{"a": "1"})
	must(t, err)
	data := []byte("tree " + tree + "\nauthor A <a@example.com> 1767323045 +0100\ncommitter A <a@example.com> 1767323045 +0100\n\na commit\n")
	id, _ := gitrepo.Loose("commit", data)
	if id != repo.Head {
		t.Fatalf("the commit is %s", repo.Head)
	}
	must(t, os.Remove(filepath.Join(repo.Git, "objects", id[:2], id[2:])))
	must(t, repo.Pack("x", change(id, data)...))
	return dir
}

// insert is a delta that writes a content whatever it is made on.
func insert(base int, data []byte) []byte {
	d := append(gitrepo.Varint(base), gitrepo.Varint(len(data))...)
	for len(data) > 0 {
		n := min(len(data), 127)
		d = append(append(d, byte(n)), data[:n]...)
		data = data[n:]
	}
	return d
}

func TestPack(t *testing.T) {
	other, _ := gitrepo.Loose("commit", []byte("other"))
	third, _ := gitrepo.Loose("commit", []byte("third"))
	for name, change := range map[string]func(id string, data []byte) []gitrepo.Entry{
		"plain": func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: id, Type: gitrepo.Commit, Data: data}}
		},
		"on an offset": func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: other, Type: gitrepo.Commit, Data: []byte("other")}, {ID: id, Type: gitrepo.OfsDelta,
				Base: other, Data: insert(5, data)}}
		},
		"on a name": func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: id, Type: gitrepo.RefDelta, Base: other, Data: insert(5, data)},
				{ID: other, Type: gitrepo.Commit, Data: []byte("other")}}
		},
		"on a delta": func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: other, Type: gitrepo.Commit, Data: []byte("other")},
				{ID: third, Type: gitrepo.OfsDelta, Base: other, Data: insert(5, []byte("third"))},
				{ID: id, Type: gitrepo.OfsDelta, Base: third, Data: insert(5, data)}}
		},
	} {
		if _, v, err := head(t, packed(t, change)); err != nil || v.Date.Unix() != gitrepo.Date {
			t.Errorf("%s: %+v %v", name, v, err)
		}
	}
}

// TestHostilePack: whatever a pack says, the answer is an error, in bounded
// time and memory.
func TestHostilePack(t *testing.T) {
	other, _ := gitrepo.Loose("commit", []byte("other"))
	for name, c := range map[string]struct {
		change func(id string, data []byte) []gitrepo.Entry
		want   string
	}{
		"another object": {func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: id, Type: gitrepo.Commit, Data: append(data, '!')}}
		}, "bytes are those of another object"},
		"another type": {func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: id, Type: gitrepo.Blob, Data: data}}
		}, "bytes are those of another object"},
		"a type that is none": {func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: id, Type: 5, Data: data}}
		}, ""},
		"a delta on itself": {func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: id, Type: gitrepo.RefDelta, Base: id, Data: insert(5, data)}}
		}, "deltas on each other"},
		"deltas in a ring": {func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: id, Type: gitrepo.RefDelta, Base: other, Data: insert(5, data)},
				{ID: other, Type: gitrepo.RefDelta, Base: id, Data: insert(5, data)}}
		}, "deltas on each other"},
		"a delta on nothing": {func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: id, Type: gitrepo.RefDelta, Base: other, Data: insert(5, data)}}
		}, "which the pack does not hold"},
		"a huge size": {func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: id, Type: gitrepo.Commit, Data: data, Size: 1 << 40}}
		}, "larger than is read"},
		"more than it says": {func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: id, Type: gitrepo.Commit, Data: make([]byte, 16<<20), Size: len(data)}}
		}, "exceeds"},
		"less than it says": {func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: id, Type: gitrepo.Commit, Data: data, Size: len(data) + 1}}
		}, "unexpected EOF"},
		"a delta that makes much": {func(id string, data []byte) []gitrepo.Entry {
			bomb := append(gitrepo.Varint(5), gitrepo.Varint(1<<36)...)
			return []gitrepo.Entry{{ID: other, Type: gitrepo.Commit, Data: []byte("other")}, {ID: id, Type: gitrepo.OfsDelta,
				Base: other, Data: append(bomb, bytes.Repeat([]byte{0x90, 5}, 1000)...)}}
		}, "larger than is read"},
		"a delta without sizes": {func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: other, Type: gitrepo.Commit, Data: []byte("other")}, {ID: id, Type: gitrepo.OfsDelta,
				Base: other, Data: []byte{0xff, 0xff}}}
		}, "without its sizes"},
		"a delta of another base": {func(id string, data []byte) []gitrepo.Entry {
			return []gitrepo.Entry{{ID: other, Type: gitrepo.Commit, Data: []byte("other")}, {ID: id, Type: gitrepo.OfsDelta,
				Base: other, Data: insert(6, data)}}
		}, "invalid delta"},
	} {
		_, v, err := head(t, packed(t, c.change))
		if err == nil || errors.Is(err, ErrMissing) || errors.Is(err, ErrUnborn) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v %v, expected %q", name, v, err, c.want)
		}
	}
}

// TestBudget: a chain of deltas each of which makes as much as one object may
// be is stopped by the work of the whole run.
func TestBudget(t *testing.T) {
	const size = 16 << 20
	var entries []gitrepo.Entry
	dir := packed(t, func(id string, data []byte) []gitrepo.Entry {
		base, _ := gitrepo.Loose("blob", make([]byte, size))
		entries = append(entries, gitrepo.Entry{ID: base, Type: gitrepo.Commit, Data: make([]byte, size)})
		same := append(gitrepo.Varint(size), gitrepo.Varint(size)...)
		same = append(same, bytes.Repeat([]byte{0xf0, 0xff, 0xff, 0x0f}, 1)...) // 1 MiB - 1 from the start …
		for range size>>20 - 1 {
			same = append(same, 0xf0, 0xff, 0xff, 0x0f)
		}
		same = append(same, 0x90, size>>20)
		for i := range 200 {
			name := fmt.Sprintf("%040x", i)
			entries = append(entries, gitrepo.Entry{ID: name, Type: gitrepo.OfsDelta, Base: base, Data: same})
			base = name
		}
		return append(entries, gitrepo.Entry{ID: id, Type: gitrepo.OfsDelta, Base: base, Data: insert(size, data)})
	})
	if _, v, err := head(t, dir); err == nil || !strings.Contains(err.Error(), "would have to be made") {
		t.Errorf("%+v %v", v, err)
	}
}

// TestDamagedFiles: a pack, an index or an object's file that was cut, swapped
// or filled with something else.
func TestDamagedFiles(t *testing.T) {
	plain := func(id string, data []byte) []gitrepo.Entry {
		return []gitrepo.Entry{{ID: id, Type: gitrepo.Commit, Data: data}}
	}
	for name, damage := range map[string]func(pack, idx []byte) (newPack, newIdx []byte){
		"cut pack":        func(p, x []byte) ([]byte, []byte) { return p[:len(p)-1], x },
		"empty pack":      func(p, x []byte) ([]byte, []byte) { return nil, x },
		"no pack":         func(p, x []byte) ([]byte, []byte) { return []byte("remove"), x },
		"pack 3":          func(p, x []byte) ([]byte, []byte) { p[7] = 3; return p, x },
		"bytes of zlib":   func(p, x []byte) ([]byte, []byte) { p[20] ^= 0xff; return p, x },
		"cut index":       func(p, x []byte) ([]byte, []byte) { return p, x[:len(x)-1] },
		"empty index":     func(p, x []byte) ([]byte, []byte) { return p, nil },
		"index 1":         func(p, x []byte) ([]byte, []byte) { return p, x[8:] },
		"counts down":     func(p, x []byte) ([]byte, []byte) { x[8] = 0xff; return p, x },
		"counts too many": func(p, x []byte) ([]byte, []byte) { x[8+255*4+1] = 0xff; return p, x },
		"offset behind":   func(p, x []byte) ([]byte, []byte) { x[1032+20+4+1] = 0x7f; return p, x },
		"offset in table": func(p, x []byte) ([]byte, []byte) { x[1032+20+4] = 0x80; return p, x },
	} {
		dir := packed(t, plain)
		path := filepath.Join(dir, ".git/objects/pack/pack-x")
		pack, err := os.ReadFile(path + ".pack")
		must(t, err)
		idx, err := os.ReadFile(path + ".idx")
		must(t, err)
		pack, idx = damage(pack, idx)
		must(t, os.WriteFile(path+".pack", pack, 0o644))
		must(t, os.WriteFile(path+".idx", idx, 0o644))
		if string(pack) == "remove" {
			must(t, os.Remove(path+".pack"))
		}
		if _, v, err := head(t, dir); err == nil || errors.Is(err, ErrMissing) {
			t.Errorf("%s: %+v %v", name, v, err)
		}
	}
}

func TestDamagedObjects(t *testing.T) {
	deflate := func(text string) []byte {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		_, err := z.Write([]byte(text))
		must(t, err)
		must(t, z.Close())
		return b.Bytes()
	}
	for name, data := range map[string][]byte{
		"empty":          nil,
		"not zlib":       []byte("hello"),
		"no head":        deflate(strings.Repeat("x", 1<<20)),
		"no size":        deflate("commit \x00tree"),
		"negative":       deflate("commit -1\x00tree"),
		"huge":           deflate("commit 99999999999\x00tree"),
		"short":          deflate("commit 5\x00tree"),
		"long":           deflate("commit 3\x00tree"),
		"other type":     deflate("ofs-delta 4\x00tree"),
		"another object": deflate("commit 4\x00tree"),
	} {
		dir, repo := commit(t, map[string]string{"a": "1"})
		must(t, os.WriteFile(filepath.Join(repo.Git, "objects", repo.Head[:2], repo.Head[2:]), data, 0o644))
		if _, v, err := head(t, dir); err == nil || errors.Is(err, ErrMissing) || errors.Is(err, ErrUnborn) {
			t.Errorf("%s: %+v %v", name, v, err)
		}
	}
}

// TestLinksOut: nothing in .git leads the reader elsewhere by a link.
func TestLinksOut(t *testing.T) {
	other, repo := commit(t, map[string]string{"a": "1"})
	for _, name := range []string{"HEAD", "refs/heads/main", "objects", "objects/" + repo.Head[:2]} {
		dir, mine := commit(t, map[string]string{"a": "1"})
		path := filepath.Join(mine.Git, name)
		must(t, os.RemoveAll(path))
		must(t, os.Symlink(filepath.Join(other, ".git", name), path))
		if _, v, err := head(t, dir); err == nil {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestTrees(t *testing.T) {
	id := strings.Repeat("ab", 20)
	for name, line := range map[string]string{
		"cut":    "100644 a\x00abc",
		"no NUL": "100644 a",
		"mode":   gitrepo.Line("x", "a", id),
		"empty":  gitrepo.Line("100644", "", id),
		"dots":   gitrepo.Line("100644", "..", id),
		"slash":  gitrepo.Line("100644", "a/b", id),
		"twice":  gitrepo.Line("100644", "a", id) + gitrepo.Line("40000", "a", id),
	} {
		if got, err := parseTree([]byte(line), sha1Size); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}
