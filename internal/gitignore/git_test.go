package gitignore

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGit asks the real git about random patterns and a fixed tree.
func TestGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git on this machine")
	}
	dir := t.TempDir()
	run := func(stdin []byte, args ...string) []byte {
		cmd := exec.Command(git, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "HOME="+dir, "LC_ALL=C")
		cmd.Stdin = bytes.NewReader(stdin)
		out, err := cmd.Output()
		if exit, ok := err.(*exec.ExitError); err != nil && !(ok && exit.ExitCode() == 1) {
			t.Fatalf("git %v: %v", args, err)
		}
		return out
	}
	run(nil, "init", "-q")
	run(nil, "config", "core.ignorecase", "false")
	paths := tree(t, dir)

	r := rand.New(rand.NewPCG(1, 2))
	compared := 0
	for range 300 {
		patterns := randomPatterns(r)
		if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(patterns), 0o600); err != nil {
			t.Fatal(err)
		}
		list := Parse([]byte(patterns))
		out := run([]byte(strings.Join(paths, "\x00")+"\x00"), "check-ignore", "--no-index", "-v", "-n", "-z", "--stdin")
		fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		if len(fields) != 4*len(paths) {
			t.Fatalf("git answered %d fields for %d paths", len(fields), len(paths))
		}
		for i, path := range paths {
			info, err := os.Lstat(filepath.Join(dir, path))
			if err != nil {
				t.Fatal(err)
			}
			want := fields[4*i+2]
			got := list.Match(path, info.IsDir())
			compared++
			if got.Pattern != want {
				t.Errorf("patterns %q\npath %q: decided by %q, git says %q", patterns, path, got.Pattern, want)
			}
			if want != "" && got.Pattern == want && got.Ignored != !strings.HasPrefix(want, "!") {
				t.Errorf("patterns %q path %q: ignored %v", patterns, path, got.Ignored)
			}
		}
		if t.Failed() {
			return
		}
	}
	if compared == 0 {
		t.Fatal("nothing compared")
	}
}

// tree makes folders and files whose names are short enough for random
// patterns to hit, and returns their paths.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var paths []string
	names := []string{"a", "b", "ab", "a.b", "[a", "a b", "-"}
	for _, one := range names {
		for _, two := range names[:4] {
			for _, three := range names[:3] {
				path := one + "/" + two + "/" + three
				if err := os.MkdirAll(filepath.Join(dir, one, two), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, path), nil, 0o600); err != nil {
					t.Fatal(err)
				}
				paths = append(paths, path)
			}
			paths = append(paths, one+"/"+two)
		}
		paths = append(paths, one)
		file := "f" + one
		if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, file)
	}
	return paths
}

func randomPatterns(r *rand.Rand) string {
	pieces := []string{"a", "a", "b", "b", "f", "/", "/", "/", "*", "*", "**", "**/", "/**", "?", "[ab]", "[!a]", "[^b]",
		"[a-b]", "[]a]", "[[:alpha:]]", "[[]", "[", "]", "-", ".", " ", "\\", "!", "#", "\\ ", "[a\\-b]", "\t", "[[:x:]]", "[b-a]", "[--b]"}
	var b strings.Builder
	for range 1 + r.IntN(4) {
		if r.IntN(4) == 0 {
			b.WriteByte('!')
		}
		for range 1 + r.IntN(5) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		b.WriteByte('\n')
	}
	return b.String()
}
