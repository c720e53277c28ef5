package main

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/testserver/away"
	"github.com/publishgate/publishgate/internal/testserver/osv"
)

// An onlineWorld is a package with many dependencies, and the servers that are
// asked about them: a registry that has every locked version and later ones, and
// signs them, and an OSV API with an advisory for every fortieth package.
type onlineWorld struct {
	*away.Way
	dir, registry, osv string
	ca                 string // file

	key              *ecdsa.PrivateKey
	keyID, publicKey string
	locked           map[string][]string // by name, in order
	bad              map[string]string   // advisories, by id
	about            map[string]string   // their ids, by package

	previous []byte // the tarball of the release before
	before   string // the same, as a file

	mu        sync.Mutex
	documents map[string][]byte // by path
}

// every is of how many packages one has an advisory.
const onlineEvery = 40

// newOnlineWorld writes a package with n dependencies, unless dir has one, and
// starts the servers.
func newOnlineWorld(t *testing.T, way *away.Way, n int, dir string) *onlineWorld {
	w := &onlineWorld{Way: way, dir: dir, locked: map[string][]string{}, bad: map[string]string{}, about: map[string]string{},
		documents: map[string][]byte{}}
	var err error
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&w.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	w.keyID, w.publicKey = "SHA256:"+base64.StdEncoding.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(der)
	if w.dir == "" {
		w.dir = t.TempDir()
		writeOnline(t, w.dir, n)
	}
	w.readLock(t)
	before := t.TempDir()
	if err := os.WriteFile(filepath.Join(before, "package.json"), []byte(`{"name": "widget", "version": "1.2.2"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	if code := cli.Main(t.Context(), cli.Process{Args: []string{"pack", "-o", "-", before}, Stdout: &packed, Stderr: io.Discard,
		Now: time.Now}); code != 0 {
		t.Fatal("cannot pack")
	}
	w.previous, w.before = packed.Bytes(), filepath.Join(t.TempDir(), "widget-1.2.2.tgz")
	if err := os.WriteFile(w.before, w.previous, 0o644); err != nil {
		t.Fatal(err)
	}
	w.registry = w.Serve(t, "registry", http.HandlerFunc(w.npm)) + "/"
	w.osv = w.Serve(t, "osv", http.HandlerFunc(w.advisories))
	if !w.Plain {
		w.ca = filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(w.ca, w.CA(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// writeOnline writes a package with n dependencies.
func writeOnline(t *testing.T, dir string, n int) {
	asks, packages := map[string]string{}, map[string]any{}
	const direct = 12 // the others are asked for by others
	for i := range n {
		name, more := fmt.Sprintf("dep-%d", i), map[string]string{}
		if i < direct {
			asks[name] = "^1.0.0"
		}
		for j := direct + 3*i; j < min(n, direct+3*i+3); j++ {
			more[fmt.Sprintf("dep-%d", j)] = "^1.0.0"
		}
		p := locked(name, "1.0.0", more)
		p["integrity"], p["license"] = integrityOf(name, "1.0.0"), "MIT"
		if i%10 == 0 {
			delete(p, "license")
		}
		packages["node_modules/"+name] = p
	}
	m := map[string]any{"name": "widget", "version": "1.2.3", "license": "MIT", "dependencies": asks}
	packages[""] = m
	for file, doc := range map[string]any{"package.json": m, "package-lock.json": map[string]any{"name": "widget", "version": "1.2.3",
		"lockfileVersion": 3, "packages": packages}} {
		data, err := json.Marshal(doc)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, file), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func integrityOf(name, version string) string {
	sum := sha512.Sum512([]byte(name + "@" + version))
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

// readLock reads what the servers have to know.
func (w *onlineWorld) readLock(t *testing.T) {
	var lock struct {
		Packages map[string]struct{ Name, Version, Resolved string }
	}
	if err := json.Unmarshal(read(t, w.dir, "package-lock.json"), &lock); err != nil {
		t.Fatal(err)
	}
	for at, p := range lock.Packages {
		name := p.Name
		if i := strings.LastIndex(at, "node_modules/"); name == "" && i >= 0 {
			name = at[i+len("node_modules/"):]
		}
		if p.Version != "" && strings.HasPrefix(p.Resolved, "http") && !slices.Contains(w.locked[name], p.Version) {
			w.locked[name] = append(w.locked[name], p.Version)
		}
	}
	at := 0
	for _, name := range sortedKeys(w.locked) {
		if at++; at%onlineEvery == 1 {
			id := fmt.Sprintf("GHSA-aaaa-bbbb-%04d", at)
			w.about[name] = id
			w.bad[id] = fmt.Sprintf(`{"schema_version": "1.6.0", "id": %q, "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z",
"database_specific": {"severity": "MODERATE"}, "affected": [{"package": {"ecosystem": "npm", "name": %q}, "ranges": [{"type": "SEMVER",
"events": [{"introduced": "0"}, {"fixed": %q}]}]}]}`, id, name, next(w.locked[name]))
		}
	}
}

// next returns a version after all of these.
func next(versions []string) string {
	var last npm.Version
	for _, text := range versions {
		if v, err := npm.ParseVersion(text); err == nil && v.Compare(last) > 0 {
			last = v
		}
	}
	return fmt.Sprintf("%d.%d.%d", last.Major, last.Minor, last.Patch+1)
}

func sortedKeys(of map[string][]string) (keys []string) {
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

const canaryID = "GHSA-vh95-rmgr-6w4m"

// npm answers as a registry.
func (w *onlineWorld) npm(to http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		w.bulk(to, r)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	path := r.URL.EscapedPath()
	if w.documents[path] == nil {
		w.documents[path] = w.document(path)
	}
	to.Header().Set("Content-Type", "application/json")
	if len(w.documents[path]) == 0 {
		to.WriteHeader(http.StatusNotFound)
	}
	_, _ = to.Write(w.documents[path])
}

// bulk answers what npm audit asks.
func (w *onlineWorld) bulk(to http.ResponseWriter, r *http.Request) {
	asked := map[string][]string{}
	if z, err := gzip.NewReader(r.Body); err == nil {
		_ = json.NewDecoder(z).Decode(&asked)
	}
	answer := map[string]any{"minimist": []any{map[string]any{"id": 1179, "url": "https://github.com/advisories/" + canaryID,
		"title": "Prototype Pollution in minimist", "severity": "moderate", "vulnerable_versions": "<0.2.1 || >=1.0.0 <1.2.3"}}}
	for name := range asked {
		if id := w.about[name]; id != "" && name != "minimist" {
			answer[name] = []any{map[string]any{"id": len(answer), "url": "https://github.com/advisories/" + id, "title": "Bad",
				"severity": "moderate", "vulnerable_versions": "<" + next(w.locked[name])}}
		}
	}
	to.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(to).Encode(answer)
}

func (w *onlineWorld) document(path string) []byte {
	var doc any
	first, version, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	name, _ := url.PathUnescape(first)
	switch {
	case path == "/-/npm/v1/keys":
		doc = map[string]any{"keys": []any{map[string]any{"expires": nil, "keyid": w.keyID, "keytype": "ecdsa-sha2-nistp256",
			"scheme": "ecdsa-sha2-nistp256", "key": w.publicKey}}}
	case name == "widget" && version == "-/x.tgz":
		return w.previous
	case name == "widget":
		doc = w.own()
	case w.locked[name] == nil:
		return []byte{}
	case version != "":
		doc = w.manifest(name, version)
	default:
		versions, times := map[string]any{}, map[string]string{}
		for _, v := range append(slices.Clone(w.locked[name]), next(w.locked[name])) {
			versions[v], times[v] = w.manifest(name, v), "2025-01-01T00:00:00.000Z"
		}
		doc = map[string]any{"name": name, "versions": versions, "time": times,
			"dist-tags": map[string]string{"latest": next(w.locked[name])}}
	}
	text, _ := json.Marshal(doc)
	return text
}

// own is what the registry has of the package that is judged: the release before.
func (w *onlineWorld) own() map[string]any {
	sum, short := sha512.Sum512(w.previous), sha1.Sum(w.previous)
	return map[string]any{"name": "widget", "dist-tags": map[string]string{"latest": "1.2.2"},
		"maintainers": []any{map[string]string{"name": "ann"}},
		"time":        map[string]string{"1.2.2": "2025-01-01T00:00:00.000Z"}, "versions": map[string]any{"1.2.2": map[string]any{
			"name": "widget", "version": "1.2.2", "dist": map[string]any{"integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum[:]),
				"shasum": hex.EncodeToString(short[:]), "tarball": w.registry + "widget/-/x.tgz"}}}}
}

func (w *onlineWorld) manifest(name, version string) map[string]any {
	integrity := integrityOf(name, version)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s@%s:%s", name, version, integrity))
	sig, _ := ecdsa.SignASN1(rand.Reader, w.key, sum[:])
	return map[string]any{"name": name, "version": version, "license": "MIT", "_npmUser": map[string]string{"name": "ann"},
		"maintainers": []any{map[string]string{"name": "ann"}}, "description": strings.Repeat("What it is for. ", 20), "dist": map[string]any{
			"integrity": integrity, "tarball": w.registry + name + "/-/x.tgz",
			"signatures": []any{map[string]string{"keyid": w.keyID, "sig": base64.StdEncoding.EncodeToString(sig)}}}}
}

// advisories answers as the OSV API.
func (w *onlineWorld) advisories(to http.ResponseWriter, r *http.Request) {
	to.Header().Set("Content-Type", "application/json")
	if id, details := strings.CutPrefix(r.URL.Path, "/v1/vulns/"); details {
		text := w.bad[id]
		if text == "" {
			text = osv.Canary
		}
		_, _ = to.Write([]byte(text))
		return
	}
	var asked struct {
		Queries []struct {
			Package struct{ Name string }
			Version string
		}
	}
	_ = json.NewDecoder(r.Body).Decode(&asked)
	results := make([]map[string]any, len(asked.Queries))
	for i, q := range asked.Queries {
		id := w.about[q.Package.Name]
		canary := q.Package.Name == "minimist" && q.Version == "0.0.8"
		if canary {
			id = canaryID
		}
		results[i] = map[string]any{}
		if id != "" && (canary || q.Version == "" || slices.Contains(w.locked[q.Package.Name], q.Version)) {
			results[i]["vulns"] = []any{map[string]string{"id": id}}
		}
	}
	_ = json.NewEncoder(to).Encode(map[string]any{"results": results})
}
