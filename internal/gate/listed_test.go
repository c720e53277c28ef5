package gate

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/web"
)

// TestListedByRegistry: what one registry says of a version counts for no copy of
// the same name and version from another one, in memory, for the base commit and
// between runs.
func TestListedByRegistry(t *testing.T) {
	of := func(year int) *httptest.Server {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"name":"left","versions":{"1.0.0":{"name":"left","version":"1.0.0","dist":{"integrity":"sha512-x",
				"signatures":[{"keyid":"a","sig":"b"}]}}},"time":{"1.0.0":"%d-01-01T00:00:00.000Z"}}`, year)
		}))
		t.Cleanup(s.Close)
		return s
	}
	public, own := of(2020), of(2024)
	locked := func(resolved string) *npm.Package {
		return &npm.Package{Name: "left", Version: "1.0.0", Source: npm.SourceRegistry, Resolved: resolved, Integrity: "sha512-x",
			Location: resolved, Scope: npm.Prod}
	}
	here, elsewhere := locked("https://registry.npmjs.org/left/-/left-1.0.0.tgz"), locked("https://npm.example.org/left/-/left-1.0.0.tgz")
	transport := web.NewTransport(web.TransportOptions{})
	defer transport.CloseIdleConnections()
	cache := filepath.Join(t.TempDir(), "cache")
	read := func(registry string, scopes advisory.Scopes, there check.Listings, copies ...*npm.Package) listed {
		t.Helper()
		root := &npm.Package{Name: "demo", Version: "1.0.0"}
		for _, p := range copies {
			root.Deps = append(root.Deps, npm.Edge{Name: p.Name, Range: "^1.0.0", To: p, Valid: true})
		}
		g := &npm.Graph{Root: root, Packages: append([]*npm.Package{root}, copies...)}
		n := Net{Registry: registry + "/", Transport: transport, Now: time.Now, Cache: cache}
		look, err := newLookup(n, scopes, g)
		if err != nil {
			t.Fatal(err)
		}
		defer look.close()
		s := &check.Subject{Graph: g, Policy: &policy.Effective{}}
		s.Policy.Dependencies.MinReleaseAge = time.Hour
		l, err := readListed(t.Context(), inquiry{Net: n, graph: g, lookup: look}, s, there)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for _, copies := range [][]*npm.Package{{here, elsewhere}, {elsewhere, here}} {
		l := read(public.URL, nil, check.Listings{}, copies...)
		if _, asked := l.Of[elsewhere]; asked || l.Of[here].Published.Year() != 2020 || len(l.not) != 1 {
			t.Errorf("%v: %+v, %+v", slices.Index(copies, here), l.Of, l.not)
		}
	}
	before := read(public.URL, nil, check.Listings{}, here)
	// Now the name is that of another registry; what is kept is of the public one.
	for _, there := range []check.Listings{{}, before.Listings} {
		l := read(own.URL, nil, there, here)
		if l.Of[here].Published.Year() != 2024 {
			t.Errorf("the public package's answer counts for the private one: %+v", l.Of)
		}
		if l = read(public.URL, nil, l.Listings, here); l.Of[here].Published.Year() != 2020 {
			t.Errorf("the private package's answer counts for the public one: %+v", l.Of)
		}
	}
}
