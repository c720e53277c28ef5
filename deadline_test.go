package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestWorkEnds gives the gate work for minutes, and ends it by the deadline or
// by a signal: it is told and recorded that nothing was decided, and nothing is
// sent.
func TestWorkEnds(t *testing.T) {
	dir := ignoreBomb(t)
	for _, c := range []struct {
		name, deadline, says string
		signal               os.Signal
	}{
		{"deadline", "1s", "the deadline of 1s has passed", nil},
		{"SIGTERM", "5m", "stopped by a signal", syscall.SIGTERM},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := registry.Start()
			defer r.Close()
			out := filepath.Join(t.TempDir(), "out")
			cmd := publishgate(t, "-advisories", "npm", "-registry", r.URL, "-deadline", c.deadline, "-publish", "npm",
				"-access", "public", "-out", out, dir)
			cmd.Env = []string{"GORACE=" + raceExit, "NODE_AUTH_TOKEN=token-of-the-test"}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			tell := func() {
				if c.signal != nil {
					waitFor(t, func() bool { _, err := os.Stat(out); return err == nil })
					_ = cmd.Process.Signal(c.signal)
				}
			}
			started := time.Now()
			if code := endOf(t, cmd, tell); code != 3 || strings.Count(stderr.String(), c.says) != 1 {
				t.Errorf("exit %d, expected 3 and once %q\n%s", code, c.says, &stderr)
			}
			if took := time.Since(started); took > 20*time.Second {
				t.Errorf("took %s to stop", took)
			}
			if verdict, err := os.ReadFile(filepath.Join(out, "verdict.json")); err != nil ||
				!strings.Contains(string(verdict), `"result": "unknown"`) {
				t.Errorf("verdict.json: %v\n%.200s", err, verdict)
			}
			if len(r.Puts()) != 0 {
				t.Errorf("something was sent: %s", r.Log())
			}
		})
	}
}

// ignoreBomb is a folder in which each of many names is compared with many long
// patterns of an ignore file.
func ignoreBomb(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("package.json", `{"name":"bomb","version":"1.0.0","license":"MIT"}`)
	put("package-lock.json", `{"name":"bomb","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"bomb",`+
		`"version":"1.0.0","license":"MIT"}}}`)
	var rules strings.Builder
	for i := range 600 {
		fmt.Fprintf(&rules, "%s%d.js\n", strings.Repeat("*a", 750), i)
	}
	put(".npmignore", rules.String())
	for i := range 3000 {
		put(fmt.Sprintf("%s%d.ts", strings.Repeat("a", 150), i), "")
	}
	return dir
}
