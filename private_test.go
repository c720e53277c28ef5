package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/testserver/sigstore"
)

// A watch is a proxy that leads to loopback only, and notes who else was asked
// for.
type watch struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (p *watch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect && r.URL.Hostname() == "127.0.0.1" {
		r.RequestURI = ""
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer response.Body.Close()
		maps.Copy(w.Header(), response.Header)
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
		return
	}
	p.mu.Lock()
	p.seen[strings.TrimSuffix(r.Host, ":443")] = true
	p.mu.Unlock()
	http.Error(w, "nobody is reached from here", http.StatusForbidden)
}

// runnerTokens answers as the runner does where a job asks for an ID token.
func runnerTokens(t *testing.T, changes map[string]any) string {
	claims := sigstore.Claims("sigstore")
	maps.Copy(claims, changes)
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	token := part([]byte(`{"alg":"none"}`)) + "." + part(payload) + "." + part([]byte("x"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"value": token})
	}))
	t.Cleanup(server.Close)
	return server.URL + "/token?api-version=2.0"
}

// TestPrivateStaysPrivate: through the action's door, no public host hears of
// what is not public, in any way of signing, unless that was asked for in so
// many words.
func TestPrivateStaysPrivate(t *testing.T) {
	npm := registry.Start()
	defer npm.Close()
	private := map[string]any{"repository_visibility": "private"}
	enterprise := map[string]any{"repository_visibility": "private", "enterprise": "acme-corp"}
	const github = "tuf-repo.github.com"
	const public = "tuf-repo-cdn.sigstore.dev"
	for name, test := range map[string]struct {
		claims map[string]any
		inputs map[string]string
		code   int
		says   string
		asked  []string // hosts
	}{
		"automatic, private":    {private, map[string]string{"sign": ""}, 0, "not signed: the repository is private", nil},
		"automatic, enterprise": {enterprise, map[string]string{"sign": ""}, 3, github, []string{github}},
		"automatic, restricted": {nil, map[string]string{"sign": "", "access": "restricted"}, 0,
			"not signed: the package is published restricted", nil},
		"keyless, private":    {private, map[string]string{"sign": "keyless"}, 3, "the repository is private", nil},
		"keyless, restricted": {nil, map[string]string{"sign": "keyless", "access": "restricted"}, 3, "published restricted", nil},
		"version 2, private":  {private, map[string]string{"sign": "keyless", "rekor-version": "2"}, 3, "the repository is private", nil},
		"github, private":     {private, map[string]string{"sign": "github"}, 3, github, []string{github}},
		"key, no log":         {private, map[string]string{"sign": "key"}, 0, "not logged, no time", nil},
		"key, public log, private": {private, map[string]string{"sign": "key", "rekor-url": "https://rekor.sigstore.dev"}, 3,
			"the repository is private", nil},
		"key, public log, restricted": {nil, map[string]string{"sign": "key", "rekor-url": "https://rekor.sigstore.dev",
			"access": "restricted"}, 3, "published restricted", nil},
		"asked for": {private, map[string]string{"sign": "keyless", "public-log": "true"}, 3, public, []string{public}},
	} {
		t.Run(name, func(t *testing.T) {
			seen := &watch{seen: map[string]bool{}}
			proxy := httptest.NewServer(seen)
			defer proxy.Close()
			out := t.TempDir()
			inputs := map[string]string{
				"directory": "testdata/packages/status-page", "advisories": "npm:" + npm.URL, "registry": npm.URL,
				"previous-version": "none", "upload-sarif": "never", "out": out, "https-proxy": proxy.URL, "deadline": "20s",
			}
			maps.Copy(inputs, test.inputs)
			if inputs["sign"] == "key" {
				inputs["key"] = writeKey(t)
			}
			env := []string{"GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push", "GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true",
				"GITHUB_SERVER_URL=https://github.com",
				"ACTIONS_ID_TOKEN_REQUEST_URL=" + runnerTokens(t, test.claims), "ACTIONS_ID_TOKEN_REQUEST_TOKEN=a-token"}
			for input, value := range inputs {
				env = append(env, fmt.Sprintf("INPUT_%s=%s", strings.ToUpper(input), value))
			}
			var stdout, stderr bytes.Buffer
			code := cli.Main(context.Background(), cli.Process{Env: env, Stdout: &stdout, Stderr: &stderr, Now: time.Now})
			asked := slices.Sorted(maps.Keys(seen.seen))
			if code != test.code || !slices.Equal(asked, test.asked) {
				t.Errorf("exit %d after asking %q, want %d after %q\n%s%s", code, asked, test.code, test.asked, &stdout, &stderr)
			}
			if !strings.Contains(stdout.String()+stderr.String(), test.says) {
				t.Errorf("nothing says %q\n%s%s", test.says, &stdout, &stderr)
			}
			if inputs["sign"] != "key" || code != 0 {
				noBundles(t, out)
			}
		})
	}
}

// writeKey writes a private key for a test.
func writeKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
