package advisory

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// bulkServer answers the bulk endpoint and keeps the names it was asked about.
type bulkServer struct {
	answer string
	status int // of every answer; 0: 200
	mu     sync.Mutex
	names  []string
	tokens []string
}

func (b *bulkServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = append(b.tokens, r.Header.Get("Authorization"))
	var query map[string][]string
	if z, err := gzip.NewReader(r.Body); err == nil {
		_ = json.NewDecoder(z).Decode(&query)
	}
	for name := range query {
		b.names = append(b.names, name)
	}
	slices.Sort(b.names)
	if b.status != 0 {
		w.WriteHeader(b.status)
		return
	}
	asJSON(w, "{"+b.answer+"}")
}

// What a scope's own registry is asked is told to nobody else: not to the
// common registry, not to OSV. Each of the two has a say in its own packages
// alone.
func TestScopesHaveTheirOwnRegistry(t *testing.T) {
	entry := func(name, teller string) string {
		return `,"` + name + `":[{"id":5,"url":"https://github.com/advisories/GHSA-` + strings.ReplaceAll(strings.Trim(name,
			"@"), "/", "-") + teller + `","severity":"high","vulnerable_versions":"*"}]`
	}
	common := &bulkServer{answer: canaryBulk + entry("open", "") + entry("@acme/a", "-common")}
	own := &bulkServer{answer: canaryBulk + entry("open", "-own") + entry("@acme/a", "")}
	npm := &NPM{Registry: serve(t, common.ServeHTTP), Web: testWeb(t, nil)}
	npm.Scopes = Scopes{"@acme": serve(t, own.ServeHTTP) + "/npm/", "@corp": serve(t, own.ServeHTTP)}
	g := graph("@acme/a@1.0.0", "@acme/b@1.0.0", "@other/x@1.0.0", "open@1.0.0")

	matches, _, err := Look(t.Context(), []Source{npm}, g, true)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"@other/x", "minimist", "open"}; !reflect.DeepEqual(common.names, want) {
		t.Errorf("the common registry was asked about %q, want %q", common.names, want)
	}
	if want := []string{"@acme/a", "@acme/b", "minimist"}; !reflect.DeepEqual(own.names, want) {
		t.Errorf("the scope's registry was asked about %q, want %q", own.names, want)
	}
	if want := []string{"@acme/a@1.0.0 GHSA-acme-a high  npm", "open@1.0.0 GHSA-open high  npm"}; !reflect.DeepEqual(brief(matches), want) {
		t.Errorf("got %q, want %q", brief(matches), want)
	}

	// OSV is complete without them, and says so; nobody is asked in their place.
	f := newFakeOSV()
	osv := &OSV{Base: serve(t, f.ServeHTTP) + "/api", Web: testWeb(t, nil), Scopes: npm.Scopes}
	_, statuses, err := Look(t.Context(), []Source{npm, osv}, g, true)
	if err != nil || !reflect.DeepEqual(statuses[1].Unasked, []string{"@acme/a", "@acme/b"}) || f.queries.Load() != 1+2+1 {
		t.Errorf("%+v after %d queries, %v", statuses, f.queries.Load(), err)
	}

	// Their registry is down: OSV cannot stand in for what it was not told.
	own.status = 404
	_, statuses, err = Look(t.Context(), []Source{npm, osv}, g, false)
	if err == nil || !strings.Contains(err.Error(), "the registry of @acme: HTTP 404") {
		t.Errorf("the scope's registry is down: %v", err)
	}
	if statuses[0].Error == "" || statuses[1].Error != "" {
		t.Errorf("%+v", statuses)
	}
	// It can for a tree without them, which that registry is not asked about.
	own.names = nil
	if _, _, err = Look(t.Context(), []Source{npm}, graph("open@1.0.0"), true); err != nil || own.names != nil {
		t.Errorf("not needed: asked %q, %v", own.names, err)
	}
	// Nobody is down, and yet nobody was asked: the caller must say so.
	_, statuses, err = Look(t.Context(), []Source{osv}, g, false)
	if want := []string{"@acme/a", "@acme/b"}; err != nil || !reflect.DeepEqual(Unasked(statuses), want) {
		t.Errorf("osv alone: %v, %v", Unasked(statuses), err)
	}
	// A file was asked about everything, and a complete one counts; the
	// snapshot, which is partial, does not beside a complete one.
	file := told{name: "file:x"}
	if _, _, err = Look(t.Context(), []Source{osv, npm, file}, g, false); err != nil {
		t.Errorf("a complete file: %v", err)
	}
	part := told{name: "snapshot", status: Status{Partial: true}}
	if _, _, err = Look(t.Context(), []Source{osv, npm, part}, g, false); err == nil {
		t.Error("a partial source stood in for the scope's registry")
	}
}

