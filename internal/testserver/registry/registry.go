// Package registry is an npm registry on loopback for tests: it keeps what is
// published to it, records every request, answers bulk advisories from a
// fixture, and fails in the ways real registries fail when told to. It is
// imported by tests only.
//
// It believes nothing: a document whose attachment, lengths or digests do not
// agree is refused with 400, so that a test which publishes proves the
// document.
package registry

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// A Request is one request as it arrived.
type Request struct {
	Method string
	Path   string // as sent, escapes kept: /@scope%2fname
	Header http.Header
	Body   []byte
}

// A Server is the registry. Make one with Start, stop it with Close.
type Server struct {
	URL   string // ends in a slash
	Token string // when set, a PUT or whoami with any other bearer token gets 401

	// Advisories answer the bulk endpoint: package name → advisories as the
	// public registry writes them. A name is answered whatever versions are
	// asked for. Start puts the Canary there: a complete source with nothing to
	// report. Nil: the endpoint is not there (404). Set it before requests come.
	Advisories map[string]json.RawMessage

	http     *httptest.Server
	mu       sync.Mutex
	packages map[string]*pkg
	requests []Request
	asked    []string // package names that advisories were asked for
	faults   []*fault
	lag      int // reads of a version that still do not see it
	done     chan struct{}

	// Behind, if set, keeps the packages in place of this server's memory, which
	// then holds only what it adds to them. Set it before requests come.
	Behind http.Handler

	grants     map[string]Grant       // by token
	publishers map[string][]Publisher // by package
	listTokens bool
	shown      Login              // see ShowLogin
	staged     map[string]*Staged // by id
	stages     int                // so far
	hold       int                // approvals that still have to wait
	next       life               // of the versions that are accepted
	key        *ecdsa.PrivateKey  // nil: nothing is signed
	keyEnds    any                // "expires" of the key; nil: null
	now        func() time.Time
	profile    *Profile // nil: npm's
	checks     bool     // provenance is checked
	meanwhile  int      // writes of others, see Meanwhile
	codes      []string // see WantsCode
	uncounted  bool
	lent       map[string][]string // see Lend
}

// Start starts a registry on loopback.
func Start() *Server {
	s := &Server{
		packages: map[string]*pkg{}, done: make(chan struct{}), Advisories: Bulk(Canary), grants: map[string]Grant{},
		publishers: map[string][]Publisher{}, staged: map[string]*Staged{}, now: time.Now,
	}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL + "/"
	return s
}

// Advise sets Advisories while the server is running.
func (s *Server) Advise(advisories map[string]json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Advisories = advisories
}

// Forget makes the registry forget every package.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.packages)
}

// Know sets Token while the server is running.
func (s *Server) Know(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Token = token
}

// Close stops the registry; requests it holds open are let go first.
func (s *Server) Close() {
	close(s.done)
	s.http.CloseClientConnections()
	s.http.Close()
}

// Requests returns what arrived so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Puts returns the requests that would change something: PUT, DELETE, PATCH,
// and POST to anything but the advisories and the exchange of an ID token.
func (s *Server) Puts() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool {
		return r.Method == http.MethodGet || r.Method == http.MethodHead || r.Path == bulkPath || strings.HasPrefix(r.Path, exchangePath)
	})
}

// Log returns one line per request, "PUT /@scope%2fname", for scripts to
// compare.
func (s *Server) Log() string {
	var b strings.Builder
	for _, r := range s.Requests() {
		fmt.Fprintf(&b, "%s %s\n", r.Method, r.Path)
	}
	return b.String()
}

// Asked reports whether the advisories of a package were asked for.
func (s *Server) Asked(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.asked, name)
}

// Headers returns every header line of every request, for tests to look for
// what must not be there.
func (s *Server) Headers() string {
	var b strings.Builder
	for _, r := range s.Requests() {
		_ = r.Header.Write(&b)
	}
	return b.String()
}

// Paths of single calls, and the beginnings of others.
const (
	whoamiPath   = "/-/whoami"
	tokensPath   = "/-/npm/v1/tokens"
	keysPath     = "/-/npm/v1/keys"
	bulkPath     = "/-/npm/v1/security/advisories/bulk"
	exchangePath = "/-/npm/v1/oidc/token/exchange/package/"
	stagePath    = "/-/stage"
	packagePath  = "/-/package/"
)

// ServeHTTP records the request, fails it if a fault says so, else answers.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away; nothing arrived
	}
	s.mu.Lock()
	s.requests = append(s.requests, Request{r.Method, r.URL.EscapedPath(), r.Header.Clone(), body})
	f := s.take(r.Method, r.URL.EscapedPath())
	s.mu.Unlock()
	answer := func(w http.ResponseWriter) { s.answer(w, r, body) }
	if f != nil {
		f.serve(w, r, answer, s.done)
		return
	}
	answer(w)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.profile == nil || !s.answerLike(w, r, body) {
		s.answerAsNPM(w, r, body)
	}
}

func (s *Server) answerAsNPM(w http.ResponseWriter, r *http.Request, body []byte) {
	path, get := r.URL.EscapedPath(), r.Method == http.MethodGet
	of := func(prefix string) (name string, rest []string) {
		parts := strings.Split(strings.TrimPrefix(path, prefix), "/")
		name, _ = url.PathUnescape(parts[0])
		return name, parts[1:]
	}
	name, rest := of(packagePath)
	switch call := kind(r.Method, path); {
	case r.Method == http.MethodPost && path == bulkPath && s.Advisories != nil:
		s.bulk(w, r, body)
	case get && path == whoamiPath:
		s.whoami(w, r)
	case get && path == tokensPath:
		s.tokens(w, r)
	case call == "exchange":
		name, _ := of(exchangePath)
		s.exchange(w, r, name)
	case call == "stage":
		name, _ := of(stagePath + packagePath[2:])
		s.stagePost(w, r, name, body)
	case call == "staged":
		s.stageCalls(w, r, strings.TrimPrefix(path, stagePath))
	case call == "status" && len(rest) == 3 && get:
		s.status(w, r, name, rest[1])
	case get && s.login(w, r, path):
	case call == "downloads" && get:
		s.downloads(w, path)
	case call == "search" && get:
		s.search(w, r)
	case call == "owned" && get:
		org, _ := url.PathUnescape(owned.FindStringSubmatch(path)[2])
		s.ownPackages(w, r, org)
	case call == "visibility" && get:
		s.visibility(w, r, name)
	case call == "tag" && len(rest) == 2:
		s.setTag(w, r, name, rest[1], body)
	case (r.Method == http.MethodPut || r.Method == http.MethodDelete) && !strings.HasPrefix(path, "/-/") && s.edit(w, r, body):
	case r.Method == http.MethodPut && !strings.HasPrefix(path, "/-/"):
		s.put(w, r, body)
	case get:
		s.get(w, r, path)
	default:
		spoil.Fail(w, http.StatusNotFound, "not found")
	}
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
