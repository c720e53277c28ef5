package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// answered makes the registry answer a publish so, "403 text", after a version of
// the package was there.
func answered(answer string) func(w *endWorld) {
	return func(w *endWorld) {
		w.publish()
		w.ask["wait"] = "1s"
		w.registry.Fail("put-says="+answer, 0, -1)
	}
}

// failing publishes, and the registry fails in some ways.
func failing(faults ...string) func(w *endWorld) {
	return func(w *endWorld) {
		w.publish()
		w.ask["wait"] = "1s"
		for _, fault := range faults {
			w.registry.Fail(fault, 0, -1)
		}
	}
}

// staging stages, and the registry fails in some ways.
func staging(faults ...string) func(w *endWorld) {
	return func(w *endWorld) {
		failing(faults...)(w)
		w.ask["publish"] = "stage"
		delete(w.ask, "wait")
	}
}

// trusting does it by a trusted publisher that may stage.
func trusting(set func(w *endWorld)) func(w *endWorld) {
	return func(w *endWorld) {
		set(w)
		w.registry.Trust(endName, registry.Publisher{Stage: true})
		w.env = append(without(w.env, "NODE_AUTH_TOKEN="), "ACTIONS_ID_TOKEN_REQUEST_TOKEN=request-token-of-the-test",
			"ACTIONS_ID_TOKEN_REQUEST_URL="+runnerTokens(w.T, map[string]any{"aud": "npm:127.0.0.1"}))
	}
}

// standing publishes, and the registry says for ever that the version stands so.
func standing(word string) func(w *endWorld) {
	return func(w *endWorld) {
		failing("status-word=" + word)(w)
		w.registry.Validate(-1, "published")
	}
}

// publishFaults are the faults of a registry at and after a publish, and all that
// is told of each: the exit code, outputs, the reason and an annotation.
var publishFaults = []publishFault{
	{"no answer, and nothing there", failing("put-201-error")},
	{"other integrity", failing("get-other-integrity")},
	{"another dist-tag", failing("put-other-tag")},
	{"restricted instead of public", failing("put-restricted")},
	{"a page, and it is there", failing("put-200-html")},
	{"503, and it is there", failing("put-503-stored")},
	{"reset, and it is there", failing("put-drop-stored")},
	{"409 of packuments, and it is there", failing("put-409-stored")},
	{"502 with a year's wait", failing("put-502-retry=31536000")},
	{"429", failing("put-429-retry=99999999999")},
	{"402", answered("402 Payment Required")},
	{"403, not yours", answered(`403 You do not have permission to publish "x". Are you logged in as the correct user?`)},
	{"403, a second factor", answered("403 Two-factor authentication or granular access token with bypass 2fa enabled is required " +
		"to publish packages.")},
	{"403, OIDC", answered("403 OIDC permission denied for this action")},
	{"403, stage", answered("403 E_STAGE_REQUIRED: this token may only stage")},
	{"403, over", answered("403 You cannot publish over the previously published versions: 2.3.1.")},
	{"409, staged", answered(`409 Cannot publish over previously staged version "2.3.1".`)},
	{"409, over", answered("409 this package is already present")},
	{"413", answered("413 Payload Too Large")},
	{"422, private", answered("422 Error verifying sigstore provenance bundle: " +
		"Unsupported GitHub Actions source repository visibility: \"private\". " +
		"Only public source repositories are supported when publishing with provenance.")},
	{"422, runner", answered("422 Error verifying sigstore provenance bundle: " +
		"Unsupported GitHub Actions runner environment: \"self-hosted\".")},
	{"422, repository", answered("422 Error verifying sigstore provenance bundle: " +
		"Failed to validate repository information: package.json: " +
		"\"repository.url\" is \"\", expected to match \"https://github.com/acme/demo\" from provenance")},
	{"422", answered("422 Unprocessable Entity")},
	{"400", answered("400 Bad Request")},
	{"418", answered("418 teapot")},
	{"blocked", standing("blocked")},
	{"deleted", standing("deleted")},
	{"a word nobody knows", standing("quarantined")},
	{"validating for ever", func(w *endWorld) { failing()(w); w.registry.Validate(-1, "published") }},
	{"validated and then blocked", func(w *endWorld) { failing()(w); w.ask["wait"] = "8s"; w.registry.Validate(1, "blocked") }},
	{"validated", func(w *endWorld) { failing()(w); w.ask["wait"] = "8s"; w.registry.Validate(2, "published") }},
	{"accepted, and warned about", func(w *endWorld) {
		failing("put-201-error")(w)
		w.ask["policy"] = w.file("version: 1\npublish: {invisible: warn}\n")
	}},
	{"staged", staging()},
	{"staged, 503 first", staging("stage-503-stored")},
	{"staged, reset first", staging("stage-drop-stored")},
	{"staged without an id", staging("stage-no-id")},
	{"staging: 503", staging("stage-503")},
	{"staging: 404", staging("stage-404")},
	{"staging: a page", staging("stage-html")},
	{"staging: {}", staging("stage-empty")},
	{"trusted, staged", trusting(staging())},
	{"trusted, staged, 503 first", trusting(staging("stage-503-stored"))},
	{"trusted, staged, reset first", trusting(staging("stage-drop-stored"))},
	{"trusted, staged without an id", trusting(staging("stage-no-id"))},
	{"trusted, staging: 503", trusting(staging("stage-503"))},
	{"trusted, staging: a page", trusting(staging("stage-html"))},
	{"trusted, staging: {}", trusting(staging("stage-empty"))},
	{"trusted to stage, publishing", trusting(failing())},
	{"trusted to stage, automatic", trusting(func(w *endWorld) { staging()(w); w.ask["publish"] = "auto" })},
}

