package registry

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// deprecate is what a token may be refused as other acts: one of OIDC cannot (npm's
// OpenAPI description, oidc.yaml), one that stages only can.
const deprecate action = "deprecate"

// Deprecated returns the message of a version's deprecation; "" where it has none.
func (s *Server) Deprecated(name, version string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var m struct{ Deprecated any }
	if p := s.packages[name]; p != nil {
		_ = json.Unmarshal(p.Versions[version], &m)
	}
	text, _ := m.Deprecated.(string)
	return text
}

// Meanwhile makes somebody else write the document before each of the next writes
// that deprecate.
func (s *Server) Meanwhile(writes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meanwhile = writes
}

// WantsCode makes a write that deprecates need a one-time code, which counts once.
// "" takes any.
func (s *Server) WantsCode(codes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes = codes
}

// wholeDocument reports whether the body of a PUT is a packument that is written
// back, and no publish: nothing is attached to it.
func wholeDocument(body []byte) bool {
	var d struct {
		Attachments map[string]json.RawMessage `json:"_attachments"`
		Versions    map[string]json.RawMessage
	}
	return json.Unmarshal(body, &d) == nil && d.Versions != nil && len(d.Attachments) == 0
}

// putDocument takes the deprecations of a document that is written back, as npm's
// registry does: the revision must be the last one, each deprecation a text, and
// nothing else changes.
func (s *Server) putDocument(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	if _, ok := s.may(w, r, deprecate, name); !ok || !s.hasCode(w, r) {
		return
	}
	if s.Behind != nil {
		s.forwardDocument(w, r, body)
		return
	}
	var d struct {
		ID       string `json:"_id"`
		Rev      string `json:"_rev"`
		Name     string
		Versions map[string]map[string]json.RawMessage
	}
	p := s.packages[name]
	if err := json.Unmarshal(body, &d); err != nil || p == nil || d.Name != name || d.ID != name {
		spoil.Fail(w, http.StatusBadRequest, "name and _id should match")
		return
	}
	if s.meanwhile > 0 {
		s.meanwhile--
		p.revisions++
	}
	if d.Rev != p.revision() {
		spoil.Fail(w, http.StatusConflict, "Document update conflict.")
		return
	}
	texts := map[string]string{}
	for version, manifest := range d.Versions {
		if p.Versions[version] == nil {
			spoil.Fail(w, http.StatusBadRequest, "version "+version+" is not there")
			return
		}
		text, has := manifest["deprecated"]
		var message string
		if has && (string(text) == "null" || json.Unmarshal(text, &message) != nil) {
			spoil.Fail(w, http.StatusBadRequest, "deprecations must be strings")
			return
		}
		if has {
			texts[version] = message
		}
	}
	for version, message := range texts {
		p.Versions[version] = withDeprecation(p.Versions[version], message)
	}
	p.revisions++
	reply(w, http.StatusOK, map[string]any{"ok": true})
}

func withDeprecation(manifest json.RawMessage, message string) json.RawMessage {
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(manifest))
	d.UseNumber()
	if d.Decode(&m) != nil {
		return manifest
	}
	if m["deprecated"] = message; message == "" {
		delete(m, "deprecated")
	}
	text, err := json.Marshal(m)
	if err != nil {
		return manifest
	}
	return text
}

// hasCode requires a one-time code, if one is wanted.
func (s *Server) hasCode(w http.ResponseWriter, r *http.Request) bool {
	if len(s.codes) == 0 {
		return true
	}
	given := r.Header.Get("Npm-Otp")
	if given != "" && (s.codes[0] == "" || s.codes[0] == given) {
		s.codes = s.codes[1:]
		return true
	}
	w.Header().Set("WWW-Authenticate", "OTP")
	spoil.Fail(w, http.StatusUnauthorized, "Unauthorized: this operation requires a one-time password")
	return false
}

// forwardDocument hands a document to the registry behind.
func (s *Server) forwardDocument(w http.ResponseWriter, r *http.Request, body []byte) {
	out := httptest.NewRequest(http.MethodPut, s.URL+r.URL.EscapedPath()[1:], nil)
	out.Header.Set("Content-Type", "application/json")
	rec := s.ask(out, body)
	w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}
