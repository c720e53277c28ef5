package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// An end is one way a run can end, and all that is told of it. The same is
// asked for through both doors: flags, and the action's inputs on a runner.
type end struct {
	name string
	set  func(w *endWorld) // what is asked for, and how the world is, beside passing

	exit    int
	result  string // of run.json and the output
	reason  string // the same
	verdict string // result of verdict.json; "": there is none
	line    string // the first line of text, and of the summary without its sign, begins so; "": stdout is empty
	error   string // an annotation of kind error holds it; "": there is none
	acts    string // what and state of each, "publish done"
	out     string // the output published
	kept    bool   // "nothing was let through" is said
	inputs  bool   // only by this door: without a runner there is no such thing
	gone    bool   // a mistake found before any I/O: no evidence
}

var ends = []end{
	{name: "passed", exit: 0, result: "pass", verdict: "pass", line: "passed: ", out: "false"},
	{name: "published", set: func(w *endWorld) { w.publish() },
		exit: 0, result: "pass", verdict: "pass", line: "passed: ", acts: "publish done", out: "true"},
	{name: "signed and published", set: func(w *endWorld) { w.publish(); w.sign(w.key()) },
		exit: 0, result: "pass", verdict: "pass", line: "passed: ", acts: "sign done, attest done, attest done, publish done", out: "true"},
	{name: "published before", set: func(w *endWorld) { w.publish(); w.sign(w.key()); w.again = true },
		exit: 0, result: "pass", verdict: "pass", line: "passed: ", acts: "sign skipped, publish already", out: "already"},
	{name: "accepted", set: func(w *endWorld) { w.publish(); w.registry.Fail("lag", 0, 1000); w.ask["wait"] = "0" },
		exit: 3, result: "unknown", reason: "not-published", verdict: "pass", line: "accepted, and not visible yet: ",
		error: "run again: it settles", acts: "publish accepted", out: "accepted"},
	{name: "accepted, and that is let", set: func(w *endWorld) {
		w.publish()
		w.registry.Fail("lag", 0, 1000)
		w.ask["wait"], w.ask["policy"] = "0", w.file("publish: {invisible: warn}\n")
	},
		exit: 0, result: "pass", verdict: "pass", line: "passed: ", acts: "publish accepted", out: "accepted"},
	{name: "dry run", set: func(w *endWorld) { w.publish(); w.ask["dry-run"] = "true" },
		exit: 0, result: "pass", verdict: "pass", line: "passed: ", acts: "publish skipped", out: "false"},
	{name: "upload refused softly", inputs: true, set: func(w *endWorld) { w.upload("auto", 403) },
		exit: 0, result: "pass", verdict: "pass", line: "passed: ", acts: "upload failed", out: "false"},

	{name: "findings", set: func(w *endWorld) { w.publish(); w.block() },
		exit: 1, result: "block", reason: "findings", verdict: "block", line: "blocked: ", error: "lib/", acts: "publish skipped", out: "false"},
	{name: "findings, and the registry is down", set: func(w *endWorld) { w.publish(); w.block(); w.registry.Fail("get-400", 0, -1) },
		exit: 1, result: "block", reason: "findings", verdict: "block", line: "blocked: ", error: "lib/", acts: "publish skipped", out: "false"},
	{name: "findings, published before", set: func(w *endWorld) { w.publish(); w.again = true; w.block() },
		exit: 1, result: "block", reason: "findings", verdict: "block", line: "blocked: ", error: "lib/", acts: "publish skipped", out: "false"},
	{name: "findings, and the upload failed", inputs: true, set: func(w *endWorld) { w.block(); w.upload("always", 403) },
		exit: 1, result: "block", reason: "findings", verdict: "block", line: "blocked: ", error: "lib/", acts: "upload failed", out: "false"},
	{name: "other bytes are there", set: func(w *endWorld) {
		w.publish()
		w.sign(w.key())
		w.registry.Seed(endName, endVersion, "latest", []byte("other"))
	},
		exit: 1, result: "block", reason: "registry-mismatch", verdict: "block",
		line:  "blocked, the registry has something else than was judged: ",
		error: "alarm", acts: "sign skipped, publish skipped", out: "false"},
	{name: "the dist-tag went elsewhere",
		set:  func(w *endWorld) { w.publish(); w.registry.Fail("put-other-tag", 0, -1); w.ask["deadline"] = "8s" },
		exit: 1, result: "block", reason: "registry-mismatch", verdict: "pass",
		line:  "blocked, the registry has something else than was judged: ",
		error: "dist-tag", acts: "publish done, read-back failed", out: "true"},
	{name: "the token is none", set: func(w *endWorld) { w.publish(); w.sign(w.key()); w.registry.Know("another") },
		exit: 3, result: "unknown", reason: "not-published", verdict: "pass", line: "not published: ", error: "does not accept the token",
		acts: "publish failed, sign skipped", out: "false", kept: true},
	{name: "the registry refuses", set: func(w *endWorld) { w.publish(); w.registry.Fail("put-403", 0, -1) },
		exit: 3, result: "unknown", reason: "not-published", verdict: "pass", line: "not published: ", error: "403",
		acts: "publish failed", out: "false", kept: true},
	{name: "it cannot be told", set: func(w *endWorld) { w.publish(); w.registry.Fail("put-409", 0, -1); w.ask["deadline"] = "1s" },
		exit: 3, result: "unknown", reason: "deadline", verdict: "pass", line: "stopped by the deadline: ",
		error: "not known", acts: "publish unknown", out: ""},
	{name: "no signature", set: func(w *endWorld) { w.publish(); w.sign(w.file("no key")) },
		exit: 3, result: "unknown", reason: "not-signed", verdict: "pass", line: "not signed: ", error: "key",
		acts: "sign failed, publish skipped", out: "false", kept: true},
	{name: "no upload", inputs: true, set: func(w *endWorld) { w.publish(); w.upload("always", 403) },
		exit: 3, result: "unknown", reason: "upload", verdict: "pass", line: "not uploaded: ", error: "security-events",
		acts: "upload failed, publish skipped", out: "false", kept: true},
	{name: "a ref that may not publish", inputs: true, set: func(w *endWorld) {
		w.publish()
		w.sign(w.key())
		w.env = append(w.env, "GITHUB_REF=refs/heads/feature", "GITHUB_REF_PROTECTED=false")
	},
		exit: 1, result: "block", reason: "refused", verdict: "pass", line: "refused: ", error: "feature",
		acts: "sign failed, publish failed", out: "false"},
	{name: "an event of strangers", inputs: true,
		set:  func(w *endWorld) { w.publish(); w.env = append(w.env, "GITHUB_EVENT_NAME=pull_request_target") },
		exit: 2, result: "unknown", reason: "usage", error: "pull_request_target", out: "false", gone: true},
	{name: "evidence that leads elsewhere", inputs: true, set: func(w *endWorld) { w.ask["out"] = "../elsewhere" },
		exit: 2, result: "unknown", reason: "usage", error: "-out", out: "false", gone: true},
	{name: "partial advisories, judging", set: func(w *endWorld) { w.ask["advisories"] = "snapshot" },
		exit: 0, result: "pass", verdict: "pass", line: "passed, on partial advisory data: ", out: "false"},
	{name: "partial advisories, publishing", set: func(w *endWorld) { w.ask["advisories"] = "snapshot"; w.publish(); w.sign(w.key()) },
		exit: 3, result: "unknown", reason: "partial", verdict: "pass", line: "not let through on partial advisory data: ",
		error: "the advisory data are partial",
		acts:  "sign skipped, publish skipped", out: "false", kept: true},
	{name: "no advisories", set: func(w *endWorld) { w.publish(); w.registry.Fail("post-empty", 0, -1) },
		exit: 3, result: "unknown", reason: "source-down", verdict: "unknown", line: "not decided, a source is down: ",
		error: "advisories", acts: "publish skipped", out: "false", kept: true},
	{name: "no answer of the registry", set: func(w *endWorld) { w.publish(); w.registry.Fail("get-400", 0, -1) },
		exit: 3, result: "unknown", reason: "source-down", verdict: "unknown", line: "not decided, a source is down: ",
		error: "look at the registry", acts: "publish skipped", out: "false", kept: true},
	{name: "deadline", set: func(w *endWorld) { w.registry.Fail("post-hang", 0, -1); w.ask["deadline"] = "200ms" },
		exit: 3, result: "unknown", reason: "deadline", verdict: "unknown", line: "not decided, the deadline has passed: ",
		error: "deadline of 200ms", out: "false", kept: true},
	{name: "signal", set: func(w *endWorld) { w.stopped = true; w.registry.Fail("post-hang", 0, -1) },
		exit: 3, result: "unknown", reason: "signal", verdict: "unknown", line: "not decided, stopped by a signal: ",
		error: "signal", out: "false", kept: true},
	{name: "a flag", set: func(w *endWorld) { w.ask["audit-level"] = "loud" },
		exit: 2, result: "unknown", reason: "usage", error: "audit-level", out: "false", gone: true},
	{name: "the policy file", set: func(w *endWorld) { w.ask["policy"] = w.file("audit-level: loud\n") },
		exit: 2, result: "unknown", reason: "usage", verdict: "unknown", error: "audit-level", out: "false"},
	{name: "certificates that are none", set: func(w *endWorld) { w.ask["ca-file"] = w.file("none") },
		exit: 2, result: "unknown", reason: "usage", verdict: "unknown", error: "no certificate", out: "false"},
	{name: "latest is higher", set: func(w *endWorld) { w.publish(); w.registry.Seed(endName, "9.0.0", "latest", []byte("9")) },
		exit: 2, result: "unknown", reason: "usage", verdict: "unknown", error: "higher than", acts: "publish skipped", out: "false"},
	{name: "no lockfile", set: func(w *endWorld) { w.ask["lockfile"] = "nothere.json"; w.publish() },
		exit: 3, result: "unknown", reason: "input", verdict: "unknown", line: "not decided: ", error: "nothere.json",
		acts: "publish skipped", out: "false", kept: true},
	{name: "stdout is closed", set: func(w *endWorld) { w.publish(); w.closed = true },
		exit: 3, result: "unknown", reason: "input", verdict: "pass", line: "not finished: ", acts: "publish done, report failed", out: "true"},
}

