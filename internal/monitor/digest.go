package monitor

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// shortBytes is how much of a digest the state remembers: 96 bits. To be taken for
// other bytes, bytes must be found whose SHA-512 begins as a given one does.
const shortBytes = 12

// Kinds of short digests, their first letter.
const (
	kindSHA512 = "5"
	kindSHA1   = "1"
	kindOther  = "x" // of an integrity without a SHA-512: the SHA-256 of its text
)

// digests returns the short digests of what the registry says of a tarball, sorted.
// An integrity may hold several hashes, with blanks between and options behind "?".
func digests(integrity, shasum string) []string {
	var all []string
	for part := range strings.FieldsSeq(integrity) {
		part, _, _ = strings.Cut(part, "?")
		if encoded, ok := strings.CutPrefix(part, "sha512-"); ok {
			if raw, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(raw) == 64 {
				all = append(all, kindSHA512+cut(raw))
			}
		}
	}
	if len(all) == 0 && strings.TrimSpace(integrity) != "" {
		sum := sha256.Sum256([]byte(strings.Join(strings.Fields(integrity), " ")))
		all = append(all, kindOther+cut(sum[:]))
	}
	if raw, err := hex.DecodeString(shasum); err == nil && len(raw) == 20 {
		all = append(all, kindSHA1+cut(raw))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// digestOf returns the short digest of a SHA-512 in hex; "": it is none.
func digestOf(sha512 string) string {
	raw, err := hex.DecodeString(sha512)
	if err != nil || len(raw) != 64 {
		return ""
	}
	return kindSHA512 + cut(raw)
}

// shortHex is the short digest of one in hex; "": it is none.
func shortHex(digest string) string {
	raw, err := hex.DecodeString(digest)
	if err != nil || len(raw) < shortBytes {
		return ""
	}
	return cut(raw)
}

func cut(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw[:shortBytes]) }

// same reports whether what the registry says of a tarball now is about the bytes
// that it spoke of before: no digest of a kind differs, and one of them is there
// still. Where it said nothing before, anything is the same.
func same(before, now []string) bool {
	_, one := joined(before, now)
	return one && (len(before) == 0 || slices.ContainsFunc(now, func(d string) bool { return slices.Contains(before, d) }))
}

// strong returns the digest that bytes are judged by; "": there is none.
func strong(all []string) string {
	for _, d := range all {
		if d[:1] == kindSHA512 {
			return d
		}
	}
	return ""
}

// joined returns the digests of both. one reports whether they can be those of one
// tarball: none of them has another of its kind beside it.
func joined(a, b []string) (all []string, one bool) {
	all, one = together(a, b), true
	for i := 1; i < len(all); i++ {
		one = one && all[i][0] != all[i-1][0]
	}
	return all, one
}
