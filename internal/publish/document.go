package publish

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
	"github.com/publishgate/publishgate/internal/tarball"
)

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
}

// tail returns the document from the end of the tarball's data.
func (p *Plan) tail() []byte {
	return append(append(fmt.Appendf(nil, `","length":%d}`, len(p.tarball)), p.bundle...), `}}`...)
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