// TestEndings goes through all of them, by both doors.
func TestEndings(t *testing.T) {
	t.Parallel()
	for _, e := range ends {
		for _, door := range []string{"flags", "inputs"} {
			if e.inputs && door == "flags" {
				continue
			}
			t.Run(e.name+"/"+door, func(t *testing.T) {
				t.Parallel()
				e.run(t, door == "inputs")
			})
		}
	}
}

func (e *end) run(t *testing.T, onRunner bool) {
	w := &endWorld{T: t, registry: registry.Start()}
	defer w.registry.Close()
	w.gitHub = httptest.NewServer(w)
	defer w.gitHub.Close()
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	head := w.checkout(dir)
	w.ask = map[string]string{"advisories": "npm:" + w.registry.URL, "registry": w.registry.URL,
		"previous-version": "none", "upload-sarif": "never", "sign": "none", "out": out}
	w.env = []string{"PATH=/nowhere"}
	if e.set != nil {
		e.set(w)
	}
	p := cli.Process{Now: time.Now}
	outputs, summary := filepath.Join(t.TempDir(), "outputs"), filepath.Join(t.TempDir(), "summary")
	if onRunner {
		own := w.env // what is set last counts
		w.env = append([]string{"GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push", "GITHUB_REPOSITORY=acme/status-page",
			"GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true",
			"GITHUB_SHA=" + head, "GITHUB_API_URL=" + w.gitHub.URL, "GITHUB_WORKSPACE=" + dir, "GITHUB_OUTPUT=" + outputs,
			"GITHUB_STEP_SUMMARY=" + summary, "INPUT_DIRECTORY=" + dir}, own...)
		for _, name := range slices.Sorted(maps.Keys(w.ask)) {
			w.env = append(w.env, "INPUT_"+strings.ToUpper(name)+"="+w.ask[name])
		}
	} else {
		for _, name := range slices.Sorted(maps.Keys(w.ask)) {
			p.Args = append(p.Args, "-"+name+"="+w.ask[name])
		}
		p.Args = append(p.Args, dir)
	}
	p.Env = w.env
	if w.again {
		first := p
		first.Args, first.Env = without(p.Args, "-policy="), without(p.Env, "INPUT_POLICY=")
		first.Stdout, first.Stderr = io.Discard, io.Discard
		if code := cli.Main(context.Background(), first); code != 0 {
			t.Fatalf("the run before ended with %d", code)
		}
		defer func(first []byte) {
			if again := read(t, out, "verdict.json"); e.exit == 0 && !bytes.Equal(timeless(first), timeless(again)) {
				t.Errorf("the run before wrote another verdict.json:\n%s\nand now\n%s", first, again)
			}
		}(read(t, out, "verdict.json"))
		for _, file := range []string{outputs, summary} {
			_ = os.Remove(file)
		}
	}
	puts := len(w.registry.Puts())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if w.stopped {
		go func() {
			waitFor(t, func() bool { return len(w.registry.Requests()) > 0 })
			cancel()
		}()
	}
	var stdout, stderr bytes.Buffer
	p.Stdout, p.Stderr = &stdout, &stderr
	if w.closed {
		p.Stdout = shut{}
	}
	code := cli.Main(ctx, p)
	defer func() {
		if t.Failed() {
			t.Logf("stdout\n%s\nstderr\n%s", &stdout, &stderr)
		}
	}()
	if code != e.exit {
		t.Errorf("exit %d, expected %d", code, e.exit)
	}
	if e.exit != 0 && e.out == "false" && len(w.registry.Puts()) > puts && !strings.Contains(e.acts, "publish failed") {
		t.Errorf("sent\n%s", w.registry.Log())
	}
	if kept := strings.Contains(stderr.String(), "nothing was let through"); kept != e.kept {
		t.Errorf("said that nothing was let through: %v, expected %v", kept, e.kept)
	}
	e.evidence(t, out)
	if onRunner {
		e.runner(t, stdout.String(), read(t, filepath.Dir(summary), "summary"), string(read(t, filepath.Dir(outputs), "outputs")))
	} else if !w.closed {
		e.headline(t, "the text", stdout.String())
	}
}

