package secret

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
)

// harmless reports whether a person who saw the match in its place would not
// call it a secret. gitleaks' allow-lists are about values; this is about
// where they stand: program code, lists of words, public keys, checksums, keys that are
// cut short in a text. Each case was met in a published package.
func (h *hit) harmless(path string) bool {
	switch {
	case h.rule.id == "private-key":
		return len(h.privateKeys()) == 0
	case h.rule.id == "generic-password":
		return false // its own condition has said it
	case h.rule.generic():
		return wordy(h.value) || hasTypedSequence(h.value) || isCodeNames(h.value) || hasToolSuffix(h.value) || isWordsInBase64(h.value) || isPublicPoint(h.value) ||
			h.nameSaysPublic() || h.isFileChecksum() || h.isIdentifier() || h.isElementKey() || h.inWordList() || h.isMember() || h.isMemberChain() || h.isBareName() || h.inDigestTable(path)
	case h.rule.vague:
		return wordy(h.value) || h.isCommit() || h.isHexFarFromService()
	case h.rule.plan().assignment != nil:
		return h.inWordList() || wordy(h.value) || h.inDigestTable(path)
	}
	return false
}

// codeOf reports whether a value is names of a program with dots and equal
// signs between them, such as keys=keys.parent: what gitleaks allows without
// the equal sign. Base64 that happens to hold letters only has its equal signs
// at the end, and as many as its length asks for.
func isCodeNames(value []byte) bool {
	for _, b := range value {
		if b != '=' && b != '.' && b != '-' && (!isWordByte(b) || isDigit(b)) {
			return false
		}
	}
	body := bytes.TrimRight(value, "=")
	return bytes.ContainsAny(body, "=.") || len(value)%4 != 0
}

// shortName is how long a name may be that a minifier gave.
const maxMinifiedName = 8

// path reports whether the value is names with dots or equal signs between them,
// as forge.pbe.generatePkcs12Key and a=KJUR.asn1.csr are, and a program goes on
// behind them: no text in quotes, no line of settings.
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

// bare reports whether the value is one name of a program, not a text in quotes: words
// with numbers between them, and the program goes on behind it. Abbreviations are
// words here too.
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

// stray reports whether the value is hex digits alone, and the service whose token it
// could be is not named near.
func (h *hit) isHexFarFromService() bool {
	service, _, _ := strings.Cut(h.rule.id, "-")
	before := h.text[max(0, h.valueFrom-contextBytes):h.valueFrom]
	return len(h.value) == 40 && hexOnly(h.value) && !bytes.Contains(bytes.ToLower(before), []byte(service))
}

func hexOnly(value []byte) bool {
	return !bytes.ContainsFunc(value, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
}

// quoted reports whether the value begins behind a quote.
func (h *hit) isQuoted() bool {
	return h.valueFrom < 1 || strings.IndexByte("`'\"", h.text[h.valueFrom-1]) >= 0
}

// few reports whether a value is of letters, and of digits at most two: among
// as many letters drawn at random there would be more.
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

// listed reports whether name and value are two words of a list: the sign
// between them is a comma, and the value is letters with one short number at most.
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

// member reports whether the value is a member that a pointer leads to, as in
// sqlite3_api->column_bytes16, or what something is compared with: gitleaks
// takes the last sign for an operator.
func (h *hit) isMember() bool {
	if h.valueFrom < 2 || !hasFewDigits(h.value) {
		return false
	}
	before := string(h.text[h.valueFrom-2 : h.valueFrom])
	return before == "->" || before == "=="
}

// uuidEnd is the end of a UUID: some constants have a word for its first part.
var uuidEnd = regexp.MustCompile(`-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// identifier reports whether the value names a thing and the name does not say
// more than "key": a UUID, or hex digits too few to keep anybody out.
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

// typedHex reports whether hex digits stand in the order of a keyboard's row or of
// the alphabet, as in abc123def456.
func isTypedHex(value []byte) bool {
	steps := 0
	for i := 1; i < len(value); i++ {
		if value[i] == value[i-1]+1 {
			steps++
		}
	}
	return steps*3 >= len(value)*2-2
}

// elementKey is what stands before the key of an element of a page, as compiled JSX
// has it: h("div", { key: …
var elementKey = regexp.MustCompile(`\(\s*(?:"[\w.-]+"|'[\w.-]+'|[\w$.]+)\s*,\s*(?:Object\.assign\(\s*)?\{\s*["']?$`)

// element reports whether the value is the key of an element of a page.
func (h *hit) isElementKey() bool {
	return h.name() == "key" && elementKey.Match(h.text[max(0, h.from-100):h.from])
}

// longestMark is how many characters behind a name tell it from others of the same
// name. They are too few for a credential.
const maxToolSuffix = 8

// marked reports whether a value is a name with a short mark that a tool gave it,
// as init_chunk_5OA6V5VA is.
func hasToolSuffix(value []byte) bool {
	named, rest := false, 0
	for _, part := range bytes.FieldsFunc(value, func(r rune) bool { return r < 0x80 && !isDigit(byte(r)) && !isLower(byte(r)) && !isUpper(byte(r)) }) {
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

// commit reports whether the value is the name of a commit in an address.
func (h *hit) isCommit() bool {
	before := h.text[max(h.valueFrom-8, 0):h.valueFrom]
	for _, word := range []string{"commit/", "tree/", "blob/", "raw/", "#", "@", "compare/", "..."} {
		if bytes.HasSuffix(before, []byte(word)) {
			return true
		}
	}
	return false
}

// longestTyped is a stretch of the alphabet or of the digits that no random value has.
const minTypedSequence = 8

// typed reports whether a value has a stretch that one would type for an example:
// the alphabet or the digits, up or down.
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

// wordsInBase64 reports whether the value says nothing but words, in base64.
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

// publicPoint reports whether a value is a public key by its form: a point on the
// curve P-256 in base64, 65 bytes that begin with 4, as Web Push has them
// (RFC 8292).
func isPublicPoint(value []byte) bool {
	if len(value) != 87 || value[0] != 'B' {
		return false
	}
	point := decodeBase64(value)
	return len(point) == 65 && point[0] == 4
}
