package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/publishgate/publishgate/internal/lockfile"
	"github.com/publishgate/publishgate/internal/npm"
)

// A signedFront is a registry of the versions that one project has.
type signedFront struct {
	URL       string // with its last slash
	installed []*signedVersion
	keys      []map[string]any
	key       *ecdsa.PrivateKey
	requests  atomic.Int64
}

// A signedVersion is one of them, with what the registry says of it.
type signedVersion struct {
	name, version, integrity string
	locked                   string           // the checksum in the lockfile; "": the same
	published                string           // RFC 3339; "": it does not say
	signatures               []map[string]any // dist.signatures
	attestations             json.RawMessage  // its list
	others                   map[string]any   // earlier versions, as the packument has them
}

// own is the id of the front's own key.
const own = "SHA256:own"

// startFront starts a front with a key of its own, which is in use until expires;
// "": it has no end.
func startFront(t *testing.T, expires string) *signedFront {
	t.Helper()
	f := &signedFront{}
	var err error
	if f.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&f.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	var end any
	if expires != "" {
		end = expires
	}
	f.addKey(own, base64.StdEncoding.EncodeToString(der), end)
	server := httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(server.Close)
	f.URL = server.URL + "/"
	return f
}

func (f *signedFront) addKey(id, key string, expires any) {
	f.keys = append(f.keys, map[string]any{"keyid": id, "key": key, "expires": expires, "keytype": "ecdsa-sha2-nistp256",
		"scheme": "ecdsa-sha2-nistp256"})
}

func (f *signedFront) serve(w http.ResponseWriter, r *http.Request) {
	f.requests.Add(1)
	path, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/"))
	about, attestations := strings.CutPrefix(path, "-/npm/v1/attestations/")
	var answer any
	for _, p := range f.installed {
		switch {
		case err != nil:
		case path == p.name:
			answer = f.packument(p)
		case attestations && about == p.name+"@"+p.version && p.attestations != nil:
			answer = p.attestations
		}
	}
	if path == "-/npm/v1/keys" && len(f.keys) > 0 {
		answer = map[string]any{"keys": f.keys}
	}
	w.Header().Set("Content-Type", "application/json")
	if answer == nil {
		w.WriteHeader(http.StatusNotFound)
		answer = map[string]any{"error": "not found"}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (f *signedFront) packument(p *signedVersion) map[string]any {
	dist := map[string]any{"integrity": p.integrity, "tarball": f.URL + p.name + "/-/x-" + p.version + ".tgz"}
	if p.signatures != nil {
		dist["signatures"] = p.signatures
	}
	if p.attestations != nil {
		dist["attestations"] = map[string]any{"url": f.URL + "-/npm/v1/attestations/" + url.PathEscape(p.name) + "@" + p.version,
			"provenance": map[string]any{"predicateType": "https://slsa.dev/provenance/v1"}}
	}
	times, versions := map[string]any{}, map[string]any{p.version: map[string]any{"name": p.name, "version": p.version, "dist": dist}}
	if p.published != "" {
		times[p.version] = p.published
	}
	for version, manifest := range p.others {
		versions[version], times[version] = manifest, "2023-06-01T00:00:00.000Z"
	}
	return map[string]any{"name": p.name, "dist-tags": map[string]any{"latest": p.version}, "versions": versions, "time": times}
}

// sign signs a version as another of that name.
func (f *signedFront) sign(t *testing.T, p *signedVersion, version string) {
	t.Helper()
	sum := sha256.Sum256([]byte(p.name + "@" + version + ":" + p.integrity))
	sig, err := ecdsa.SignASN1(rand.Reader, f.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	p.signatures = []map[string]any{{"keyid": own, "sig": base64.StdEncoding.EncodeToString(sig)}}
}

// have adds some packages that a real lockfile of the test data locks, one version
// of each, and signs them.
func (f *signedFront) have(t *testing.T, w *signatureAudit, lock string) {
	t.Helper()
	const most = 15
	dir := filepath.Join(w.data, "projects", filepath.Dir(lock))
	data, err := os.ReadFile(filepath.Join(dir, filepath.Base(lock)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := npm.ParseManifest(text, "package.json")
	if err != nil {
		t.Fatal(err)
	}
	g, err := lockfile.Parse(data, filepath.Base(lock), manifest)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(g.Packages, func(a, b *npm.Package) int { return strings.Compare(a.ID(), b.ID()) })
	for _, p := range g.Packages {
		n := len(f.installed)
		if p.Source != npm.SourceRegistry || !strings.HasPrefix(p.Integrity, "sha512-") || n > 0 && f.installed[n-1].name == p.Name {
			continue
		}
		v := &signedVersion{name: p.Name, version: p.Version, integrity: p.Integrity, published: "2024-01-01T00:00:00.000Z"}
		f.sign(t, v, v.version)
		if f.installed = append(f.installed, v); len(f.installed) == most {
			break
		}
	}
	if len(f.installed) < most {
		t.Fatalf("%s has %d packages", lock, len(f.installed))
	}
}

// readSigstore reads a file of the test data about Sigstore.
func (w *signatureAudit) readSigstore(t *testing.T, file string, to any) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(w.data, "sigstore", file))
	if err == nil && to != nil {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		t.Fatal(file, err)
	}
	return data
}

// haveKeys adds the keys of the public registry.
func (f *signedFront) haveKeys(t *testing.T, w *signatureAudit) {
	t.Helper()
	var keys struct {
		Keys []struct {
			KeyID, KeyUsage string
			PublicKey       struct {
				RawBytes string
				ValidFor struct{ End *string }
			}
		}
	}
	w.readSigstore(t, "root-signing/targets/registry.npmjs.org/keys.json", &keys)
	for _, k := range keys.Keys {
		if k.KeyUsage == "npm:signatures" {
			var end any
			if k.PublicKey.ValidFor.End != nil {
				end = *k.PublicKey.ValidFor.End
			}
			f.addKey(k.KeyID, k.PublicKey.RawBytes, end)
		}
	}
}

// haveReal adds one version of each package whose real signature the test data has.
func (f *signedFront) haveReal(t *testing.T, w *signatureAudit) {
	t.Helper()
	f.haveKeys(t, w)
	var list []struct {
		Name, Version, Integrity, Time string
		Signatures                     []map[string]any
	}
	w.readSigstore(t, "registry-signatures.json", &list)
	for _, e := range list {
		f.installed = slices.DeleteFunc(f.installed, func(p *signedVersion) bool { return p.name == e.Name })
		at := e.Time
		if at == "" {
			at = "2023-01-01T00:00:00.000Z"
		}
		f.installed = append(f.installed, &signedVersion{name: e.Name, version: e.Version, integrity: e.Integrity, published: at,
			signatures: e.Signatures})
	}
	if len(f.installed) < 10 {
		t.Fatalf("%d packages", len(f.installed))
	}
}

// attested adds the real sigstore of a version, with attestations of the test data.
func (f *signedFront) attested(t *testing.T, w *signatureAudit, version, tarball, attestations string) {
	t.Helper()
	f.haveKeys(t, w)
	sum := sha512.Sum512(w.readSigstore(t, "tarballs/"+tarball, nil))
	p := &signedVersion{name: "sigstore", version: version, integrity: "sha512-" + base64.StdEncoding.EncodeToString(sum[:]),
		published: "2023-01-12T00:00:00.000Z", attestations: w.readSigstore(t, attestations, nil)}
	f.sign(t, p, version)
	f.installed = append(slices.DeleteFunc(f.installed, func(p *signedVersion) bool { return p.name == "sigstore" }), p)
}
