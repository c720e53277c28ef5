package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// attestationStore is GitHub's, of one repository.
type attestationStore struct {
	mu      sync.Mutex
	bundles []json.RawMessage
}

func (s *attestationStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodPost {
		var sent struct{ Bundle json.RawMessage }
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &sent) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.bundles = append(s.bundles, sent.Bundle)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id":1}`)
		return
	}
	list := []map[string]any{}
	for _, b := range s.bundles {
		list = append(list, map[string]any{"bundle": b})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"attestations": list})
}

// TestStagedWithoutToken is the README's release from end to end: a job that has
// nothing but its ID token judges, signs, stores the verdict and stages; somebody
// looks at what is staged with the line of the README, and approves it.
func TestStagedWithoutToken(t *testing.T) {
	j := newSigningJob(t)
	name, version := endName, endVersion
	j.npm.Revoke()
	j.npm.Trust(name, registry.Publisher{Repository: "acme/gate-demo", Workflow: "release.yml", Stage: true})
	maintainer := "npm_" + strings.Repeat("p3rson", 6)
	j.npm.Grant(maintainer, registry.Grant{Kind: "user"})
	store := &attestationStore{}
	github := httptest.NewServer(store)
	t.Cleanup(github.Close)
	out, said := j.run(t, 0, map[string]string{"INPUT_PUBLISH": "stage", "INPUT_UPLOAD-ATTESTATIONS": "always",
		"GITHUB_API_URL": github.URL, "INPUT_GITHUB-TOKEN": "ghs_of_the_test_only"})
	id := regexp.MustCompile(`npm stage approve ([0-9a-f-]{36})`).FindStringSubmatch(said)
	if id == nil {
		t.Fatalf("no id in\n%s", said)
	}
	if len(store.bundles) == 0 || len(j.npm.Staged()) != 1 {
		t.Fatalf("%d attestations stored, %d versions staged", len(store.bundles), len(j.npm.Staged()))
	}
	look := func(want int, says string, args ...string) {
		t.Helper()
		args = append([]string{"verify", "-stage", id[1], "-registry", j.npm.URL, "-trusted-root", j.stack.Path("trusted_root.json")}, args...)
		code, said := runCLI(args, "NPM_TOKEN="+maintainer, "GITHUB_API_URL="+github.URL)
		if code != want || !strings.Contains(said, says) {
			t.Errorf("%v: exit %d, expected %d, and to say %q\n%s", args, code, want, says, said)
		}
	}
	line := "staged " + name + "@" + version + " (dist-tag latest, public): the judged bytes"
	look(0, line, "-repository", "acme/gate-demo")
	look(0, line, "-evidence", out, "-repository", "acme/gate-demo", "-workflow", "release.yml")
	look(1, "FAILED   repository", "-repository", "acme/gate-demo-fork")
	look(1, "FAILED   workflow", "-repository", "acme/gate-demo", "-workflow", "other.yml")
	look(2, "say who must have signed", "-evidence", out)
	if err := j.npm.Approve(id[1]); err != nil {
		t.Fatal(err)
	}
	look(0, "published "+name+"@"+version+" (dist-tag latest): the judged bytes", "-repository", "acme/gate-demo", name+"@"+version)
	watchStaged(t, j, github.URL, out)
	if read(t, out, "receipt.json"); len(store.bundles) == 0 {
		t.Error(filepath.Join(out, "receipt.json"))
	}
}

// watchStaged looks at what was approved as monitor does: its verdict is found at
// GitHub by its bytes, or in the evidence, and counts by who signed it.
func watchStaged(t *testing.T, j *signingJob, github, out string) {
	t.Helper()
	dir := t.TempDir()
	policy := filepath.Join(dir, "policy.yml")
	if err := os.WriteFile(policy, []byte("version: 1\nmonitor: {publishers: [approver, GitHub Actions]}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(dir, "state.json")
	look := func(want int, says string, args ...string) {
		t.Helper()
		args = append([]string{"monitor", "-dir", dir, "-policy", policy, "-registry", j.npm.URL, "-trusted-root",
			j.stack.Path("trusted_root.json"), "-only", "publishes"}, append(args, endName)...)
		code, said := runCLI(args, "GITHUB_API_URL="+github)
		if code != want || !strings.Contains(said, says) {
			t.Errorf("%v: exit %d, expected %d, and to say %q\n%s", args, code, want, says, said)
		}
	}
	look(0, "QUIET: nothing found", "-repository", "acme/gate-demo", "-state", state)
	look(0, "QUIET: nothing found", "-evidence", out, "-repository", "acme/gate-demo")
	look(1, "[published-unknown]", "-repository", "acme/gate-demo-fork")
	look(1, "does not count: repository: expected https://github.com/acme/gate-demo-fork", "-repository", "acme/gate-demo-fork")
	look(1, "does not count: workflow", "-evidence", out, "-repository", "acme/gate-demo", "-workflow", "other.yml")
	look(1, "[published-unsigned]", "-evidence", out) // nobody is named who must have signed
	before := len(j.npm.Requests())
	look(0, "QUIET: nothing found", "-repository", "acme/gate-demo", "-state", state)
	if n := len(j.npm.Requests()) - before; n != 1 {
		t.Errorf("%d requests for a version whose verdict is known", n)
	}
	look(3, "could not be looked at", "-repository", "acme/gate-demo", "-deadline", "1ns")
}
