package sbom

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// A digest is one hash of a package.
type digest struct {
	alg  string    // CycloneDX's name
	hex  [128]byte // lower-case, the first size of it
	size int
}

func digestOf(alg cdx.HashAlgorithm, text string) digest {
	d := digest{alg: string(alg)}
	d.size = copy(d.hex[:], text)
	return d
}

// algorithm maps SRI's names to CycloneDX's, with the length of a digest in
// bytes: one of another length is no hash and would make the document invalid.
func algorithm(sri string) (string, int) {
	switch strings.ToLower(sri) {
	case "sha1":
		return string(cdx.HashAlgoSHA1), 20
	case "sha256":
		return string(cdx.HashAlgoSHA256), 32
	case "sha384":
		return string(cdx.HashAlgoSHA384), 48
	case "sha512":
		return string(cdx.HashAlgoSHA512), 64
	}
	return "", 0
}

// integrity appends the hashes of an SRI string (one or more of
// "alg-base64?options", separated by blanks) in the order written, each
// algorithm once. Where there is none, nothing: an unreadable hash is the
// business of a check.
func integrity(hashes []digest, sri string) []digest {
	const one = "sha512-"
	if value, ok := strings.CutPrefix(sri, one); ok && len(value) == 88 { // nearly all
		if h := (digest{alg: string(cdx.HashAlgoSHA512)}); h.decode(value, 64) {
			return append(hashes, h)
		}
	}
	for field := range strings.FieldsSeq(sri) {
		name, value, _ := strings.Cut(field, "-")
		value, _, _ = strings.Cut(value, "?")
		h := digest{}
		var size int
		h.alg, size = algorithm(name)
		if h.alg != "" && !has(hashes, h.alg) && h.decode(value, size) {
			hashes = append(hashes, h)
		}
	}
	return hashes
}

// decode reads the base64 of a digest of a size in bytes.
func (d *digest) decode(value string, size int) bool {
	if len(value) != base64.StdEncoding.EncodedLen(size) {
		return false
	}
	var text [88]byte
	var raw [68]byte // base64 decodes in steps of three
	n, err := base64.StdEncoding.Decode(raw[:], text[:copy(text[:], value)])
	if err != nil || n != size {
		return false
	}
	d.size = hex.Encode(d.hex[:], raw[:n])
	return true
}

func has(hashes []digest, alg string) bool {
	for i := range hashes {
		if hashes[i].alg == alg {
			return true
		}
	}
	return false
}

// hashes writes them, unless there are none.
func (e *encoder) hashes(hashes []digest) {
	if len(hashes) == 0 {
		return
	}
	e.List("hashes")
	for i := range hashes {
		h := &hashes[i]
		e.Item()
		e.Open('{')
		e.Plain("alg", h.alg)
		e.Key("content")
		e.Out = append(e.Out, '"')
		e.Out = append(append(e.Out, h.hex[:h.size]...), '"')
		e.Close('}')
	}
	e.Close(']')
}
