// Package osv is an OSV API on loopback for tests: it answers querybatch and
// details from documents it is given, one advisory a page, records what it was
// asked, and fails in the ways real servers fail when told to. It is imported
// by tests only.
package osv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// Canary is the record that every complete source has, cut to its facts (GitHub
// Advisory Database, CC-BY-4.0).
const Canary = `{"id":"GHSA-vh95-rmgr-6w4m","modified":"2023-09-13T21:44:41Z","published":"2020-04-03T21:48:32Z",` +
	`"aliases":["CVE-2020-7598"],` +
	`"affected":[{"package":{"ecosystem":"npm","name":"minimist"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},` +
	`{"fixed":"0.2.1"},{"introduced":"1.0.0"},{"fixed":"1.2.3"}]}]}],` +
	`"database_specific":{"severity":"MODERATE"}}`

// A Server is the API. Make one with Start, stop it with Close.
type Server struct {
	URL string // without a slash at the end

	http     *httptest.Server
	mu       sync.Mutex
	records  map[string]string   // id → document
	about    map[string][]string // package name → ids, whatever version is asked for
	names    []string            // that were asked about
	requests int
	fault    *fault
	done     chan struct{}
}

// Start starts a server that knows the canary and nothing else.
func Start() *Server {
	s := &Server{records: map[string]string{}, about: map[string][]string{}, done: make(chan struct{})}
	if err := s.Add([]byte(Canary)); err != nil {
		panic(err)
	}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	return s
}

// Close stops the server; requests it holds open are let go first.
func (s *Server) Close() {
	close(s.done)
	s.http.CloseClientConnections()
	s.http.Close()
}

// Add gives the server one OSV document.
func (s *Server) Add(data []byte) error {
	var doc struct {
		ID       string
		Affected []struct{ Package struct{ Name string } }
	}
	if err := json.Unmarshal(data, &doc); err != nil || doc.ID == "" {
		return fmt.Errorf("an OSV document: %q, %v", doc.ID, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[doc.ID] = string(data)
	for _, a := range doc.Affected {
		if ids := s.about[a.Package.Name]; !slices.Contains(ids, doc.ID) {
			s.about[a.Package.Name] = append(ids, doc.ID)
		}
	}
	return nil
}

// Requests is how many requests arrived.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Asked reports whether anybody asked about a package.
func (s *Server) Asked(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.names, name)
}

// ServeHTTP answers as api.osv.dev does, or as the fault says.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	s.mu.Lock()
	s.requests++
	f := s.fault
	s.mu.Unlock()
	id, details := strings.CutPrefix(r.URL.Path, "/v1/vulns/")
	answer := func(w http.ResponseWriter) { s.batch(w, body, f) }
	switch {
	case details && r.Method == http.MethodGet:
		answer = func(w http.ResponseWriter) { s.details(w, id) }
	case r.Method != http.MethodPost || r.URL.Path != "/v1/querybatch":
		answer = func(w http.ResponseWriter) { http.NotFound(w, r) }
	}
	if f != nil && f.details == details && (!f.paged || bytes.Contains(body, []byte(`"page_token"`))) && f.spoil(w, r, answer, s.done) {
		return
	}
	answer(w)
}

func (s *Server) details(w http.ResponseWriter, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records[id] == "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, s.records[id])
}

type query struct {
	Queries []struct {
		Package struct{ Name, Ecosystem string }
		Version string
		Page    string `json:"page_token"`
	}
}

type result struct {
	Vulns []map[string]string `json:"vulns,omitempty"`
	Next  any                 `json:"next_page_token,omitempty"`
}

func (s *Server) batch(w http.ResponseWriter, body []byte, f *fault) {
	var q query
	if err := json.Unmarshal(body, &q); err != nil || len(q.Queries) > 1000 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	results := make([]result, len(q.Queries))
	for i, one := range q.Queries {
		s.names = append(s.names, one.Package.Name)
		ids := s.about[one.Package.Name]
		page := 0
		_, _ = fmt.Sscanf(one.Page, "page-%d", &page)
		if page < len(ids) {
			results[i].Vulns = []map[string]string{{"id": ids[page], "modified": "2024-01-01T00:00:00Z"}}
		}
		if page+1 < len(ids) {
			results[i].Next = fmt.Sprintf("page-%d", page+1)
		}
	}
	s.mu.Unlock()
	if f != nil && f.results != nil {
		results = f.results(results)
	}
	all := make([]any, len(results))
	for i := range results {
		all[i] = results[i]
	}
	if f != nil && f.last != nil {
		all[len(all)-1] = f.last
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"results": all})
}
