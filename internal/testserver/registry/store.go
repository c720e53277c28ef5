package registry

import (
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

type pkg struct {
	Tags     map[string]string
	Versions map[string]json.RawMessage   // as they were sent
	Time     map[string]string            // of Have, and of what was published
	tarballs map[string][]byte            // by version
	attested map[string][]json.RawMessage // bundles by version
	added    map[string]*added            // what the registry adds to a manifest, by version
	lives    map[string]*life             // of versions that are not simply published
	Access   string

	revisions int // writes of others so far, see Meanwhile

	Maintainers []map[string]string // of Have and Record: name and email

	unpublished    map[string]any   // what is left of a package that was taken back
	days, lastWeek map[string]int64 // downloads, by day and by version
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
		maps.Copy(tags, p.Tags)
	}
	return tags
}

// Access returns how a package was last published: "public", "restricted" or "".
func (s *Server) Access(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.packages[name]; p != nil {
		return p.Access
	}
	return ""
}

// Restrict makes a package restricted.
func (s *Server) Restrict(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.packages[name].Access = "restricted"
}

// Seed puts a version there without a request: somebody published it before.
func (s *Server) Seed(name, version, tag string, tarball []byte) {
	manifest, _ := json.Marshal(map[string]any{"name": name, "version": version,
		"dist": count(distOf(name, version, tarball, s.URL), tarball)})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store(name, version, tag, "", tarball, manifest)
}

func distOf(name, version string, tarball []byte, base string) map[string]any {
	long, short := sha512.Sum512(tarball), sha1.Sum(tarball)
	return map[string]any{
		"integrity": "sha512-" + base64.StdEncoding.EncodeToString(long[:]),
		"shasum":    hex.EncodeToString(short[:]),
		"tarball":   fmt.Sprintf("%s%s/-/%s-%s.tgz", base, name, name, version),
	}
}

func (s *Server) store(name, version, tag, access string, tarball, manifest []byte) *pkg {
	p := s.packages[name]
	if p == nil {
		p = &pkg{
			Tags: map[string]string{}, Versions: map[string]json.RawMessage{}, tarballs: map[string][]byte{},
			attested: map[string][]json.RawMessage{}, added: map[string]*added{}, lives: map[string]*life{},
		}
		s.packages[name] = p
	}
	p.Versions[version], p.tarballs[version], p.Tags[tag] = manifest, tarball, version
	if access != "" || p.Access == "" { // without one, it stays as it is
		p.Access = access
	}
	return p
}

func (s *Server) get(w http.ResponseWriter, r *http.Request, path string) {
	if of, ok := strings.CutPrefix(path, "/-/npm/v1/attestations/"); ok {
		s.attestations(w, of)
		return
	}
	if of, ok := strings.CutPrefix(path, "/-/user/org.couchdb.user:"); ok {
		userDocument(w, of)
		return
	}
	if path == keysPath && s.key != nil {
		s.keys(w)
		return
	}
	if s.Behind != nil {
		s.behind(w, r, path)
		return
	}
	if rest, ok := strings.CutPrefix(path, "/-/package/"); ok {
		name, _ := url.PathUnescape(strings.TrimSuffix(rest, "/dist-tags"))
		if p := s.packages[name]; p != nil && s.mayRead(r, p) {
			reply(w, http.StatusOK, p.seenTags())
			return
		}
		spoil.Fail(w, http.StatusNotFound, "package not found")
		return
	}
	if name, file, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/-/"); ok {
		s.tarball(w, r, name, file)
		return
	}
	first, version, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	name, _ := url.PathUnescape(first)
	p := s.packages[name]
	if p != nil && s.lag > 0 {
		s.lag--
		p = nil
	}
	if p != nil {
		p.live()
	}
	switch {
	case p == nil || !s.mayRead(r, p):
		spoil.Fail(w, http.StatusNotFound, "package not found")
	case version == "":
		versions := map[string]json.RawMessage{}
		for v := range p.Versions {
			if p.seen(v) {
				versions[v] = p.served(v)
			}
		}
		reply(w, http.StatusOK, p.document(name, versions))
	case p.Versions[version] == nil || !p.seen(version):
		spoil.Fail(w, http.StatusNotFound, "version not found: "+version)
	default:
		reply(w, http.StatusOK, p.served(version))
	}
}

// document returns the packument with these versions.
func (p *pkg) document(name string, versions map[string]json.RawMessage) map[string]any {
	doc := map[string]any{"_id": name, "_rev": p.revision(), "name": name, "dist-tags": p.seenTags(), "versions": versions, "time": p.Time}
	if p.Maintainers != nil {
		doc["maintainers"] = p.Maintainers
	}
	if p.unpublished != nil && len(versions) == 0 {
		times := map[string]any{"unpublished": p.unpublished}
		for version, at := range p.Time {
			times[version] = at
		}
		doc["time"] = times
		delete(doc, "versions")
		delete(doc, "dist-tags")
	}
	return doc
}

func (s *Server) tarball(w http.ResponseWriter, r *http.Request, name, file string) {
	name, _ = url.PathUnescape(name)
	if p := s.packages[name]; p != nil && s.mayRead(r, p) {
		for version, data := range p.tarballs {
			if strings.HasSuffix(file, "-"+version+".tgz") && p.seen(version) {
				w.Header().Set("Content-Type", "application/octet-stream")
				_, _ = w.Write(data)
				return
			}
		}
	}
	spoil.Fail(w, http.StatusNotFound, "tarball not found")
}
