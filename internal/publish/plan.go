package publish

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/tarball"
)

// Options say where and how to publish. Registry is required.
type Options struct {
	Registry   string // address, as the user gave it
	Access     string // "public", "restricted"; empty: what publishConfig says, else Default
	Default    string // access if neither sets it, for a package with a scope; empty: the registry's default
	Tag        string // the dist-tag; empty: what publishConfig says, else latest, which a prerelease may not take
	Provenance bool   // npm's -provenance
}

// A Plan is a document that is ready to be sent, made from the tarball and the
// options.
type Plan struct {
	Name, Version string
	Tag, Access   string // Access "": the registry's default
	Registry      string // ends in a slash
	Integrity     string // "sha512-…"
	Shasum        string // SHA-1 in hex

	tagGiven   bool // given by an option, not the default
	mustExist  bool // only an existing package may have this name
	notes      []string
	head, tail []byte
	tarball    []byte
}

// New returns the plan for a tarball, or a *RefusedError with all reasons
// against publishing it like this.
func New(t *tarball.Tarball, o Options) (*Plan, error) {
	if t == nil || len(t.Bytes) == 0 {
		return nil, refuse(Misuse, "no-tarball", "there is no tarball to publish: give one with -tarball")
	}
	if len(t.Violations) > 0 {
		return nil, refuse(Blocked, "tarball", fmt.Sprintf("the tarball departs from the canonical profile in %d places", len(t.Violations)))
	}
	base, err := registry.ParseURL(o.Registry)
	if err != nil {
		return nil, refuse(Misuse, "registry", err.Error())
	}
	if t.Manifest == nil {
		return nil, refuse(Blocked, "manifest", "the package.json in the tarball could not be read")
	}
	m, err := strict.Parse(t.Manifest.Raw)
	if err != nil {
		return nil, refuse(Blocked, "manifest", "the package.json in the tarball: "+err.Error())
	}
	long, short := sha512.Sum512(t.Bytes), sha1.Sum(t.Bytes)
	p := &Plan{
		Name: m.Get("name").Text(), Version: m.Get("version").Text(), Registry: base.String(),
		Integrity: "sha512-" + base64.StdEncoding.EncodeToString(long[:]), Shasum: hex.EncodeToString(short[:]),
		tarball: t.Bytes,
	}
	if t.Integrity != p.Integrity {
		return nil, refuse(Blocked, "tarball", "the bytes of the tarball are not the ones that were read")
	}
	j := &judge{manifest: m, options: o, plan: p}
	j.all()
	if len(j.reasons) > 0 {
		return nil, &RefusedError{j.reasons}
	}
	p.write(m, t)
	return p, nil
}

// Size returns the length of the document in bytes.
func (p *Plan) Size() int64 {
	return int64(len(p.head)) + int64(base64.StdEncoding.EncodedLen(len(p.tarball))) + int64(len(p.tail))
}

// Open returns the document, from its beginning. The tarball is encoded while
// it is read, without a copy.
func (p *Plan) Open() io.ReadCloser {
	return io.NopCloser(io.MultiReader(bytes.NewReader(p.head), &encoder{rest: p.tarball}, bytes.NewReader(p.tail)))
}

// address returns where the document is sent.
func (p *Plan) address() string { return p.Registry + strings.Replace(p.Name, "/", "%2f", 1) }

// page returns the address of the version on the registry's website.
func (p *Plan) page() string { return p.address() + "/" + p.Version }

