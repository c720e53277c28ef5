// Package front runs a real registry, Verdaccio, behind the test registry, which
// adds what npm's has and Verdaccio has not: signatures, attestations, staging,
// the exchange of ID tokens, visibility, states and advisories. It is for tests
// only.
//
// Verdaccio comes from the folder that PUBLISHGATE_VERDACCIO names
// (.ci/verdaccio installs it). Unset: the test skips and says so.
package front

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/ports"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// Variable names the environment variable with the folder of Verdaccio.
const Variable = "PUBLISHGATE_VERDACCIO"

// Start runs Verdaccio behind a test registry that signs and that checks
// provenance, until the test ends.
// What is published to the test registry is in Verdaccio's storage, and what is
// read comes from there.
func Start(t testing.TB) *registry.Server {
	t.Helper()
	address := Verdaccio(t)
	token := Login(t, address)
	there, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	s := registry.Start()
	t.Cleanup(s.Close)
	s.Sign()
	s.CheckProvenance(true)
	s.Behind = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(there)
		r.Out.Host = r.In.Host // Verdaccio writes it into the addresses of tarballs
		r.Out.Header.Set("Authorization", "Bearer "+token)
		r.Out.Header.Del("Accept-Encoding") // the answer is read
		r.Out.Header.Del("If-None-Match")   // and changed
	}}
	return s
}

// startUp is how often Verdaccio is asked whether it has started, ten times a
// second.
const startUp = 300

// Verdaccio starts a Verdaccio on loopback until the test ends, and returns its
// address. It has neither uplinks nor the audit middleware, and asks nobody.
func Verdaccio(t testing.TB) (address string) {
	t.Helper()
	home := os.Getenv(Variable)
	if home == "" {
		t.Skip(Variable + " is not set: install the registry with .ci/verdaccio DIR and set it to DIR")
	}
	program := filepath.Join(home, "node_modules", "verdaccio", "bin", "verdaccio")
	if _, err := os.Stat(program); err != nil {
		t.Fatal(err)
	}
	free, err := ports.Free(1)
	if err != nil {
		t.Fatal(err)
	}
	listen := net.JoinHostPort("127.0.0.1", free[0])
	dir := t.TempDir()
	config := fmt.Sprintf(`storage: %s/storage
auth: {htpasswd: {file: %s/htpasswd, algorithm: bcrypt, rounds: 4}}
uplinks: {}
packages: {"**": {access: $all, publish: $authenticated}}
web: {enable: false}
max_body_size: 100mb
listen: %s
log: {type: stdout, format: json, level: warn}
`, dir, dir, listen)
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", program, "--config", file)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	cmd.SysProcAttr = attributes()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		kill(cmd.Process)
		_ = cmd.Wait()
		_ = log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("verdaccio:\n%s", text)
		}
	})
	for range startUp {
		resp, err := http.Get("http://" + listen + "/-/ping")
		if err == nil {
			_ = resp.Body.Close()
			return "http://" + listen + "/"
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("verdaccio did not start within %d seconds", startUp/10)
	return ""
}

// Login makes a user of a Verdaccio and returns a token of theirs.
func Login(t testing.TB, address string) (token string) {
	t.Helper()
	body := `{"name":"gate","password":"` + strings.Repeat("pa55", 4) + `"}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address+"-/user/org.couchdb.user:gate", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Token string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Token == "" {
		t.Fatalf("no token: %d, %v", resp.StatusCode, err)
	}
	return answer.Token
}
