package sbom

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// A digest is one hash of a package: its bytes, or its hex where that is what
// came in.
type digest struct {
	alg  string // CycloneDX's name
	hex  string
	sum  [64]byte
	size int // of sum
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
	for field := range strings.FieldsSeq(sri) {
		name, value, _ := strings.Cut(field, "-")
		value, _, _ = strings.Cut(value, "?")
		h := digest{}
		h.alg, h.size = algorithm(name)
		if h.alg == "" || len(value) != base64.StdEncoding.EncodedLen(h.size) || has(hashes, h.alg) {
			continue
		}
		var raw [68]byte // base64 decodes in steps of three
		n, err := base64.StdEncoding.Decode(raw[:], append(make([]byte, 0, 96), value...))
		if err != nil || n != h.size {
			continue
		}
		copy(h.sum[:], raw[:n])
		hashes = append(hashes, h)
	}
	return hashes
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
	e.list("hashes")
	for i := range hashes {
		h := &hashes[i]
		e.item()
		e.open('{')
		e.plain("alg", h.alg)
		if h.size == 0 {
			e.text("content", h.hex)
		} else {
			e.key("content")
			e.b = append(e.b, '"')
			e.b = append(hex.AppendEncode(e.b, h.sum[:h.size]), '"')
		}
		e.close('}')
	}
	e.close(']')
}
