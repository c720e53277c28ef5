package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// A release is a workspace, a registry, and a front before it that kills the gate
// at one of the documents.
type memberRelease struct {
	*testing.T
	npm  *registry.Server
	at   string // the front's address
	dir  string // of the workspace
	args []string
	env  []string

	advisories string // the source: the registry, unless it is set

	mu      sync.Mutex
	signal  os.Signal // nil: the gate is killed
	left    int       // documents until the gate is killed; below 0: it is not
	stored  bool      // the document is stored before that
	kill    func()
	arrived []string // packages whose document was stored, in order
}

// memberNeeds are the members, and which others each depends on.
var memberNeeds = map[string][]string{"@acme/a-top": {"@acme/left", "@acme/right"}, "@acme/left": {"@acme/z-base"},
	"@acme/right": {"@acme/z-base"}, "@acme/z-base": nil, "@acme/alone": nil}

func newMemberRelease(t *testing.T, args ...string) *memberRelease {
	r := &memberRelease{T: t, npm: registry.Start(), dir: t.TempDir(), args: args, advisories: "npm", left: -1}
	t.Cleanup(r.npm.Close)
	front := httptest.NewServer(http.HandlerFunc(r.pass))
	t.Cleanup(front.Close)
	r.at, r.npm.URL = front.URL, front.URL+"/"
	locked := map[string]any{"": map[string]any{"workspaces": []string{"packages/*"}}}
	for name, needs := range memberNeeds {
		folder := "packages/" + strings.TrimPrefix(name, "@acme/")
		depends := map[string]string{}
		for _, n := range needs {
			depends[n] = "^1.0.0"
		}
		m := map[string]any{"name": name, "version": "1.0.0", "license": "MIT", "dependencies": depends}
		r.write(folder+"/package.json", m)
		r.write(folder+"/index.json", name)
		locked[folder], locked["node_modules/"+name] = m, map[string]any{"resolved": folder, "link": true}
	}
	r.write("package.json", map[string]any{"private": true, "workspaces": []string{"packages/*"}})
	r.write("package-lock.json", map[string]any{"lockfileVersion": 3, "packages": locked})
	return r
}

func (r *memberRelease) write(file string, value any) { r.writeAt(r.dir, file, value) }

func (r *memberRelease) writeAt(dir, file string, value any) {
	data, err := json.Marshal(value)
	path := filepath.Join(dir, file)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, data, 0o644)
	}
	if err != nil {
		r.Fatal(err)
	}
}

