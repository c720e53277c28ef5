package publish

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

// maxBundle is more than any bundle has: one is about 10 KB.
const maxBundle = 4 << 20

// Attach adds a Sigstore bundle as the document's second attachment, the
// package's provenance. As for npm (libnpmpublish, lib/provenance.js) its
// statement must have one subject, and that must be this version and these
// bytes. Whether its signature is valid is not looked at: who signed it knows.
func (p *Plan) Attach(bundle []byte) error {
	if err := p.attach(bundle); err != nil {
		return fmt.Errorf("attach provenance to %s@%s: %w", p.Name, p.Version, err)
	}
	return nil
}

func (p *Plan) attach(bundle []byte) error {
	root, err := strict.ParseWithin(bundle, strict.Limits{Bytes: maxBundle})
	if err != nil {
		return fmt.Errorf("the bundle: %w", err)
	}
	media := root.Get("mediaType").Text()
	if !strings.HasPrefix(media, "application/vnd.dev.sigstore.bundle") {
		return fmt.Errorf("the bundle's mediaType is %s, expected a Sigstore bundle", quoted(media))
	}
	envelope := root.Get("dsseEnvelope")
	if kind := envelope.Get("payloadType").Text(); kind != "application/vnd.in-toto+json" {
		return fmt.Errorf("the bundle's payloadType is %s, expected a statement of in-toto", quoted(kind))
	}
	payload, err := base64.StdEncoding.DecodeString(envelope.Get("payload").Text())
	if err != nil {
		return fmt.Errorf("the bundle's payload: %w", err)
	}
	statement, err := strict.Parse(payload)
	if err != nil {
		return fmt.Errorf("the bundle's statement: %w", err)
	}
	if err := p.isSubject(statement.Get("subject")); err != nil {
		return err
	}
	var text bytes.Buffer
	if err := json.Compact(&text, bytes.TrimPrefix(bundle, []byte("\uFEFF"))); err != nil {
		return fmt.Errorf("the bundle: %w", err)
	}
	units := len(utf16.Encode([]rune(text.String()))) // as JavaScript counts
	w := &writer{}
	w.raw(`,`).text(p.Name + "-" + p.Version + ".sigstore").raw(`:{"content_type":`).text(media)
	w.raw(`,"data":`).text(text.String()).raw(fmt.Sprintf(`,"length":%d}`, units))
	p.bundle, p.Provenance = w.buf.Bytes(), true
	return nil
}

// isSubject requires a statement to be about this version and these bytes, and
// about nothing else.
func (p *Plan) isSubject(subjects strict.Value) error {
	if n := subjects.Len(); n != 1 || subjects.Kind() != strict.Array {
		return fmt.Errorf("its statement has %d subjects, expected this version alone", n)
	}
	for subject := range subjects.Elements() {
		if name, want := subject.Get("name").Text(), npm.PURLOf(p.Name, p.Version); name != want {
			return fmt.Errorf("its subject is %s, expected %s", quoted(name), want)
		}
		sum, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.Integrity, "sha512-")) // New made it
		if got, want := subject.Get("digest").Get("sha512").Text(), hex.EncodeToString(sum); got != want {
			return fmt.Errorf("its subject has the SHA-512 %s, the tarball %s", quoted(got), want)
		}
	}
	return nil
}
