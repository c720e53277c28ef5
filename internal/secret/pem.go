package secret

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// maxKeyGap is how many bytes behind a match one more key may begin.
const maxKeyGap = 80

// minKey is the least length of a private key in characters of base64: that of an
// Ed25519 key.
const minKey = 64

// privateKeys returns the bodies of the private keys in a match. Keys that are cut
// short or filled in later are left out. A match may contain several keys: the
// expression does not match a short key, so the match ends with the next key, or in
// front of its body.
func (h *hit) privateKeys() (bodies [][]byte) {
	end := min(len(h.text), h.valueFrom+len(h.value)+maxKeyGap)
	match := h.valueFrom + len(h.value)
	for at := h.valueFrom; at < match; {
		i := bytes.Index(h.text[at:end], []byte("-----BEGIN"))
		if i < 0 {
			return bodies
		}
		at += i + len("-----BEGIN")
		kind, _, ok := bytes.Cut(h.text[at:end], []byte("-----"))
		if !ok {
			return bodies
		}
		at += len(kind) + len("-----")
		if !bytes.Contains(bytes.ToUpper(kind), []byte("PRIVATE")) {
			continue
		}
		body, _, _ := bytes.Cut(h.text[at:min(len(h.text), at+maxKey)], []byte("-----"))
		if key := keyBody(body); len(key) >= minKey {
			bodies = append(bodies, key)
		}
	}
	return bodies
}

// publicKeys are private keys that everybody has, by the SHA-256 of their body. The
// first is in ssh2 (lib/protocol/constants.js) and in bundles of it; it tests
// whether Node can sign. The second is the example of RFC 8410.
var publicKeys = []string{
	"0739020d3a2d8f666ad29cc2a2255d10c719f498a888e09104f51c88fbb06156",
	"4ff96a60934849a7f7c7733f163824cc22be7da33384bbd0b5de992972ea5586",
}

// areKnownKeys reports whether all private keys in a match are in publicKeys.
func (h *hit) areKnownKeys() bool {
	return !slices.ContainsFunc(h.privateKeys(), func(key []byte) bool {
		sum := sha256.Sum256(key)
		return !slices.Contains(publicKeys, hex.EncodeToString(sum[:]))
	})
}

// maxKey is how many bytes of a key are read: one of 16,384 bits, with escapes.
const maxKey = 32 << 10

// keyBody returns the base64 between the BEGIN and END lines of a key, without line
// breaks, escapes, quotes, commas and plus signs. Header lines ("Proc-Type:
// 4,ENCRYPTED") and stars of a comment are left out. The result is nil if dots or
// the braces of a template say that something is missing.
func keyBody(body []byte) []byte {
	for _, mark := range []string{"${", "...", "…", "<", "{{"} {
		if bytes.Contains(body, []byte(mark)) {
			return nil
		}
	}
	if end := bytes.TrimRight(body, " \t\r\n\"'`,;+\\"); bytes.HasSuffix(end, []byte(".")) {
		return nil
	}
	var key []byte
	for i := 0; i < len(body); {
		if body[i] == '\\' && i+1 < len(body) { // an escaped line break, or a backslash in front of one
			i += 2
			continue
		}
		from := i
		for i < len(body) && base64Set[body[i]] {
			i++
		}
		if i == from {
			i++
			continue
		}
		line := body[from:i]
		if i-from >= minKeyLine && !wordy(line) && entropy(line) > 2 { // one letter over and over stands for a missing line
			key = append(key, line...)
		}
	}
	return key
}

// minKeyLine is the least length of a line that counts as part of a key. Words and
// headers are shorter.
const minKeyLine = 16

// base64Set holds the characters of base64.
var base64Set = func() (s set) {
	for b := range s {
		c := byte(b)
		s[b] = isLower(c) || isUpper(c) || isDigit(c) || c == '+' || c == '/' || c == '='
	}
	return s
}()
