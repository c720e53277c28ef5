package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/recorder"
	"github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/testserver/sigstore"
)

// A seenWorld is a package, a machine and hosts, all recorded, for one run.
type seenWorld struct {
	*testing.T
	recorder.Recorder
	npm   *registry.Server // what the pinned host serves
	dir   string           // of the package, in a folder of the test's
	env   map[string]string
	flags map[string]string

	pinned, elsewhere, plain string // addresses: the registry's, another port of its host, and that without TLS
	proxy, runner, fulcio    string
	gitHub                   string
	ca, attackers            string // files

	mu      sync.Mutex
	onward  func(r *http.Request) (status int, to string) // redirects of the pinned hosts; nil: none
	claims  map[string]any                                // of the ID tokens, changed
	secrets map[string][]string                           // secret → the hosts that may see it
}

// newSeenWorld starts the hosts and writes the package. Its registry has TLS, by
// an authority that -ca-file names; so has the other host, which would serve
// whoever came.
func newSeenWorld(t *testing.T) *seenWorld {
	w := &seenWorld{T: t, npm: registry.Start(), dir: filepath.Join(t.TempDir(), "w"),
		secrets: map[string][]string{}}
	t.Cleanup(w.npm.Close)
	w.npm.Sign()
	ours, attackers := recorder.NewAuthority(t, "ours"), recorder.NewAuthority(t, "the attacker's")
	w.pinned = ours.Serve(w.Host("registry", w.turned(w.npm)))
	w.npm.URL = "http" + strings.TrimPrefix(w.pinned, "https") + "/" // as documents have it
	w.elsewhere, w.plain = ours.Serve(w.Host("elsewhere", w.npm)), recorder.Serve(t, w.Host("plain", w.npm))
	w.proxy = recorder.Serve(t, w.Proxy("proxy", attackers))
	w.runner = ours.Serve(w.Host("runner", w.turned(http.HandlerFunc(w.issue))))
	w.fulcio = ours.Serve(w.Host("fulcio", w.turned(http.NotFoundHandler())))
	w.gitHub = ours.Serve(w.Host("github", w.turned(http.HandlerFunc(acceptSARIF))))
	w.ca, w.attackers = w.file("ca.pem", string(ours.PEM)), w.file("attackers.pem", string(attackers.PEM))
	w.declare(`"description": "a widget"`)
	w.write("package-lock.json", `{"name": "@acme/widget", "version": "1.2.3", "lockfileVersion": 3,
		"packages": {"": {"name": "@acme/widget", "version": "1.2.3", "license": "MIT"}}}`)
	w.write("index.js", "export {}\n")
	w.env = map[string]string{"NODE_AUTH_TOKEN": w.secret("npm_"+rand.Text(), "registry")}
	w.flags = map[string]string{"advisories": "npm", "registry": w.pinned, "ca-file": w.ca, "publish": "npm", "access": "public",
		"out": filepath.Join(filepath.Dir(w.dir), "out"), "deadline": "50s"}
	return w
}

// secret notes which hosts may see a text, and no other.
func (w *seenWorld) secret(text string, hosts ...string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secrets[text] = hosts
	return text
}

func (w *seenWorld) file(name, content string) string {
	path := filepath.Join(filepath.Dir(w.dir), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		w.Fatal(err)
	}
	return path
}

// write writes a file of the package.
func (w *seenWorld) write(name, content string) { w.file(filepath.Join("w", name), content) }

// declare adds members to the package's package.json.
func (w *seenWorld) declare(members string) {
	w.write("package.json", `{"name": "@acme/widget", "version": "1.2.3", "license": "MIT",
		"repository": "github:acme/gate-demo", `+w.expand(members)+`}`)
}

// expand puts the hosts' addresses into a text.
func (w *seenWorld) expand(text string) string {
	return strings.NewReplacer("PINNED", w.pinned, "ELSEWHERE", w.elsewhere, "PLAIN", w.plain, "PROXY", w.proxy,
		"HOST", strings.TrimPrefix(w.elsewhere, "https:"), "ATTACKERS", w.attackers, "TEMP", filepath.Dir(w.dir)).Replace(text)
}

// trusted makes it a job of a trusted publisher: what it was granted goes to the
// registry alone, and the long-lived token beside it to nobody.
func (w *seenWorld) trusted() {
	w.onRunner()
	w.npm.Trust("@acme/widget", registry.Publisher{Repository: "acme/gate-demo", Workflow: "release.yml",
		Stage: true, Direct: true, Tags: true})
	for n := range 10 {
		w.secret(fmt.Sprintf("npm_oidc%032d", n), "registry") // as the registry numbers them
	}
	w.secret(w.env["NODE_AUTH_TOKEN"])
}

