package watch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Each state of the tests says its number and repeats it, so that one that was cut
// or mixed shows.
func numbered(n int) []byte { return bytes.Repeat([]byte(strconv.Itoa(n)+"\n"), 40_000) }

func numberOf(t *testing.T, data []byte) int {
	t.Helper()
	if len(data) == 0 {
		return 0
	}
	first, _, _ := strings.Cut(string(data), "\n")
	n, err := strconv.Atoi(first)
	if err != nil || !bytes.Equal(data, numbered(n)) {
		t.Fatalf("a state of %d bytes that begins with %.20q is no whole one", len(data), data)
	}
	return n
}

func next(t *testing.T) func([]byte) ([]byte, error) {
	return func(old []byte) ([]byte, error) { return numbered(numberOf(t, old) + 1), nil }
}

// TestKilled kills processes that write the state without end, at any point of it:
// the file is always one that somebody wrote whole, and nobody waits for the dead.
func TestKilled(t *testing.T) {
	file := StateFile{Path: filepath.Join(t.TempDir(), "state.json"), Limit: 1 << 20}
	if at := os.Getenv("WATCH_TEST_STATE"); at != "" {
		file.Path = at
		for range 10_000 {
			if err := file.Update(t.Context(), next(t)); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	last := 0
	for i := range 12 {
		child := exec.Command(self, "-test.run=^TestKilled$")
		child.Env = append(os.Environ(), "WATCH_TEST_STATE="+file.Path)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+7*i) * time.Millisecond)
		for range 1000 { // every other one is killed after it has begun to write, however slow the machine is
			if data, err := file.Read(); i%2 == 0 || err != nil || numberOf(t, data) > last {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		_ = child.Process.Kill()
		_ = child.Wait()
		data, err := file.Read()
		if err != nil {
			t.Fatal(err)
		}
		n := numberOf(t, data)
		if n < last {
			t.Fatalf("state %d came back after %d", n, last)
		}
		last = n
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := file.Update(ctx, next(t)); err != nil || last == 0 {
		t.Fatalf("after state %d: %v", last, err)
	}
}

// TestTogether has several runs change one state at once: no change is lost.
func TestTogether(t *testing.T) {
	file := StateFile{Path: filepath.Join(t.TempDir(), "new", "state.json"), Limit: 1 << 20}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 5 {
				if err := file.Update(t.Context(), next(t)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	data, err := file.Read()
	if n := numberOf(t, data); err != nil || n != 40 {
		t.Errorf("state %d of 40, %v", n, err)
	}
}

// TestPlaces has things in the place of the state that are no file, and changes that
// fail: nothing is overwritten.
func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{os.WriteFile(path("real"), []byte("1\n"), 0o600), os.Symlink("real", path("link")),
		os.Symlink("nowhere", path("dangling")), os.Mkdir(path("folder"), 0o700)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	never := func([]byte) ([]byte, error) { t.Error("it was changed"); return nil, nil }
	for _, name := range []string{"link", "dangling", "folder", "real/state"} {
		file := StateFile{Path: path(name), Limit: 100}
		if _, err := file.Read(); !errors.Is(err, ErrPlace) && name != "real/state" {
			t.Errorf("%s: %v", name, err)
		}
		if err := file.Update(t.Context(), never); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	refused := errors.New("refused")
	file := StateFile{Path: path("real"), Limit: 2}
	if err := file.Update(t.Context(), func([]byte) ([]byte, error) { return nil, refused }); !errors.Is(err, refused) {
		t.Error(err)
	}
	file.Limit = 1
	if err := file.Update(t.Context(), never); err == nil {
		t.Error("a state above the limit is read")
	}
	if data, err := os.ReadFile(path("real")); err != nil || string(data) != "1\n" {
		t.Errorf("%q, %v", data, err)
	}
	held := StateFile{Path: path("held"), Limit: 10}
	release, err := held.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, fmt.Errorf("the deadline has passed"))
	defer cancel()
	if err := held.Update(ctx, never); err == nil || !strings.Contains(err.Error(), "another run has it: the deadline") {
		t.Error(err)
	}
}
