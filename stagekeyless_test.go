package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
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
	if read(t, out, "receipt.json"); len(store.bundles) == 0 {
		t.Error(filepath.Join(out, "receipt.json"))
	}
}
