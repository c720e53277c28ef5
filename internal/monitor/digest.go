package monitor

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// shortBytes is how much of a digest the state remembers: 144 bits. Whoever may choose
// both, the bytes that are judged and those that replace them, has to make 2^72 of them
// until two begin alike. What was judged is compared by all of its SHA-512.
const shortBytes = 18

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
	for _, raw := range sha512s(integrity) {
		all = append(all, kindSHA512+cut(raw))
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

// sha512s returns the SHA-512 that an integrity names.
func sha512s(integrity string) (all [][]byte) {
	for part := range strings.FieldsSeq(integrity) {
		part, _, _ = strings.Cut(part, "?")
		if encoded, ok := strings.CutPrefix(part, "sha512-"); ok {
			if raw, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(raw) == 64 {
				all = append(all, raw)
			}
		}
	}
	return all
}

// judgedBy returns the SHA-512 in hex by which bytes are judged; "": the integrity
// names none, or several that differ, and nobody knows which of them counts.
func judgedBy(integrity string) string {
	all := sha512s(integrity)
	if len(all) == 0 || slices.ContainsFunc(all, func(raw []byte) bool { return !bytes.Equal(raw, all[0]) }) {
		return ""
	}
	return hex.EncodeToString(all[0])
}

// digestOf returns a SHA-512 in hex as judgedBy does; "": it is none.
func digestOf(sha512 string) string {
	raw, err := hex.DecodeString(sha512)
	if err != nil || len(raw) != 64 {
		return ""
	}
	return hex.EncodeToString(raw)
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
