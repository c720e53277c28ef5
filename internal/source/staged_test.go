package source

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// put writes a file of a checkout.
func put(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// listedAs is what git says is staged: path and content, without links.
func listedAs(t testing.TB, dir string) (files []string) {
	fields := strings.Split(strings.TrimSuffix(git(t, dir, "diff", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev",
		"--ita-invisible-in-index"),
		"\x00"), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		f := strings.Fields(strings.TrimPrefix(fields[i], ":"))
		if (strings.HasPrefix(f[1], "100") || f[1] == "160000") && f[2] != f[3] {
			files = append(files, fields[i+1]+" "+f[3])
		}
	}
	slices.Sort(files)
	return files
}

// staged is the same, as it is read here.
func staged(t testing.TB, dir string) (files []string, s *Staged) {
	t.Helper()
	r, err := opened(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = r.Staged(""); err != nil {
		t.Fatal(err)
	}
	for _, b := range s.Files {
		files = append(files, b.Path+" "+b.ID())
	}
	slices.Sort(files)
	return files, s
}

// TestStaged compares what is staged with what git says, in every form of the
// index.
func TestStaged(t *testing.T) {
	change := func(t *testing.T, dir string) {
		put(t, dir, "packages/p1/src/m1/file1.js", "changed\n")
		put(t, dir, "packages/p1/new.js", "new\n")
		put(t, dir, "packages/p0", "") // replaced below
		git(t, dir, "rm", "-q", "--cached", "packages/p2/src/m2/file2.js")
		git(t, dir, "add", "packages/p1")
		put(t, dir, "packages/p1/new.js", "not staged\n")
	}
	forms := map[string]func(t *testing.T, dir string){
		"version 2": func(t *testing.T, dir string) { git(t, dir, "update-index", "--index-version", "2") },
		"version 3": func(t *testing.T, dir string) {
			put(t, dir, "later.js", "x\n")
			git(t, dir, "add", "-N", "later.js")
			git(t, dir, "update-index", "--skip-worktree", "packages/p3/src/m3/file3.js")
		},
		"version 4": func(t *testing.T, dir string) { git(t, dir, "update-index", "--index-version", "4") },
		"split":     func(t *testing.T, dir string) { git(t, dir, "update-index", "--split-index") },
		"split, version 4": func(t *testing.T, dir string) {
			git(t, dir, "update-index", "--index-version", "4")
			git(t, dir, "update-index", "--split-index")
		},
		"sparse": func(t *testing.T, dir string) {
			git(t, dir, "sparse-checkout", "set", "--cone", "--sparse-index", "packages/p1")
		},
		"without a checksum": func(t *testing.T, dir string) { git(t, dir, "config", "index.skipHash", "true") },
		"without known trees": func(t *testing.T, dir string) {
			git(t, dir, "read-tree", "--empty")
			git(t, dir, "add", "-A")
		},
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			dir := history(t, 40, 1)
			form(t, dir)
			before := listedAs(t, dir)
			if got, _ := staged(t, dir); !slices.Equal(got, before) {
				t.Errorf("nothing is staged: %v, git says %v", got, before)
			}
			os.RemoveAll(filepath.Join(dir, "packages/p0"))
			if name == "sparse" {
				put(t, dir, "packages/p1/src/m1/file1.js", "changed\n")
				put(t, dir, "packages/p1/new.js", "new\n")
				git(t, dir, "add", "packages/p1")
			} else {
				change(t, dir)
			}
			want := listedAs(t, dir)
			got, s := staged(t, dir)
			if len(want) < 2 || !slices.Equal(got, want) {
				t.Errorf("%v, git says %v", got, want)
			}
			had := func(b Blob) bool { return b.Path == "packages/p1/src/m1/file1.js" }
			if !slices.ContainsFunc(s.Before, had) {
				t.Errorf("before: %+v", s.Before)
			}
			git(t, dir, "add", "-A", "--sparse")
			want = listedAs(t, dir)
			if got, _ := staged(t, dir); !slices.Equal(got, want) {
				t.Errorf("all of it: %v, git says %v", got, want)
			}
		})
	}
}

