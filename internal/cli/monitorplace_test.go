package cli

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestMonitorLeftovers: whoever is killed at any step of the writing leaves the old or
// the new state, and nothing that keeps the next run from its own.
func TestMonitorLeftovers(t *testing.T) {
	w := watchOver(t, registry.Widget())
	w.args = []string{"-only", "tags", widget}
	w.expect(ExitPass, nil, nil)
	old, err := os.ReadFile(w.path("state.json"))
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(24 * time.Hour)
	if err := w.registry.Tag(widget, "latest", "3.0.0"); err != nil {
		t.Fatal(err)
	}
	moved := []string{"tag-moved 3.0.0"}
	w.expect(ExitBlock, moved, nil)
	fresh, err := os.ReadFile(w.path("state.json"))
	if err != nil {
		t.Fatal(err)
	}
	part := ".state.json.part"
	for _, step := range []struct {
		name, state string
		leave       func() error
		told        bool // by a run that ended before: it is not told again
	}{
		{name: "the lock was made", state: string(old), leave: func() error { return os.WriteFile(w.path("state.json.lock"), nil, 0o644) }},
		{name: "the temporary file was made", state: string(old), leave: func() error { return os.WriteFile(w.path(part), nil, 0o644) }},
		{name: "half of it was written", state: string(old), leave: func() error {
			return os.WriteFile(w.path(part), fresh[:len(fresh)/2], 0o644)
		}},
		{name: "all of it was written", state: string(old), leave: func() error { return os.WriteFile(w.path(part), fresh, 0o400) }},
		{name: "a link is in its place", state: string(old), leave: func() error { return os.Symlink(w.path("policy.yml"), w.path(part)) }},
		{name: "it was renamed", state: string(fresh), told: true},
		{name: "nothing was there before", state: "", leave: func() error { return os.WriteFile(w.path(part), []byte("{"), 0o644) }, told: true},
	} {
		t.Run(step.name, func(t *testing.T) {
			w.t = t
			w.write("state.json", step.state)
			if step.state == "" {
				_ = os.Remove(w.path("state.json"))
			}
			if step.leave != nil {
				if err := step.leave(); err != nil {
					t.Fatal(err)
				}
			}
			if step.told {
				w.expect(ExitPass, nil, nil)
			} else {
				w.expect(ExitBlock, moved, nil)
			}
			w.expect(ExitPass, nil, nil) // it is remembered
			if _, err := os.Lstat(w.path(part)); err == nil {
				t.Error("the temporary file is still there")
			}
		})
	}
	w.t = t
	if text, err := os.ReadFile(w.path("policy.yml")); err != nil || string(text) != "version: 1\n" {
		t.Errorf("a file that a link named was written: %q, %v", text, err)
	}
}

// TestMonitorNoPlace: where the state cannot be written, what was found is told all the
// same, exit 3, and the old state stays.
func TestMonitorNoPlace(t *testing.T) {
	if dir := os.Getenv("CLI_TEST_FULL"); dir != "" { // a child: the disk is full after 100 bytes
		signal.Ignore(syscall.SIGXFSZ)
		var out, errs bytes.Buffer
		limit := syscall.Rlimit{Cur: 100, Max: 100}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Skip(err)
		}
		code := Main(t.Context(), Process{Args: strings.Fields(os.Getenv("CLI_TEST_ARGS")), Stdout: &out, Stderr: &errs,
			Now: func() time.Time { return registry.WidgetEnd.Add(27 * time.Hour) }})
		fmt.Printf("exit %d\n%s%s", code, out.String(), errs.String())
		return
	}
	w := watchOver(t, registry.Widget())
	w.args = []string{"-only", "tags", widget}
	w.expect(ExitPass, nil, nil)
	before, err := os.ReadFile(w.path("state.json"))
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(24 * time.Hour)
	if err := w.registry.Tag(widget, "latest", "3.0.0"); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	args := []string{"monitor", "-registry", w.registry.URL, "-only", "tags", "-dir", w.dir, widget, "-state"}
	child := exec.Command(self, "-test.run=^TestMonitorNoPlace$")
	child.Env = append(os.Environ(), "CLI_TEST_FULL="+w.dir, "CLI_TEST_ARGS="+strings.Join(append(args, w.path("state.json")), " "))
	out, err := child.CombinedOutput()
	if text := string(out); err != nil || !strings.Contains(text, "exit 3\n") || !strings.Contains(text, "[tag-moved]") ||
		!strings.Contains(text, "state.json: file too large") {
		t.Errorf("%v\n%s", err, text)
	}
	if after, err := os.ReadFile(w.path("state.json")); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the state is another one, %v", err)
	}
	for name, block := range map[string]func() error{
		"a folder is where the lock is": func() error {
			_ = os.Remove(w.path("state.json.lock"))
			return os.Mkdir(w.path("state.json.lock"), 0o755)
		},
		"a full folder is the temporary file": func() error {
			_ = os.Remove(w.path("state.json.lock"))
			return os.MkdirAll(w.path(".state.json.part/x"), 0o755)
		},
	} {
		if err := os.RemoveAll(w.path("state.json.lock")); err != nil {
			t.Fatal(err)
		}
		if err := block(); err != nil {
			t.Fatal(err)
		}
		s := w.run()
		if s.code != ExitUnknown || len(s.told("new")) != 1 || !strings.Contains(s.err, "state.json") {
			t.Errorf("%s: exit %d, %s%s", name, s.code, s.out, s.err)
		}
		_ = os.RemoveAll(w.path(".state.json.part"))
		_ = os.RemoveAll(w.path("state.json.lock"))
	}
	if runtime.GOOS == "linux" { // where not even root can make a file
		var out, errs bytes.Buffer
		code := Main(t.Context(), Process{Args: append(args, "/proc/state.json"), Stdout: &out, Stderr: &errs,
			Now: func() time.Time { return w.now }})
		if code != ExitUnknown || out.Len() == 0 || !strings.Contains(errs.String(), "/proc/state.json") {
			t.Errorf("a folder that cannot be written: exit %d, %s%s", code, out.String(), errs.String())
		}
	}
	w.expect(ExitBlock, []string{"tag-moved 3.0.0"}, nil) // nobody was kept from it
}

