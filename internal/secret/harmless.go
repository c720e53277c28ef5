package secret

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

// harmless reports whether a person who saw the match in its place would not call
// it a secret. gitleaks' allow-lists look at values. This looks at where they
// stand: program code, lists of words, public keys, checksums, keys cut short in a
// text. Each case was met in a published package.
func (h *hit) harmless(path string) bool {
	switch {
	case h.rule.id == "private-key":
		return len(h.privateKeys()) == 0
	case h.rule.id == "generic-password":
		return false // its rule has a condition of its own
	case h.rule.generic():
		return wordy(h.value) || hasTypedSequence(h.value) || isCodeNames(h.value) || hasToolSuffix(h.value) ||
			isWordsInBase64(h.value) || isPublicPoint(h.value) ||
			h.nameSaysPublic() || h.isFileChecksum() || h.isIdentifier() || h.isElementKey() ||
			h.inWordList() || h.isMember() || h.isMemberChain() || h.isBareName() || h.inDigestTable(path) || h.isLocked(path)
	case h.rule.vague:
		return wordy(h.value) || h.isCommit() || h.isHexFarFromService()
	case h.rule.plan().assignment != nil:
		return h.inWordList() || wordy(h.value) || h.inDigestTable(path)
	}
	return false
}

// lockPath matches the files in which package managers keep checksums.
var lockPath = pattern.New(`(?:^|/)(?:go\.(?:sum|work\.sum)|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|` +
	`bun\.lock|deno\.lock|Cargo\.lock|poetry\.lock|Pipfile\.lock|uv\.lock|composer\.lock|gradle\.lockfile)$`)

// isLocked reports whether the value is a checksum in a lockfile, beside the name
// of a module that sounds like a key.
func (h *hit) isLocked(path string) bool {
	if !lockPath.MatchString(path) {
		return false
	}
	end := h.valueFrom + len(h.value)
	near := h.text[max(0, h.valueFrom-contextBytes):end]
	near = near[bytes.LastIndexByte(near[:len(near)-len(h.value)], '\n')+1:]
	for _, mark := range []string{"h1:", "sha1-", "sha256-", "sha384-", "sha512-", "sha256:", "checksum", "integrity"} {
		if bytes.Contains(near, []byte(mark)) {
			return true
		}
	}
	return false
}

// isCodeNames reports whether a value consists of names in a program with dots and
// equal signs between them, such as keys=keys.parent. gitleaks allows this without
// the equal sign. Base64 that has only letters is different: its equal signs are at
// the end, as many as its length needs.
func isCodeNames(value []byte) bool {
	for _, b := range value {
		if b != '=' && b != '.' && b != '-' && (!isWordByte(b) || isDigit(b)) {
			return false
		}
	}
	body := bytes.TrimRight(value, "=")
	return bytes.ContainsAny(body, "=.") || len(value)%4 != 0
}

// maxMinifiedName is the greatest length of a name that a minifier chose.
const maxMinifiedName = 8

// isMemberChain reports whether the value is a chain of names in program code, such
// as forge.pbe.generatePkcs12Key or a=KJUR.asn1.csr. It is not quoted, and program
// code follows it.
func (h *hit) isMemberChain() bool {
	end := h.valueFrom + len(h.value)
	if h.isQuoted() || end >= len(h.text) || strings.IndexByte(";,)} ", h.text[end]) < 0 {
		return false
	}
	names := bytes.FieldsFunc(h.value, func(r rune) bool { return r == '.' || r == '=' })
	for _, name := range names {
		if isDigit(name[0]) || bytes.ContainsAny(name, "+/-") || len(name) > maxMinifiedName && !wordy(name) && !hasFewDigits(name) {
			return false
		}
	}
	return len(names) > 1
}

// isBareName reports whether the value is one name in program code: words and
// abbreviations with numbers between them. It is not quoted, and program code
// follows it.
func (h *hit) isBareName() bool {
	end := h.valueFrom + len(h.value)
	if h.isQuoted() || end >= len(h.text) || strings.IndexByte(";,)} ", h.text[end]) < 0 || !isName(h.value) {
		return false
	}
	s := shapeOf(h.value)
	return s.words >= 3 && s.inWords*4 >= s.letters*3 && s.digits*2 <= s.letters && s.numbers <= s.words && s.usualPairs*2 >= s.pairs
}

// isName reports whether a value can be the name of a variable.
func isName(value []byte) bool {
	return !isDigit(value[0]) && !bytes.ContainsFunc(value, func(r rune) bool { return r >= 0x80 || !isWordByte(byte(r)) })
}

// isHexFarFromService reports whether the value is 40 hex digits, and the text
// before it does not name the service whose token it could be.
func (h *hit) isHexFarFromService() bool {
	service, _, _ := strings.Cut(h.rule.id, "-")
	before := h.text[max(0, h.valueFrom-contextBytes):h.valueFrom]
	return len(h.value) == 40 && hexOnly(h.value) && !bytes.Contains(bytes.ToLower(before), []byte(service))
}