// pass passes a request on. At the document that is meant the gate is killed, before
// or after it is stored.
func (r *memberRelease) pass(w http.ResponseWriter, req *http.Request) {
	document := req.Method == http.MethodPut || strings.Contains(req.URL.Path, "/-/stage/package/")
	if !document {
		r.npm.ServeHTTP(w, req)
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.mu.Lock()
	killed, stored, kill := r.left == 0, r.stored, r.kill
	r.left--
	r.mu.Unlock()
	if killed && !stored {
		kill()
		panic(http.ErrAbortHandler)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	r.npm.ServeHTTP(answer, req)
	if answer.Code < 300 {
		var doc struct{ Name string }
		if err := json.Unmarshal(body, &doc); err != nil {
			r.Error(err)
		}
		r.mu.Lock()
		r.arrived = append(r.arrived, doc.Name)
		r.mu.Unlock()
	}
	if killed {
		kill()
		if r.signal == nil {
			panic(http.ErrAbortHandler)
		}
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// run runs the gate, and kills it at a document; below 0 it is let be. It returns
// the exit code, -1 for a process that was killed, and what was said.
func (r *memberRelease) run(out string, at int, stored bool, more ...string) (int, string) {
	r.Helper()
	cmd := publishgate(r.T, append(append([]string{"-workspaces", "-registry", r.at, "-advisories", r.advisories, "-access", "public",
		"-previous-version", "none", "-out", out}, r.args...), append(more, r.dir)...)...)
	cmd.Env = append([]string{"GORACE=" + raceExit}, r.env...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = time.Minute
	ended := make(chan struct{})
	kill := func() {
		if r.signal != nil {
			r.stop(cmd.Process)
			return
		}
		if err := cmd.Process.Kill(); err != nil {
			r.Error(err)
		}
		<-ended
	}
	r.mu.Lock()
	r.left, r.stored, r.kill = at, stored, kill
	err := cmd.Start()
	r.mu.Unlock()
	if err != nil {
		r.Fatal(err)
	}
	_ = cmd.Wait() // the state tells
	close(ended)
	return cmd.ProcessState.ExitCode(), said.String()
}

// stores returns the packages whose document was stored, in order.
func (r *memberRelease) stores() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.arrived)
}

// complete fails unless each member was stored once, after those it depends on, with
// the bytes of the evidence.
func (r *memberRelease) complete(out string, staged bool) {
	r.Helper()
	held := map[string][]byte{}
	for _, s := range r.npm.Staged() {
		held[s.Name] = s.Tarball
	}
	for name, needs := range memberNeeds {
		if !staged {
			held[name], _ = r.npm.Published(name, "1.0.0")
		}
		at := slices.Index(r.stores(), name)
		if at < 0 || slices.Contains(r.stores()[at+1:], name) {
			r.Errorf("%s was not stored once: %v", name, r.stores())
		}
		for _, n := range needs {
			if slices.Index(r.stores(), n) > at {
				r.Errorf("%s was sent before %s, which it needs: %v", name, n, r.stores())
			}
		}
		folder := filepath.Join(out, strings.ReplaceAll(name, "/", "+"))
		data, err := os.ReadFile(filepath.Join(folder, fmt.Sprintf("acme-%s-1.0.0.tgz", strings.TrimPrefix(name, "@acme/"))))
		if err != nil || !bytes.Equal(data, held[name]) {
			r.Errorf("%s: the registry has %d bytes, the evidence %d, %v", name, len(held[name]), len(data), err)
		}
	}
}

// TestMembersKilled kills the run that publishes the members of a workspace at each
// of the documents, before and after the registry has stored it. Another run goes on:
// in the end each version is there once, each after those it depends on.
func TestMembersKilled(t *testing.T) {
	for _, road := range []string{"npm", "stage"} {
		for at := range len(memberNeeds) {
			for _, stored := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d/stored %v", road, at, stored), func(t *testing.T) {
					t.Parallel()
					r := newMemberRelease(t, "-publish", road)
					r.env = []string{"NODE_AUTH_TOKEN=token-of-the-test"}
					if road == "stage" {
						r.npm.Grant("token-of-the-test", registry.Grant{Kind: "stage-only"})
					}
					out := filepath.Join(t.TempDir(), "out")
					if code, said := r.run(out, at, stored); code != -1 {
						t.Fatalf("exit %d, expected a process that was killed\n%s", code, said)
					}
					if _, err := os.Stat(filepath.Join(out, "run.json")); err == nil {
						t.Error("a run that was killed left a run.json, as if it had ended")
					}
					for name := range memberNeeds {
						_, err := os.Stat(filepath.Join(out, strings.ReplaceAll(name, "/", "+"), "run.json"))
						if err == nil && !slices.Contains(r.stores(), name) {
							t.Errorf("%s was not sent, and has a run.json as if its run had ended", name)
						}
					}
					if code, said := r.run(out, -1, false); code != 0 {
						t.Fatalf("exit %d\n%s", code, said)
					}
					r.complete(out, road == "stage")
				})
			}
		}
	}
}

// TestMembersReceipts: a trusted publisher does not see what is staged. Another job,
// which has the evidence of the first attempt, goes on from its receipts; without
// them it ends, and sends nothing twice.
func TestMembersReceipts(t *testing.T) {
	r := newMemberRelease(t, "-publish", "stage")
	for name := range memberNeeds {
		r.npm.Trust(name, registry.Publisher{Stage: true})
	}
	r.env = []string{"NPM_ID_TOKEN=" + idToken("npm:127.0.0.1")}
	first, second, third := filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "out")
	if code, said := r.run(first, 3, false); code != -1 {
		t.Fatalf("exit %d, expected a process that was killed\n%s", code, said)
	}
	before := r.stores()
	code, said := r.run(second, -1, false)
	if code != 3 || !slices.Equal(r.stores(), before) || !strings.Contains(said, "does not see whose stage that is") {
		t.Errorf("without a receipt: exit %d, %v\n%s", code, r.stores(), said)
	}
	if code, said = r.run(third, -1, false, "-receipt", first); code != 0 {
		t.Errorf("with the receipts: exit %d\n%s", code, said)
	}
	r.complete(third, true)
	for _, s := range r.npm.Staged() {
		if !strings.Contains(said, s.ID) {
			t.Errorf("the id of %s is not told:\n%s", s.Name, said)
		}
	}
}