// onRunner makes it a job that may have ID tokens, and that signs nothing.
func (w *seenWorld) onRunner() {
	request := w.secret("request-"+rand.Text(), "runner")
	gitHub := w.secret("ghs_"+rand.Text(), "github")
	maps.Copy(w.env, map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main", "GITHUB_REF_PROTECTED": "true",
		"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/gate-demo", "GITHUB_API_URL": w.gitHub,
		"GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567", "GITHUB_RUN_ID": "7001", "GITHUB_RUN_ATTEMPT": "1",
		"GITHUB_WORKFLOW_REF":  "acme/gate-demo/.github/workflows/release.yml@refs/heads/main",
		"GITHUB_REPOSITORY_ID": "1001", "GITHUB_REPOSITORY_OWNER_ID": "42",
		"RUNNER_ENVIRONMENT":           "github-hosted",
		"ACTIONS_ID_TOKEN_REQUEST_URL": w.runner + "/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": request,
		"GITHUB_TOKEN": gitHub, "GITHUB_OUTPUT": w.file("outputs", ""), "GITHUB_STEP_SUMMARY": w.file("summary", ""),
	})
	w.flags["previous-version"], w.flags["sign"], w.flags["upload-sarif"] = "none", "none", "never"
}

// issue answers as the runner does where a job asks for an ID token.
func (w *seenWorld) issue(rw http.ResponseWriter, r *http.Request) {
	audience := r.URL.Query().Get("audience")
	claims := sigstore.Claims(audience)
	w.mu.Lock()
	maps.Copy(claims, w.claims)
	w.mu.Unlock()
	payload, err := json.Marshal(claims)
	if err != nil {
		w.Error(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	token := part([]byte(`{"alg":"none"}`)) + "." + part(payload) + "." + part([]byte(rand.Text()))
	host := "registry"
	if audience == "sigstore" {
		host = "fulcio"
	}
	w.secret(token, "runner", host)
	_ = json.NewEncoder(rw).Encode(map[string]string{"value": token})
}

// turn redirects requests to the pinned hosts from now on.
func (w *seenWorld) turn(onward func(r *http.Request) (status int, to string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onward = onward
}

// claim changes claims of the ID tokens.
func (w *seenWorld) claim(changes map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.claims = changes
}

// turned redirects what w.onward says, and leaves the rest to h.
func (w *seenWorld) turned(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		onward := w.onward
		w.mu.Unlock()
		if onward != nil {
			if status, to := onward(r); status != 0 {
				rw.Header().Set("Location", to)
				rw.WriteHeader(status)
				return
			}
		}
		h.ServeHTTP(rw, r)
	})
}

func acceptSARIF(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "application/json")
	if r.Method == http.MethodPost {
		rw.WriteHeader(http.StatusAccepted)
		_, _ = fmt.Fprint(rw, `{"id":"6c1f0a52-0000-4000-8000-00000000abcd"}`)
		return
	}
	_, _ = fmt.Fprint(rw, `{"processing_status":"complete"}`)
}

// run runs the program as a process, with nothing of the test's environment, and
// looks for the secrets afterwards.
func (w *seenWorld) run(program string, args ...string) (code int, said string) {
	w.Helper()
	cmd := publishgate(w.T, args...)
	if program != "" {
		cmd = exec.Command(program, args...)
	}
	cmd.Dir, cmd.Env = filepath.Dir(w.dir), []string{"GORACE=" + raceExit}
	for _, name := range slices.Sorted(maps.Keys(w.env)) {
		cmd.Env = append(cmd.Env, name+"="+w.env[name])
	}
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	code = endOf(w.T, cmd)
	return code, both.String()
}

// gate runs the gate for the package.
func (w *seenWorld) gate() (code int, said string) {
	w.Helper()
	var args []string
	for _, name := range slices.Sorted(maps.Keys(w.flags)) {
		args = append(args, "-"+name+"="+w.flags[name])
	}
	code, said = w.run("", append(args, "w")...)
	w.kept(said)
	return code, said
}

// kept fails the test where a secret was seen by a host that may not, or stands
// in what the program said or wrote.
func (w *seenWorld) kept(said string) {
	w.Helper()
	for secret, hosts := range w.secrets {
		for _, host := range w.Saw(secret) {
			if !slices.Contains(hosts, host) {
				w.Errorf("%s saw %.12s…, which is for %q alone", host, secret, hosts)
			}
		}
		if recorder.Holds([]byte(said), secret) {
			w.Errorf("it says %.12s…:\n%s", secret, said)
		}
	}
	err := filepath.WalkDir(filepath.Dir(w.dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for secret := range w.secrets {
			if recorder.Holds(data, secret) {
				w.Errorf("%s holds %.12s…", path, secret)
			}
		}
		return err
	})
	if err != nil {
		w.Error(err)
	}
}

// alone fails the test where a host was asked anything that nobody named.
func (w *seenWorld) alone() {
	w.Helper()
	for _, m := range w.Messages("proxy", "elsewhere", "plain") {
		w.Errorf("%s was asked: %s", m.Host, m.Head)
	}
}

// other is an address that leads to another host, in a way.
func (w *seenWorld) other(way string) string {
	switch way {
	case "PLAIN":
		return w.plain
	case "OTHER":
		return strings.Replace(w.elsewhere, "0.0.0.0", "127.0.0.1", 1)
	case "USER":
		return strings.Replace(w.elsewhere, "//", "//"+strings.TrimPrefix(w.pinned, "https://")+"@", 1)
	case "RELATIVE":
		return strings.TrimPrefix(w.elsewhere, "https:")
	}
	return w.elsewhere
}
