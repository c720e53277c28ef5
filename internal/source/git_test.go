package source

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// git runs the real git in a folder and returns what it prints; without one on
// the machine the test is skipped.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git on this machine")
	}
	cmd := exec.Command(path, append([]string{"-c", "protocol.file.allow=always", "-c", "uploadpack.allowFilter=true",
		"-c", "init.defaultBranch=main"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "HOME="+dir, "LC_ALL=C",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com",
		"GIT_AUTHOR_DATE=1767323045 +0100", "GIT_COMMITTER_DATE=1767323045 -0800")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %v: %v", args, err)
	}
	return string(out)
}

// history makes a repository whose files have been changed often, so that git
// packs most of it as deltas.
func history(t testing.TB, files, commits int) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	r := rand.New(rand.NewPCG(3, 4))
	path := func(i int) string {
		return filepath.Join(dir, fmt.Sprintf("packages/p%d/src/m%d/file%d.js", i%7, i%31, i))
	}
	for n := range commits {
		for i := range files {
			if n > 0 && r.IntN(20) > 0 {
				continue
			}
			if err := os.MkdirAll(filepath.Dir(path(i)), 0o755); err != nil {
				t.Fatal(err)
			}
			text := strings.Repeat(fmt.Sprintf("export const a%d = %d\n", i, i), 20) + fmt.Sprint(n, r.IntN(1000))
			if err := os.WriteFile(path(i), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		git(t, dir, "add", "-A")
		git(t, dir, "commit", "-q", "-m", "x")
	}
	return dir
}

// listing is what git says HEAD holds: path → name of its content.
func listing(t testing.TB, dir string) map[string]string {
	files := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(git(t, dir, "ls-tree", "-r", "-z", "HEAD"), "\x00"), "\x00") {
		meta, path, _ := strings.Cut(line, "\t")
		files[path] = strings.Fields(meta)[2]
	}
	return files
}

// compare asks for every file of HEAD and holds the answers against git's.
func compare(t *testing.T, name, dir string) {
	t.Helper()
	want := listing(t, dir)
	if len(want) < 100 {
		t.Fatalf("%s: git lists %d files", name, len(want))
	}
	r, v, err := head(t, dir)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if sha := strings.TrimSpace(git(t, dir, "rev-parse", "HEAD")); v.SHA != sha {
		t.Errorf("%s: commit %s, git says %s", name, v.SHA, sha)
	}
	if date := strings.TrimSpace(git(t, dir, "show", "-s", "--format=%ct", "HEAD")); fmt.Sprint(v.Date.Unix()) != date {
		t.Errorf("%s: date %v, git says %s", name, v.Date, date)
	}
	var packed []Packed
	for path := range want {
		packed = append(packed, Packed{Path: path, Blob: want[path]})
	}
	got, err := r.Explain(v, ".", packed, nil)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	for path, id := range want {
		if got[path].Blob != id {
			t.Errorf("%s: %s is %s, git says %s", name, path, got[path].Blob, id)
		}
	}
}

