package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/tufrepo"
)

// A counter serves a published version: sigstore 0.4.0 with its real attestations
// and, as the archive has none of the registry's signatures over it, one by a
// key of the test.
type counter struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string][]byte // by path
	asked []string
}

func (s *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.URL.Path)
	data, ok := s.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(data)
}

const (
	packumentPath    = "/sigstore"
	tarballPath      = "/sigstore/-/sigstore-0.4.0.tgz"
	attestationsPath = "/-/npm/v1/attestations/sigstore@0.4.0"
	keysPath         = "/-/npm/v1/keys"
)

// A registryKey is one entry of the keys' list.
type registryKey struct {
	KeyID   string  `json:"keyid"`
	Key     string  `json:"key"`
	Expires *string `json:"expires"`
}

// newCounter serves the version; keys are those of the registry by what they are
// for.
func newCounter(t *testing.T, data string) (s *counter, own, npm registryKey) {
	t.Helper()
	s = &counter{files: map[string][]byte{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	tarball := read(t, data, "tarballs/sigstore-0.4.0.tgz")
	digest := sha512.Sum512(tarball)
	integrity := "sha512-" + base64.StdEncoding.EncodeToString(digest[:])
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	message := sha256.Sum256([]byte("sigstore@0.4.0:" + integrity))
	sig, err := ecdsa.SignASN1(rand.Reader, key, message[:])
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	own = registryKey{KeyID: "SHA256:own", Key: base64.StdEncoding.EncodeToString(spki)}
	var real struct {
		Keys []struct {
			KeyID     string
			PublicKey struct{ RawBytes string }
		}
	}
	if err := json.Unmarshal(read(t, data, "root-signing/targets/registry.npmjs.org/keys.json"), &real); err != nil {
		t.Fatal(err)
	}
	npm = registryKey{KeyID: real.Keys[0].KeyID, Key: real.Keys[0].PublicKey.RawBytes}
	s.files[packumentPath] = fmt.Appendf(nil,
		`{"name":"sigstore","time":{"0.4.0":"2023-01-11T17:31:54.000Z"},"versions":{"0.4.0":{"name":"sigstore",`+
			`"version":"0.4.0","dist":{"integrity":%q,"tarball":%q,"signatures":[{"keyid":"SHA256:own","sig":%q}],"attestations":{"url":%q}}}}}`,
		integrity, s.URL+tarballPath, base64.StdEncoding.EncodeToString(sig), s.URL+attestationsPath)
	s.files[tarballPath] = tarball
	s.files[attestationsPath] = read(t, data, "pacote/valid-attestations.json")
	s.keys(t, own, npm)
	return s, own, npm
}

func (s *counter) keys(t *testing.T, keys ...registryKey) {
	t.Helper()
	list, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	s.files[keysPath] = list
}

// TestVerifyPublished verifies a published version by its registry, whose answers
// are changed in one way each.
func TestVerifyPublished(t *testing.T) {
	data := os.Getenv("PUBLISHGATE_DATA")
	if data == "" {
		t.Skip("PUBLISHGATE_DATA is not set: no real data to test with")
	}
	data = filepath.Join(data, "sigstore")
	github := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(github.Close)
	good := []string{"-repository", "https://github.com/sigstore/sigstore-js/", "-runner", "any", "-trigger", "release",
		"-ref", "refs/tags/v0.4.0",
		"-workflow", "publish.yml"}
	state := tufrepo.State{Targets: map[string][]byte{"trusted_root.json": read(t, data, "root-signing/targets/trusted_root.json")}}
	expired := state
	expired.Expires = map[string]time.Time{"timestamp": time.Now().Add(-time.Hour)}
	before, after := "2023-01-01T00:00:00.000Z", "2025-01-29T00:00:00.000Z"
	type world struct {
		*counter
		tuf      *tufrepo.Repository
		own, npm registryKey
		github   string
		flags    []string
	}
	for name, test := range map[string]struct {
		change func(*testing.T, *world)
		code   int
		says   []string // in stdout or stderr
	}{
		"as it is": {nil, 0, []string{"ok       registry-signature", "ok       provenance", "ok       publish", "skipped  stored"}},
		"by the identity": {func(_ *testing.T, w *world) {
			w.flags = []string{"-certificate-identity", "https://github.com/sigstore/sigstore-js/.github/workflows/publish.yml@refs/tags/v0.4.0",
				"-certificate-oidc-issuer", "https://token.actions.githubusercontent.com"}
		}, 0, nil},
		"nobody named": {func(_ *testing.T, w *world) { w.flags = nil }, 2, []string{
			"-certificate-identity https://github.com/sigstore/sigstore-js/.github/workflows/publish.yml@refs/tags/v0.4.0 " +
				"-certificate-oidc-issuer https://token.actions.githubusercontent.com"}},
		"of a fork": {func(_ *testing.T, w *world) { w.flags = []string{"-repository", "acme/sigstore-js", "-runner", "any"} }, 1,
			[]string{"FAILED   repository", "expected  https://github.com/acme/sigstore-js", "found     https://github.com/sigstore/sigstore-js"}},
		"unknown runner": {func(_ *testing.T, w *world) { w.flags = []string{"-repository", "sigstore/sigstore-js"} }, 1,
			[]string{"FAILED   runner", "expected  github-hosted"}},
		"another id": {func(_ *testing.T, w *world) { w.flags = append(good, "-repository-id", "7") }, 1, []string{"FAILED   repository-id"}},
		"other bytes": {func(_ *testing.T, w *world) { w.files[tarballPath] = append(w.files[tarballPath], 0) }, 1,
			[]string{"FAILED   integrity", "FAILED   subject"}},
		"unknown key": {func(t *testing.T, w *world) { w.keys(t, w.npm) }, 3, []string{"unknown  registry-key", "SHA256:own"}},
		"key ended before": {func(t *testing.T, w *world) {
			w.own.Expires = &before
			w.keys(t, w.own, w.npm)
		}, 1, []string{"FAILED   registry-key"}},
		"key ended after": {func(t *testing.T, w *world) {
			w.own.Expires, w.npm.Expires = &after, &after
			w.keys(t, w.own, w.npm)
		}, 0, nil},
		"no keys, no attestations": {func(_ *testing.T, w *world) {
			delete(w.files, keysPath)
			w.files[packumentPath] = []byte(strings.Replace(string(w.files[packumentPath]), `"attestations"`, `"x"`, 1))
			w.flags = nil
		}, 3, []string{"skipped  registry-signature", "the registry publishes no keys", "skipped  provenance", "unknown  vouched"}},
		"no keys for an attestation": {func(_ *testing.T, w *world) { delete(w.files, keysPath) }, 3, []string{"unknown  key"}},
		"attestations withheld": {func(_ *testing.T, w *world) { delete(w.files, attestationsPath) }, 1,
			[]string{"unknown  attestations", "FAILED   provenance"}},
		"no provenance": {func(_ *testing.T, w *world) {
			w.files[packumentPath] = []byte(strings.Replace(string(w.files[packumentPath]), `"attestations"`, `"x"`, 1))
		}, 1, []string{"FAILED   provenance"}},
		"one bad among good": {func(t *testing.T, w *world) {
			w.files[attestationsPath] = read(t, data, "pacote/invalid-attestations.json")
		}, 1,
			[]string{"attestation 2 (https://github.com/npm/attestation/tree/main/specs/publish/v0.1)\n  FAILED   bundle"}},
		"another package's": {func(t *testing.T, w *world) {
			w.files[attestationsPath] = read(t, data, "npm-cli/valid-sigstore-attestations.json")
		}, 1,
			[]string{"FAILED   subject"}},
		"no such version": {func(_ *testing.T, w *world) { w.files[packumentPath] = []byte(`{"name":"sigstore","versions":{}}`) }, 3,
			[]string{"the registry has no sigstore@0.4.0"}},
		"a page in its place": {func(_ *testing.T, w *world) { w.files[packumentPath] = []byte(`<html>`) }, 3, nil},
		"trust expired": {func(t *testing.T, w *world) {
			if err := w.tuf.Set(expired); err != nil {
				t.Fatal(err)
			}
		}, 3, []string{"expired"}},
		"trust unreachable": {func(_ *testing.T, w *world) { w.tuf.Close() }, 3, []string{"tuf"}},
		"trust unreachable, kept": {func(t *testing.T, w *world) {
			w.flags = append(good, "-cache", t.TempDir())
			if code, out := w.verify(w.tuf, github.URL, w.flags); code != 0 {
				t.Fatalf("exit %d\n%s", code, out)
			}
			w.tuf.Close()
		}, 0, nil},
		"store down, other bytes": {func(_ *testing.T, w *world) {
			w.files[tarballPath] = append(w.files[tarballPath], 0)
			w.github = "http://127.0.0.1:1"
		}, 1, []string{"FAILED   integrity", "unknown  stored"}},
		"store down": {func(_ *testing.T, w *world) { w.github = "http://127.0.0.1:1" }, 3, []string{"unknown  stored", "ok       provenance"}},
		"no summary": {func(_ *testing.T, w *world) { w.flags = append(good, "-max-age", "24h") }, 1, []string{"FAILED   vsa"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, own, npm := newCounter(t, data)
			tuf, err := tufrepo.Start(state)
			if err != nil {
				t.Fatal(err)
			}
			defer tuf.Close()
			w := &world{s, tuf, own, npm, github.URL, append([]string{}, good...)}
			if test.change != nil {
				test.change(t, w)
			}
			s.asked = nil
			code, out := w.verify(tuf, w.github, w.flags)
			if code != test.code {
				t.Errorf("exit %d, expected %d\n%s", code, test.code, out)
			}
			for _, want := range test.says {
				if !strings.Contains(out, want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			if len(s.asked) > 4 { // the repository's store is the fifth
				t.Errorf("%d requests: %q", len(s.asked), s.asked)
			}
		})
	}
}

// verify runs the command and returns what it said.
func (s *counter) verify(tuf *tufrepo.Repository, github string, flags []string) (code int, said string) {
	dir, err := os.MkdirTemp("", "verify")
	if err != nil {
		return -1, err.Error()
	}
	defer os.RemoveAll(dir)
	root := filepath.Join(dir, "root.json")
	if err := os.WriteFile(root, tuf.Root, 0o600); err != nil {
		return -1, err.Error()
	}
	args := append([]string{"verify", "-registry", s.URL, "-tuf-url", tuf.URL, "-tuf-root", root}, flags...)
	return runCLI(append(args, "sigstore@0.4.0"), "GITHUB_API_URL="+github)
}

// runCLI runs a command line in this process.
func runCLI(args []string, env ...string) (code int, said string) {
	var out bytes.Buffer
	var both sync.Mutex
	w := writerFunc(func(p []byte) (int, error) {
		both.Lock()
		defer both.Unlock()
		return out.Write(p)
	})
	code = cli.Main(context.Background(), cli.Process{Args: args, Env: env, Stdout: w, Stderr: w, Now: time.Now})
	return code, out.String()
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestVerifyFile verifies a real tarball offline, by npm's list, by JSON lines
// and by a copy of it with one byte changed.
func TestVerifyFile(t *testing.T) {
	data := os.Getenv("PUBLISHGATE_DATA")
	if data == "" {
		t.Skip("PUBLISHGATE_DATA is not set: no real data to test with")
	}
	data = filepath.Join(data, "sigstore")
	dir := t.TempDir()
	var list struct {
		Attestations []struct{ Bundle json.RawMessage }
	}
	if err := json.Unmarshal(read(t, data, "pacote/valid-attestations.json"), &list); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"one.jsonl":   append(bytes.Clone(list.Attestations[0].Bundle), '\n'),
		"large.json":  make([]byte, 32<<20+1),
		"publish":     list.Attestations[1].Bundle, // the registry's own, without provenance
		"changed.tgz": append(read(t, data, "tarballs/sigstore-0.4.0.tgz"), 0),
	}
	var lines bytes.Buffer
	for range 2 {
		if err := json.Compact(&lines, list.Attestations[0].Bundle); err != nil {
			t.Fatal(err)
		}
		lines.WriteByte('\n')
	}
	files["two.jsonl"] = lines.Bytes()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tarball, root := filepath.Join(data, "tarballs/sigstore-0.4.0.tgz"), filepath.Join(data, "root-signing/targets/trusted_root.json")
	who := []string{"-repository", "sigstore/sigstore-js", "-runner", "any"}
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"one":       {append([]string{"-bundle", filepath.Join(dir, "one.jsonl"), tarball}, who...), 0, "ok       subject"},
		"two lines": {append([]string{"-bundle", filepath.Join(dir, "two.jsonl"), tarball}, who...), 0, "(2 of 2)"},
		"npm's list": {append([]string{"-bundle", filepath.Join(data, "pacote/valid-attestations.json"),
			"-predicate-type", "https://slsa.dev/provenance/v0.2", tarball}, who...), 0, "ok       predicate-type"},
		"not in npm's list": {append([]string{"-bundle", filepath.Join(data, "pacote/valid-attestations.json"),
			"-predicate-type", "https://slsa.dev/provenance/v1", tarball}, who...), 1, "an attestation of https://slsa.dev/provenance/v1"},
		"larger than a bundle": {append([]string{"-bundle", filepath.Join(dir, "large.json"), tarball}, who...), 1,
			"it is larger than 32 MB"},
		"changed": {append([]string{"-bundle", filepath.Join(dir, "one.jsonl"), filepath.Join(dir, "changed.tgz")},
			who...), 1, "FAILED   subject"},
		"another": {[]string{"-bundle", filepath.Join(dir, "one.jsonl"), tarball, "-repository", "acme/sigstore-js",
			"-runner", "any"}, 1, "FAILED   repository"},
		"nobody named": {[]string{"-bundle", filepath.Join(dir, "one.jsonl"), tarball}, 2,
			"-certificate-identity https://github.com/sigstore/sigstore-js/.github/workflows/publish.yml@refs/tags/v0.4.0"},
		"a pattern": {[]string{"-bundle", filepath.Join(dir, "one.jsonl"), tarball, "-certificate-identity-regexp",
			"^https://github.com/sigstore/"}, 2,
			"-certificate-identity https://github.com/sigstore/sigstore-js/.github/workflows/publish.yml@refs/tags/v0.4.0"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out := runCLI(append([]string{"verify", "-offline", "-trusted-root", root}, test.args...))
			if code != test.code || !strings.Contains(out, test.says) {
				t.Errorf("exit %d, expected %d with %q\n%s", code, test.code, test.says, out)
			}
		})
	}
}

// TestVerifyRegistryOnly verifies a file by npm's attestation of its publish.
// npm's key signs it, so that it does not stand for whom the flags name.
func TestVerifyRegistryOnly(t *testing.T) {
	data := os.Getenv("PUBLISHGATE_DATA")
	if data == "" {
		t.Skip("PUBLISHGATE_DATA is not set: no real data to test with")
	}
	data = filepath.Join(data, "sigstore")
	const keys = "registry.npmjs.org/keys.json"
	tuf, err := tufrepo.Start(tufrepo.State{Targets: map[string][]byte{
		"trusted_root.json": read(t, data, "root-signing/targets/trusted_root.json"), keys: read(t, data, "root-signing/targets/"+keys)}})
	if err != nil {
		t.Fatal(err)
	}
	defer tuf.Close()
	var list struct{ Attestations []json.RawMessage }
	all := read(t, data, "pacote/valid-attestations.json")
	if err := json.Unmarshal(all, &list); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	root, file := filepath.Join(dir, "root.json"), filepath.Join(dir, "list.json")
	if err := os.WriteFile(root, tuf.Root, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		list  []byte
		flags []string
		code  int
		says  string
	}{
		"both":         {all, nil, 0, "ok       repository"},
		"publish only": {fmt.Appendf(nil, `{"attestations":[%s]}`, list.Attestations[1]), nil, 1, "FAILED   signer"},
		"no summary":   {all, []string{"-max-age", "24h"}, 1, "FAILED   vsa"},
	} {
		if err := os.WriteFile(file, test.list, 0o600); err != nil {
			t.Fatal(err)
		}
		code, said := runCLI(append([]string{"verify", "-tuf-url", tuf.URL, "-tuf-root", root, "-bundle", file,
			"-repository", "sigstore/sigstore-js", "-runner", "any", filepath.Join(data, "tarballs/sigstore-0.4.0.tgz")}, test.flags...))
		if code != test.code || !strings.Contains(said, test.says) {
			t.Errorf("%s: exit %d, expected %d and %q\n%s", name, code, test.code, test.says, said)
		}
	}
}