// evidence compares verdict.json and run.json.
func (e *end) evidence(t *testing.T, out string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(out, "run.json"))
	if e.gone {
		if _, err := os.Stat(out); err == nil {
			t.Error("a mistake in the question left evidence")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var run struct {
		Schema         int
		Result, Reason string
		Exit           int
		Verdict        struct{ File, SHA256 string }
		Acts           []struct{ What, State, Text, File, Digest, Time string }
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&run); err != nil {
		t.Fatal(err)
	}
	if run.Result != e.result || run.Reason != e.reason || run.Exit != e.exit {
		t.Errorf("run.json says %s, %q, %d; expected %s, %q, %d", run.Result, run.Reason, run.Exit, e.result, e.reason, e.exit)
	}
	var acts []string
	for _, a := range run.Acts {
		acts = append(acts, a.What+" "+a.State)
		if _, err := time.Parse(time.RFC3339, a.Time); err != nil || a.Text == "" {
			t.Errorf("act %+v", a)
		}
		if a.File != "" && a.Digest != "" && a.Digest != "sha256:"+sum(read(t, out, a.File)) {
			t.Errorf("%s is not the digest of %s", a.Digest, a.File)
		}
	}
	if got := strings.Join(acts, ", "); got != e.acts {
		t.Errorf("acts: %s; expected %s", got, e.acts)
	}
	verdict := read(t, out, "verdict.json")
	if run.Verdict.File != "verdict.json" || run.Verdict.SHA256 != sum(verdict) {
		t.Errorf("run.json names %+v, verdict.json is %s", run.Verdict, sum(verdict))
	}
	var judged struct{ Result string }
	if err := json.Unmarshal(verdict, &judged); err != nil || judged.Result != e.verdict {
		t.Errorf("verdict.json says %q (%v), expected %q", judged.Result, err, e.verdict)
	}
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// headline holds a report's first line against what is true at the end.
func (e *end) headline(t *testing.T, what, text string) {
	t.Helper()
	first, _, _ := strings.Cut(text, "\n")
	if e.line == "" && text != "" || !strings.HasPrefix(first, e.line) {
		t.Errorf("%s begins with %q, expected %q", what, first, e.line)
	}
}

// runner compares what the steps that come after and the reader of the run's
// page are told.
func (e *end) runner(t *testing.T, stdout string, summary []byte, outputs string) {
	t.Helper()
	sign := map[string]string{"pass": "✅", "block": "❌", "unknown": "⚠️"}[e.result]
	text, found := strings.CutPrefix(string(summary), "## "+sign+" ")
	if !found {
		t.Errorf("the summary begins with %.60q, expected %s", summary, sign)
	}
	want := *e
	if want.line == "" {
		want.line = "wrong use: "
	}
	want.headline(t, "the summary", text)
	for _, output := range []string{"result=" + e.result, "reason=" + e.reason, "published=" + e.out} {
		name, value, _ := strings.Cut(output, "=")
		if !strings.Contains(outputs, name+"<<_GitHubActionsFileCommandDelimeter_\n"+value+"\n_GitHub") {
			t.Errorf("the outputs do not hold %s:\n%s", output, outputs)
		}
	}
	if at := strings.LastIndex(outputs, "<<"); !strings.HasSuffix(outputs[:at], "result") {
		t.Error("the result is not the last output")
	}
	annotated, errors := false, 0
	failed := strings.Contains(e.acts, " failed") // a failed act is an error annotation, also where the run passes
	for line := range strings.SplitSeq(stdout, "\n") {
		if strings.HasPrefix(line, "::error ") {
			errors++
			annotated = annotated || e.error != "" && strings.Contains(line, e.error)
			if e.error == "" && !failed {
				t.Errorf("annotation %s", line)
			}
		}
	}
	if failed && errors == 0 && stdout != "" {
		t.Error("an act failed, and no annotation says so")
	}
	if annotated != (e.error != "") && stdout != "" {
		t.Errorf("annotated with %q: %v", e.error, annotated)
	}
}

// timeless takes away when the advisory sources answered, which is all that two
// runs of one package may differ by.
func timeless(verdict []byte) []byte {
	return asOf.ReplaceAll(verdict, []byte(`"as_of": ""`))
}

var asOf = regexp.MustCompile(`"as_of": "[^"]*"`)
