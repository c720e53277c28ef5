package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "ten"), []byte("0123456789"), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "empty"), nil, 0o644))
	must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("outside-content"), 0o600))
	must(t, os.Symlink("ten", filepath.Join(dir, "inside-link")))
	must(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "outside-link")))
	must(t, os.Symlink("/proc/self/environ", filepath.Join(dir, "environ")))
	must(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644))
	must(t, os.Mkdir(filepath.Join(dir, "folder"), 0o755))
	must(t, os.Symlink("/dev/zero", filepath.Join(dir, "device")))
	sparse, err := os.Create(filepath.Join(dir, "sparse"))
	must(t, err)
	must(t, sparse.Truncate(10<<30))
	must(t, sparse.Close())

	root, err := os.OpenRoot(dir)
	must(t, err)
	defer root.Close()
	for _, c := range []struct {
		name  string
		limit int64
		want  string // content; empty: an error
	}{
		{"ten", 10, "0123456789"},
		{"ten", 9, ""},
		{"inside-link", 10, "0123456789"},
		{"outside-link", 100, ""},
		{"environ", 1 << 20, ""},
		{"fifo", 100, ""},
		{"folder", 100, ""},
		{"device", 100, ""},
		{"sparse", 1 << 20, ""},
		{"absent", 100, ""},
		{"../" + filepath.Base(outside) + "/secret", 100, ""},
	} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			got, err := Read(root, c.name, c.limit)
			if (err == nil) != (c.want != "") || string(got) != c.want {
				t.Errorf("Read(%s, %d) = %q, %v", c.name, c.limit, got, err)
			}
			if err != nil && (strings.Contains(err.Error(), "outside-content") || !strings.Contains(err.Error(), c.name)) {
				t.Errorf("Read(%s): message %q", c.name, err)
			}
		}()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatalf("Read(%s) hangs", c.name)
		}
	}
	if got, err := Read(root, "empty", 1); err != nil || len(got) != 0 {
		t.Errorf("empty: %q, %v", got, err)
	}
	if _, err := Read(root, "absent", 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if _, err := ReadNamed(filepath.Join(dir, "fifo"), 1); !errors.Is(err, ErrIrregular) {
		t.Errorf("fifo: %v", err)
	}
}

func TestWrite(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	victim := filepath.Join(outside, "victim")
	must(t, os.WriteFile(victim, []byte("untouched"), 0o644))

	f, err := Create(filepath.Join(dir, "a", "out"))
	must(t, err)
	defer f.Close()
	must(t, f.Write("x", []byte("one")))
	must(t, f.Write("x", []byte("two")))
	if got, _ := os.ReadFile(f.File("x")); string(got) != "two" {
		t.Errorf("x holds %q", got)
	}
	must(t, os.Symlink(victim, f.File("link")))
	if err := f.Write("link", []byte("evil")); !errors.Is(err, ErrIrregular) {
		t.Errorf("write through a link: %v", err)
	}
	must(t, os.Symlink(victim, f.File(".y.part")))
	must(t, f.Write("y", []byte("fine")))
	if got, _ := os.ReadFile(victim); string(got) != "untouched" {
		t.Errorf("the file behind the link holds %q", got)
	}
	if err := f.Write("../escape", []byte("x")); err == nil {
		t.Error("a name that leads out of the folder is accepted")
	}
	must(t, os.Symlink(outside, filepath.Join(dir, "linked")))
	if _, err := Create(filepath.Join(dir, "linked")); err == nil {
		t.Error("a link is accepted as the folder")
	}
	left, _ := filepath.Glob(filepath.Join(f.Path, ".*"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A draft is seen under its name only once it is kept.
func TestDraft(t *testing.T) {
	testDraft(t, (*Folder).Draft, 1)
}

// testDraft goes through what becomes of a draft, which is so many files of its
// folder until then.
func testDraft(t *testing.T, draft func(*Folder, string, func(*os.File) error) (*Draft, error), there int) {
	f, err := Create(filepath.Join(t.TempDir(), "out"))
	must(t, err)
	defer f.Close()
	must(t, f.Write("x", []byte("old")))
	write := func(file *os.File) error { _, err := file.WriteString("new"); return err }
	holds := func(want string, files int) {
		t.Helper()
		if got, _ := os.ReadFile(f.File("x")); string(got) != want {
			t.Errorf("x holds %q, want %q", got, want)
		}
		if all, _ := os.ReadDir(f.Path); len(all) != files {
			t.Errorf("%d files, want %d", len(all), files)
		}
	}
	d, err := draft(f, "x", write)
	must(t, err)
	holds("old", 1+there)
	d.Drop()
	holds("old", 1)
	d, err = draft(f, "x", write)
	must(t, err)
	must(t, d.Keep())
	holds("new", 1)
	if _, err := draft(f, "x", func(*os.File) error { return errors.New("no content") }); err == nil {
		t.Error("a draft without its content is one")
	}
	holds("new", 1)
	d, err = draft(f, "y", write)
	must(t, err)
	must(t, os.Mkdir(f.File("y"), 0o755))
	if err := d.Keep(); err == nil {
		t.Error("a folder is written over")
	}
	must(t, os.Remove(f.File("y")))
	holds("new", 1)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
