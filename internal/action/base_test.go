package action

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBase(t *testing.T) {
	sha := strings.Repeat("a1", 20)
	pull := `{"pull_request":{"base":{"sha":"` + sha + `"},"head":{"sha":"` + strings.Repeat("b2", 20) + `"}}}`
	for _, c := range []struct {
		event, payload, want string
		fails                bool
	}{
		{"pull_request", pull, sha, false},
		{"pull_request_target", pull, sha, false},
		{"pull_request_review", pull, sha, false},
		{"merge_group", `{"merge_group":{"base_sha":"` + sha + `","head_sha":"x"}}`, sha, false},
		{"push", pull, "", false},
		{"release", `{}`, "", false},
		{"pull_request", `{}`, "", true},
		{"pull_request", `{"pull_request":{"base":{"sha":"main"}}}`, "", true},
		{"pull_request", `{"pull_request":{"base":{"sha":"` + strings.ToUpper(sha) + `"}}}`, "", true},
		{"pull_request", `{"pull_request":[]}`, "", true},
		{"pull_request", `{"pull_request":{"base":{"sha":"x"}},"pull_request":{}}`, "", true},
		{"pull_request", `not JSON`, "", true},
		{"pull_request", `[1, 2]`, "", true},
		{"pull_request", `{"pull_request":{"base":{"sha":"` + strings.Repeat("0", 40) + `"}}}`, "", true}, // git's word for none
		{"pull_request", `{"pull_request":{"base":{"sha":"` + sha + `\n"}}}`, "", true},
		{"pull_request", strings.Replace(pull, `{`, `{"pad":"`+strings.Repeat("x", 32_000_000)+`",`, 1), "", true}, // no webhook is that large
		{"pull_request", strings.Replace(pull, `{`, `{"pad":"`+strings.Repeat("x", 25_000_000)+`",`, 1), sha, false},
		{"merge_group", pull, "", true},
	} {
		file := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(file, []byte(c.payload), 0o644); err != nil {
			t.Fatal(err)
		}
		r, _ := runner(t, map[string]string{"GITHUB_EVENT_NAME": c.event, "GITHUB_EVENT_PATH": file})
		if got, err := r.Base(); got != c.want || (err != nil) != c.fails {
			t.Errorf("%s %.200s: %q %v", c.event, c.payload, got, err)
		}
	}
	for _, path := range []string{"", "/nowhere/event.json", t.TempDir(), "/dev/zero"} {
		r, _ := runner(t, map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": path})
		if got, err := r.Base(); err == nil {
			t.Errorf("%q: %q", path, got)
		}
	}
}

func TestPull(t *testing.T) {
	sha := strings.Repeat("a1", 20)
	for _, c := range []struct{ payload, want string }{
		{`{"pull_request":{"number":17,"head":{"sha":"` + sha + `"}}}`, "refs/pull/17/head " + sha},
		{`{"pull_request":{"number":17,"head":{"sha":"` + sha + sha[:24] + `"}}}`, "refs/pull/17/head " + sha + sha[:24]},
		{`{"pull_request":{"number":0,"head":{"sha":"` + sha + `"}}}`, ""},
		{`{"pull_request":{"number":"1/merge","head":{"sha":"` + sha + `"}}}`, ""},
		{`{"pull_request":{"number":1.5,"head":{"sha":"` + sha + `"}}}`, ""},
		{`{"pull_request":{"number":17,"head":{"sha":"main"}}}`, ""},
		{`{"workflow_run":{"id":1}}`, ""},
		{`[]`, ""},
	} {
		file := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(file, []byte(c.payload), 0o644); err != nil {
			t.Fatal(err)
		}
		r, _ := runner(t, map[string]string{"GITHUB_EVENT_PATH": file})
		pull, err := r.Pull()
		if got := pull.Ref() + " " + pull.SHA; (err == nil) != (c.want != "") || err == nil && got != c.want {
			t.Errorf("%s: %s, %v", c.payload, got, err)
		}
	}
	for event, want := range map[string]bool{"push": true, "schedule": true, "merge_group": true, "pull_request": false,
		"pull_request_target": false, "workflow_run": false, "issue_comment": false, "": false} {
		if r, _ := runner(t, map[string]string{"GITHUB_EVENT_NAME": event}); r.OwnRef() != want {
			t.Errorf("%q: OwnRef is %v", event, !want)
		}
	}
}
