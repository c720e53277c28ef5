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
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"

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
}

type pkg struct {
	Tags     map[string]string
	Versions map[string]json.RawMessage
	Time     map[string]string            // of Have
	tarballs map[string][]byte            // by version
	attested map[string][]json.RawMessage // bundles by version
	Access   string
}

// Start starts a registry on loopback.
func Start() *Server {
	s := &Server{packages: map[string]*pkg{}, done: make(chan struct{}), Advisories: Bulk(Canary)}
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
// and POST to anything but the advisories.
func (s *Server) Puts() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool {
		return r.Method == http.MethodGet || r.Method == http.MethodHead || r.Path == bulkPath
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

// Published returns the tarball and the manifest of a version; nil where there
// is none.
func (s *Server) Published(name, version string) (tarball, manifest []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.packages[name]; p != nil {
		return p.tarballs[version], p.Versions[version]
	}
	return nil, nil
}

// Tags returns the dist-tags of a package.
func (s *Server) Tags(name string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	tags := map[string]string{}
	if p := s.packages[name]; p != nil {
		for t, v := range p.Tags {
			tags[t] = v
		}
	}
	return tags
}

// Seed puts a version there without a request: somebody published it before.
func (s *Server) Seed(name, version, tag string, tarball []byte) {
	manifest, _ := json.Marshal(map[string]any{"name": name, "version": version, "dist": distOf(name, version, tarball, s.URL)})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store(name, version, tag, "", tarball, manifest)
}

// Attest makes the registry say that it has provenance of a version.
func (s *Server) Attest(name, version string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var manifest map[string]any
	if err := json.Unmarshal(s.packages[name].Versions[version], &manifest); err != nil {
		return err
	}
	manifest["dist"].(map[string]any)["attestations"] = map[string]any{
		"url":        s.URL + "-/npm/v1/attestations/" + name + "@" + version,
		"provenance": map[string]any{"predicateType": "https://slsa.dev/provenance/v1"},
	}
	text, err := json.Marshal(manifest)
	s.packages[name].Versions[version] = text
	return err
}

// Store makes the registry serve bundles as the attestations of a version.
func (s *Server) Store(name, version string, bundles ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attest(name, version, bundles...)
}

func (s *Server) attest(name, version string, bundles ...[]byte) {
	p := s.packages[name]
	if p.attested == nil {
		p.attested = map[string][]json.RawMessage{}
	}
	for _, b := range bundles {
		p.attested[version] = append(p.attested[version], b)
	}
}

// Attested returns the bundles that a version was published with, or that were
// stored.
func (s *Server) Attested(name, version string) (bundles [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.packages[name]; p != nil {
		for _, b := range p.attested[version] {
			bundles = append(bundles, b)
		}
	}
	return bundles
}

// attestations answers with the list of those that are stored.
func (s *Server) attestations(w http.ResponseWriter, of string) {
	at := strings.LastIndexByte(of, '@')
	name, _ := url.PathUnescape(of[:max(at, 0)])
	p := s.packages[name]
	if p == nil || len(p.attested[of[at+1:]]) == 0 {
		spoil.Fail(w, http.StatusNotFound, "no attestations found")
		return
	}
	list := []any{}
	for _, b := range p.attested[of[at+1:]] {
		list = append(list, map[string]any{"predicateType": "https://slsa.dev/provenance/v1", "bundle": b})
	}
	reply(w, http.StatusOK, map[string]any{"attestations": list})
}

func distOf(name, version string, tarball []byte, base string) map[string]any {
	long, short := sha512.Sum512(tarball), sha1.Sum(tarball)
	return map[string]any{
		"integrity": "sha512-" + base64.StdEncoding.EncodeToString(long[:]),
		"shasum":    hex.EncodeToString(short[:]),
		"tarball":   fmt.Sprintf("%s%s/-/%s-%s.tgz", base, name, name, version),
	}
}

func (s *Server) store(name, version, tag, access string, tarball, manifest []byte) {
	p := s.packages[name]
	if p == nil {
		p = &pkg{Tags: map[string]string{}, Versions: map[string]json.RawMessage{}, tarballs: map[string][]byte{}}
		s.packages[name] = p
	}
	p.Versions[version], p.tarballs[version], p.Tags[tag], p.Access = manifest, tarball, version, access
}

const whoamiPath = "/-/whoami"

const bulkPath = "/-/npm/v1/security/advisories/bulk"

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
	path := r.URL.EscapedPath()
	switch {
	case r.Method == http.MethodPut:
		s.put(w, r, body)
	case r.Method == http.MethodPost && path == bulkPath && s.Advisories != nil:
		s.bulk(w, r, body)
	case r.Method == http.MethodGet && path == whoamiPath:
		s.whoami(w, r)
	case r.Method == http.MethodGet:
		s.get(w, path)
	default:
		spoil.Fail(w, http.StatusNotFound, "not found")
	}
}

// whoami answers as npm's registry does.
func (s *Server) whoami(w http.ResponseWriter, r *http.Request) {
	if s.Token != "" && r.Header.Get("Authorization") != "Bearer "+s.Token {
		spoil.Fail(w, http.StatusUnauthorized, "you must be logged in to do that")
		return
	}
	reply(w, http.StatusOK, map[string]string{"username": "somebody"})
}

func (s *Server) get(w http.ResponseWriter, path string) {
	if of, ok := strings.CutPrefix(path, "/-/npm/v1/attestations/"); ok {
		s.attestations(w, of)
		return
	}
	if rest, ok := strings.CutPrefix(path, "/-/package/"); ok {
		name, _ := url.PathUnescape(strings.TrimSuffix(rest, "/dist-tags"))
		if p := s.packages[name]; p != nil {
			reply(w, http.StatusOK, p.Tags)
			return
		}
		spoil.Fail(w, http.StatusNotFound, "package not found")
		return
	}
	if name, file, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/-/"); ok {
		s.tarball(w, name, file)
		return
	}
	first, version, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	name, _ := url.PathUnescape(first)
	p := s.packages[name]
	if p != nil && s.lag > 0 {
		s.lag--
		p = nil
	}
	switch {
	case p == nil:
		spoil.Fail(w, http.StatusNotFound, "package not found")
	case version == "":
		reply(w, http.StatusOK, map[string]any{"name": name, "dist-tags": p.Tags, "versions": p.Versions, "time": p.Time})
	case p.Versions[version] == nil:
		spoil.Fail(w, http.StatusNotFound, "version not found: "+version)
	default:
		reply(w, http.StatusOK, p.Versions[version])
	}
}

func (s *Server) tarball(w http.ResponseWriter, name, file string) {
	name, _ = url.PathUnescape(name)
	if p := s.packages[name]; p != nil {
		for version, data := range p.tarballs {
			if strings.HasSuffix(file, "-"+version+".tgz") {
				w.Header().Set("Content-Type", "application/octet-stream")
				_, _ = w.Write(data)
				return
			}
		}
	}
	spoil.Fail(w, http.StatusNotFound, "tarball not found")
}

func (s *Server) bulk(w http.ResponseWriter, r *http.Request, body []byte) {
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(strings.NewReader(string(body)))
		if err != nil {
			spoil.Fail(w, http.StatusBadRequest, "bad gzip")
			return
		}
		body, _ = io.ReadAll(z)
	}
	var asked map[string][]string
	defer func() { s.asked = append(s.asked, slices.Collect(maps.Keys(asked))...) }()
	if err := json.Unmarshal(body, &asked); err != nil {
		spoil.Fail(w, http.StatusBadRequest, "bad request")
		return
	}
	answer := map[string]json.RawMessage{}
	for name := range asked {
		if a, ok := s.Advisories[name]; ok {
			answer[name] = a
		}
	}
	reply(w, http.StatusOK, answer)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