// write writes the document around the tarball, in the order of libnpmpublish
// (lib/publish.js).
func (p *Plan) write(m strict.Value, t *tarball.Tarball) {
	w := &writer{}
	file := p.Name + "-" + p.Version + ".tgz"
	w.raw(`{"_id":`).text(p.Name).raw(`,"name":`).text(p.Name)
	if d := m.Get("description"); d.Exists() {
		w.raw(`,"description":`).value(d)
	}
	w.raw(`,"dist-tags":{`).text(p.Tag).raw(`:`).text(p.Version)
	w.raw(`},"versions":{`).text(p.Version).raw(`:`)
	p.writeManifest(w, m, t)
	w.raw(`},"access":`)
	if p.Access == "" {
		w.raw(`null`)
	} else {
		w.text(p.Access)
	}
	w.raw(`,"_attachments":{`).text(file).raw(`:{"content_type":"application/octet-stream","data":"`)
	p.head = w.buf.Bytes()
	p.tail = fmt.Appendf(nil, `","length":%d}}}`, len(p.tarball))
}

// writeManifest writes the manifest of the version: every member of the
// tarball's package.json, byte for byte, then what npm adds. npm also expands
// some fields (bin, man, …) to their long forms; readers of a registry have to
// do that anyway, and a manifest that equals the tarball's is worth more.
func (p *Plan) writeManifest(w *writer, m strict.Value, t *tarball.Tarball) {
	w.raw(`{`)
	for key, value := range m.Members() {
		w.value(key).raw(`:`).value(value).raw(`,`)
	}
	w.raw(`"_id":`).text(p.Name + "@" + p.Version)
	if name := readmeName(t); name != "" && t.Readme != "" && !m.Get("readme").Exists() && !m.Get("readmeFilename").Exists() {
		w.raw(`,"readme":`).text(t.Readme).raw(`,"readmeFilename":`).text(name)
	}
	file := p.Name + "/-/" + p.Name + "-" + p.Version + ".tgz"
	address := p.Registry + file
	if rest, ok := strings.CutPrefix(address, "https://"); ok {
		address = "http://" + rest // as npm does; clients use the registry's own scheme
	}
	w.raw(`,"dist":{"integrity":`).text(p.Integrity).raw(`,"shasum":`).text(p.Shasum).raw(`,"tarball":`).text(address).raw(`}}`)
}

// readmeName returns the file name of the README at the package's root, or "".
// Of several, markdown comes first, as for npm.
func readmeName(t *tarball.Tarball) string {
	found := ""
	for _, e := range t.Entries {
		name, ok := strings.CutPrefix(e.Path, "package/")
		if !ok || e.Dir || strings.Contains(name, "/") {
			continue
		}
		switch lower := strings.ToLower(name); {
		case lower == "readme.md" || lower == "readme.markdown":
			return name
		case found == "" && (lower == "readme" || strings.HasPrefix(lower, "readme.")):
			found = name
		}
	}
	return found
}

// writer builds JSON. Values are copied unchanged.
type writer struct{ buf bytes.Buffer }

func (w *writer) raw(s string) *writer { w.buf.WriteString(s); return w }

func (w *writer) text(s string) *writer {
	enc := json.NewEncoder(&w.buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)               // cannot fail: a string into memory
	w.buf.Truncate(w.buf.Len() - 1) // the encoder's line break
	return w
}

func (w *writer) value(v strict.Value) *writer {
	if v.Kind() == strict.String {
		w.buf.WriteByte('"')
		w.buf.Write(v.Raw())
		w.buf.WriteByte('"')
		return w
	}
	w.buf.Write(v.Raw())
	return w
}

// encoder is a reader of base64 that keeps only a small window of it.
type encoder struct {
	rest   []byte
	window []byte
	buf    [32 << 10]byte
}

// Read implements io.Reader.
func (e *encoder) Read(p []byte) (int, error) {
	if len(e.window) == 0 {
		if len(e.rest) == 0 {
			return 0, io.EOF
		}
		n := min(len(e.rest), len(e.buf)/4*3)
		e.window = e.buf[:base64.StdEncoding.EncodedLen(n)]
		base64.StdEncoding.Encode(e.window, e.rest[:n])
		e.rest = e.rest[n:]
	}
	n := copy(p, e.window)
	e.window = e.window[n:]
	return n, nil
}
