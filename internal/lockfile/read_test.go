package lockfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

const (
	oneDep  = `{"name":"app","version":"1.0.0","dependencies":{"a":"^1.0.0"}}`
	oneLock = `{"lockfileVersion":3,"packages":{"":{"name":"app","version":"1.0.0","dependencies":{"a":"^1.0.0"}},` +
		`"node_modules/a":{"version":"1.2.0"}}}`
)

// repository writes files and returns the folder open, closed by the test.
func repository(t *testing.T, files map[string]string) (string, *os.Root) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	return dir, root
}

func manifestOf(t testing.TB, text string) *npm.Manifest {
	t.Helper()
	m, err := npm.ParseManifest([]byte(text), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func kinds(g *npm.Graph) string {
	var all []string
	for _, n := range g.Notes {
		all = append(all, n.Kind)
	}
	return strings.Join(all, " ")
}

func TestReadFinds(t *testing.T) {
	other := strings.Replace(oneLock, "1.2.0", "1.9.0", 1)
	mono := `{"name":"mono","workspaces":["packages/*"]}`
	monoLock := `{"lockfileVersion":3,"packages":{"":{"name":"mono","workspaces":["packages/*"]},
		"packages/app":{"name":"app","version":"1.0.0","dependencies":{"a":"^1.0.0"}},
		"node_modules/app":{"resolved":"packages/app","link":true},"node_modules/a":{"version":"1.2.0"}}}`
	for _, c := range []struct {
		name, dir, file string
		files           map[string]string
		lock, version   string // the lockfile used and the version of a in it
		notes, err      string
	}{
		{name: "beside the manifest", files: map[string]string{"package-lock.json": oneLock}, lock: "package-lock.json", version: "1.2.0"},
		{name: "shrinkwrap wins", files: map[string]string{"package-lock.json": oneLock, "npm-shrinkwrap.json": other},
			lock: "npm-shrinkwrap.json", version: "1.9.0", notes: "shrinkwrap"},
		{name: "two managers", files: map[string]string{"package-lock.json": oneLock, "yarn.lock": "", "bun.lock": ""},
			lock: "package-lock.json", version: "1.2.0", notes: "two-lockfiles two-lockfiles two-lockfiles two-lockfiles"},
		{name: "named by hand", file: "locks/my.json", files: map[string]string{"package-lock.json": oneLock,
			"locks/my.json": other}, lock: "locks/my.json", version: "1.9.0"},
		{name: "workspace member", dir: "packages/app", files: map[string]string{"package.json": mono,
			"package-lock.json": monoLock, ".git/HEAD": ""}, lock: "../../package-lock.json", version: "1.2.0"},
		{name: "a member's own is not read", dir: "packages/app", files: map[string]string{"package.json": mono,
			"package-lock.json": monoLock, "packages/app/package-lock.json": other}, lock: "../../package-lock.json",
			version: "1.2.0", notes: "member-lockfile"},
		{name: "nearest wins outside of a workspace", dir: "tools/app", files: map[string]string{"package.json": mono,
			"package-lock.json": monoLock, "tools/app/package-lock.json": other}, lock: "package-lock.json", version: "1.9.0"},
		{name: "none", err: "package.json: it asks for a (line 1), and no lockfile stands here or above: run `npm install " +
			"--package-lock-only --ignore-scripts`"},
		{name: "not above the repository", dir: "sub", files: map[string]string{"package-lock.json": oneLock,
			"sub/.git/HEAD": ""}, err: "sub/package.json: it asks for a (line 1), and no lockfile stands here or above"},
		{name: "only another manager's", files: map[string]string{"pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}, err: "pnpm-lock.yaml"},
		{name: "no member of the monorepo", dir: "tools/app", files: map[string]string{"package.json": mono,
			"package-lock.json": monoLock, "tools/app/x": ""}, err: "it has no entry for the folder tools/app"},
		{name: "monorepo without a manifest", dir: "packages/app", files: map[string]string{"package-lock.json": monoLock,
			"packages/app/x": ""}, err: "read ../../package.json, to which ../../package-lock.json belongs: no such file"},
		{name: "outside the repository", file: "../../etc/passwd.json", err: "read ../../etc/passwd.json: path escapes from parent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, root := repository(t, c.files)
			g, err := Read(Location{Root: root, Dir: c.dir}, manifestOf(t, oneDep), c.file)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("got %v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if g.Root.Name != "app" || len(g.Root.Deps) != 1 || g.Root.Deps[0].To.Version != c.version {
				t.Errorf("root %+v", g.Root)
			}
			if g.Lockfile != c.lock || kinds(g) != c.notes {
				t.Errorf("lockfile %q, notes %q", g.Lockfile, kinds(g))
			}
		})
	}
}

// What is no regular file is refused at once and none of it is shown.
func TestReadRegularOnly(t *testing.T) {
	secret := "canary-" + "content"
	for name, make := range map[string]func(dir, lock string) error{
		"a symbolic link": func(dir, lock string) error {
			if err := os.WriteFile(filepath.Join(dir, "inside"), []byte(secret), 0o644); err != nil {
				return err
			}
			return os.Symlink("inside", lock)
		},
		"a pipe":   func(_, lock string) error { return syscall.Mkfifo(lock, 0o644) },
		"a folder": func(_, lock string) error { return os.Mkdir(lock, 0o755) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, root := repository(t, nil)
			if err := make(dir, filepath.Join(dir, "package-lock.json")); err != nil {
				t.Fatal(err)
			}
			_, err := Read(Location{Root: root, Dir: ""}, manifestOf(t, oneDep), "")
			want := fmt.Sprintf("read package-lock.json: it is %s, expected a regular file", name)
			if err == nil || err.Error() != want {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
	t.Run("sparse", func(t *testing.T) {
		dir, root := repository(t, nil)
		f, err := os.Create(filepath.Join(dir, "package-lock.json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(10 << 30); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(Location{Root: root, Dir: ""}, manifestOf(t, oneDep), ""); err == nil ||
			!strings.Contains(err.Error(), "it is larger than") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("one past the limit", func(t *testing.T) {
		_, root := repository(t, map[string]string{"ten": "0123456789", "eleven": "0123456789a"})
		if data, err := ReadRegular(root, "ten", 10); err != nil || string(data) != "0123456789" {
			t.Errorf("ten: %q, %v", data, err)
		}
		if _, err := ReadRegular(root, "eleven", 10); err == nil {
			t.Error("eleven bytes were read where ten are the limit")
		}
	})
}
