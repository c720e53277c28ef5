package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/testserver/runner"
)

// TestUnreadOutput gives the gate a standard output or error that is full and
// never read. What is asked for is done and told all the same, and the process
// ends: with what nobody could read as an error, where it was the result.
func TestUnreadOutput(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		args   []string
		full   func(cmd *exec.Cmd, pipe *os.File)
		exit   int
		result string
	}{
		{"stdout", nil, func(cmd *exec.Cmd, pipe *os.File) { cmd.Stdout = pipe }, 3, "unknown"},
		{"stdout as JSON", []string{"-format", "json"}, func(cmd *exec.Cmd, pipe *os.File) { cmd.Stdout = pipe }, 3, "unknown"},
		{"stderr", nil, func(cmd *exec.Cmd, pipe *os.File) { cmd.Stderr = pipe }, 0, "pass"},
		{"both", nil, func(cmd *exec.Cmd, pipe *os.File) { cmd.Stdout, cmd.Stderr = pipe, pipe }, 3, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := registry.Start()
			defer r.Close()
			dir := t.TempDir()
			outputs := filepath.Join(dir, "outputs")
			args := append([]string{"-advisories", "npm", "-registry", r.URL, "-deadline", "3s", "-publish", "npm", "-access",
				"public", "-out", filepath.Join(dir, "out")}, c.args...)
			cmd := publishgate(t, append(args, "testdata/packages/status-page")...)
			cmd.Env = []string{"GORACE=" + raceExit, "NODE_AUTH_TOKEN=token-of-the-test", "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push",
				"GITHUB_REF_PROTECTED=true", "GITHUB_REF=refs/heads/main", "GITHUB_OUTPUT=" + outputs}
			var said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &said, &said
			c.full(cmd, fullPipe(t))
			code := endOf(t, cmd)
			if code != c.exit {
				t.Errorf("exit %d, expected %d\n%s", code, c.exit, &said)
			}
			if len(r.Puts()) != 1 {
				t.Errorf("what passed was not published: %s", r.Log())
			}
			told, err := os.ReadFile(outputs)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{"published": "true", "result": c.result} {
				if got := lastOutput(string(told), name); got != want {
					t.Errorf("the output %s is %q, expected %q", name, got, want)
				}
			}
		})
	}
}

// TestSlowOutput reads the result a little at a time: all of it arrives.
func TestSlowOutput(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cmd := publishgate(t, "-offline", "-format", "json", "-out", t.TempDir(), "testdata/packages/status-page")
	cmd.Stdout = writer
	narrow(t, writer)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	time.Sleep(500 * time.Millisecond)
	var got bytes.Buffer
	if _, err := got.ReadFrom(reader); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || !strings.HasSuffix(got.String(), "\n}\n") {
		t.Errorf("%v, and %d bytes were read", err, got.Len())
	}
}

// fullPipe is the writing end of a pipe that takes nothing more and that nobody
// reads.
func fullPipe(t *testing.T) *os.File {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close(); writer.Close() })
	fd := int(writer.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for size := 4096; size > 0; {
		if _, err := syscall.Write(fd, make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	return writer
}

// narrow makes a pipe hold as little as it can.
func narrow(t *testing.T, pipe *os.File) {
	t.Helper()
	const setSize = 1031 // F_SETPIPE_SZ
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, pipe.Fd(), setSize, 4096); errno != 0 {
		t.Fatal(errno)
	}
}

// endOf runs a command and returns its exit code. One that does not end is
// killed, and fails the test. Meanwhile is called once the command runs.
func endOf(t *testing.T, cmd *exec.Cmd, meanwhile ...func()) int {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	watch := time.AfterFunc(60*time.Second, func() { _ = cmd.Process.Kill() })
	defer watch.Stop()
	for _, do := range meanwhile {
		do()
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit == nil {
		return 0
	}
	return exit.ExitCode()
}

// lastOutput is the value of an output of the action, which counts as it was
// set last.
func lastOutput(file, name string) string {
	left := runner.Left{}
	left.Outputs, _ = runner.Pairs(file) // of a killed run, what it had written
	if value, set := left.Value(name); set {
		return value
	}
	return fmt.Sprintf("not set in %q", file)
}

// TestUnreadMistake tells a wrong flag to a standard error that nobody reads:
// the process ends by the deadline, by the default one where that is the mistake.
func TestUnreadMistake(t *testing.T) {
	for _, door := range []string{"flags", "inputs"} {
		t.Run(door, func(t *testing.T) {
			cmd := publishgate(t, "-deadline", "1s", "-audit-level", "loud", "testdata/packages/status-page")
			cmd.Env = []string{}
			if door == "inputs" {
				cmd = publishgate(t)
				cmd.Env = []string{"GORACE=" + raceExit, "GITHUB_ACTIONS=true", "INPUT_DEADLINE=1s", "INPUT_AUDIT-LEVEL=loud"}
			}
			cmd.Stdout, cmd.Stderr = fullPipe(t), fullPipe(t)
			if code := endOf(t, cmd); code != 2 {
				t.Errorf("exit %d, expected 2", code)
			}
		})
	}
}
