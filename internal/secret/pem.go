package secret

import (
	"bytes"
)

// keyAhead is how far behind a match the beginning of one more key is read.
const keyAhead = 80

// leastKey is the least body of a private key, in characters of base64: that of an
// Ed25519 key.
const leastKey = 64

// holdsKey reports whether one of the private keys in a match has a body, and does
// not stand for one that is filled in or is cut short. There may be several: a
// short one is no match, so that it goes on to the end of the next, or to the
// first line of it, whose key then lies behind.
func (h *hit) holdsKey() bool {
	end := min(len(h.text), h.valueFrom+len(h.value)+keyAhead)
	match := h.valueFrom + len(h.value)
	for at := h.valueFrom; at < match; {
		i := bytes.Index(h.text[at:end], []byte("-----BEGIN"))
		if i < 0 {
			return false
		}
		at += i + len("-----BEGIN")
		kind, _, ok := bytes.Cut(h.text[at:end], []byte("-----"))
		if !ok {
			return false
		}
		at += len(kind) + len("-----")
		if !bytes.Contains(bytes.ToUpper(kind), []byte("PRIVATE")) {
			continue
		}
		body, _, _ := bytes.Cut(h.text[at:min(len(h.text), at+maxKey)], []byte("-----"))
		if keyBody(body) {
			return true
		}
	}
	return false
}

// maxKey is how much of a key is read: one of 16,384 bits, with escapes.
const maxKey = 32 << 10

// keyBody reports whether the text between the marks is a key: at least leastKey
// characters of base64 once line ends, escapes, quotes, commas and plus signs
// between the lines are taken out. Header lines ("Proc-Type: 4,ENCRYPTED") and the
// marks of a comment do not count. Dots, and a template's braces, say that
// something is left out.
func keyBody(body []byte) bool {
	for _, mark := range []string{"${", "...", "…", "<", "{{"} {
		if bytes.Contains(body, []byte(mark)) {
			return false
		}
	}
	if end := bytes.TrimRight(body, " \t\r\n\"'`,;+\\"); bytes.HasSuffix(end, []byte(".")) {
		return false
	}
	total := 0
	for i := 0; i < len(body); {
		if body[i] == '\\' && i+1 < len(body) { // an escaped line end, or an escaped backslash before one
			i += 2
			continue
		}
		from := i
		for i < len(body) && base64Kind[body[i]] {
			i++
		}
		if i == from {
			i++
			continue
		}
		line := body[from:i]
		if i-from >= leastLine && !wordy(line) {
			total += len(line)
		}
	}
	return total >= leastKey
}

// leastLine is the least line of a key that counts: words and headers are shorter.
const leastLine = 16

// base64Kind holds the characters of base64.
var base64Kind = func() (s set) {
	for b := range s {
		c := byte(b)
		s[b] = isLower(c) || isUpper(c) || isDigit(c) || c == '+' || c == '/' || c == '='
	}
	return s
}()
