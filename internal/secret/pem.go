package secret

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// keyAhead is how far behind a match the beginning of one more key is read.
const maxKeyGap = 80

// leastKey is the least body of a private key, in characters of base64: that of an
// Ed25519 key.
const minKey = 64

// privateKeys returns the bodies of the private keys in a match that have one, and do
// not stand for one that is filled in or is cut short. There may be several: a
// short one is no match, so that it goes on to the end of the next, or to the
// first line of it, whose key then lies behind.
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

// publicKeys are private keys that everybody has, by the SHA-256 of their body: with
// the one in ssh2 (lib/protocol/constants.js), and in what bundles it, programs try
// whether Node can sign; the other is the example of RFC 8410.
var publicKeys = []string{
	"0739020d3a2d8f666ad29cc2a2255d10c719f498a888e09104f51c88fbb06156",
	"4ff96a60934849a7f7c7733f163824cc22be7da33384bbd0b5de992972ea5586",
}

// knownKeys reports whether the private keys in a match are such.
func (h *hit) areKnownKeys() bool {
	return !slices.ContainsFunc(h.privateKeys(), func(key []byte) bool {
		sum := sha256.Sum256(key)
		return !slices.Contains(publicKeys, hex.EncodeToString(sum[:]))
	})
}

// maxKey is how much of a key is read: one of 16,384 bits, with escapes.
const maxKey = 32 << 10

// keyBody is what the text between the marks of a key holds of base64 once line ends,
// escapes, quotes, commas and plus signs between the lines are taken out; of a key it is
// leastKey characters or more. Header lines ("Proc-Type: 4,ENCRYPTED") and the
// marks of a comment do not count. Dots, and a template's braces, say that
// something is left out.
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
		if body[i] == '\\' && i+1 < len(body) { // an escaped line end, or an escaped backslash before one
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
		if i-from >= minKeyLine && !wordy(line) && entropy(line) > 2 { // a row of one letter stands for a line
			key = append(key, line...)
		}
	}
	return key
}

// leastLine is the least line of a key that counts: words and headers are shorter.
const minKeyLine = 16

// base64Kind holds the characters of base64.
var base64Set = func() (s set) {
	for b := range s {
		c := byte(b)
		s[b] = isLower(c) || isUpper(c) || isDigit(c) || c == '+' || c == '/' || c == '='
	}
	return s
}()
