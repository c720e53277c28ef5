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
	"regexp"
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
	limit   int64          // larger bodies are refused with 413; 0: none is
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
		if w.limit > 0 && r.ContentLength > w.limit {
			status = http.StatusRequestEntityTooLarge
		}
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
	}
	j.npm.Sign()
	j.npm.Trust("@acme/status-page", registry.Publisher{Stage: true, Direct: true})
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
	out, said := j.run(t, 0, map[string]string{"RUNNER_DEBUG": "1"})
	took := time.Since(began)
	for name, want := range map[string]int{"token": 1, "fulcio": 1, "rekor": 5, "tsa": 5} {
		if got := j.seen.count(name); got != want {
			t.Errorf("%d requests to %s, expected %d", got, name, want)
		}
		u, err := url.Parse(j.env[map[string]string{"token": "ACTIONS_ID_TOKEN_REQUEST_URL", "fulcio": "INPUT_FULCIO-URL",
			"rekor": "INPUT_REKOR-URL", "tsa": "INPUT_TIMESTAMP-SERVER-URL"}[name]])
		if err != nil {
			t.Fatal(err)
		}
		told := regexp.MustCompile(`(?m)^debug: \S+ `+regexp.QuoteMeta(u.Host)+`/\S* 20\d \d+ ms \d+ B$`).FindAllString(said, -1)
		if len(told) != want {
			t.Errorf("%d requests to %s are told, expected %d: %q", len(told), name, want, told)
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
		want := verify.Want{Identity: &releaseWorkflow, Subject: &about, PredicateType: of}
		if err := verify.Err(bundle.Verify(name, want, root)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		other := about
		other.Name = "pkg:npm/%40acme/status-page@2.3.2"
		want.Subject = &other
		if err := verify.Err(bundle.Verify(name, want, root)); err == nil {
			t.Errorf("%s: another version verifies", name)
		}
	}
	cosignVerifies(t, j.stack.Path("trusted_root.json"), out)
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

// cosignVerifies lets the real cosign check each attestation against the tarball.
func cosignVerifies(t *testing.T, root, out string) {
	t.Helper()
	cosign := filepath.Join(os.Getenv(sigstore.Variable), "cosign")
	if _, err := os.Stat(cosign); err != nil {
		t.Logf("cosign was not asked: %v", err)
		return
	}
	for name, of := range map[string]string{"provenance": attest.ProvenanceV1, "sbom": attest.CycloneDX, "vsa": attest.Summary} {
		ask := func(file string) ([]byte, error) {
			return exec.CommandContext(t.Context(), cosign, "verify-blob-attestation", "--bundle", filepath.Join(out, name+".sigstore.json"),
				"--trusted-root", root, "--certificate-identity", releaseWorkflow.SAN, "--certificate-oidc-issuer", releaseWorkflow.Issuer,
				"--type", of, filepath.Join(out, file)).CombinedOutput()
		}
		if said, err := ask("acme-status-page-2.3.1.tgz"); err != nil {
			t.Errorf("cosign refuses %s: %v\n%s", name, err, said)
		}
		if said, err := ask("SHA256SUMS"); err == nil {
			t.Errorf("cosign takes %s for another file\n%s", name, said)
		}
	}
}