// TestStagedElsewhere has repositories in other states.
func TestStagedElsewhere(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		dir := t.TempDir()
		git(t, dir, "init", "-q", "--object-format="+format)
		if got, _ := staged(t, dir); got != nil {
			t.Errorf("%s, no index: %v", format, got)
		}
		put(t, dir, "a.js", "a\n")
		put(t, dir, "b/c.js", "c\n")
		git(t, dir, "add", "-A")
		got, _ := staged(t, dir)
		if want := listedAs(t, dir); len(want) != 2 || !slices.Equal(got, want) {
			t.Errorf("%s, before the first commit: %v, git says %v", format, got, want)
		}
		git(t, dir, "commit", "-q", "-m", "x")
		put(t, dir, "b/d.js", "d\n")
		git(t, dir, "add", "-A")
		got, _ = staged(t, dir)
		if want := listedAs(t, dir); len(want) != 1 || !slices.Equal(got, want) {
			t.Errorf("%s: %v, git says %v", format, got, want)
		}
		git(t, dir, "commit", "-q", "-m", "y")
		other := filepath.Join(t.TempDir(), "other")
		git(t, dir, "worktree", "add", "-q", other, "-b", "side")
		put(t, other, "side.js", "side\n")
		git(t, other, "add", "-A")
		got, _ = staged(t, other)
		if want := listedAs(t, other); len(want) != 1 || !slices.Equal(got, want) {
			t.Errorf("%s, worktree: %v, git says %v", format, got, want)
		}
	}
}

// TestStagedMerge has a merge: what the other side brings is committed already.
func TestStagedMerge(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	put(t, dir, "a.js", "a\n")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "x")
	git(t, dir, "checkout", "-q", "-b", "side")
	put(t, dir, "side.js", "side\n")
	put(t, dir, "a.js", "side\n")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "y")
	git(t, dir, "checkout", "-q", "main")
	put(t, dir, "main.js", "main\n")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "z")
	git(t, dir, "merge", "-q", "--no-commit", "--no-ff", "side")
	if got, _ := staged(t, dir); got != nil {
		t.Errorf("a merge as it is: %v", got)
	}
	put(t, dir, "a.js", "both\n")
	git(t, dir, "add", "-A")
	got, s := staged(t, dir)
	if len(got) != 1 || !strings.HasPrefix(got[0], "a.js ") || len(s.Before) < 2 {
		t.Errorf("a merge with an edit: %v, before %+v", got, s.Before)
	}
	git(t, dir, "reset", "-q", "--hard")
	git(t, dir, "checkout", "-q", "side")
	put(t, dir, "a.js", "other\n")
	git(t, dir, "commit", "-q", "-a", "-m", "u")
	git(t, dir, "checkout", "-q", "main")
	put(t, dir, "a.js", "mine\n")
	git(t, dir, "commit", "-q", "-a", "-m", "v")
	mergeFails(t, dir)
	r, err := opened(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Staged(""); !errors.Is(err, ErrUnmerged) {
		t.Errorf("a conflict: %v", err)
	}
}

// TestDamagedIndex cuts and changes an index: it is an error, or reads the same.
func TestDamagedIndex(t *testing.T) {
	dir := history(t, 100, 1)
	data, err := os.ReadFile(filepath.Join(dir, ".git", "index"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseIndex(data, sha1Size); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(data); n += 7 {
		if _, err := parseIndex(data[:n], sha1Size); err == nil {
			t.Errorf("%d of %d bytes are an index", n, len(data))
		}
		bad := slices.Clone(data)
		bad[n] ^= 0x55
		if _, err := parseIndex(bad, sha1Size); err == nil {
			t.Errorf("byte %d is not looked at", n)
		}
	}
}

// FuzzIndex looks for panics, with the checksum left out.
func FuzzIndex(f *testing.F) {
	dir := history(f, 20, 1)
	for _, version := range []string{"2", "4"} {
		git(f, dir, "update-index", "--index-version", version)
		data, err := os.ReadFile(filepath.Join(dir, ".git", "index"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:len(data)-sha1Size])
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = parseIndex(append(slices.Clone(data), make([]byte, sha1Size)...), sha1Size)
		_, _, _ = bitmap(data)
	})
}