// hexOnly reports whether a value consists of hex digits.
func hexOnly(value []byte) bool {
	return !bytes.ContainsFunc(value, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
}

// isQuoted reports whether the value begins behind a quote.
func (h *hit) isQuoted() bool {
	return h.valueFrom < 1 || strings.IndexByte("`'\"", h.text[h.valueFrom-1]) >= 0
}

// hasFewDigits reports whether a value consists of letters, dots and at most two
// digits. A random value of that length would have more.
func hasFewDigits(value []byte) bool {
	digits := 0
	for _, b := range value {
		switch {
		case isDigit(b):
			digits++
		case b != '.' && !isWordByte(b):
			return false
		}
	}
	return digits <= 2
}

// inWordList reports whether name and value are two words of a list: there is a
// comma between them, and the value has at most one short number.
func (h *hit) inWordList() bool {
	at := h.valueFrom
	for at > h.from && strings.IndexByte("`'\" \t\r\n\f", h.text[at-1]) >= 0 {
		at--
	}
	if at == h.from || h.text[at-1] != ',' {
		return false
	}
	for _, b := range h.value {
		if !isWordByte(b) && b != '-' && b != '.' {
			return false
		}
	}
	shape := shapeOf(h.value)
	return shape.numbers <= 1 && shape.digits <= 3
}

// isMember reports whether the value is a member behind a pointer, as in
// sqlite3_api->column_bytes16, or the right side of a comparison. gitleaks takes
// the last byte of -> and == for an assignment.
func (h *hit) isMember() bool {
	if h.valueFrom < 2 || !hasFewDigits(h.value) {
		return false
	}
	before := string(h.text[h.valueFrom-2 : h.valueFrom])
	return before == "->" || before == "=="
}

// uuidEnd matches the end of a UUID. Some constants have a word instead of its
// first part.
var uuidEnd = pattern.New(`-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// isIdentifier reports whether the value is an identifier and the name says no more
// than "key". It is a UUID, or has too few hex digits to protect anything.
func (h *hit) isIdentifier() bool {
	short := len(h.value) < 16 && hexOnly(h.value)
	if !short && !uuidEnd.Match(h.value) {
		return false
	}
	name := withoutSeparators(h.name())
	for _, word := range []string{"apikey", "secret", "access", "auth", "passw", "private", "cred", "token"} {
		if strings.Contains(name, word) {
			return short && isTypedHex(h.value)
		}
	}
	return true
}

// isTypedHex reports whether most hex digits follow each other in order, as in
// abc123def456.
func isTypedHex(value []byte) bool {
	steps := 0
	for i := 1; i < len(value); i++ {
		if value[i] == value[i-1]+1 {
			steps++
		}
	}
	return steps*3 >= len(value)*2-2
}

// elementKey matches what comes before the key of an element in compiled JSX:
// h("div", { key: …
var elementKey = pattern.New(`\(\s*(?:"[\w.-]+"|'[\w.-]+'|[\w$.]+)\s*,\s*(?:Object\.assign\(\s*)?\{\s*["']?$`)

// isElementKey reports whether the value is the key of an element of a web page.
func (h *hit) isElementKey() bool {
	return h.name() == "key" && elementKey.Match(h.text[max(0, h.from-100):h.from])
}

// maxToolSuffix is the most random characters that a tool adds to a name. They are
// too few for a credential.
const maxToolSuffix = 8

// hasToolSuffix reports whether a value is a name to which a tool added a short
// random suffix, such as init_chunk_5OA6V5VA.
func hasToolSuffix(value []byte) bool {
	named, rest := false, 0
	separator := func(r rune) bool { return r < 0x80 && !isDigit(byte(r)) && !isLower(byte(r)) && !isUpper(byte(r)) }
	for _, part := range bytes.FieldsFunc(value, separator) {
		s := shapeOf(part)
		switch {
		case s.letters == len(part) && s.letters >= 4 && s.inWords == s.letters && s.usualPairs*4 >= s.pairs*3:
			named = true
		case s.letters == len(part) && s.letters <= 3, s.digits == len(part) && s.digits <= 4:
		default:
			rest += len(part)
		}
	}
	return named && rest <= maxToolSuffix
}

// isCommit reports whether the value is a commit ID in a URL.
func (h *hit) isCommit() bool {
	before := h.text[max(h.valueFrom-8, 0):h.valueFrom]
	for _, word := range []string{"commit/", "tree/", "blob/", "raw/", "#", "@", "compare/", "..."} {
		if bytes.HasSuffix(before, []byte(word)) {
			return true
		}
	}
	return false
}

// minTypedSequence is a length of sequences that random values do not have.
const minTypedSequence = 8

// hasTypedSequence reports whether a value contains a long sequence of the alphabet
// or of the digits, forward or backward, as people type it for examples.
func hasTypedSequence(value []byte) bool {
	up, down := 1, 1
	for i := 1; i < len(value); i++ {
		a, b := lower(value[i-1]), lower(value[i])
		letters := a >= 'a' && a <= 'z' && b >= 'a' && b <= 'z'
		if digits := isDigit(a) && isDigit(b); !letters && !digits {
			up, down = 1, 1
			continue
		}
		up, down = up+1, down+1
		if b != a+1 && (b != '0' || a != '9') {
			up = 1
		}
		if b+1 != a {
			down = 1
		}
		if max(up, down) >= minTypedSequence {
			return true
		}
	}
	return false
}

// isWordsInBase64 reports whether the value is base64 of nothing but words.
func isWordsInBase64(value []byte) bool {
	text, err := base64.StdEncoding.DecodeString(string(value))
	if err != nil || len(text) < 6 {
		return false
	}
	for _, b := range text {
		if b < ' ' || b > '~' {
			return false
		}
	}
	s := shapeOf(text)
	return wordy(text) && s.digits == 0 && s.letters*10 >= len(text)*7
}

// isPublicPoint reports whether a value has the form of a public key: a point on
// the curve P-256 in base64, 65 bytes that begin with 4, as in Web Push (RFC 8292).
func isPublicPoint(value []byte) bool {
	if len(value) != 87 || value[0] != 'B' {
		return false
	}
	point := decodeBase64(value)
	return len(point) == 65 && point[0] == 4
}
