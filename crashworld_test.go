package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/testserver/recorder"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// How a server holds the request at which the gate is killed.
type holding int

const (
	unanswered holding = iota // nothing of it is passed on
	half                      // half of the body is read, and no more
	stored                    // it is done, and not answered
	unread                    // no server: nobody reads the report
)

// A crashPoint is where a run is killed.
type crashPoint struct {
	name   string
	how    holding
	meets  func(w *crashWorld, server string, r *http.Request) bool
	upload bool   // the run uploads its SARIF
	large  bool   // the package does not fit into the buffers of a connection
	staged string // the credential by which it is staged: "oidc" or "stage-token"; "": it is published directly
}

// A crashWorld is a job, its servers and what they hold. Every request goes
// through the fronts of one.
type crashWorld struct {
	*testing.T
	job   *signingJob
	npm   *registry.Server
	point crashPoint
	dir   string // of the evidence and what the runner has
	env   map[string]string

	mu      sync.Mutex
	armed   bool
	arrived chan struct{} // closed when the point is reached
	let     chan struct{} // closed when the run is over
	asked   map[string]int
	sent    int   // documents that arrived whole
	answers int   // of them, answered
	partial int64 // of a document that was held, what arrived
	length  int64 // and what it was to be
}

func newCrashWorld(t *testing.T, job *signingJob, point crashPoint) *crashWorld {
	w := &crashWorld{T: t, job: job, npm: registry.Start(), point: point, dir: t.TempDir()}
	t.Cleanup(w.npm.Close)
	w.npm.Sign()
	w.npm.Trust("@acme/status-page", registry.Publisher{Stage: true, Direct: true})
	w.env = maps.Clone(job.env)
	for name, server := range map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "token", "INPUT_FULCIO-URL": "fulcio",
		"INPUT_REKOR-URL": "rekor", "INPUT_TIMESTAMP-SERVER-URL": "tsa"} {
		w.env[name] = w.before(server, w.env[name])
	}
	at := w.serve("registry", w.npm)
	w.npm.URL = at + "/" // as documents have it
	w.env["INPUT_REGISTRY"], w.env["INPUT_ADVISORIES"], w.env["INPUT_PUBLISH"] = at, "npm:"+at, "npm"
	w.env["GITHUB_API_URL"] = w.serve("github", http.HandlerFunc(acceptSARIF))
	w.env["INPUT_DEADLINE"], w.env["TMPDIR"] = "10m", filepath.Join(w.dir, "tmp")
	w.env["INPUT_OUT"], w.env["GITHUB_TOKEN"] = filepath.Join(w.dir, "out"), "github-token-of-the-test"
	switch point.staged {
	case "oidc":
		w.env["INPUT_PUBLISH"] = "stage"
	case "stage-token":
		w.env["INPUT_PUBLISH"], w.env["NODE_AUTH_TOKEN"] = "stage", "npm_"+rand.Text()
		w.npm.Grant(w.env["NODE_AUTH_TOKEN"], registry.Grant{Kind: "stage-only"})
		w.env["INPUT_POLICY"] = filepath.Join(w.dir, "policy.yml")
		if err := os.WriteFile(w.env["INPUT_POLICY"], []byte("version: 1\npublish: {credential: [stage-token]}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if point.upload {
		w.env["INPUT_UPLOAD-SARIF"] = "always"
	}
	if err := os.Mkdir(w.env["TMPDIR"], 0o700); err != nil {
		t.Fatal(err)
	}
	if point.large {
		w.env["INPUT_DIRECTORY"] = w.enlarge()
	}
	return w
}

// enlarge copies the package, with something in it that cannot be compressed.
func (w *crashWorld) enlarge() string {
	dir := filepath.Join(w.dir, "package")
	if err := os.CopyFS(dir, os.DirFS("testdata/packages/status-page")); err != nil {
		w.Fatal(err)
	}
	noise := make([]byte, 8<<20)
	for i, state := 0, uint64(1); i < len(noise); i++ {
		state = state*6364136223846793005 + 1442695040888963407
		noise[i] = byte(state >> 56)
	}
	if err := os.WriteFile(filepath.Join(dir, "lib", "noise.png"), noise, 0o644); err != nil {
		w.Fatal(err)
	}
	return dir
}

// before puts a front before a server that is there.
func (w *crashWorld) before(name, address string) string {
	at, err := url.Parse(address)
	if err != nil {
		w.Fatal(err)
	}
	to := url.URL{Scheme: at.Scheme, Host: at.Host}
	front := w.serve(name, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&to) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }})
	at.Host = strings.TrimPrefix(front, "http://")
	return at.String()
}

