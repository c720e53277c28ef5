package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

const endName, endVersion = "@acme/status-page", "2.3.1"

// An endWorld is what surrounds one run.
type endWorld struct {
	*testing.T
	registry *registry.Server
	gitHub   *httptest.Server
	refuse   int               // status of an upload; 0: accepted
	ask      map[string]string // by the name of flag and input
	env      []string
	stopped  bool // by a signal, once the advisories are asked for
	closed   bool // stdout is
	again    bool // a run before published it
}

func (w *endWorld) publish() {
	w.ask["publish"], w.ask["access"] = "npm", "public"
	w.env = append(w.env, "NODE_AUTH_TOKEN=token-of-the-test")
}

func (w *endWorld) sign(key string) { w.ask["sign"], w.ask["key"] = "key", key }

func (w *endWorld) upload(mode string, status int) {
	w.ask["upload-sarif"], w.refuse = mode, status
	w.env = append(w.env, "GITHUB_TOKEN=github-token-of-the-test")
}

// block makes the policy forbid what the package is made of.
func (w *endWorld) block() { w.ask["policy"] = w.file("files: {forbid: [lib/]}\n") }

func (w *endWorld) file(content string) string {
	path := filepath.Join(w.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		w.Fatal(err)
	}
	return path
}

// key is a new private key, in a file.
func (w *endWorld) key() string {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		w.Fatal(err)
	}
	return w.file(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

// ServeHTTP is code scanning.
func (w *endWorld) ServeHTTP(a http.ResponseWriter, r *http.Request) {
	a.Header().Set("Content-Type", "application/json")
	switch {
	case w.refuse != 0:
		a.WriteHeader(w.refuse)
		_, _ = io.WriteString(a, `{"message":"no"}`)
	case r.Method == http.MethodPost:
		a.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(a, `{"id":"6c1f0a52-0000-4000-8000-00000000abcd","url":"https://ghe.example/x"}`)
	default:
		_, _ = io.WriteString(a, `{"processing_status":"complete"}`)
	}
}

// checkout makes a repository of the package, and returns its commit.
func (w *endWorld) checkout(dir string) string {
	files := map[string]string{}
	from := os.DirFS("testdata/packages/status-page")
	err := fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(from, path)
		files[path] = string(data)
		return err
	})
	if err == nil {
		err = os.CopyFS(dir, from)
	}
	if err != nil {
		w.Fatal(err)
	}
	repo, err := gitrepo.Init(dir)
	if err != nil {
		w.Fatal(err)
	}
	head, err := repo.Commit(files)
	if err != nil {
		w.Fatal(err)
	}
	return head
}

func without(list []string, prefix string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return strings.HasPrefix(s, prefix) })
}

// shut is a stream that nobody reads any more.
type shut struct{}

func (shut) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }
