package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/attest"
	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/testserver/sigstore"
	"github.com/publishgate/publishgate/internal/verify"
)

// watched counts what reaches the servers that sign, and how long each took.
type watched struct {
	mu      sync.Mutex
	counts  map[string]int
	slowest time.Duration
	broken  map[string]int // server → status that it answers with from now on
}

func (w *watched) count(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts[name]
}

func (w *watched) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts, w.slowest, w.broken = map[string]int{}, 0, map[string]int{}
}

func (w *watched) fail(name string, status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken[name] = status
}

// front stands before a real server.
func (w *watched) front(t *testing.T, name, address string) string {
	t.Helper()
	real, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	at := *real
	at.RawQuery, at.Path = "", ""
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&at) }}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.counts[name]++
		status := w.broken[name]
		w.mu.Unlock()
		if status != 0 {
			http.Error(rw, "out of order", status)
			return
		}
		began := time.Now()
		proxy.ServeHTTP(rw, r)
		w.mu.Lock()
		w.slowest = max(w.slowest, time.Since(began))
		w.mu.Unlock()
	}))
	t.Cleanup(server.Close)
	front, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	front.Path, front.RawQuery = real.Path, real.RawQuery
	return front.String()
}

// A signingJob is a job of GitHub Actions beside the real servers of a Sigstore.
type signingJob struct {
	stack *sigstore.Stack
	seen  *watched
	npm   *registry.Server
	env   map[string]string
}

// newSigningJob starts all of it. The environment is that of the run which the
// issuer's tokens are of.
func newSigningJob(t *testing.T) *signingJob {
	j := &signingJob{stack: sigstore.Start(t), seen: &watched{}, npm: registry.Start()}
	t.Cleanup(j.npm.Close)
	j.seen.reset()
	j.env = map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/gate-demo",
		"GITHUB_REPOSITORY_ID": "1001", "GITHUB_REPOSITORY_OWNER_ID": "42", "GITHUB_REF": "refs/heads/main",
		"GITHUB_REF_PROTECTED": "true", "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
		"GITHUB_EVENT_NAME": "push", "GITHUB_RUN_ID": "7001", "GITHUB_RUN_ATTEMPT": "1",
		"GITHUB_WORKFLOW_REF":            "acme/gate-demo/.github/workflows/release.yml@refs/heads/main",
		"RUNNER_ENVIRONMENT":             "github-hosted",
		"ACTIONS_ID_TOKEN_REQUEST_URL":   j.seen.front(t, "token", j.stack.Issuer.RequestURL),
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": j.stack.Issuer.RequestToken,

		"INPUT_DIRECTORY": "testdata/packages/status-page", "INPUT_ADVISORIES": "npm:" + j.npm.URL,
		"INPUT_REGISTRY": j.npm.URL, "INPUT_PREVIOUS-VERSION": "none", "INPUT_UPLOAD-SARIF": "never",
		"INPUT_SIGN": "keyless", "INPUT_ACCESS": "public", "INPUT_TRUSTED-ROOT": j.stack.Path("trusted_root.json"),
		"INPUT_FULCIO-URL":           j.seen.front(t, "fulcio", j.stack.Fulcio),
		"INPUT_REKOR-URL":            j.seen.front(t, "rekor", j.stack.RekorV1),
		"INPUT_TIMESTAMP-SERVER-URL": j.seen.front(t, "tsa", j.stack.TSA),
		"NODE_AUTH_TOKEN":            "token-of-the-test",
	}
	return j
}

// run gates the package with changes to the environment.
func (j *signingJob) run(t *testing.T, want int, changes map[string]string) (out, said string) {
	t.Helper()
	all := maps.Clone(j.env)
	maps.Copy(all, changes)
	out = t.TempDir()
	env := []string{"INPUT_OUT=" + out}
	for name, value := range all {
		env = append(env, name+"="+value)
	}
	var stdout, stderr bytes.Buffer
	code := cli.Main(context.Background(), cli.Process{Env: env, Stdout: &stdout, Stderr: &stderr, Now: time.Now})
	said = stdout.String() + stderr.String()
	if code != want {
		t.Fatalf("exit %d, expected %d\n%s", code, want, said)
	}
	return out, said
}

var releaseWorkflow = verify.Identity{
	SAN:    "https://github.com/acme/gate-demo/.github/workflows/release.yml@refs/heads/main",
	Issuer: "https://token.actions.githubusercontent.com", Repository: "https://github.com/acme/gate-demo",
	RepositoryID: "1001", Commit: "0123456789abcdef0123456789abcdef01234567", Ref: "refs/heads/main",
	Trigger: "push", Runner: "github-hosted",
	Run: "https://github.com/acme/gate-demo/actions/runs/7001/attempts/1",
}

