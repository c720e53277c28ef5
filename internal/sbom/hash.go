package sbom

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// algorithm maps SRI's names to CycloneDX's, with the digest length in bytes: a
// digest of another length is not a hash and would make the document invalid.
func algorithm(sri string) (cdx.HashAlgorithm, int) {
	switch strings.ToLower(sri) {
	case "sha1":
		return cdx.HashAlgoSHA1, 20
	case "sha256":
		return cdx.HashAlgoSHA256, 32
	case "sha384":
		return cdx.HashAlgoSHA384, 48
	case "sha512":
		return cdx.HashAlgoSHA512, 64
	}
	return "", 0
}

// integrity appends the hashes of an SRI string (one or more of
// "alg-base64?options", separated by spaces) to an empty list, in the order
// written, each algorithm once. An unreadable hash is left out; a check reports
// it.
func integrity(hashes []cdx.Hash, sri string) []cdx.Hash {
	var raw [66]byte // what 88 characters of base64 decode to at most
	var text [128]byte
	for field := range strings.FieldsSeq(sri) {
		name, value, _ := strings.Cut(field, "-")
		value, _, _ = strings.Cut(value, "?")
		alg, size := algorithm(name)
		if alg == "" || slices.ContainsFunc(hashes, func(h cdx.Hash) bool { return h.Algorithm == alg }) ||
			len(value) != base64.StdEncoding.EncodedLen(size) {
			continue
		}
		if n, err := base64.StdEncoding.Decode(raw[:], []byte(value)); err == nil && n == size {
			hashes = append(hashes, cdx.Hash{Algorithm: alg, Value: string(hex.AppendEncode(text[:0], raw[:n]))})
		}
	}
	return hashes
}
