package gate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/check"
)

// A cachedRun is a folder in which a run has kept what a front of four packages said.
func cachedRun(t *testing.T) (f *signingFront, dir string, again func(t *testing.T) (requests int64)) {
	t.Helper()
	f, g := startSigning(t, 4, 0)
	dir = filepath.Join(t.TempDir(), "cache")
	again = func(t *testing.T) int64 {
		t.Helper()
		before := f.requests.Load()
		seals := f.seal(t, g, dir)
		if len(seals) != 4 {
			t.Errorf("%d seals", len(seals))
		}
		for p, seal := range seals {
			if seal.State != check.SealVerified {
				t.Errorf("%s: %+v", p.Name, seal)
			}
		}
		return f.requests.Load() - before
	}
	if n := again(t); n != 5 {
		t.Fatalf("%d requests, expected the keys and one for each package", n)
	}
	if n := again(t); n != 1 {
		t.Fatalf("%d requests of a second run, expected the keys alone", n)
	}
	return f, dir, again
}

// TestFactCacheIsHostile: whatever stands in the folder, a run says what is true, and
// asks for what it cannot use. What it then keeps is whole.
func TestFactCacheIsHostile(t *testing.T) {
	edit := func(change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			data, err := os.ReadFile(file)
			if err == nil {
				err = os.WriteFile(file, change(data), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	entries := func(change func(map[string]map[string]any)) func(*testing.T, string) {
		return edit(func(data []byte) []byte {
			var all map[string]map[string]any
			if err := json.Unmarshal(data, &all); err != nil {
				panic(err)
			}
			change(all)
			data, _ = json.Marshal(all)
			return data
		})
	}
	each := func(change func(map[string]any)) func(*testing.T, string) {
		return entries(func(all map[string]map[string]any) {
			for _, e := range all {
				change(e)
			}
		})
	}
	replaced := func(with func(file string) error) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if err := with(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, test := range map[string]struct {
		spoil    func(*testing.T, string)
		requests int64 // of the next run
		after    int64 // and of the one after it
	}{
		"as it was":            {edit(bytes.Clone), 1, 1},
		"cut":                  {edit(func(b []byte) []byte { return b[:len(b)/2] }), 5, 1},
		"empty":                {edit(func([]byte) []byte { return nil }), 5, 1},
		"null":                 {edit(func([]byte) []byte { return []byte("null") }), 5, 1},
		"a list":               {edit(func([]byte) []byte { return []byte("[{}]") }), 5, 1},
		"HTML":                 {edit(func([]byte) []byte { return []byte("<html>") }), 5, 1},
		"nothing in it":        {edit(func([]byte) []byte { return []byte("{}") }), 5, 1},
		"something behind it":  {edit(func(b []byte) []byte { return append(b, "x"...) }), 1, 1},
		"deep":                 {edit(func([]byte) []byte { return []byte(`{"a":` + strings.Repeat("[", 1<<20)) }), 5, 1},
		"answers of 1 byte":    {edit(func([]byte) []byte { return many(mostKept + 1) }), 5, 1},
		"a large answer":       {each(func(e map[string]any) { e["shasum"] = strings.Repeat("a", maxFact) }), 5, 1},
		"answers that are not": {edit(func(b []byte) []byte { return regexp.MustCompile(`:\{`).ReplaceAll(b, []byte(`:[{`)) }), 5, 1},
		"each of another package": {entries(func(all map[string]map[string]any) {
			var last map[string]any
			for key, e := range all {
				if last != nil {
					all[key] = last
				}
				last = e
			}
		}), 4, 1},
		"of another registry":      {each(func(e map[string]any) { e["registry"] = "https://registry.npmjs.org/" }), 5, 1},
		"another checksum":         {each(func(e map[string]any) { e["locked"] = "sha512-QQ==" }), 5, 1},
		"another signed checksum":  {each(func(e map[string]any) { e["integrity"] = "sha512-QQ==" }), 5, 1},
		"no signatures":            {each(func(e map[string]any) { e["signatures"] = nil }), 5, 1},
		"another signature":        {each(func(e map[string]any) { e["signatures"] = []any{map[string]any{"KeyID": "k", "Sig": "QUFB"}} }), 5, 1},
		"an unknown key":           {each(func(e map[string]any) { e["signatures"] = []any{map[string]any{"KeyID": "x", "Sig": "QUFB"}} }), 5, 1},
		"no time":                  {each(func(e map[string]any) { e["published"] = nil }), 5, 1},
		"a time in 2099":           {each(func(e map[string]any) { e["published"] = "2099-01-01T00:00:00Z" }), 5, 1},
		"a trust that there isn't": {each(func(e map[string]any) { e["trust"] = 17 }), 5, 1},
		"before none":              {each(func(e map[string]any) { e["before"] = map[string]any{"version": "x"} }), 5, 1},
		"a folder":                 {replaced(func(file string) error { return os.Mkdir(file, 0o755) }), 5, 5},
		"a pipe":                   {replaced(func(file string) error { return syscall.Mkfifo(file, 0o600) }), 5, 5},
		"a link to what is there": {replaced(func(file string) error {
			return os.Symlink(filepath.Base(file)+"-other", file)
		}), 5, 5},
		"a link that leads out": {replaced(func(file string) error { return os.Symlink("/etc/passwd", file) }), 5, 5},
		"writable for all":      {func(t *testing.T, file string) { chmod(t, file, 0o666) }, 5, 5},
		"in a folder for all":   {func(t *testing.T, file string) { chmod(t, filepath.Dir(file), 0o777) }, 5, 5},
		"of a run that was killed": {func(t *testing.T, file string) {
			put(t, filepath.Join(filepath.Dir(file), ".facts.json.part"), "{")
			edit(func([]byte) []byte { return []byte("{") })(t, file)
		}, 5, 1},
		"no place to write": {func(t *testing.T, file string) {
			put(t, filepath.Join(filepath.Dir(file), ".facts.json.part", "x"), "")
			edit(func([]byte) []byte { return []byte("{}") })(t, file)
		}, 5, 5},
	} {
		t.Run(name, func(t *testing.T) {
			_, dir, again := cachedRun(t)
			test.spoil(t, filepath.Join(dir, factsFile))
			if n := again(t); n != test.requests {
				t.Errorf("%d requests, expected %d", n, test.requests)
			}
			if n := again(t); n != test.after {
				t.Errorf("%d requests of the run after it, expected %d", n, test.after)
			}
		})
	}
}

// TestFactCacheOwner: a file of another user is not believed, nor written.
func TestFactCacheOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		return // nobody else can give a file away
	}
	_, dir, again := cachedRun(t)
	file := filepath.Join(dir, factsFile)
	for _, test := range []struct {
		uid, gid int
		mode     os.FileMode
		requests int64
	}{{0, 0, 0o644, 1}, {0, 0, 0o664, 1}, {0, 12345, 0o644, 1}, {0, 12345, 0o664, 5}, {12345, 12345, 0o644, 5}} {
		if err := os.Chown(file, test.uid, test.gid); err != nil {
			t.Fatal(err)
		}
		chmod(t, file, test.mode)
		if n := again(t); n != test.requests {
			t.Errorf("%+v: %d requests", test, n)
		}
	}
	c, err := openFacts(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if left := c.left(); len(left) != 1 || !strings.Contains(left[0].Why, factsFile) {
		t.Errorf("%+v", left)
	}
	// Root works for the user who gave it the folder.
	if err := os.Chown(dir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if n := again(t); n != 1 {
		t.Errorf("%d requests, expected the keys alone", n)
	}
}

// TestFactCacheIsNoEvidence: who can write the folder, and has not the registry's
// key, makes no other bytes pass by it.
func TestFactCacheIsNoEvidence(t *testing.T) {
	f, g := startSigning(t, 3, 0)
	f.wrong = "p1"
	dir := filepath.Join(t.TempDir(), "cache")
	f.seal(t, g, dir)
	file := filepath.Join(dir, factsFile)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		e["published"], e["trust"] = "2001-01-01T00:00:00Z", 3
	}
	data, err = json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	put(t, file, string(data))
	for p, seal := range f.seal(t, g, dir) {
		if want := p.Name == f.wrong; (seal.State == check.SealInvalid) != want {
			t.Errorf("%s: %+v", p.Name, seal)
		}
	}
}

// TestFactCacheAtOnce: of runs at the same time each says what is true, and what is
// left is whole.
func TestFactCacheAtOnce(t *testing.T) {
	_, dir, again := cachedRun(t)
	put(t, filepath.Join(dir, factsFile), "{}")
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() { again(t) })
	}
	group.Wait()
	again(t)
	if n := again(t); n != 1 {
		t.Errorf("%d requests, expected the keys alone", n)
	}
}

// many is a file of so many answers that say nothing.
func many(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, ",\"%d\":1", i)
	}
	b.WriteByte('}')
	b.Bytes()[0] = '{'
	return b.Bytes()
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
