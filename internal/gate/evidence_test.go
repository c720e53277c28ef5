package gate

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/tarball"
)

// If one file cannot be written in full, none appears, and the files that were
// there before stay.
func TestPutAll(t *testing.T) {
	folder, err := disk.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	left := func() string {
		entries, err := os.ReadDir(folder.Path)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return strings.Join(names, " ")
	}
	broken := rendered("b", func(io.Writer) error { return errors.New("no b") })
	var o Outcome
	if err := o.putAll(folder, []*file{given("a", []byte("a")), broken, given("c", nil)}); err == nil || left() != "" || len(o.Evidence) > 0 {
		t.Errorf("%v, left behind %q, told of %q", err, left(), o.Evidence)
	}
	if err := o.putAll(folder, []*file{given("b", []byte("b")), given("a", nil)}); err != nil || left() != "a b" {
		t.Errorf("%v, %q", err, left())
	}
	if len(o.Evidence) != 2 || filepath.Base(o.Evidence[0]) != "b" {
		t.Errorf("told of %q", o.Evidence)
	}
	// If one file cannot get its name, the files after it get none either.
	blocked := &file{name: "d", write: func(*os.File) error { return os.Mkdir(folder.File("d"), 0o755) }}
	if err := o.putAll(folder, []*file{blocked, given("verdict", nil)}); err == nil || left() != "a b d" || len(o.Evidence) != 2 {
		t.Errorf("%v, %q, told of %q", err, left(), o.Evidence)
	}
}

// TestCopyName: a name that no file can have blocks, and the evidence that says so
// is written all the same.
func TestCopyName(t *testing.T) {
	long := strings.Repeat("a", 250)
	for _, c := range []struct{ file, name, version, want string }{
		{"dist/w.tgz", "w", "1.2.3", "w.tgz"},
		{"dist/w.tar.gz", "w", "1.2.3", "w.tar.gz"},
		{"w.zip", "@acme/w", "1.2.3", "acme-w-1.2.3.tgz"},
		{"w.zip", long, "1.2.3", "package.tgz"},
		{"w.zip", "w", "1.2.3-" + long, "package.tgz"},
		{"w.zip", "w\x00", "1.2.3", "package.tgz"},
		{"w.zip", "w\nx", "1.2.3", "package.tgz"},
		{"é w.tgz", "w", "1.2.3", "é w.tgz"},
		{long + ".tgz", "w", "1.2.3", "package.tgz"}, // what is written beside it has a longer one
	} {
		if got := copyName(&tarball.Tarball{File: c.file}, &npm.Manifest{Name: c.name, Version: c.version}); got != c.want {
			t.Errorf("%.20s %.20s: %s", c.file, c.name, got)
		}
	}
}

// TestDraftsOfAKilledRun: what a run left that was killed while it wrote is gone,
// and what is somebody else's stays.
func TestDraftsOfAKilledRun(t *testing.T) {
	out := filepath.Join(t.TempDir(), defaultOut)
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{".verdict.json.part": false, ".receipt.json.part": false, ".vsa.sigstore.json.part": false,
		".x-1.0.0.tgz.part": false, ".video.mp4.part": true, "..part": true, ".part": true, "verdict.json.part": true}
	for name := range names {
		if err := os.WriteFile(filepath.Join(out, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := openFolder(Where{Out: out, Dir: t.TempDir()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for name, stays := range names {
		if folder.Has(name) != stays {
			t.Errorf("%s is there: %v", name, !stays)
		}
	}
}
