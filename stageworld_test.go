package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

const stageID = "8a5ac2b1-2a5b-4f0c-9a53-77cf3d4f5b1e"

// A stageWorld is a registry with one staged version, whose verdict was signed by
// a key.
type stageWorld struct {
	*httptest.Server
	mu     sync.Mutex
	below  *registry.Server
	files  map[string][]byte // by path, before the registry below is asked
	status map[string]int    // of a path, likewise
	seen   []*http.Request
	token  string

	evidence, key string
	tarball       []byte
}

func (w *stageWorld) ServeHTTP(a http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, r)
	path := strings.Replace(r.URL.EscapedPath(), "%2F", "%2f", 1)
	private := strings.HasPrefix(path, "/-/stage/") || strings.HasSuffix(path, "/status")
	switch status, data := w.status[path], w.files[path]; {
	case private && r.Header.Get("Authorization") != "Bearer "+w.token:
		a.WriteHeader(http.StatusUnauthorized)
	case status != 0:
		a.WriteHeader(status)
	case data != nil:
		_, _ = a.Write(data)
	case private:
		http.NotFound(a, r)
	default:
		w.below.ServeHTTP(a, r)
	}
}

// stagePath is where the stage is.
const stagePath = "/-/stage/" + stageID

// say sets what the registry says of the stage.
func (w *stageWorld) say(change func(map[string]any)) {
	sum := sha1.Sum(w.tarball)
	item := map[string]any{"id": stageID, "packageName": endName, "version": endVersion, "tag": "latest", "access": "public",
		"actor": "octocat", "actorType": "trusted automation", "shasum": hex.EncodeToString(sum[:]), "status": "staged",
		"createdAt": "2026-11-30T09:00:00.000Z"}
	change(item)
	w.files[stagePath], _ = json.Marshal(item)
}

// serve sets the bytes of the stage, and what is said of them.
func (w *stageWorld) serve(data []byte) {
	w.files[stagePath+"/tarball"] = data
	sum := sha1.Sum(data)
	w.say(func(m map[string]any) { m["shasum"] = hex.EncodeToString(sum[:]) })
}

// gone: the stage is not there any more.
func (w *stageWorld) gone() { delete(w.files, stagePath); delete(w.files, stagePath+"/tarball") }

// unpublished: the version is nowhere.
func (w *stageWorld) unpublished() {
	w.status["/@acme%2fstatus-page/"+endVersion], w.status["/@acme%2fstatus-page"] = 404, 404
}

func (w *stageWorld) stands(state string) {
	w.files["/-/package/@acme%2fstatus-page/version/"+endVersion+"/status"] = fmt.Appendf(nil,
		`{"packageName":%q,"version":%q,"status":%q}`, endName, endVersion, state)
}

// newStageWorld judges, signs and publishes a package; each copy of the world
// begins with that.
func newStageWorld(t *testing.T) *stageWorld {
	t.Helper()
	w := &stageWorld{below: registry.Start(), files: map[string][]byte{}, status: map[string]int{}, token: "npm_" + strings.Repeat("m4int", 8)}
	t.Cleanup(w.below.Close)
	w.Server = httptest.NewServer(w)
	w.below.URL = w.URL + "/" // which it writes into its answers
	t.Cleanup(w.Close)
	end := &endWorld{T: t}
	w.key, w.evidence = end.key(), filepath.Join(t.TempDir(), "out")
	public := filepath.Join(t.TempDir(), "key.pub")
	writePublic(t, w.key, public)
	code, said := runCLI([]string{"-registry", w.URL, "-out", w.evidence, "-advisories", "npm", "-publish", "npm", "-access", "public",
		"-sign", "key", "-key", w.key, "testdata/packages/status-page"}, "NODE_AUTH_TOKEN="+w.token)
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, said)
	}
	balls, err := filepath.Glob(filepath.Join(w.evidence, "*.tgz"))
	if err != nil || len(balls) != 1 {
		t.Fatal(balls, err)
	}
	if w.tarball, err = os.ReadFile(balls[0]); err != nil {
		t.Fatal(err)
	}
	w.key = public
	w.serve(w.tarball)
	return w
}

// writePublic writes the public half of a key.
func writePublic(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.(*ecdsa.PrivateKey).Public())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o644); err != nil {
		t.Fatal(err)
	}
}

// repacked returns the tarball with one more file, and a script that runs when it
// is installed.
func repacked(t *testing.T, data []byte) []byte {
	t.Helper()
	zipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	to := tar.NewWriter(z)
	put := func(h *tar.Header, body []byte) {
		h.Size = int64(len(body))
		if err := to.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	from := tar.NewReader(zipped)
	for {
		h, err := from.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == "package/package.json" {
			body = bytes.Replace(body, []byte(`"scripts": {`), []byte(`"scripts": {"postinstall": "node steal.js",`), 1)
		}
		put(h, body)
	}
	put(&tar.Header{Name: "package/steal.js", Mode: 0o644, Format: tar.FormatUSTAR}, []byte("1\n"))
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
