package gate

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/web"
)

// A signingFront is a registry of many packages, one version each, that it signs.
type signingFront struct {
	*httptest.Server
	requests atomic.Int64
	wrong    string // the package whose signature is another's
}

// startSigning starts a front of n packages, p0 and so on, that waits before each
// answer.
func startSigning(tb testing.TB, n int, latency time.Duration) (*signingFront, *npm.Graph) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		tb.Fatal(err)
	}
	sign := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		if err != nil {
			tb.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(sig)
	}
	f := &signingFront{}
	packuments := map[string]string{"/-/npm/v1/keys": fmt.Sprintf(`{"keys":[{"keyid":"k","expires":null,"key":%q}]}`,
		base64.StdEncoding.EncodeToString(spki))}
	root := &npm.Package{Name: "app", Version: "1.0.0", Source: npm.SourceLocal, Scope: npm.Prod}
	g := &npm.Graph{Manager: "npm", Lockfile: "package-lock.json", Version: "3", Root: root, Packages: []*npm.Package{root}}
	for i := range n {
		name := fmt.Sprintf("p%d", i)
		sum := sha512.Sum512([]byte(name))
		integrity := "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
		packuments["/"+name] = fmt.Sprintf(`{"name":%q,"versions":{"1.0.0":{"name":%q,"version":"1.0.0","readme":%q,"dist":{
			"integrity":%q,"signatures":[{"keyid":"k","sig":%q}]}}},"time":{"1.0.0":"2026-01-01T00:00:00Z"}}`, name, name,
			strings.Repeat("words ", 1000), integrity, sign(name+"@1.0.0:"+integrity))
		g.Packages = append(g.Packages, &npm.Package{Name: name, Version: "1.0.0", Source: npm.SourceRegistry, Scope: npm.Prod,
			Integrity: integrity, Location: "node_modules/" + name})
	}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.requests.Add(1)
		time.Sleep(latency)
		text, path := packuments[r.URL.Path], r.URL.Path
		if path == "/"+f.wrong {
			text = strings.Replace(text, sigOf(text), sigOf(packuments["/p0"]), 1)
		}
		_, _ = w.Write([]byte(text))
	}))
	tb.Cleanup(f.Close)
	return f, g
}

func sigOf(packument string) string {
	_, rest, _ := strings.Cut(packument, `"sig":"`)
	sig, _, _ := strings.Cut(rest, `"`)
	return sig
}

// seal looks up all signatures once.
func (f *signingFront) seal(tb testing.TB, g *npm.Graph, cache string) map[*npm.Package]check.Seal {
	tb.Helper()
	transport := web.NewTransport(web.TransportOptions{})
	defer transport.CloseIdleConnections()
	s := &check.Subject{Graph: g, Policy: &policy.Effective{}}
	s.Policy.Dependencies.Signatures = policy.Required
	n := Net{Registry: f.URL + "/", Transport: transport, Now: time.Now, Cache: cache}
	lookup, err := newLookup(n, nil, g)
	if err != nil {
		tb.Fatal(err)
	}
	defer lookup.close()
	seals, err := readSignatures(context.Background(), inquiry{Net: n, graph: g, lookup: lookup}, newTrustBase(n, Sigstore{}, lookup), s)
	if err != nil {
		tb.Fatal(err)
	}
	return seals
}

// TestOneWrongSignature: of many packages the one whose signature is another's is
// found, and no other; each is asked for once, and then never again if it was good.
func TestOneWrongSignature(t *testing.T) {
	f, g := startSigning(t, 60, 0)
	f.wrong = "p31"
	cache := filepath.Join(t.TempDir(), "cache")
	for pass, requests := range []int64{61, 63} { // then the keys, and the one that does not hold: what is kept is verified again
		for p, seal := range f.seal(t, g, cache) {
			want := check.SealVerified
			if p.Name == f.wrong {
				want = check.SealInvalid
			}
			if seal.State != want {
				t.Errorf("pass %d: %s: %+v", pass, p.Name, seal)
			}
		}
		if got := f.requests.Load(); got != requests {
			t.Errorf("pass %d: %d requests, expected %d", pass, got, requests)
		}
	}
}

// BenchmarkSignatures looks up 2,500 packages at a registry that answers after
// 20 ms, for the first time and again.
func BenchmarkSignatures(b *testing.B) {
	f, g := startSigning(b, 2500, 20*time.Millisecond)
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			f.seal(b, g, "")
		}
	})
	b.Run("warm", func(b *testing.B) {
		cache := filepath.Join(b.TempDir(), "cache")
		f.seal(b, g, cache)
		for b.Loop() {
			f.seal(b, g, cache)
		}
	})
}