// TestLayouts reads what git makes of one history in every form of repository
// that a checkout meets.
func TestLayouts(t *testing.T) {
	dir := history(t, 150, 8)
	compare(t, "loose", dir)
	other := t.TempDir()
	for _, c := range []struct {
		name string
		args []string
	}{
		{"shallow", []string{"clone", "-q", "--depth=1", "file://" + dir}},
		{"borrowed", []string{"clone", "-q", "--shared", dir}},
		{"without blobs", []string{"clone", "-q", "--filter=blob:none", "file://" + dir}},
		{"separate", []string{"clone", "-q", "--separate-git-dir=" + filepath.Join(other, "elsewhere.git"), "file://" + dir}},
	} {
		at := filepath.Join(other, strings.ReplaceAll(c.name, " ", "-"))
		git(t, other, append(c.args, at)...)
		compare(t, c.name, at)
	}
	git(t, dir, "gc", "-q", "--aggressive")
	compare(t, "packed", dir)
	git(t, dir, "repack", "-q", "-a", "-d", "-f", "--no-write-bitmap-index", "--window=200", "--depth=4000")
	compare(t, "deep deltas", dir)
	git(t, dir, "tag", "-a", "-m", "x", "v1.0.0", "HEAD~2")
	git(t, dir, "pack-refs", "--all")
	git(t, dir, "worktree", "add", "-q", filepath.Join(other, "tree"), "HEAD~1")
	compare(t, "worktree", filepath.Join(other, "tree"))
	git(t, filepath.Join(other, "tree"), "checkout", "-q", "-b", "feature")
	compare(t, "worktree on a branch", filepath.Join(other, "tree"))
	r, err := opened(t, filepath.Join(other, "tree"))
	must(t, err)
	if got, err := r.Tag("v1.0.0"); err != nil || got != strings.TrimSpace(git(t, dir, "rev-parse", "v1.0.0^{commit}")) {
		t.Errorf("tag %s %v", got, err)
	}

	// As a container sees a worktree whose repository was not mounted.
	must(t, os.Rename(dir, dir+"-gone"))
	if _, err := opened(t, filepath.Join(other, "tree")); err == nil || !strings.Contains(err.Error(), "beside it") {
		t.Errorf("a worktree without its repository: %v", err)
	}
}

func TestSubmoduleOfGit(t *testing.T) {
	dir, sub := history(t, 110, 1), history(t, 110, 2)
	git(t, dir, "submodule", "--quiet", "add", sub, "vendor/sub")
	git(t, dir, "commit", "-q", "-m", "sub")
	want := listing(t, filepath.Join(dir, "vendor/sub"))
	compare(t, "as a checkout of its own", filepath.Join(dir, "vendor/sub"))
	r, v, err := head(t, dir)
	must(t, err)
	for path, id := range want {
		got, err := r.Explain(v, ".", []Packed{{Path: "vendor/sub/" + path, Blob: id}}, nil)
		if err != nil || got["vendor/sub/"+path].Blob != id {
			t.Fatalf("%s: %+v %v", path, got, err)
		}
	}
}

// TestSHA256Repository reads a repository whose names are SHA-256 as git does:
// loose, packed, packed with deltas that name what they are made on, and with
// a submodule of the same kind.
func TestSHA256Repository(t *testing.T) {
	git := func(dir string, args ...string) string {
		t.Setenv("GIT_DEFAULT_HASH", "sha256")
		return git(t, dir, args...)
	}
	git(t.TempDir(), "version")
	dir, sub := history(t, 110, 6), history(t, 110, 2)
	if _, v, err := head(t, dir); err != nil || len(v.SHA) != 64 || v.SHA != strings.TrimSpace(git(dir, "rev-parse", "HEAD")) {
		t.Fatalf("%+v %v", v, err)
	}
	compare(t, "loose", dir)
	git(dir, "tag", "-a", "-m", "x", "v1.0.0")
	git(dir, "gc", "-q")
	compare(t, "packed", dir)
	if r, v, err := head(t, dir); err != nil {
		t.Error(err)
	} else if sha, err := r.Tag("v1.0.0"); err != nil || sha != v.SHA {
		t.Errorf("the tag is on %s, HEAD is %s, %v", sha, v.SHA, err)
	}
	git(dir, "-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f")
	compare(t, "deltas that name their base", dir)
	git(dir, "submodule", "--quiet", "add", sub, "vendor/sub")
	git(dir, "commit", "-q", "-m", "sub")
	r, v, err := head(t, dir)
	must(t, err)
	for path, id := range listing(t, filepath.Join(dir, "vendor/sub")) {
		got, err := r.Explain(v, ".", []Packed{{Path: "vendor/sub/" + path, Blob: id}}, nil)
		if err != nil || got["vendor/sub/"+path].Blob != id {
			t.Fatalf("%s: %+v %v", path, got, err)
		}
	}
}

