package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// forward has the registry behind answer; ok: it did so with a success, and
// nothing was written to w.
func (s *Server) forward(w http.ResponseWriter, r *http.Request, body []byte) (ok bool) {
	rec := s.ask(r, body)
	if rec.Code/100 == 2 {
		return true
	}
	w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
	return false
}

func (s *Server) ask(r *http.Request, body []byte) *httptest.ResponseRecorder {
	out := r.Clone(r.Context())
	out.Body, out.ContentLength = http.NoBody, 0
	if body != nil {
		out.Body, out.ContentLength = nopCloser{bytes.NewReader(body)}, int64(len(body))
	}
	rec := httptest.NewRecorder()
	s.Behind.ServeHTTP(rec, out)
	return rec
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

// send publishes a document to the registry behind, without the bundle, which
// it may not take.
func (s *Server) send(body []byte) error {
	var doc map[string]json.RawMessage
	var attachments map[string]json.RawMessage
	var name string
	if err := json.Unmarshal(body, &doc); err != nil {
		return err
	}
	if err := json.Unmarshal(doc["_attachments"], &attachments); err != nil {
		return err
	}
	if err := json.Unmarshal(doc["name"], &name); err != nil {
		return err
	}
	for file := range attachments {
		if strings.HasSuffix(file, ".sigstore") {
			delete(attachments, file)
		}
	}
	var err error
	if doc["_attachments"], err = json.Marshal(attachments); err != nil {
		return err
	}
	if body, err = json.Marshal(doc); err != nil {
		return err
	}
	r := httptest.NewRequest(http.MethodPut, s.URL+strings.Replace(name, "/", "%2f", 1), nil)
	r.Header.Set("Content-Type", "application/json")
	if rec := s.ask(r, body); rec.Code/100 != 2 {
		return fmt.Errorf("the registry behind answered %d: %.300s", rec.Code, rec.Body)
	}
	return nil
}

// behind serves what the registry behind has, with what is added to it.
func (s *Server) behind(w http.ResponseWriter, r *http.Request, path string) {
	of, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	name, _ := url.PathUnescape(of)
	if strings.HasPrefix(path, "/-/package/") {
		name, _ = url.PathUnescape(strings.TrimSuffix(strings.TrimPrefix(path, "/-/package/"), "/dist-tags"))
	} else if before, _, is := strings.Cut(strings.TrimPrefix(path, "/"), "/-/"); is {
		name, _ = url.PathUnescape(before)
	}
	p := s.packages[name]
	if p == nil { // published behind our back
		p = &pkg{}
	}
	if p.Access == "restricted" && !s.mayRead(r, p) {
		refuse(w, http.StatusNotFound, "package not found")
		return
	}
	rec := s.ask(r, nil)
	body := rec.Body.Bytes()
	var doc map[string]any
	if rec.Code == http.StatusOK && json.Unmarshal(body, &doc) == nil {
		p.live()
		if versions, ok := doc["versions"].(map[string]any); ok {
			for version, manifest := range versions {
				if !p.seen(version) {
					delete(versions, version)
				} else if a := p.added[version]; a != nil {
					a.to(manifest.(map[string]any))
				}
			}
		} else if a := p.added[rest]; a != nil {
			a.to(doc)
		}
		if rest != "" && !p.seen(rest) {
			refuse(w, http.StatusNotFound, "version not found")
			return
		}
		if _, has := doc["versions"]; has && p.Maintainers != nil {
			doc["maintainers"] = p.Maintainers
		}
		if _, has := doc["dist-tags"]; has && p.Tags != nil {
			doc["dist-tags"] = p.seenTags()
		} else if strings.HasSuffix(path, "/dist-tags") && p.Tags != nil {
			doc = map[string]any{}
			for tag, version := range p.seenTags() {
				doc[tag] = version
			}
		}
		body, _ = json.Marshal(doc)
	}
	for _, key := range []string{"Content-Type", "Content-Encoding"} {
		if value := rec.Header().Get(key); value != "" {
			w.Header().Set(key, value)
		}
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(body)
}