// TestMonitorCut: a state that was cut at any point is none, and stays as it is.
func TestMonitorCut(t *testing.T) {
	w := watchOver(t, registry.Widget())
	w.args = []string{"-only", "publishes,tags,access", widget}
	w.expect(ExitPass, nil, nil)
	whole, err := os.ReadFile(w.path("state.json"))
	if err != nil {
		t.Fatal(err)
	}
	requests := len(w.registry.Requests())
	for i := range 50 {
		cut := whole[:len(whole)*i/50]
		w.write("state.json", string(cut))
		s := w.run()
		now, err := os.ReadFile(w.path("state.json"))
		if s.code != ExitUnknown || !strings.Contains(s.err, "nothing was written over it") || err != nil || !bytes.Equal(now, cut) {
			t.Errorf("cut after %d bytes: exit %d %s%s, %v", len(cut), s.code, s.out, s.err, err)
		}
	}
	if len(w.registry.Requests()) != requests {
		t.Error("something was asked before the state was read")
	}
}

// TestMonitorLarge: a packument of 20,000 versions and 50 MB, with times that are none,
// is looked at version by version; nothing of it is held but what is remembered.
func TestMonitorLarge(t *testing.T) {
	const versions, size = 20_000, 50 << 20
	readme := strings.Repeat("<script>", size/versions/8)
	serve := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "many") {
			a.WriteHeader(http.StatusNotFound)
			return
		}
		a.Header().Set("Content-Type", "application/json")
		fmt.Fprint(a, `{"name":"many","dist-tags":{"latest":"1.0.19999"},"maintainers":[{"name":"ann"}],"versions":{`)
		for i := range versions {
			if i > 0 {
				fmt.Fprint(a, ",")
			}
			fmt.Fprintf(a, `"1.0.%d":{"name":"many","version":"1.0.%[1]d","license":"MIT","readme":"%s","dist":{"shasum":"%040[1]x"}}`, i, readme)
		}
		fmt.Fprint(a, `},"time":{"created":"x"`)
		for i := range versions {
			at := "2020-01-01T00:00:00.000Z"
			switch i % 1000 {
			case 7:
				continue // none
			case 8:
				at = "soon"
			}
			fmt.Fprintf(a, `,"1.0.%d":%q`, i, at)
		}
		fmt.Fprint(a, "}}")
	}))
	defer serve.Close()
	w := watchOver(t)
	w.registry.URL = serve.URL
	w.args = []string{"-only", "publishes,tags,access", "many"}
	for _, run := range []string{"first", "second"} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		begin := time.Now()
		s := w.expect(ExitPass, nil, nil)
		took := time.Since(begin)
		runtime.ReadMemStats(&after)
		info, err := os.Stat(filepath.Join(w.dir, "state.json"))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s run: %v, allocated %d MB in all, %d MB of the system, state of %d kB", run, took.Round(time.Millisecond),
			(after.TotalAlloc-before.TotalAlloc)>>20, after.Sys>>20, info.Size()>>10)
		if s.doc.LookedAt.Versions != versions || info.Size() > 2<<20 {
			t.Errorf("%d versions, state of %d bytes", s.doc.LookedAt.Versions, info.Size())
		}
		w.now = w.now.Add(24 * time.Hour)
	}
}