// serve starts a front, whose connections take in little that is not read.
func (w *crashWorld) serve(name string, to http.Handler) string {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.pass(name, to, rw, r) }))
	server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if tcp, ok := c.(*net.TCPConn); ok && state == http.StateNew {
			_ = tcp.SetReadBuffer(32 << 10)
		}
	}
	server.Start()
	w.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// pass passes a request on, or holds it.
func (w *crashWorld) pass(name string, to http.Handler, rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	held := w.armed && w.point.how != unread && w.point.meets(w, name, r)
	if held {
		w.armed = false
	}
	w.asked[name]++
	arrived, let := w.arrived, w.let
	w.mu.Unlock()
	switch {
	case held && w.point.how == unanswered:
		close(arrived)
		<-let
		panic(http.ErrAbortHandler)
	case held && w.point.how == half:
		n, _ := io.CopyN(io.Discard, r.Body, r.ContentLength/2)
		close(arrived)
		<-let
		rest, _ := io.Copy(io.Discard, r.Body)
		w.mu.Lock()
		w.partial, w.length = n+rest, r.ContentLength
		w.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	publishes := name == "registry" && (r.Method == http.MethodPut || strings.Contains(r.URL.Path, "/-/stage/package/"))
	if publishes {
		w.mu.Lock()
		w.sent++
		w.mu.Unlock()
	}
	if held {
		// What is stored stays so, whoever goes away meanwhile.
		to.ServeHTTP(httptest.NewRecorder(), r)
		close(arrived)
		<-let
		panic(http.ErrAbortHandler)
	}
	to.ServeHTTP(rw, r)
	if publishes {
		w.mu.Lock()
		w.answers++
		w.mu.Unlock()
	}
}

// wrote reports whether a file of the evidence is there.
func (w *crashWorld) wrote(name string) bool {
	_, err := os.Stat(filepath.Join(w.env["INPUT_OUT"], name))
	return err == nil
}

// A crashed is what is known of a run afterwards.
type crashed struct {
	reached bool   // the point at which it is killed
	end     string // "exit 3", "killed"
	outputs string // of GITHUB_OUTPUT
	summary string // its first line
	run     string // run.json's result and reason
	sent    int    // documents to the registry
	signing int    // requests to those that sign
}

// run runs the gate once. With a signal, it is sent that at the point.
func (w *crashWorld) run(sig os.Signal) crashed {
	w.Helper()
	w.mu.Lock()
	w.armed, w.arrived, w.let = sig != nil, make(chan struct{}), make(chan struct{})
	w.asked, w.sent, w.answers = map[string]int{}, 0, 0
	w.mu.Unlock()
	outputs, summary := filepath.Join(w.dir, "outputs"), filepath.Join(w.dir, "summary")
	for _, file := range []string{outputs, summary} {
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			w.Fatal(err)
		}
	}
	cmd := publishgate(w.T)
	cmd.Env = []string{"GORACE=" + raceExit, "GITHUB_OUTPUT=" + outputs, "GITHUB_STEP_SUMMARY=" + summary}
	for _, name := range slices.Sorted(maps.Keys(w.env)) {
		cmd.Env = append(cmd.Env, name+"="+w.env[name])
	}
	said, err := os.Create(filepath.Join(w.dir, "said"))
	if err != nil {
		w.Fatal(err)
	}
	defer said.Close()
	cmd.Stdout, cmd.Stderr = said, said
	if sig != nil && w.point.how == unread {
		cmd.Stdout = fullPipe(w.T)
		go w.watch(outputs, w.arrived, w.let)
	}
	c := w.finish(cmd, sig)
	c.outputs = "none"
	if told, err := os.ReadFile(outputs); err == nil && len(told) > 0 {
		c.outputs = "published " + orNone(lastOutput(string(told), "published"))
		if strings.Contains(string(told), "\nresult<<") || strings.HasPrefix(string(told), "result<<") {
			all := "\n" + string(told)
			c.outputs = strings.TrimSpace(c.outputs + ", result " + lastOutput(all, "result") + " " + lastOutput(all, "reason"))
		}
	}
	first, _, _ := strings.Cut(string(read(w.T, w.dir, "summary")), "\n")
	c.summary = strings.TrimPrefix(first, "## ")
	if data, err := os.ReadFile(filepath.Join(w.env["INPUT_OUT"], "run.json")); err == nil {
		var run struct{ Result, Reason string }
		if err := json.Unmarshal(data, &run); err != nil {
			w.Errorf("run.json is partial: %v\n%s", err, data)
		}
		c.run = strings.TrimSpace(run.Result + " " + run.Reason)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c.sent, c.signing = w.sent, w.asked["fulcio"]+w.asked["rekor"]+w.asked["tsa"]
	return c
}

func orNone(s string) string {
	if s == "" {
		return "unsaid"
	}
	return strings.ReplaceAll(s, "_GitHubActionsFileCommandDelimeter_", "unsaid")
}

// watch closes arrived when the outputs of the run are there.
func (w *crashWorld) watch(outputs string, arrived, let chan struct{}) {
	for {
		if data, err := os.ReadFile(outputs); err == nil && strings.Contains(string(data), "version<<") {
			close(arrived)
			return
		}
		select {
		case <-let:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// finish starts the command, kills it at the point if it gets there, and says how
// it ended.
func (w *crashWorld) finish(cmd *exec.Cmd, sig os.Signal) (c crashed) {
	w.Helper()
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tooLong := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Kill() })
	defer tooLong.Stop()
	var err error
	select {
	case <-w.arrived:
		c.reached = true
		if err := cmd.Process.Signal(sig); err != nil {
			w.Error(err)
		}
		err = <-ended
	case err = <-ended:
	}
	close(w.let)
	if !tooLong.Stop() {
		w.Error("it did not end")
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		c.end = "killed"
	} else {
		c.end = "exit " + string(rune('0'+status.ExitStatus()))
	}
	_ = err // told by the state
	return c
}

// drafts reports whether drafts have names on this file system, and so survive a
// process that is killed.
func (w *crashWorld) drafts() bool {
	folder, err := disk.Create(w.dir)
	if err != nil {
		w.Fatal(err)
	}
	defer folder.Close()
	draft, err := folder.DraftUnnamed("draft", func(*os.File) error { return nil })
	if err != nil {
		w.Fatal(err)
	}
	defer draft.Drop()
	return folder.Has(disk.DraftOf("draft"))
}

// whole fails the test where something is left of a run that is not whole, or
// that holds a secret.
func (w *crashWorld) whole(killed bool) {
	w.Helper()
	secrets := []string{w.env["NODE_AUTH_TOKEN"], w.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"], w.env["GITHUB_TOKEN"]}
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasPrefix(path, w.env["TMPDIR"]) || strings.HasSuffix(path, ".part") && !(killed && w.drafts()) {
			w.Errorf("%s was left", path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, secret := range secrets {
			if secret != "" && len(data) < 1<<20 && recorder.Holds(data, secret) {
				w.Errorf("%s holds %s", path, secret)
			}
		}
		if name := filepath.Base(path); strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".sarif") {
			if !json.Valid(data) {
				w.Errorf("%s is partial", path)
			}
		}
		return nil
	})
	if err != nil {
		w.Error(err)
	}
}
