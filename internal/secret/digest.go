package secret

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// aboutDigests are words that say that hex digits are the digest of something, or a
// mark that tells one kind of thing from another.
var digestWords = regexp.MustCompile(`(?i)hash|digest|checksum|fingerprint|integrity|etag|sha-?(?:1|224|256|384|512)|md5|signatures|sig_?key|sig$|magic`)

// hiddenEnds are the ends of names of values that are to be hidden.
var hiddenSuffixes = []string{"secret", "token", "key", "password", "passwd", "pass", "pwd", "auth", "credential", "credentials", "creds"}

// tableAround is how far around a value others are looked for that make a table, and
// leastTable how many there must be.
const (
	tableContext   = 1500
	minTableOthers = 3
)

// digest reports whether the value is one of a table of digests: hex digits, beside
// others of the very same length, under a name that does not say that they are to
// be hidden, where something says that they are digests: the path, the name, or
// what stands before.
func (h *hit) inDigestTable(path string) bool {
	n := len(h.value)
	if !slices.Contains([]int{32, 40, 56, 64, 96, 128}, n) || !hexOnly(h.value) { // MD5 to SHA-512
		return false
	}
	name := withoutSeparators(h.name())
	if !digestWords.MatchString(name) {
		if slices.ContainsFunc(hiddenSuffixes, func(end string) bool { return strings.HasSuffix(name, end) }) {
			return false
		}
		if before := h.text[max(0, h.from-contextBytes):h.from]; !digestWords.MatchString(path) && !digestWords.Match(before) {
			return false
		}
	}
	others := 0
	for _, word := range bytes.FieldsFunc(h.text[max(0, h.valueFrom-tableContext):min(len(h.text), h.valueFrom+n+tableContext)], func(r rune) bool {
		return r >= 0x80 || !isWordByte(byte(r))
	}) {
		if len(word) == n && hexOnly(word) && !bytes.Equal(word, h.value) {
			others++
		}
	}
	return others >= minTableOthers
}
