package registry

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A History is a package as it came to be, as a test states it: as a literal, or
// as one JSON document with the same names. Server.Record puts it there, and the
// Server's methods change it between two reads.
type History struct {
	Name        string               `json:"name"`
	Versions    []Version            `json:"versions"`    // in order of publication
	Tags        map[string]string    `json:"dist-tags"`   // without: latest is the last one
	Maintainers []string             `json:"maintainers"` // npm names
	Gone        map[string]time.Time `json:"gone"`        // when versions were published that are not there any more
	Restricted  bool                 `json:"restricted"`

	Downloads map[string]int64 `json:"downloads"` // by day, "2026-11-29"; see Server.Count
	LastWeek  map[string]int64 `json:"last-week"` // by version
	Stages    []Waiting        `json:"stages"`
}

// A Version is one that was published, and how.
type Version struct {
	Version string    `json:"version"`
	Time    time.Time `json:"time"` // zero: the registry has none

	By               string `json:"by"`               // npm name
	TrustedPublisher string `json:"trustedPublisher"` // its kind, "github": By is then not needed
	Approver         string `json:"approver"`         // npm name
	Provenance       bool   `json:"provenance"`       // the registry says that it has some; see also Server.Store

	License      string            `json:"license"`
	Dependencies map[string]string `json:"dependencies"`
	Deprecated   string            `json:"deprecated"`
	Manifest     map[string]any    `json:"manifest"` // more of it, or something else

	Tarball   []byte `json:"tarball"`   // nil: one with a package.json that says the same
	Integrity string `json:"integrity"` // empty: that of Tarball
}

// A Waiting is a version that waits for an approval.
type Waiting struct {
	Version string    `json:"version"`
	Tag     string    `json:"tag"` // empty: latest
	By      string    `json:"by"`  // npm name; empty: a trusted publisher
	Time    time.Time `json:"time"`
	Tarball []byte    `json:"tarball"`
}

// ParseHistory reads the JSON form, every name of which must be known.
func ParseHistory(text []byte) (h History, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err = d.Decode(&h)
	return h, err
}

// Record puts a package there with its history, in the place of what was there.
// With a key (see Sign) every version is signed.
func (s *Server) Record(h History) error {
	if h.Name == "" || len(h.Versions) == 0 {
		return fmt.Errorf("a history without a name or without versions: %q", h.Name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.packages, h.Name)
	times := maps.Clone(h.Gone)
	for _, v := range h.Versions {
		if err := s.release(h.Name, v, "latest"); err != nil {
			return err
		}
	}
	p := s.packages[h.Name]
	for version, at := range times {
		p.Time[version] = at.UTC().Format(stamp)
	}
	if all := slices.Sorted(maps.Values(p.Time)); len(all) > 0 {
		p.Time["created"], p.Time["modified"] = all[0], all[len(all)-1]
	}
	if h.Tags != nil {
		p.Tags = maps.Clone(h.Tags)
	}
	if h.Restricted {
		p.Access = "restricted"
	}
	p.own(h.Maintainers)
	p.days, p.lastWeek = maps.Clone(h.Downloads), maps.Clone(h.LastWeek)
	for id, staged := range s.staged {
		if staged.Name == h.Name {
			delete(s.staged, id)
		}
	}
	for _, w := range h.Stages {
		s.wait(h.Name, w)
	}
	return nil
}

// stamp is how the registry writes a time.
const stamp = "2006-01-02T15:04:05.000Z"

// release publishes a version and moves a dist-tag to it, if one is given.
func (s *Server) release(name string, v Version, tag string) error {
	if p := s.packages[name]; p != nil && p.Versions[v.Version] != nil {
		return fmt.Errorf("%s@%s is there already", name, v.Version)
	}
	manifest, err := v.manifest(name)
	if err != nil {
		return err
	}
	if v.Tarball == nil {
		if v.Tarball, err = packed(manifest); err != nil {
			return err
		}
	}
	dist := distOf(name, v.Version, v.Tarball, s.URL)
	dist["integrity"] = cmp.Or(v.Integrity, dist["integrity"].(string))
	manifest["dist"], manifest["_id"] = dist, name+"@"+v.Version
	if v.Deprecated != "" {
		manifest["deprecated"] = v.Deprecated
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	p := s.store(name, v.Version, tag, "", v.Tarball, text)
	if tag == "" {
		delete(p.Tags, "")
	}
	if p.Time == nil {
		p.Time = map[string]string{}
	}
	if !v.Time.IsZero() {
		p.Time[v.Version] = v.Time.UTC().Format(stamp)
	}
	p.add(v.Version).User = v.user()
	if v.Provenance {
		s.claim(p, name, v.Version)
	}
	if s.key != nil {
		s.sign(p, name, v.Version, v.Tarball)
	}
	return nil
}

// manifest returns what package.json says.
func (v Version) manifest(name string) (map[string]any, error) {
	if v.Version == "" {
		return nil, fmt.Errorf("a version of %s without a number", name)
	}
	m := map[string]any{"name": name, "version": v.Version}
	if v.License != "" {
		m["license"] = v.License
	}
	if len(v.Dependencies) > 0 {
		m["dependencies"] = v.Dependencies
	}
	maps.Copy(m, v.Manifest)
	return m, nil
}

// user returns the _npmUser.
func (v Version) user() map[string]any {
	var user map[string]any
	switch {
	case v.TrustedPublisher != "":
		user = Grant{Kind: "oidc"}.user()
		user["trustedPublisher"].(map[string]any)["id"] = v.TrustedPublisher
		user["name"] = cmp.Or(v.By, user["name"].(string))
	case v.By != "":
		user = person(v.By)
	}
	if v.Approver != "" {
		if user == nil {
			user = map[string]any{}
		}
		user["approver"] = person(v.Approver)
	}
	return user
}

func person(name string) map[string]any {
	return map[string]any{"name": name, "email": name + "@example.com"}
}

// packed returns a tarball with a package.json, as npm packs it; stored, since
// there may be thousands.
func packed(manifest map[string]any) ([]byte, error) {
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.NoCompression) // the level is one
	w := tar.NewWriter(z)
	h := &tar.Header{Name: "package/package.json", Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(text)),
		ModTime: time.Date(1985, 10, 26, 8, 15, 0, 0, time.UTC)}
	if err := w.WriteHeader(h); err != nil {
		return nil, err
	}
	_, _ = w.Write(text) // into memory
	if err := w.Close(); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}
