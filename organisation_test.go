package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/publishgate/publishgate/internal/cli"
)

// TestOrganisationWorkflow runs the workflow of docs/policy.md that judges a
// package by an organisation's policy: its two checkouts, then the gate with the
// inputs that it gives.
func TestOrganisationWorkflow(t *testing.T) {
	doc, err := os.ReadFile("docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```yaml\n(# \\.github/workflows/gate\\.yml\n.*?)```").FindSubmatch(doc)
	if shown == nil {
		t.Fatal("no workflow")
	}
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Uses string
				With map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(shown[1], &workflow); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	packages, err := filepath.Abs("testdata/packages/status-page")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		organisation, own string
		code              int
		says              string
	}{
		{"audit-level: high\n", "", 0, ""},
		{"audit-level: high\n", "docs: {readme-sections: [Nothing of the kind]}\n", 1, ""},
		{"docs: {readme-sections: [Nothing of the kind]}\n", "", 1, ""},
		{"docs: {readme-sections: [Nothing of the kind]}\n", "docs: {readme-sections: []}\n", 1, ""},
		{"files: {max-size: 9MB}\n", "files: {max-size: 99MB}\n", 2,
			"package/.publishgate.yml:1: files.max-size is set in organisation/npm.yml:1 too"},
	} {
		t.Chdir(t.TempDir())
		env := []string{"GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push", "INPUT_OFFLINE=true", "INPUT_UPLOAD-SARIF=never"}
		pinned := 0
		for _, step := range workflow.Jobs["gate"].Steps {
			switch name, at, _ := strings.Cut(step.Uses, "@"); name {
			case "actions/checkout":
				if !bytes.Contains(readme, []byte(step.Uses)) {
					t.Errorf("%s is not the README's", step.Uses)
				}
				if step.With["repository"] == "" {
					copyTree(t, packages, step.With["path"])
					continue
				}
				if !regexp.MustCompile("^[0-9a-f]{40}$").MatchString(step.With["ref"]) {
					t.Errorf("%s is checked out at %s", step.With["repository"], step.With["ref"])
				}
				pinned++
				if err := os.Mkdir(step.With["path"], 0o777); err != nil {
					t.Fatal(err)
				}
			case "publishgate/publishgate":
				for name, value := range step.With {
					env = append(env, "INPUT_"+strings.ToUpper(name)+"="+value)
				}
			default:
				t.Errorf("%s at %s", name, at)
			}
		}
		if pinned != 1 {
			t.Fatalf("%d pinned checkouts", pinned)
		}
		for name, text := range map[string]string{"organisation/npm.yml": c.organisation, "package/.publishgate.yml": c.own} {
			if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		var out, errs bytes.Buffer
		code := cli.Main(t.Context(), cli.Process{Env: env, Stdout: &out, Stderr: &errs, Now: time.Now})
		if code != c.code || !strings.Contains(errs.String()+out.String(), c.says) {
			t.Errorf("%q and %q: exit code %d\n%s\n%s", c.organisation, c.own, code, out.String(), errs.String())
		}
	}
}

// copyTree copies a folder.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
