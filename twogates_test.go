package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestTwoGates starts two gates over one package at once, as a run and its repetition
// or a push and its tag may be. Both documents arrive before either is answered: in
// the end there is one version, and both are green.
func TestTwoGates(t *testing.T) {
	npm := registry.Start()
	defer npm.Close()
	var both sync.WaitGroup
	both.Add(2)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			both.Done()
			both.Wait()
		}
		npm.ServeHTTP(w, r)
	}))
	npm.URL = "http://" + server.Listener.Addr().String() + "/" // as documents have it
	server.Start()
	defer server.Close()
	var said [2]string
	var ended [2]int
	var group sync.WaitGroup
	for i := range 2 {
		dir := t.TempDir()
		cmd := publishgate(t)
		cmd.Env = []string{"GORACE=" + raceExit, "NODE_AUTH_TOKEN=token-of-the-test", "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push",
			"GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true", "GITHUB_OUTPUT=" + filepath.Join(dir, "outputs"),
			"INPUT_DIRECTORY=testdata/packages/status-page", "INPUT_OUT=" + filepath.Join(dir, "out"),
			"INPUT_ADVISORIES=npm:" + npm.URL, "INPUT_PREVIOUS-VERSION=none", "INPUT_REGISTRY=" + npm.URL, "INPUT_PUBLISH=npm",
			"INPUT_ACCESS=public", "INPUT_UPLOAD-SARIF=never", "INPUT_SIGN=none"}
		group.Go(func() {
			ended[i] = endOf(t, cmd)
			said[i] = lastOutput("\n"+string(read(t, dir, "outputs")), "published")
		})
	}
	group.Wait()
	slices.Sort(said[:])
	if ended != [2]int{} || strings.Join(said[:], " ") != "already true" {
		t.Errorf("they ended with %d and say %q, expected one that published and one that found the very bytes", ended, said)
	}
	if tags := npm.Tags(endName); tags["latest"] != endVersion || len(tags) != 1 {
		t.Errorf("dist-tags %v", tags)
	}
}
