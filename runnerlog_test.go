package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/recorder"
	"github.com/publishgate/publishgate/internal/testserver/runner"
)

// debugged matches the line of a request: its method, host, path, and what came.
var debugged = regexp.MustCompile(`(?m)^debug: (\S+) ([^/\s]+)(/\S*) (\d{3} \d+ ms \d+ B|\d{3} .*broke off.*|no answer: .*)$`)

// TestDebugTellsEveryRequest compares the lines of debugging with what the hosts
// saw: of the registry, of its advisories, of the exchange of the ID token, of the
// runner, of Sigstore and of code scanning, whichever library sent it. So each
// request is told once, and none of its secrets is.
func TestDebugTellsEveryRequest(t *testing.T) {
	for name, prepare := range map[string]func(w *seenWorld){
		"published by a trusted publisher": func(w *seenWorld) { w.trusted() },
		"uploaded":                         func(w *seenWorld) { w.onRunner(); w.flags["upload-sarif"], w.flags["publish"] = "always", "never" },
		"signed, Sigstore is down":         func(w *seenWorld) { w.signing() },
		"with a token, off a runner":       func(w *seenWorld) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSeenWorld(t)
			prepare(w)
			w.env["RUNNER_DEBUG"] = "1"
			_, said := w.gate()
			hosts := map[string]string{}
			for name, address := range map[string]string{"registry": w.pinned, "runner": w.runner, "fulcio": w.fulcio, "github": w.gitHub} {
				hosts[strings.TrimPrefix(address, "https://")] = name
			}
			var told, seen []string
			for _, m := range debugged.FindAllStringSubmatch(said, -1) {
				told = append(told, fmt.Sprint(m[1], " ", hosts[m[2]], " ", m[3], " ", strings.Contains(m[4], " ms ")))
			}
			for _, m := range w.Messages() {
				path, _, _ := strings.Cut(m.Path, "?")
				seen = append(seen, fmt.Sprint(m.Method, " ", m.Host, " ", path, " true"))
			}
			slices.Sort(told)
			slices.Sort(seen)
			if !slices.Equal(told, seen) || len(seen) == 0 || strings.Count(said, "debug: ") != len(seen) {
				t.Errorf("told\n  %s\nseen\n  %s\n%s", strings.Join(told, "\n  "), strings.Join(seen, "\n  "), said)
			}
		})
	}
}

// TestMasks publishes by a trusted publisher and reads both streams as the runner
// does: every credential that it may not know is masked before it is used, and no
// line shows one.
func TestMasks(t *testing.T) {
	w := newSeenWorld(t)
	w.trusted()
	w.env["COSIGN_PASSWORD"] = w.secret("first line of it\nsecond line of it\nshort")
	w.env["npm_config_//127.0.0.1/:_authToken"] = w.secret("token-of-another-registry")
	tape := &runner.Tape{}
	cmd := w.command()
	cmd.Stdout, cmd.Stderr = tape.Stdout(), tape.Stderr()
	if code := endOf(t, cmd); code != 0 {
		stdout, stderr := tape.Text()
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	wanted := []string{w.env["NODE_AUTH_TOKEN"], w.env["GITHUB_TOKEN"], "first line of it", "second line of it", "token-of-another-registry"}
	for secret := range w.secrets {
		if len(w.Saw(secret)) > 0 && secret != w.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] {
			wanted = append(wanted, secret) // what was asked for, and what was given for it
		}
	}
	if len(wanted) < 7 {
		t.Fatalf("the run had %d credentials", len(wanted))
	}
	log := runner.Read(tape.ByLine(7))
	for _, secret := range wanted {
		if !slices.Contains(log.Masks, secret) {
			t.Errorf("not masked: %.12s…", secret)
		}
		if strings.Contains(strings.Join(log.Lines, "\n"), secret) {
			t.Errorf("shown: %.12s…", secret)
		}
	}
	if slices.Contains(log.Masks, "short") || slices.Contains(log.Masks, w.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]) {
		t.Error("masked, though it would garble the log, or the runner made it")
	}
	if log.Obeyed[0].Name != "add-mask" {
		t.Errorf("the first command is %q", log.Obeyed[0].Name)
	}
	w.ours(log)
	if want := []string{"look", "preflight", "judge", "evidence", "publish", "tell"}; !slices.Equal(log.Groups, want) {
		t.Errorf("groups %q, want %q", log.Groups, want)
	}
}

// ours fails the test where the runner obeyed a command that is not ours.
func (w *seenWorld) ours(log *runner.Log) {
	w.Helper()
	for _, c := range log.Obeyed {
		if !runner.Ours(c) {
			w.Errorf("the runner obeys %q", c.Line)
		}
	}
	if log.Open > 0 || len(log.Failures) > 0 {
		w.Errorf("%d groups are open, failures %q", log.Open, log.Failures)
	}
}

// TestMasksStayOutOfFiles writes the streams where somebody else reads them: a
// line that masks would leave the secret there.
func TestMasksStayOutOfFiles(t *testing.T) {
	for _, c := range []struct {
		name           string
		stdout, stderr string // pipe, file or both, which is one pipe for both
		masks          string // the stream with the masks
	}{
		{"the runner's own", "pipe", "pipe", "stderr"},
		{"publishgate > log", "file", "pipe", "stderr"},
		{"publishgate 2> log", "pipe", "file", "stdout"},
		{"publishgate > log 2>&1", "file", "file", ""},
		{"publishgate 2>&1 | tee log", "both", "both", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newSeenWorld(t)
			w.onRunner()
			w.flags["publish"] = "never"
			cmd := w.command()
			var out, err bytes.Buffer
			file := func(name string) *os.File {
				f, openErr := os.Create(filepath.Join(t.TempDir(), name))
				if openErr != nil {
					t.Fatal(openErr)
				}
				t.Cleanup(func() { f.Close() })
				return f
			}
			cmd.Stdout, cmd.Stderr = &out, &err
			files := map[string]*os.File{}
			if c.stdout == "file" {
				files["stdout"] = file("stdout")
				cmd.Stdout = files["stdout"]
			}
			if c.stderr == "file" {
				files["stderr"] = file("stderr")
				cmd.Stderr = files["stderr"]
			}
			if c.stdout == "both" {
				cmd.Stderr = cmd.Stdout
			}
			if code := endOf(t, cmd); code != 0 {
				t.Fatalf("exit %d\n%s%s", code, &out, &err)
			}
			text := map[string]string{"stdout": out.String(), "stderr": err.String()}
			for name, f := range files {
				data, readErr := os.ReadFile(f.Name())
				if readErr != nil {
					t.Fatal(readErr)
				}
				text[name] = string(data)
			}
			for name, said := range text {
				if got := strings.Contains(said, "::add-mask::"); got != (name == c.masks) {
					t.Errorf("masks on %s: %v\n%s", name, got, said)
				}
				for secret := range w.secrets {
					if name != c.masks && recorder.Holds([]byte(said), secret) {
						t.Errorf("%s holds %.12s…", name, secret)
					}
				}
			}
		})
	}
}

// command returns the command that gates the package.
func (w *seenWorld) command() *exec.Cmd {
	w.Helper()
	var args []string
	for name, value := range w.flags {
		args = append(args, "-"+name+"="+value)
	}
	slices.Sort(args)
	cmd := publishgate(w.T, append(args, "w")...)
	cmd.Dir = filepath.Dir(w.dir)
	cmd.Env = []string{"GORACE=" + raceExit}
	for name, value := range w.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}
