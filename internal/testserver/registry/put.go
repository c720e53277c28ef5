package registry

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/publishgate/publishgate/internal/testserver/spoil"
)

// document is the body of a publish, as far as a registry looks at it.
type document struct {
	ID          string                     `json:"_id"`
	Name        string                     `json:"name"`
	Access      string                     `json:"access"`
	Tags        map[string]string          `json:"dist-tags"`
	Versions    map[string]json.RawMessage `json:"versions"`
	Attachments map[string]struct {
		ContentType string `json:"content_type"`
		Data        string `json:"data"`
		Length      int    `json:"length"`
	} `json:"_attachments"`
}

func (s *Server) put(w http.ResponseWriter, r *http.Request, body []byte) {
	name, _ := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/"))
	if wholeDocument(body) {
		s.putDocument(w, r, name, body)
		return
	}
	by, ok := s.may(w, r, direct, name)
	if !ok {
		return
	}
	var d document
	if err := json.Unmarshal(body, &d); err != nil {
		spoil.Fail(w, http.StatusBadRequest, "cannot read the document")
		return
	}
	version, tag, tarball, err := d.check(name, s.URL)
	if err != nil {
		spoil.Fail(w, http.StatusBadRequest, err.Error())
		return
	}
	if err := d.provenance(version, tarball); s.checks && err != nil {
		spoil.Fail(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	p := s.packages[name]
	switch {
	case p != nil && p.lives[version] != nil && p.lives[version].state == "validating":
		spoil.Fail(w, http.StatusConflict, pending)
		return
	case p != nil && p.Versions[version] != nil:
		spoil.Fail(w, http.StatusForbidden, "You cannot publish over the previously published versions: "+version+".")
		return
	case s.isStaged(name, version):
		spoil.Fail(w, http.StatusConflict, "Cannot publish over previously staged version \""+version+"\".")
		return
	}
	if s.Behind != nil {
		if err := s.send(body); err != nil {
			spoil.Fail(w, http.StatusInternalServerError, err.Error())
			return
		}
	}
	s.publish(name, version, tag, d, tarball, by.user())
	reply(w, http.StatusCreated, map[string]any{"ok": true, "success": true})
}

// publish stores a version that was accepted, and begins its life.
func (s *Server) publish(name, version, tag string, d document, tarball []byte, user map[string]any) {
	before := ""
	if p := s.packages[name]; p != nil {
		before = p.Tags[tag]
	}
	p := s.store(name, version, tag, d.Access, tarball, d.Versions[version])
	if p.Time == nil {
		p.Time = map[string]string{}
	}
	p.Time[version] = s.now().UTC().Format(time.RFC3339)
	p.add(version).User = user
	if name, person := user["name"].(string); person && user["trustedPublisher"] == nil && s.Behind != nil && p.Maintainers == nil {
		p.own([]string{name}) // as npm has it; Verdaccio has no owners
	}
	if bundle, ok := d.Attachments[name+"-"+version+".sigstore"]; ok {
		s.attest(name, version, []byte(bundle.Data))
		s.claim(p, name, version)
	}
	if s.key != nil {
		s.sign(p, name, version, tarball)
	}
	s.begin(p, version, tag, before)
}

// check holds a document to what libnpmpublish sends: one version, one tag, one
// attachment, and beside it perhaps a Sigstore bundle.
func (d *document) check(name, base string) (version, tag string, tarball []byte, err error) {
	if d.Name != name || d.ID != name || len(d.Versions) != 1 || len(d.Tags) != 1 {
		return "", "", nil, fmt.Errorf("expected one version and one tag of %s", name)
	}
	for tag, version = range d.Tags {
	}
	bundle, attested := d.Attachments[name+"-"+version+".sigstore"]
	switch {
	// npm counts as JavaScript does, in UTF-16.
	case attested && (len(utf16.Encode([]rune(bundle.Data))) != bundle.Length || !json.Valid([]byte(bundle.Data))):
		return "", "", nil, fmt.Errorf("the bundle is no JSON of length %d", bundle.Length)
	case attested && len(d.Attachments) != 2, !attested && len(d.Attachments) != 1:
		return "", "", nil, fmt.Errorf("expected one attachment of %s, and perhaps its bundle", name)
	}
	file, ok := d.Attachments[fmt.Sprintf("%s-%s.tgz", name, version)]
	if !ok || file.ContentType != "application/octet-stream" {
		return "", "", nil, fmt.Errorf("no attachment for version %s", version)
	}
	tarball, err = base64.StdEncoding.DecodeString(file.Data)
	if err != nil || len(tarball) != file.Length {
		return "", "", nil, fmt.Errorf("the attachment is not %d bytes", file.Length)
	}
	var m struct {
		ID      string         `json:"_id"`
		Name    string         `json:"name"`
		Version string         `json:"version"`
		Dist    map[string]any `json:"dist"`
	}
	if err := json.Unmarshal(d.Versions[version], &m); err != nil {
		return "", "", nil, err
	}
	if m.Name != name || m.Version != version || m.ID != name+"@"+version {
		return "", "", nil, fmt.Errorf("the manifest is about %s@%s", m.Name, m.Version)
	}
	for key, want := range distOf(name, version, tarball, base) {
		if m.Dist[key] != want {
			return "", "", nil, fmt.Errorf("dist.%s is %v, expected %v", key, m.Dist[key], want)
		}
	}
	return version, tag, tarball, nil
}
