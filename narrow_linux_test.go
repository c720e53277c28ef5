package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/monorepo"
)

// One processor and 64 file descriptors change nothing that is written or said: not
// of a package, not of many members that are judged beside each other.
func TestNarrow(t *testing.T) {
	program, err := exec.LookPath("publishgate")
	if err != nil {
		t.Fatal(err)
	}
	run := func(dir, limit string, env []string, args ...string) map[string][]byte {
		t.Helper()
		out := filepath.Join(t.TempDir(), "out")
		script := limit + ` && out=$1 && shift && exec "$0" -offline -out "$out" "$@"`
		cmd := exec.Command("sh", append([]string{"-c", script, program, out}, args...)...)
		cmd.Dir, cmd.Env = dir, append(env, "SOURCE_DATE_EPOCH=1780000000", "PATH="+os.Getenv("PATH"), "GORACE="+os.Getenv("GORACE"))
		said, err := cmd.CombinedOutput()
		written := map[string][]byte{"exit code": []byte(cmd.ProcessState.String()), "said": bytes.ReplaceAll(said, []byte(out), []byte("OUT"))}
		if !cmd.ProcessState.Exited() || cmd.ProcessState.ExitCode() > 1 {
			t.Fatalf("%v: %s", err, said)
		}
		err = filepath.WalkDir(out, func(file string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, _ := filepath.Rel(out, file)
			written[rel], err = os.ReadFile(file)
			return err
		})
		if err != nil || len(written) < 12 {
			t.Fatalf("%d files, %v: %s", len(written), err, said)
		}
		return written
	}
	work := t.TempDir()
	for _, manager := range []string{"npm", "pnpm"} {
		w := monorepo.Workspace{Members: 80, Shared: 20, Own: 2, Links: 2}
		if err := w.Write(filepath.Join(work, manager), manager); err != nil {
			t.Fatal(err)
		}
	}
	alone := filepath.FromSlash(monorepo.Folder(0))
	for name, args := range map[string][]string{
		"a package": {filepath.Join("npm", alone)}, "members, npm": {"-workspaces", "npm"}, "members, pnpm": {"-workspaces", "pnpm"},
	} {
		t.Run(name, func(t *testing.T) {
			wide := run(work, "true", nil, args...)
			narrow := run(work, "ulimit -n 64", []string{"GOMAXPROCS=1"}, args...)
			if len(wide) != len(narrow) {
				t.Errorf("%d files are written, not %d", len(narrow), len(wide))
			}
			for file := range wide {
				if !bytes.Equal(wide[file], narrow[file]) {
					t.Errorf("%s differs:\n%s\n%s", file, wide[file], narrow[file])
				}
			}
		})
	}
}
