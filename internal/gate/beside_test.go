package gate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

// TestErrorsInOrder: the tarball is read beside the git checkout, the policy and the
// lockfile, and where several of them cannot be read, the same one is told in every
// run. Nothing goes on after that.
func TestErrorsInOrder(t *testing.T) {
	faults := []struct{ name, file, content, says string }{ // in the order in which they are told
		{"the checkout", ".git/HEAD", "no reference", "the git checkout"},
		{"the policy", ".publishgate.yml", "no: key", ".publishgate.yml"},
		{"what is kept", "SECURITY.md/x", "", "SECURITY.md"},
		{"the lockfile", "package-lock.json", "{", "package-lock.json"},
		{"the tarball", "", "", "the tarball"},
		{"the pack", ".npmignore", strings.Repeat("#", 2<<20), ".npmignore"},
	}
	const ball, packed = 4, 5
	w := tarball.NewWriter()
	good, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	for last := range faults {
		for first := range last + 1 {
			if first == ball && last == packed { // nothing is packed beside a tarball
				continue
			}
			dir := t.TempDir()
			write := func(name, content string) {
				path := filepath.Join(dir, name)
				err := os.MkdirAll(filepath.Dir(path), 0o755)
				if err == nil {
					err = os.WriteFile(path, []byte(content), 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			write("package.json", `{"name": "a", "version": "1.0.0", "license": "MIT"}`)
			write("package-lock.json", `{"name": "a", "lockfileVersion": 3, "packages": {"": {"name": "a", "version": "1.0.0"}}}`)
			c := Config{Where: Where{Dir: dir, Out: filepath.Join(dir, defaultOut)}, Net: Net{Offline: true, Now: time.Now}}
			if first == 2 || last == 2 { // it is asked for
				write(".publishgate.yml", "docs:\n  require: [SECURITY.md]\n")
			}
			if last < ball { // it is not to wait for ever for what it never learns
				c.Tarball = filepath.Join(dir, "good.tgz")
				write("good.tgz", string(good))
			}
			for _, i := range []int{last, first} {
				if i == ball {
					c.Tarball = filepath.Join(dir, "none.tgz")
				} else {
					write(faults[i].file, faults[i].content)
				}
			}
			p, m, err := findPackage(c.Where, false)
			if err != nil {
				t.Fatal(err)
			}
			in, err := readPackage(t.Context(), &c, p, m)
			in.close()
			if err == nil || !strings.Contains(err.Error(), faults[first].says) {
				t.Errorf("%s and %s: %v", faults[first].name, faults[last].name, err)
			}
		}
	}
	if after := runtime.NumGoroutine(); after > before+2 { // the runtime's own
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

func TestBeside(t *testing.T) {
	b := start(t.Context(), func(context.Context) (int, error) { return 1, errors.New("two") })
	if n, err := b.wait(); n != 1 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	b.drop()
	stopped := false
	start(t.Context(), func(ctx context.Context) (int, error) {
		<-ctx.Done()
		time.Sleep(10 * time.Millisecond)
		stopped = true
		return 0, nil
	}).drop()
	if !stopped {
		t.Error("the work was left behind")
	}
}

// TestTarballCopy: a copy that was begun appears with all other evidence, or not at
// all.
func TestTarballCopy(t *testing.T) {
	folder, err := disk.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	in := &input{subject: &check.Subject{Manifest: &npm.Manifest{Name: "a", Version: "1.0.0"}, Policy: &policy.Effective{},
		Tarball: &tarball.Tarball{File: "a.tgz", Bytes: []byte("bytes")}}}
	begin := func() *file {
		copied := beginCopy(t.Context(), folder, in)
		return &file{name: copied.name, begun: copied.draft}
	}
	nothing := func() {
		t.Helper()
		if left, err := os.ReadDir(folder.Path); err != nil || len(left) > 0 {
			t.Errorf("left behind %v, %v", left, err)
		}
	}
	beginCopy(t.Context(), folder, in).remove()
	nothing()
	var o Outcome
	broken := &file{name: "b", write: func(*os.File) error { return errors.New("no b") }}
	if err := o.putAll(folder, []*file{begin(), broken}); err == nil {
		t.Error("no error")
	}
	nothing()
	if err := o.putAll(folder, []*file{begin()}); err != nil {
		t.Error(err)
	}
	if got, err := folder.Read("a.tgz", 10); err != nil || string(got) != "bytes" {
		t.Errorf("%q, %v", got, err)
	}
	in.subject.Tarball = nil
	beginCopy(t.Context(), folder, in).remove()
}