// TestIgnoredAsGitSays compares nested .gitignore files with git check-ignore.
func TestIgnoredAsGitSays(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	r := rand.New(rand.NewPCG(5, 6))
	words := []string{"a", "b", "c", "dist", "x.js"}
	folders := []string{"", "a/", "a/b/", "dist/", "a/dist/", "b/a/c/"}
	var paths []string
	for _, f := range folders {
		for _, w := range words[3:] {
			for _, g := range []string{"", "a/", "b/"} {
				if w == "x.js" {
					paths = append(paths, f+g+w)
				} else {
					paths = append(paths, f+g+w+"/y.js", f+g+w+"/a/x.js")
				}
			}
		}
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	ignored := 0
	for round := range 25 {
		git(t, dir, "rm", "-q", "-r", "-f", "--cached", "--ignore-unmatch", ".")
		for _, f := range folders {
			text := ""
			for range r.IntN(3) {
				text += []string{"", "!"}[r.IntN(3)/2] + []string{"", "/", "*/", "**/"}[r.IntN(4)] + words[r.IntN(len(words))] +
					[]string{"", "/", "/**"}[r.IntN(3)] + "\n"
			}
			must(t, os.MkdirAll(filepath.Join(dir, f), 0o755))
			must(t, os.WriteFile(filepath.Join(dir, f, ".gitignore"), []byte(text), 0o644))
			git(t, dir, "add", "-f", filepath.Join(f, ".gitignore"))
		}
		git(t, dir, "commit", "-q", "--allow-empty", "-m", fmt.Sprint(round))
		repo, v, err := head(t, dir)
		must(t, err)
		out := gitIgnored(t, dir, paths)
		for _, path := range paths {
			got, err := repo.Explain(v, ".", []Packed{{Path: path}}, nil)
			must(t, err)
			if (got[path].Ignored != "") != out[path] {
				t.Errorf("round %d: %s ignored by %q, git says %v", round, path, got[path].Ignored, out[path])
			}
			if out[path] {
				ignored++
			}
		}
		repo.Close()
	}
	if ignored < 200 {
		t.Errorf("only %d paths were ignored", ignored)
	}
}

func gitIgnored(t *testing.T, dir string, paths []string) map[string]bool {
	cmd := exec.Command("git", "check-ignore", "--no-index", "-v", "-n", "-z", "--stdin")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "HOME="+dir)
	cmd.Stdin = strings.NewReader(strings.Join(paths, "\x00") + "\x00")
	out, _ := cmd.Output() // exit code 1: none
	ignored := map[string]bool{}
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(fields) != 4*len(paths) {
		t.Fatalf("git answered %d fields for %d paths", len(fields), len(paths))
	}
	for i := 0; i < len(fields); i += 4 {
		ignored[fields[i+3]] = fields[i+2] != "" && !strings.HasPrefix(fields[i+2], "!")
	}
	return ignored
}

// BenchmarkExplain looks up the files of a package in a repository of 20,000.
func BenchmarkExplain(b *testing.B) {
	dir := history(b, 20_000, 6)
	git(b, dir, "gc", "-q")
	var packed []Packed
	for path, id := range listing(b, dir) {
		if rest, ok := strings.CutPrefix(path, "packages/p3/"); ok {
			packed = append(packed, Packed{Path: rest, Blob: id})
		}
	}
	for b.Loop() {
		r, v, err := head(b, dir)
		if err == nil {
			_, err = r.Explain(v, "packages/p3", packed, nil)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// mergeFails merges the branch side, which ends in a conflict.
func mergeFails(t testing.TB, dir string) {
	t.Helper()
	cmd := exec.Command("git", "-c", "user.name=A", "-c", "user.email=a@example.com", "merge", "-q", "side")
	cmd.Dir = dir
	if cmd.Run() == nil {
		t.Fatal("no conflict")
	}
}