// TestAttestKeyless signs everything in one run, by one certificate, and
// verifies it as strangers would: by this program's rules and by npm's.
func TestAttestKeyless(t *testing.T) {
	j := newSigningJob(t)
	began := time.Now()
	out, _ := j.run(t, 0, nil)
	took := time.Since(began)
	for name, want := range map[string]int{"token": 1, "fulcio": 1, "rekor": 5, "tsa": 5} {
		if got := j.seen.count(name); got != want {
			t.Errorf("%d requests to %s, expected %d", got, name, want)
		}
	}
	t.Logf("judging and signing took %s, the slowest request of it %s", took, j.seen.slowest)

	root, err := verify.ParseRoot(j.stack.TrustedRoot)
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Tarball struct{ SHA256, SHA512 string }
	}
	if err := json.Unmarshal(read(t, out, "verdict.json"), &v); err != nil {
		t.Fatal(err)
	}
	both := verify.Subject{Name: "pkg:npm/%40acme/status-page@2.3.1", SHA256: v.Tarball.SHA256, SHA512: v.Tarball.SHA512}
	for name, of := range map[string]string{"provenance": attest.ProvenanceV1, "sbom": attest.CycloneDX, "vsa": attest.Summary} {
		about := both
		if name == "provenance" {
			about.SHA256 = "" // npm knows it by the SHA-512 alone
		}
		bundle, err := verify.ParseBundle(read(t, out, name+".sigstore.json"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := verify.Err(bundle.Verify(name, verify.Want{Identity: &releaseWorkflow, Subject: &about, PredicateType: of}, root)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		other := about
		other.Name = "pkg:npm/%40acme/status-page@2.3.2"
		if err := verify.Err(bundle.Verify(name, verify.Want{Identity: &releaseWorkflow, Subject: &other, PredicateType: of}, root)); err == nil {
			t.Errorf("%s: another version verifies", name)
		}
	}
	for _, npm := range []string{"npm11", "npm12"} {
		npmVerifies(t, npm, j.stack.Path("trusted_root.json"), filepath.Join(out, "provenance.sigstore.json"), both)
	}
}

// npmVerifies lets the real npm check the provenance as `npm publish
// --provenance-file` does, but for the trusted root, which is given.
func npmVerifies(t *testing.T, npm, root, bundle string, about verify.Subject) {
	t.Helper()
	managers := os.Getenv("PUBLISHGATE_MANAGERS")
	if managers == "" {
		t.Log("PUBLISHGATE_MANAGERS is not set: npm itself was not asked")
		return
	}
	script, err := filepath.Abs("internal/attest/testdata/verify.cjs")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(sha512 string) ([]byte, error) {
		folder := filepath.Join(managers, npm, "node_modules", "npm")
		return exec.CommandContext(t.Context(), "node", script, folder, root, bundle, about.Name, sha512).CombinedOutput()
	}
	if said, err := ask(about.SHA512); err != nil {
		t.Errorf("%s refuses the provenance: %v\n%s", npm, err, said)
	}
	if said, err := ask(strings.Repeat("0", 128)); err == nil {
		t.Errorf("%s takes the provenance for another tarball\n%s", npm, said)
	}
}

// TestAttestOfAnotherRun shows that an environment which contradicts the ID
// token signs nothing, before Fulcio hears of it.
func TestAttestOfAnotherRun(t *testing.T) {
	j := newSigningJob(t)
	for variable, value := range map[string]string{
		"GITHUB_WORKFLOW_REF":        "acme/gate-demo/.github/workflows/other.yml@refs/heads/main",
		"GITHUB_REPOSITORY_OWNER_ID": "43", "GITHUB_SHA": strings.Repeat("4", 40),
	} {
		out, said := j.run(t, 3, map[string]string{variable: value})
		noBundles(t, out)
		if !strings.Contains(said, value) {
			t.Errorf("another %s: %s", variable, said)
		}
	}
	if n := j.seen.count("fulcio"); n != 0 {
		t.Errorf("%d requests to Fulcio", n)
	}
}

// TestNoProvenanceIsSaid shows what there is no provenance of, and that all the
// rest is signed there.
func TestNoProvenanceIsSaid(t *testing.T) {
	j := newSigningJob(t)
	for _, c := range []struct {
		what    string
		claims  map[string]any
		changes map[string]string
		says    string
	}{
		{"a package of unknown access", nil, map[string]string{"INPUT_ACCESS": ""}, "nothing says that this one is"},
		{"a runner of one's own", map[string]any{"runner_environment": "self-hosted"}, map[string]string{"RUNNER_ENVIRONMENT": "self-hosted"}, "this one is self-hosted"},
	} {
		j.stack.Issuer.Set(c.claims)
		out, said := j.run(t, 0, c.changes)
		if !strings.Contains(said, "not attested: no provenance") || !strings.Contains(said, c.says) {
			t.Errorf("%s: %s", c.what, said)
		}
		for name, want := range map[string]bool{"provenance": false, "sbom": true, "vsa": true} {
			if _, err := os.Stat(filepath.Join(out, name+".sigstore.json")); (err == nil) != want {
				t.Errorf("%s: %s is there is %v", c.what, name, err == nil)
			}
		}
	}
}

// TestOutage holds what a server that is down does: nothing goes out, unless the
// policy lets it; and then that is said first.
func TestOutage(t *testing.T) {
	j := newSigningJob(t)
	work := t.TempDir()
	policy := func(text string) map[string]string {
		file := filepath.Join(work, "policy.yml")
		if err := os.WriteFile(file, []byte("version: 1\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		return map[string]string{"INPUT_POLICY": file, "INPUT_PUBLISH": "npm", "INPUT_DEADLINE": "60s"}
	}
	const degrade = "signing: {outage: degrade}\n"
	for _, c := range []struct {
		what, server, policy string
		want                 int
		says                 string
	}{
		{"without a word in the policy", "rekor", "", 3, "not signed"},
		{"what must be signed is not", "rekor", "signing: {outage: degrade, require: [vsa]}\n", 3, "signing.require of the policy wants a signature of vsa"},
		{"the log is down", "rekor", degrade, 0, "passed, not signed: a server was down"},
		{"Fulcio is down", "fulcio", degrade, 0, "passed, not signed: a server was down"},
		{"a refusal is none", "fulcio-403", degrade, 3, "not signed"},
	} {
		j.seen.reset()
		server, status := c.server, 503
		if c.server == "fulcio-403" {
			server, status = "fulcio", 403
		}
		j.seen.fail(server, status)
		puts := len(j.npm.Puts())
		out, said := j.run(t, c.want, policy(c.policy))
		noBundles(t, out)
		if !strings.Contains(said, c.says) {
			t.Errorf("%s: %s", c.what, said)
		}
		if went := len(j.npm.Puts()) > puts; went != (c.want == 0) {
			t.Errorf("%s: published is %v", c.what, went)
		}
		if c.want != 0 {
			continue
		}
		var run struct {
			Acts []struct{ What, State, Text string }
		}
		if err := json.Unmarshal(read(t, out, "run.json"), &run); err != nil {
			t.Fatal(err)
		}
		if first := run.Acts[0]; first.What != "sign" || first.State != "failed" || !strings.Contains(first.Text, "the SBOM") {
			t.Errorf("%s: first in run.json is %+v", c.what, first)
		}
		j.npm.Forget()
	}
}

// TestEarlierKeyless publishes, and runs again: nothing is signed, and the
// provenance that the registry serves is verified as one of the same repository,
// whatever its run.
func TestEarlierKeyless(t *testing.T) {
	j := newSigningJob(t)
	publish := map[string]string{"INPUT_PUBLISH": "npm"}
	first, _ := j.run(t, 0, publish)
	provenance := read(t, first, "provenance.sigstore.json")
	j.npm.Store("@acme/status-page", "2.3.1", provenance)

	again := func(claims map[string]any, env map[string]string) (out, said string) {
		j.seen.reset()
		j.stack.Issuer.Set(claims)
		changes := maps.Clone(publish)
		maps.Copy(changes, env)
		out, said = j.run(t, 0, changes)
		noBundles(t, out)
		for _, server := range []string{"fulcio", "rekor", "tsa"} {
			if n := j.seen.count(server); n != 0 {
				t.Errorf("%d requests to %s by a second run", n, server)
			}
		}
		return out, said
	}
	out, said := again(map[string]any{"run_attempt": "2"}, map[string]string{"GITHUB_RUN_ATTEMPT": "2"})
	if got := read(t, out, "earlier.sigstore.jsonl"); !bytes.Equal(got, provenance) {
		t.Errorf("%s, expected the first run's provenance\n%s", got, said)
	}
	// Another repository, with the same name in another account or the same number,
	// has signed nothing of this.
	for _, other := range []map[string]string{{"repository_id": "1002"}, {"repository": "acme-evil/gate-demo"}} {
		claims, env := map[string]any{}, map[string]string{}
		for name, value := range other {
			claims[name] = value
			env["GITHUB_"+strings.ToUpper(name)] = value
		}
		if _, said := again(claims, env); !strings.Contains(said, "no attestation of an earlier run by the same signer") {
			t.Errorf("%v: %s", other, said)
		}
	}
}
