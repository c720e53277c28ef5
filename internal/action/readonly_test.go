package action

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whose runs get a token that can only read.
func TestReadOnly(t *testing.T) {
	sha := strings.Repeat("a1", 20)
	pull := func(repo string) string {
		return `{"pull_request":{"number":1,"head":{"sha":"` + sha + `","repo":` + repo + `}}}`
	}
	for _, c := range []struct{ event, actor, payload, want string }{
		{"push", "somebody", `{}`, ""},
		{"push", "dependabot[bot]", `{}`, "Dependabot"},
		{"pull_request", "dependabot[bot]", pull(`{"full_name":"acme/widget"}`), "Dependabot"},
		{"pull_request_target", "dependabot[bot]", pull(`{"full_name":"acme/widget"}`), ""},
		{"pull_request", "somebody", pull(`{"full_name":"acme/widget"}`), ""},
		{"pull_request", "somebody", pull(`{"full_name":"Acme/Widget"}`), ""},
		{"pull_request", "somebody", pull(`{"full_name":"stranger/widget"}`), "fork"},
		{"pull_request", "somebody", pull(`null`), "fork"}, // the fork was deleted
		{"pull_request_review", "somebody", pull(`{"full_name":"stranger/widget"}`), "fork"},
		{"pull_request_target", "somebody", pull(`{"full_name":"stranger/widget"}`), ""},
		{"pull_request", "somebody", `not JSON`, ""},
		{"pull_request", "somebody", `{}`, ""},
		{"pull_request", "somebody", `[]`, ""},
	} {
		file := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(file, []byte(c.payload), 0o644); err != nil {
			t.Fatal(err)
		}
		r, _ := runner(t, map[string]string{"GITHUB_EVENT_NAME": c.event, "GITHUB_EVENT_PATH": file, "GITHUB_ACTOR": c.actor,
			"GITHUB_REPOSITORY": "acme/widget"})
		if got := r.ReadOnly(); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s by %s, %s: %q", c.event, c.actor, c.payload, got)
		}
	}
}

// Whose repository is private.
func TestPrivate(t *testing.T) {
	for payload, want := range map[string][2]bool{
		`{"repository":{"private":true,"owner":{"type":"Organization"}}}`: {true, false},
		`{"repository":{"private":true,"owner":{"type":"User"}}}`:         {true, true},
		`{"repository":{"private":false,"owner":{"type":"User"}}}`:        {false, false},
		`{"repository":{"private":"true","owner":{"type":"User"}}}`:       {false, false},
		`{}`: {false, false}, `[]`: {false, false}, `not JSON`: {false, false},
	} {
		file := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(file, []byte(payload), 0o644); err != nil {
			t.Fatal(err)
		}
		r, _ := runner(t, map[string]string{"GITHUB_EVENT_PATH": file})
		if got := [2]bool{r.Private(), r.UsersOwnPrivate()}; got != want {
			t.Errorf("%s: private %v, a user's own %v", payload, got[0], got[1])
		}
	}
}