// A publishFault is how the registry fails.
type publishFault struct {
	name string
	set  func(w *endWorld)
}

// TestPublishFaults goes through all of them, as a job of GitHub Actions. What each
// told is in testdata/publish-faults.txt.
func TestPublishFaults(t *testing.T) {
	t.Parallel()
	rows := make([]string, len(publishFaults))
	t.Run("all", func(t *testing.T) {
		for i, f := range publishFaults {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				rows[i] = f.told(t)
			})
		}
	})
	golden(t, "testdata/publish-faults.txt", strings.Join(rows, ""))
}

// told runs the gate once, and returns what was told: the exit code, the outputs,
// the first line of the summary, the acts that went wrong and the annotations.
func (f publishFault) told(t *testing.T) string {
	w := &endWorld{T: t, registry: registry.Start()}
	defer w.registry.Close()
	dir := t.TempDir()
	outputs, summary := filepath.Join(dir, "outputs"), filepath.Join(dir, "summary")
	w.ask = map[string]string{"advisories": "npm:" + w.registry.URL, "registry": w.registry.URL, "previous-version": "none",
		"upload-sarif": "never", "sign": "none", "out": filepath.Join(dir, "out"), "directory": "testdata/packages/status-page"}
	w.env = []string{"GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push", "GITHUB_REPOSITORY=acme/gate-demo",
		"GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true", "GITHUB_OUTPUT=" + outputs, "GITHUB_STEP_SUMMARY=" + summary}
	f.set(w)
	for _, name := range slices.Sorted(maps.Keys(w.ask)) {
		w.env = append(w.env, "INPUT_"+strings.ToUpper(name)+"="+w.ask[name])
	}
	var stdout, stderr bytes.Buffer
	code := cli.Main(context.Background(), cli.Process{Env: w.env, Stdout: &stdout, Stderr: &stderr, Now: time.Now})
	out := "\n" + string(read(t, dir, "outputs"))
	first, _, _ := strings.Cut(string(read(t, dir, "summary")), "\n")
	host := strings.Trim(strings.TrimPrefix(w.registry.URL, "http://"), "/")
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  exit %d, result %s, reason %s, published %s\n  %s\n", f.name, code, lastOutput(out, "result"),
		orNone(lastOutput(out, "reason")), orNone(lastOutput(out, "published")), strings.TrimPrefix(first, "## "))
	for line := range strings.SplitSeq(stdout.String(), "\n") {
		if strings.HasPrefix(line, "::error") || strings.HasPrefix(line, "::warning") {
			fmt.Fprintf(&b, "  %s\n", strings.NewReplacer(w.registry.URL, "REGISTRY/", host, "REGISTRY").Replace(line))
		}
	}
	return b.String()
}

// golden compares a text with a file, which -update writes anew.
func golden(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, now := strings.Split(string(want), "\n"), strings.Split(text, "\n")
	for i := range max(len(before), len(now)) {
		if i >= len(before) || i >= len(now) || before[i] != now[i] {
			t.Fatalf("%s has other lines from %d on; -update writes it anew:\n%s", file, i+1, text)
		}
	}
}
