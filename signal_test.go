package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestSignals stops the gate while it waits for the advisories, before
// anything was published: it ends at once with 3, and nothing is sent.
func TestSignals(t *testing.T) {
	for _, c := range []struct {
		name    string
		signals []os.Signal
		pid1    bool // as process 1 of a PID namespace, as in a container
	}{
		{"SIGINT", []os.Signal{syscall.SIGINT}, false},
		{"SIGTERM", []os.Signal{syscall.SIGTERM}, false},
		{"twice", []os.Signal{syscall.SIGINT, syscall.SIGTERM}, false},
		{"SIGINT as PID 1", []os.Signal{syscall.SIGINT}, true},
		{"SIGTERM as PID 1", []os.Signal{syscall.SIGTERM}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := registry.Start()
			defer r.Close()
			r.Fail("post-hang", 0, -1)
			out := t.TempDir()
			cmd := publishgate(t, "-advisories", "npm", "-registry", r.URL, "-publish", "npm", "-access", "public", "-out", out, "testdata/packages/status-page")
			cmd.Env = []string{"NODE_AUTH_TOKEN=token-of-the-test"}
			if c.pid1 {
				if os.Geteuid() != 0 {
					t.Skip("a PID namespace needs root here")
				}
				cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
			}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitFor(t, func() bool { return len(r.Requests()) > 0 })
			started := time.Now()
			for _, s := range c.signals {
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 3 {
				t.Errorf("ended with %v, expected exit 3\n%s", err, &stderr)
			}
			if took := time.Since(started); took > 20*time.Second {
				t.Errorf("took %s to stop", took)
			}
			if len(r.Puts()) != 0 {
				t.Errorf("something was sent: %s", r.Log())
			}
			if data, err := os.ReadFile(filepath.Join(out, "verdict.json")); err == nil && strings.Contains(string(data), `"result": "pass"`) {
				t.Error("a pass was written")
			}
		})
	}
}

// TestClosedOutput writes the result into a pipe nobody reads: that is an
// error, and not a death by SIGPIPE.
func TestClosedOutput(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	cmd := publishgate(t, "-offline", "-out", t.TempDir(), "testdata/packages/status-page")
	cmd.Stdout = writer
	err = cmd.Run()
	writer.Close()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("ended with %v, expected exit 3", err)
	}
}

// publishgate is the command itself: the test binary under that name.
func publishgate(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "publishgate")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return exec.Command(path, args...)
}

func waitFor(t *testing.T, what func() bool) {
	t.Helper()
	for range 1000 {
		if what() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("nothing arrived")
}
