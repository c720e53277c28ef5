package registry

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// How npm's own commands change a package that is there: they read the whole
// packument, change it, and send it back with the _rev that they read (npm 11,
// lib/commands/deprecate.js and owner.js, libnpmpublish/lib/unpublish.js):
//
//	deprecate            PUT /NAME, the packument with deprecated in versions: see putDocument
//	owner add, owner rm  PUT /NAME/-rev/REV, {_id, _rev, maintainers}
//	unpublish VERSION    PUT /NAME/-rev/REV, the packument without it; DELETE /NAME/-/FILE/-rev/REV
//	unpublish            DELETE /NAME/-rev/REV
//
// A _rev that is not the last one is refused with 409, as CouchDB does.

const own action = "own"

// An edit is the body of such a request.
type edit struct {
	Rev         string                    `json:"_rev"`
	Tags        map[string]string         `json:"dist-tags"`
	Versions    map[string]map[string]any `json:"versions"`
	Maintainers []map[string]string       `json:"maintainers"`
}

// edit answers a request with a revision in its path; false: it is none.
func (s *Server) edit(w http.ResponseWriter, r *http.Request, body []byte) bool {
	path, rev, is := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/-rev/")
	if !is {
		return false
	}
	of, file, isFile := strings.Cut(path, "/-/")
	name, _ := url.PathUnescape(of)
	rev, _ = url.PathUnescape(rev)
	var e edit
	if r.Method == http.MethodPut && (json.Unmarshal(body, &e) != nil || e.Rev != "" && e.Rev != rev) {
		spoil.Fail(w, http.StatusBadRequest, "cannot read the document")
		return true
	}
	if _, ok := s.may(w, r, own, name); !ok {
		return true
	}
	if s.Behind != nil {
		if e.Maintainers != nil && e.Versions == nil {
			s.ownBehind(w, r, name, rev, e)
		} else if s.forward(w, r, body) {
			reply(w, http.StatusCreated, map[string]any{"ok": true})
		}
		return true
	}
	p := s.packages[name]
	switch {
	case p == nil:
		spoil.Fail(w, http.StatusNotFound, "package not found")
	case rev != p.revision():
		spoil.Fail(w, http.StatusConflict, "Document update conflict.")
	case r.Method == http.MethodDelete && isFile:
		maps.DeleteFunc(p.tarballs, func(version string, _ []byte) bool {
			return p.Versions[version] == nil && strings.HasSuffix(file, "-"+version+".tgz")
		})
		reply(w, http.StatusOK, map[string]any{"ok": true})
	case r.Method == http.MethodDelete:
		s.withdraw(p)
		reply(w, http.StatusOK, map[string]any{"ok": true})
	default:
		if err := p.edited(e); err != nil {
			spoil.Fail(w, http.StatusBadRequest, err.Error())
			return true
		}
		reply(w, http.StatusCreated, map[string]any{"ok": true, "id": name, "rev": p.revision()})
	}
	return true
}

// ownBehind changes the owners of a package that the registry behind keeps. That one
// may have none: Verdaccio 6 has not.
func (s *Server) ownBehind(w http.ResponseWriter, r *http.Request, name, rev string, e edit) {
	read := r.Clone(r.Context())
	read.Method, read.URL = http.MethodGet, &url.URL{Path: "/" + name, RawPath: "/" + strings.Replace(name, "/", "%2f", 1)}
	var doc edit
	p := s.packages[name]
	switch err := json.Unmarshal(s.ask(read, nil).Body.Bytes(), &doc); {
	case err != nil, p == nil, doc.Rev != rev:
		spoil.Fail(w, http.StatusConflict, "Document update conflict.")
	case len(e.Maintainers) == 0:
		spoil.Fail(w, http.StatusBadRequest, "a package has an owner")
	default:
		p.Maintainers = slices.Clone(e.Maintainers)
		reply(w, http.StatusCreated, map[string]any{"ok": true})
	}
}

// edited takes over what a packument may change: deprecations, and with it
// versions that are left out, dist-tags and owners. Nothing else of a version
// changes, and none is added.
func (p *pkg) edited(e edit) error {
	for version := range e.Versions {
		if p.Versions[version] == nil {
			return fmt.Errorf("there is no version %s", version)
		}
	}
	for tag, version := range e.Tags {
		if p.Versions[version] == nil || e.Versions[version] == nil {
			return fmt.Errorf("dist-tag %s is on %s, which is not there", tag, version)
		}
	}
	if e.Versions != nil {
		for version := range maps.Clone(p.Versions) {
			manifest, kept := e.Versions[version]
			switch {
			case !p.seen(version): // nobody read it
				continue
			case !kept:
				p.remove(version)
				continue
			}
			if message, is := manifest["deprecated"].(string); is {
				p.Versions[version] = withDeprecation(p.Versions[version], message)
			}
		}
	}
	if e.Tags != nil {
		p.Tags = maps.Clone(e.Tags)
	}
	if e.Maintainers != nil {
		if len(e.Maintainers) == 0 {
			return fmt.Errorf("a package has an owner")
		}
		p.Maintainers = slices.Clone(e.Maintainers)
	}
	return nil
}

// revision returns the _rev of a package: another one after every change.
func (p *pkg) revision() string {
	text, err := json.Marshal([]any{p.Tags, p.Versions, p.Time, p.Maintainers, p.Access, p.unpublished, p.revisions})
	if err != nil {
		panic(err) // texts, and JSON that was read
	}
	sum := sha256.Sum256(text)
	return fmt.Sprintf("%d-%x", len(p.Time)+1, sum[:16])
}

// userDocument answers who a user is, which npm owner asks first.
func userDocument(w http.ResponseWriter, name string) {
	if name, _ = url.PathUnescape(name); name == "" || name == "nobody" {
		spoil.Fail(w, http.StatusNotFound, "not found")
		return
	}
	reply(w, http.StatusOK, map[string]any{"_id": "org.couchdb.user:" + name, "name": name, "email": name + "@example.com", "type": "user"})
}
