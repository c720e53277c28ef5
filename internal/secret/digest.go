package secret

import (
	"bytes"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// digestWords are words that say that hex digits are a digest, or a number that
// identifies a format.
var digestWords = pattern.New(`(?i)hash|digest|checksum|fingerprint|integrity|etag|sha-?(?:1|224|256|384|512)|` +
	`md5|signatures|sig_?key|sig$|magic`)

// hiddenSuffixes are ends of names whose values must be hidden.
var hiddenSuffixes = []string{"secret", "token", "key", "password", "passwd", "pass", "pwd", "auth", "credential", "credentials", "creds"}

// tableContext is how many bytes around a value count as its table. minTableOthers
// is the least number of other values in a table.
const (
	tableContext   = 1500
	minTableOthers = 3
)

// inDigestTable reports whether the value is one of a table of digests. The value
// consists of hex digits and stands near others of the same length. The path, the
// name or the text before it says that they are digests, and the name does not say
// that they must be hidden.
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
	table := h.text[max(0, h.valueFrom-tableContext):min(len(h.text), h.valueFrom+n+tableContext)]
	for _, word := range bytes.FieldsFunc(table, func(r rune) bool {
		return r >= 0x80 || !isWordByte(byte(r))
	}) {
		if len(word) == n && hexOnly(word) && !bytes.Equal(word, h.value) {
			others++
		}
	}
	return others >= minTableOthers
}
