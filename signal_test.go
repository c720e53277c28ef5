package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
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
			cmd := publishgate(t, "-advisories", "npm", "-registry", r.URL, "-publish", "npm", "-access", "public", "-out",
				out, "testdata/packages/status-page")
			cmd.Env = []string{"GORACE=" + raceExit, "NODE_AUTH_TOKEN=token-of-the-test"}
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

// TestKilled kills the gate on a runner, while it waits and while it publishes:
// no later step reads a result, and no old evidence of a pass is left.
func TestKilled(t *testing.T) {
	for fault, sent := range map[string]int{"post-hang": 0, "put-hang": 1, "put-hang-stored": 1} {
		t.Run(fault, func(t *testing.T) {
			r := registry.Start()
			defer r.Close()
			r.Fail(fault, 0, -1)
			dir := t.TempDir()
			out, outputs := filepath.Join(dir, "out"), filepath.Join(dir, "outputs")
			if err := os.Mkdir(out, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(out, "run.json"), []byte(`{"result": "pass"}`), 0o644); err != nil {
				t.Fatal(err)
			}
			cmd := publishgate(t)
			cmd.Env = []string{"GORACE=" + raceExit, "NODE_AUTH_TOKEN=token-of-the-test", "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push",
				"GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true",
				"GITHUB_OUTPUT=" + outputs, "INPUT_DIRECTORY=testdata/packages/status-page", "INPUT_OUT=" + out,
				"INPUT_ADVISORIES=npm:" + r.URL, "INPUT_PREVIOUS-VERSION=none",
				"INPUT_REGISTRY=" + r.URL, "INPUT_PUBLISH=npm", "INPUT_ACCESS=public", "INPUT_UPLOAD-SARIF=never"}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitFor(t, func() bool { return len(r.Requests()) > 0 && len(r.Puts()) == sent })
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if data, err := os.ReadFile(outputs); err == nil && strings.Contains(string(data), "result<<") {
				t.Errorf("outputs of a killed run:\n%s", data)
			}
			if data, err := os.ReadFile(filepath.Join(out, "run.json")); err == nil {
				t.Errorf("run.json of a killed run: %s", data)
			}
		})
	}
}

// TestNoResultYet: as long as the report was not read, a run on a runner has no
// result, though it has published and told all the rest.
func TestNoResultYet(t *testing.T) {
	r := registry.Start()
	defer r.Close()
	dir := t.TempDir()
	outputs := filepath.Join(dir, "outputs")
	env := []string{"NODE_AUTH_TOKEN=token-of-the-test", "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push",
		"GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true",
		"GITHUB_OUTPUT=" + outputs, "INPUT_DIRECTORY=testdata/packages/status-page",
		"INPUT_OUT=" + filepath.Join(dir, "out"), "INPUT_ADVISORIES=npm:" + r.URL, "INPUT_PREVIOUS-VERSION=none",
		"INPUT_REGISTRY=" + r.URL, "INPUT_PUBLISH=npm", "INPUT_ACCESS=public", "INPUT_UPLOAD-SARIF=never"}
	reader, writer := io.Pipe() // nobody reads
	defer reader.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan int)
	go func() {
		ended <- cli.Main(ctx, cli.Process{Env: env, Stdout: writer, Stderr: io.Discard, Now: time.Now})
	}()
	holds := func(text string) bool {
		data, err := os.ReadFile(outputs)
		return err == nil && strings.Contains(string(data), text)
	}
	waitFor(t, func() bool { return holds("published<<") && holds("\ntrue\n") })
	if holds("result<<") {
		t.Error("there is a result, and the report was not read")
	}
	cancel()
	if code := <-ended; code != 3 || !holds("result<<_GitHubActionsFileCommandDelimeter_\nunknown\n") {
		t.Errorf("ended with %d", code)
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
