package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/publishgate/publishgate/internal/testserver/matrix"
)

// TestMatrixPage holds the page about monorepos against the reusable workflow: what
// a caller pastes gives each job what it asks for, and each input is on the page.
func TestMatrixPage(t *testing.T) {
	w, caller, page := callerOf(t, "publish", "docs/monorepo.md", "release")
	for job := range w.Jobs {
		if row := fmt.Sprintf("| %s", job); !strings.Contains(page, row) {
			t.Errorf("the page says nothing of the job %s", job)
		}
	}
	for name := range w.On.Call.Inputs {
		if !regexp.MustCompile("(?m)^\\|.*`" + name + "`").MatchString(page) {
			t.Errorf("no table has the input %s", name)
		}
	}
	if caller.Secrets != nil {
		t.Errorf("it gives secrets: %v", caller.Secrets)
	}
}

// A calledJob is a job that calls a reusable workflow.
type calledJob struct {
	Permissions map[string]string
	Uses        string
	With        map[string]any
	Secrets     map[string]string
}

// callerOf reads a reusable workflow, and the one job of the page's workflow that
// calls it. That job names one commit, gives inputs that are there and those that
// are required, and the permissions that the called jobs ask for, no more.
func callerOf(t *testing.T, workflow, page, file string) (w *matrix.Workflow, caller calledJob, text string) {
	t.Helper()
	w, err := matrix.Read(".github/workflows/" + workflow + ".yml")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(# .github/workflows/" + file + ".yml\n.*?)```").FindSubmatch(data)
	if block == nil {
		t.Fatal("no workflow to paste")
	}
	var calls struct{ Jobs map[string]calledJob }
	if err := yaml.Unmarshal(block[1], &calls); err != nil || len(calls.Jobs) != 1 {
		t.Fatal(len(calls.Jobs), err)
	}
	for _, caller = range calls.Jobs {
	}
	if caller.Uses != "publishgate/publishgate/.github/workflows/"+workflow+".yml@COMMIT" || strings.Count(string(block[1]), "COMMIT") != 1 {
		t.Errorf("it uses %q, and names the commit elsewhere too", caller.Uses)
	}
	for name := range caller.With {
		if _, known := w.On.Call.Inputs[name]; !known {
			t.Errorf("there is no input %s", name)
		}
	}
	for name, input := range w.On.Call.Inputs {
		if input.Required && caller.With[name] == nil {
			t.Errorf("it does not give %s", name)
		}
	}
	asked := map[string]bool{}
	for job, j := range w.Jobs {
		for name, level := range j.Permissions {
			asked[name] = true
			if given := caller.Permissions[name]; given != level && given != "write" {
				t.Errorf("%s asks for %s: %s, and the caller gives %q: the run would not begin", job, name, level, given)
			}
		}
	}
	for name := range caller.Permissions {
		if !asked[name] {
			t.Errorf("the caller gives %s, and no job asks for it", name)
		}
	}
	return w, caller, string(data)
}

// TestMatrixCredentials looks where a credential is: the ID token and the secret in
// the job that publishes alone, where nothing runs but the gate.
func TestMatrixCredentials(t *testing.T) {
	w, err := matrix.Read(".github/workflows/publish.yml")
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Permissions) != 0 {
		t.Errorf("the workflow's own permissions are %v", w.Permissions)
	}
	for name, job := range w.Jobs {
		publishes := name == "publish"
		if got := job.Permissions["id-token"] != ""; got != publishes {
			t.Errorf("%s: id-token is %v", name, got)
		}
		if (job.Environment != nil) != publishes || (job.Concurrency != nil) != publishes {
			t.Errorf("%s: environment %v, concurrency %v", name, job.Environment, job.Concurrency)
		}
		if job.Timeout == 0 {
			t.Errorf("%s may run for hours", name)
		}
		for _, s := range job.Steps {
			text := fmt.Sprint(s.Env, s.With, s.Run)
			if strings.Contains(text, "secrets.") && !publishes {
				t.Errorf("%s has a secret: %s", name, s.Name)
			}
			if strings.Contains(s.Uses, "/download-artifact@") && s.With["artifact-ids"] == nil &&
				s.With["pattern"] != "judged-*" && s.With["pattern"] != "published-*" { // neither is believed
				t.Errorf("%s takes an artifact by its name, which another one may have: %v", name, s.With)
			}
			if strings.Contains(s.Uses, "/upload-artifact@") && !strings.Contains(fmt.Sprint(s.With["name"]), "${{ github.run_attempt }}") {
				t.Errorf("%s leaves %v, a name that the next attempt would have too", name, s.With["name"])
			}
		}
		if publishes {
			for _, s := range job.Steps {
				if s.Run != "" && !strings.Contains(s.Run, "publishgate") {
					t.Errorf("%s runs %q", name, s.Run)
				}
			}
		}
	}
}
