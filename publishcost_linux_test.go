package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// A desk is a registry that counts what it is asked. What is published is not
// parsed: it throws the document away, and has what it was told to have.
type desk struct {
	npm   *registry.Server
	at    string
	has   func() // called when a document has come in
	mu    sync.Mutex
	asked []string
	took  int64 // bytes of the last document
}

func newDesk(t *testing.T) *desk {
	d := &desk{npm: registry.Start()}
	t.Cleanup(d.npm.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.asked = append(d.asked, r.Method+" "+r.URL.EscapedPath())
		d.mu.Unlock()
		if d.has == nil || r.Method != http.MethodPut {
			d.npm.ServeHTTP(w, r)
			return
		}
		d.took, _ = io.Copy(io.Discard, r.Body)
		d.has()
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(server.Close)
	d.at = server.URL
	d.npm.URL = d.at + "/" // as documents have it
	return d
}

// reset forgets what was asked.
func (d *desk) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = nil
	d.npm.Forget()
}

func (d *desk) requests() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(d.asked), func(r string) bool { return strings.HasSuffix(r, "/bulk") })
}

// largePackage writes a package of 192 MB of words, of which a tarball has less
// than half.
func largePackage(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 2048)
	for i := range words {
		for range 4 + random.IntN(9) {
			words[i] += string(rune('a' + random.IntN(26)))
		}
	}
	files := map[string]string{
		"package.json": `{"name": "@acme/large", "version": "1.0.0", "license": "MIT"}`,
		"package-lock.json": `{"name": "@acme/large", "version": "1.0.0", "lockfileVersion": 3,
			"packages": {"": {"name": "@acme/large", "version": "1.0.0", "license": "MIT"}}}`,
	}
	for i := range 24 {
		var b strings.Builder
		for b.Len() < 8_000_000 {
			b.WriteString("//")
			for range 12 {
				b.WriteString(" " + words[random.IntN(len(words))])
			}
			b.WriteString("\n")
		}
		files[fmt.Sprintf("lib%d.js", i)] = b.String()
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// built is the program as it is released: a test binary with the race detector
// takes memory of its own.
func built(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "publishgate")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-s -w -buildid=", "-o", program, ".")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, said)
	}
	return program
}

// TestPublishingCosts publishes a package of 192 MB: that takes at most 16 MiB of
// memory more than to judge it, and no second copy of the tarball.
func TestPublishingCosts(t *testing.T) {
	program, measure, d, dir := built(t), costs(t), newDesk(t), largePackage(t)
	tarball := filepath.Join(t.TempDir(), "large.tgz")
	if said, err := exec.CommandContext(t.Context(), program, "pack", "-o", tarball, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	data := read(t, filepath.Dir(tarball), "large.tgz")
	d.has = func() { d.npm.Seed("@acme/large", "1.0.0", "latest", data) }
	memories, times := map[string][]int64{}, map[string][]time.Duration{}
	for range 2 {
		for _, way := range []string{"never", "npm"} {
			d.reset()
			cmd := exec.CommandContext(t.Context(), program, "-advisories", "npm:"+d.at, "-registry", d.at, "-previous-version", "none",
				"-publish", way, "-access", "public", "-tarball", tarball, "-out", filepath.Join(t.TempDir(), "out"), dir)
			cmd.Env = []string{"GORACE=" + raceExit, "NODE_AUTH_TOKEN=token-of-the-test"}
			c := measure(cmd)
			memories[way], times[way] = append(memories[way], c.Memory), append(times[way], c.CPU)
		}
	}
	judging, publishing := slices.Min(memories["never"]), slices.Min(memories["npm"])
	t.Logf("a tarball of %d bytes; judging: %d KiB, %s of processor; publishing too: %d KiB, %s; the document had %d bytes",
		len(data), judging, middle(times["never"]), publishing, middle(times["npm"]), d.took)
	if more := publishing - judging; more > 16<<10 {
		t.Errorf("publishing takes %d KiB more memory, expected at most 16 MiB", more)
	}
	if whole := publishing - int64(len(data)>>10); whole > 64<<10 {
		t.Errorf("judging and publishing take %d KiB beside the tarball", whole)
	}
	if d.took < int64(len(data))*4/3 {
		t.Errorf("the document had %d bytes", d.took)
	}
}

// TestPublishingAsks counts what the registry is asked to publish a small package
// that it knows in another version, beside the advisories: four questions before
// anything is judged or signed, and then five at most.
func TestPublishingAsks(t *testing.T) {
	d := newDesk(t)
	run := func(args ...string) []string {
		t.Helper()
		d.reset()
		d.npm.Seed(endName, "2.3.0", "latest", []byte("another"))
		cmd := publishgate(t, append(args, "-advisories", "npm:"+d.at, "-registry", d.at, "-access", "public",
			"-previous-version", "none", "-out", filepath.Join(t.TempDir(), "out"), "testdata/packages/status-page")...)
		cmd.Env = []string{"GORACE=" + raceExit, "NODE_AUTH_TOKEN=token-of-the-test"}
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, said)
		}
		return d.requests()
	}
	for _, c := range []struct {
		what string
		args []string
		most int
	}{
		{"judging and publishing", []string{"-publish", "npm"}, 4 + 4},
		{"preflight", []string{"-publish", "npm", "-dry-run"}, 4},
	} {
		if asked := run(c.args...); len(asked) > c.most {
			t.Errorf("%s takes %d requests, expected at most %d:\n%s", c.what, len(asked), c.most, strings.Join(asked, "\n"))
		}
	}
}
