package secret

import (
	"bytes"
	"strings"
)

// harmless reports whether a person who saw the match in its place would not
// call it a secret. gitleaks' allow-lists are about values; this is about
// where they stand: minified code, lists of words, public keys, keys that are
// cut short in a text. Each case was met in a published package.
func (h *hit) harmless() bool {
	switch {
	case h.rule.id == "private-key":
		return h.template()
	case h.rule.generic():
		return codeOf(h.value) || h.publicName() || h.listed() || h.member() || h.path()
	case h.rule.plan().assignment != nil:
		return h.listed()
	}
	return false
}

// keyAhead is how far behind a match the beginning of one more key is read.
const keyAhead = 80

// template reports whether all private keys in a match stand for ones that are
// filled in, or are cut short. There may be several: a short one is no match, so
// that it goes on to the end of the next, or to the first line of it, whose key
// then lies behind.
func (h *hit) template() bool {
	end := min(len(h.text), h.valueFrom+len(h.value)+keyAhead)
	for _, block := range bytes.Split(h.text[h.valueFrom:end], []byte("-----BEGIN"))[1:] {
		block, _, _ = bytes.Cut(block, []byte("-----END"))
		kind, body, _ := bytes.Cut(block, []byte("-----"))
		if bytes.Contains(kind, []byte("PRIVATE")) && !bytes.Contains(body, []byte("${")) && !bytes.Contains(body, []byte("...")) && !bytes.Contains(body, []byte("…")) {
			return false
		}
	}
	return true
}

// codeOf reports whether a value is names of a program with dots and equal
// signs between them, such as keys=keys.parent: what gitleaks allows without
// the equal sign. Base64 that happens to hold letters only has its equal signs
// at the end, and as many as its length asks for.
func codeOf(value []byte) bool {
	for _, b := range value {
		if b != '=' && b != '.' && b != '-' && (!wordByte(b) || b >= '0' && b <= '9') {
			return false
		}
	}
	body := bytes.TrimRight(value, "=")
	return bytes.ContainsAny(body, "=.") || len(value)%4 != 0
}

// path reports whether the value is names with dots between them that have a
// digit or two, as forge.pbe.generatePkcs12Key has, and a program goes on behind
// them: no text in quotes, no line of settings.
func (h *hit) path() bool {
	end := h.valueFrom + len(h.value)
	if h.valueFrom < 1 || strings.IndexByte("`'\"", h.text[h.valueFrom-1]) >= 0 || end >= len(h.text) || strings.IndexByte(";,)} ", h.text[end]) < 0 {
		return false
	}
	names := bytes.Split(h.value, []byte("."))
	for _, name := range names {
		if len(name) == 0 || name[0] >= '0' && name[0] <= '9' || !few(name) {
			return false
		}
	}
	return len(names) > 1 && few(h.value)
}

// few reports whether a value is of letters, and of digits at most two: among
// as many letters drawn at random there would be more.
func few(value []byte) bool {
	digits := 0
	for _, b := range value {
		switch {
		case b >= '0' && b <= '9':
			digits++
		case b != '.' && !wordByte(b):
			return false
		}
	}
	return digits <= 2
}

// lettersOnly reports whether a value has neither digits nor signs: a word, or
// several written as one.
func lettersOnly(value []byte) bool {
	for _, b := range value {
		if !wordByte(b) || b >= '0' && b <= '9' {
			return false
		}
	}
	return true
}

// listed reports whether name and value are two words of a list: the sign
// between them is a comma.
func (h *hit) listed() bool {
	at := h.valueFrom
	for at > h.from && strings.IndexByte("`'\" \t\r\n\f", h.text[at-1]) >= 0 {
		at--
	}
	word := bytes.TrimRight(h.value, "0123456789")
	return at > h.from && h.text[at-1] == ',' && len(h.value)-len(word) <= 2 && lettersOnly(word)
}

// member reports whether the value is a member that a pointer leads to, as in
// sqlite3_api->column_bytes16, or what something is compared with: gitleaks
// takes the last sign for an operator.
func (h *hit) member() bool {
	if h.valueFrom < 2 || !few(h.value) {
		return false
	}
	before := string(h.text[h.valueFrom-2 : h.valueFrom])
	return before == "->" || before == "=="
}

// nameBefore is how far in front of a match its name is looked for.
const nameBefore = 16

// publicName reports whether the name says that the value is meant to be seen:
// a public key, or the digest of something, as in a baseline of detect-secrets.
// That an algorithm stands near, as in hmac-sha256-key, says nothing.
func (h *hit) publicName() bool {
	from := h.from
	for from > max(h.from-nameBefore, 0) && (h.text[from-1] == ' ' || assignKind[h.text[from-1]]&headByte != 0) {
		from--
	}
	name := strings.ToLower(string(h.text[from:h.valueFrom]))
	name = strings.TrimRight(name, "`'\" \t\r\n\f=>:|?,")
	for _, word := range []string{"fingerprint", "sha256", "sha-256", "sha512", "sha-512", "checksum", "hashed_secret"} {
		if strings.HasSuffix(name, word) {
			return true
		}
	}
	return strings.Contains(name, "public key") || strings.HasSuffix(name, "gpg key") || strings.HasSuffix(name, "pgp key")
}
