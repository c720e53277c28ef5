package publish

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/normal"
	"github.com/publishgate/publishgate/internal/tarball"
)

// write writes the document around the tarball, in the order of libnpmpublish
// (lib/publish.js).
func (p *Plan) write() {
	w := &writer{}
	file := p.Name + "-" + p.Version + ".tgz"
	w.raw(`{"_id":`).text(p.Name).raw(`,"name":`).text(p.Name)
	if d := p.manifest.Description; d != nil {
		w.raw(`,"description":`).raw(string(d))
	}
	w.raw(`,"dist-tags":{`).text(p.Tag).raw(`:`).text(p.Version)
	w.raw(`},"versions":{`).text(p.Version).raw(`:`)
	p.writeManifest(w)
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

// writeManifest writes the manifest of the version: what npm makes of the
// tarball's package.json, then `dist`.
func (p *Plan) writeManifest(w *writer) {
	file := p.Name + "/-/" + p.Name + "-" + p.Version + ".tgz"
	address := p.Registry + file
	if rest, ok := strings.CutPrefix(address, "https://"); ok {
		address = "http://" + rest // as npm does; clients use the registry's own scheme
	}
	w.buf.Write(p.manifest.JSON[:len(p.manifest.JSON)-1]) // without the brace at the end
	w.raw(`,"dist":{"integrity":`).text(p.Integrity).raw(`,"shasum":`).text(p.Shasum).raw(`,"tarball":`).text(address).raw(`}}`)
}

// normalise makes of package.json what npm makes of it. The tarball alone says
// what it becomes, and the commit.
func (j *judge) normalise(t *tarball.Tarball) {
	pkg := normal.Package{Manifest: j.manifest, Readme: t.Shown.Body, Authors: t.Authors.Body, GitHead: j.options.GitHead}
	for _, e := range t.Entries {
		_, name, ok := strings.Cut(e.Path, "/") // below the root folder
		if !ok || e.Dir {
			continue
		}
		pkg.Files = append(pkg.Files, name)
		if e.Size > tarball.MaxShown && (e.Path == t.Shown.Path || e.Path == t.Authors.Path) {
			j.add(Blocked, "manifest-field", "%s is sent with the manifest, and is larger than %d bytes", quoted(name), tarball.MaxShown)
		}
	}
	var err error
	if j.plan.manifest, err = normal.New(pkg); err != nil {
		j.add(Blocked, "manifest-field", "%v: npm publishes no such package", err)
	}
}

// writer builds JSON.
type writer struct{ buf bytes.Buffer }

func (w *writer) raw(s string) *writer { w.buf.WriteString(s); return w }

func (w *writer) text(s string) *writer {
	enc := json.NewEncoder(&w.buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)               // cannot fail: a string into memory
	w.buf.Truncate(w.buf.Len() - 1) // the encoder's line break
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