// A scope whose registry knows no advisories is told to nobody.
func TestScopeWithoutAdvisories(t *testing.T) {
	all := &bulkServer{answer: canaryBulk}
	npm := &NPM{Registry: serve(t, all.ServeHTTP), Web: testWeb(t, nil), Scopes: Scopes{"@acme": ""}}
	_, statuses, err := Look(t.Context(), []Source{npm}, graph("@acme/a@1.0.0", "open@1.0.0"), true)
	if err != nil || !reflect.DeepEqual(Unasked(statuses), []string{"@acme/a"}) ||
		!reflect.DeepEqual(all.names, []string{"minimist", "open"}) {
		t.Errorf("asked about %q; %+v, %v", all.names, statuses, err)
	}
	file := told{name: "file:x"} // which is asked about everything
	if _, statuses, err = Look(t.Context(), []Source{npm, file}, graph("@acme/a@1.0.0"), true); err != nil || len(Unasked(statuses)) != 0 {
		t.Errorf("with a file: %+v, %v", statuses, err)
	}
}

// A scope whose registry is the common one is asked there, once.
func TestScopeWithTheCommonRegistry(t *testing.T) {
	all := &bulkServer{answer: canaryBulk}
	url := serve(t, all.ServeHTTP)
	npm := &NPM{Registry: url + "/", Web: testWeb(t, nil), Scopes: Scopes{"@acme": url}}
	_, _, err := npm.Answer(t.Context(), Ask(graph("@acme/a@1.0.0", "open@1.0.0")))
	if want := []string{"@acme/a", "minimist", "open"}; err != nil || !reflect.DeepEqual(all.names, want) {
		t.Errorf("asked about %q, %v", all.names, err)
	}
}

// The canary is demanded of every registry.
func TestScopeRegistryWithoutCanary(t *testing.T) {
	common, own := &bulkServer{answer: canaryBulk}, &bulkServer{answer: ""}
	npm := &NPM{Registry: serve(t, common.ServeHTTP), Web: testWeb(t, nil), Scopes: Scopes{"@acme": serve(t, own.ServeHTTP)}}
	_, _, err := npm.Answer(t.Context(), Ask(graph("@acme/a@1.0.0")))
	if err == nil || !strings.Contains(err.Error(), "the registry of @acme") || !strings.Contains(err.Error(), CanaryID) {
		t.Errorf("got %v", err)
	}
}

// An advisory database that says who asked is not lied to.
func TestUserAgent(t *testing.T) {
	agent := ""
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		agent = r.Header.Get("User-Agent")
		_, _ = io.Copy(io.Discard, r.Body)
		asJSON(w, "{"+canaryBulk+"}")
	})
	web := testWeb(t, nil)
	web.Agent = "publishgate/1"
	if _, _, err := (&NPM{Registry: url, Web: web}).Answer(t.Context(), nil); err != nil || agent != "publishgate/1" {
		t.Errorf("%q, %v", agent, err)
	}
}

// A registry is told of what came from it or from the public one, and of no
// scope that has another.
func TestScopesMay(t *testing.T) {
	const mine = "https://npm.example.com/"
	g := &npm.Graph{Packages: []*npm.Package{
		{Name: "public", Resolved: npm.PublicRegistry + "public/-/public-1.0.0.tgz"},
		{Name: "mine", Resolved: mine + "mine/-/mine-1.0.0.tgz"},
		{Name: "theirs", Resolved: "https://npm.other.example/theirs/-/theirs-1.0.0.tgz"},
		{Name: "twice", Resolved: mine + "twice/-/twice-1.0.0.tgz"},
		{Name: "twice", Resolved: "https://npm.other.example/twice/-/twice-2.0.0.tgz"},
		{Name: "unsaid"}, {Name: "@acme/a"}, {Name: "@mine/a"},
	}}
	scopes := Scopes{"@acme": "https://npm.acme.example/", "@mine": mine}
	got := scopes.May(mine, g, []string{"public", "mine", "theirs", "twice", "unsaid", "@acme/a", "@mine/a"})
	if want := []string{"public", "mine", "unsaid", "@mine/a"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
