package secret

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"slices"
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
		return wordy(h.value) || typed(h.value) || codeOf(h.value) || marked(h.value) || wordsInBase64(h.value) || publicPoint(h.value) ||
			h.nameSaysPublic() || h.checksum() || h.identifier() || h.element() || h.listed() || h.member() || h.path() || h.bare() || h.digest(path)
	case h.rule.vague:
		return wordy(h.value) || h.commit() || h.stray()
	case h.rule.plan().assignment != nil:
		return h.listed() || wordy(h.value) || h.digest(path)
	}
	return false
}

// codeOf reports whether a value is names of a program with dots and equal
// signs between them, such as keys=keys.parent: what gitleaks allows without
// the equal sign. Base64 that happens to hold letters only has its equal signs
// at the end, and as many as its length asks for.
func codeOf(value []byte) bool {
	for _, b := range value {
		if b != '=' && b != '.' && b != '-' && (!wordByte(b) || isDigit(b)) {
			return false
		}
	}
	body := bytes.TrimRight(value, "=")
	return bytes.ContainsAny(body, "=.") || len(value)%4 != 0
}

// shortName is how long a name may be that a minifier gave.
const shortName = 8

// path reports whether the value is names with dots or equal signs between them,
// as forge.pbe.generatePkcs12Key and a=KJUR.asn1.csr are, and a program goes on
// behind them: no text in quotes, no line of settings.
func (h *hit) path() bool {
	end := h.valueFrom + len(h.value)
	if h.quoted() || end >= len(h.text) || strings.IndexByte(";,)} ", h.text[end]) < 0 {
		return false
	}
	names := bytes.FieldsFunc(h.value, func(r rune) bool { return r == '.' || r == '=' })
	for _, name := range names {
		if isDigit(name[0]) || bytes.ContainsAny(name, "+/-") || len(name) > shortName && !wordy(name) && !few(name) {
			return false
		}
	}
	return len(names) > 1
}

// bare reports whether the value is one name of a program, not a text in quotes: words
// with numbers between them, and the program goes on behind it. Abbreviations are
// words here too.
func (h *hit) bare() bool {
	end := h.valueFrom + len(h.value)
	if h.quoted() || end >= len(h.text) || strings.IndexByte(";,)} ", h.text[end]) < 0 || !isName(h.value) {
		return false
	}
	s := shapeOf(h.value)
	return s.words >= 3 && s.inWords*4 >= s.letters*3 && s.digits*2 <= s.letters && s.numbers <= s.words && s.usual*2 >= s.pairs
}

// isName reports whether a value can be the name of a variable.
func isName(value []byte) bool {
	return !isDigit(value[0]) && !bytes.ContainsFunc(value, func(r rune) bool { return r >= 0x80 || !wordByte(byte(r)) })
}

// stray reports whether the value is hex digits alone, and the service whose token it
// could be is not named near.
func (h *hit) stray() bool {
	service, _, _ := strings.Cut(h.rule.id, "-")
	before := h.text[max(0, h.valueFrom-near):h.valueFrom]
	return len(h.value) == 40 && hexOnly(h.value) && !bytes.Contains(bytes.ToLower(before), []byte(service))
}

func hexOnly(value []byte) bool {
	return !bytes.ContainsFunc(value, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
}

// quoted reports whether the value begins behind a quote.
func (h *hit) quoted() bool {
	return h.valueFrom < 1 || strings.IndexByte("`'\"", h.text[h.valueFrom-1]) >= 0
}

// few reports whether a value is of letters, and of digits at most two: among
// as many letters drawn at random there would be more.
func few(value []byte) bool {
	digits := 0
	for _, b := range value {
		switch {
		case isDigit(b):
			digits++
		case b != '.' && !wordByte(b):
			return false
		}
	}
	return digits <= 2
}

// listed reports whether name and value are two words of a list: the sign
// between them is a comma, and the value is letters with one short number at most.
func (h *hit) listed() bool {
	at := h.valueFrom
	for at > h.from && strings.IndexByte("`'\" \t\r\n\f", h.text[at-1]) >= 0 {
		at--
	}
	if at == h.from || h.text[at-1] != ',' {
		return false
	}
	for _, b := range h.value {
		if !wordByte(b) && b != '-' && b != '.' {
			return false
		}
	}
	shape := shapeOf(h.value)
	return shape.numbers <= 1 && shape.digits <= 3
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

// name is what the value is assigned to, in small letters, without quotes.
func (h *hit) name() string {
	from := h.from
	for from > max(h.from-nameBefore, 0) && (h.text[from-1] == ' ' || assignKind[h.text[from-1]]&headByte != 0) {
		from--
	}
	name := strings.ToLower(string(h.text[from:h.valueFrom]))
	return strings.TrimLeft(strings.TrimRight(name, "`'\" \t\r\n\f=>:|?,"), " ")
}

// plain is a name without the signs between its words.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || r == ' ' {
			return -1
		}
		return r
	}, name)
}

// Names, without signs, whose values nobody needs to hide, by their end: the
// digest of something; a place in a list of answers, which expires and with which
// there is nothing to log in to; what makes a request the same when it is sent
// twice; an identifier; an algorithm; the nonce of a handshake (RFC 6455).
var publicNames = []string{
	"fingerprint", "sha256", "sha512", "checksum", "hashedsecret", "gpgkey", "pgpkey",
	"nexttoken", "continuationtoken", "pagetoken", "paginationtoken", "pagingtoken", "resumptiontoken",
	"cursortoken", "synctoken", "deltatoken", "resumetoken",
	"clientrequesttoken", "idempotencytoken", "idempotencykey",
	"keyid", "secwebsocketkey", "secwebsocketaccept", "algorithm", "keyalg", "keyalgo", "keytype", "keyformat",
}

// nameSaysPublic reports whether the name says that the value is meant to be seen.
// That an algorithm stands near, as in hmac-sha256-key, says nothing.
func (h *hit) nameSaysPublic() bool {
	name := h.name()
	if strings.Contains(name, "public key") {
		return true
	}
	name = plain(name)
	return slices.ContainsFunc(publicNames, func(end string) bool { return strings.HasSuffix(name, end) })
}

// checksum reports whether the name is that of a file and the value a digest, as
// in a list of checksums.
func (h *hit) checksum() bool {
	name := h.name()
	end := name[strings.LastIndexByte(name, '.')+1:]
	if !strings.Contains(fileEnds, " "+end+" ") || end == name {
		return false
	}
	switch len(h.value) {
	case 32, 40, 56, 64, 96, 128: // MD5 to SHA-512
		return hexOnly(h.value)
	case 44, 88:
		_, err := base64.StdEncoding.DecodeString(string(h.value))
		return err == nil
	}
	return false
}

const fileEnds = " js mjs cjs ts mts cts jsx tsx json map css html htm xml yml yaml md txt vue svelte zip tgz gz bz2 xz zst tar br jar apk dmg deb rpm exe msi dll so dylib node wasm bin dat png jpg jpeg gif svg webp ico woff woff2 ttf otf eot pdf "

// uuidEnd is the end of a UUID: some constants have a word for its first part.
var uuidEnd = regexp.MustCompile(`-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// identifier reports whether the value names a thing and the name does not say
// more than "key": a UUID, or hex digits too few to keep anybody out.
func (h *hit) identifier() bool {
	short := len(h.value) < 16 && hexOnly(h.value)
	if !short && !uuidEnd.Match(h.value) {
		return false
	}
	name := plain(h.name())
	for _, word := range []string{"apikey", "secret", "access", "auth", "passw", "private", "cred", "token"} {
		if strings.Contains(name, word) {
			return short && typedHex(h.value)
		}
	}
	return true
}

// typedHex reports whether hex digits stand in the order of a keyboard's row or of
// the alphabet, as in abc123def456.
func typedHex(value []byte) bool {
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
func (h *hit) element() bool {
	return h.name() == "key" && elementKey.Match(h.text[max(0, h.from-100):h.from])
}

// longestMark is how many characters behind a name tell it from others of the same
// name. They are too few for a credential.
const longestMark = 8

// marked reports whether a value is a name with a short mark that a tool gave it,
// as init_chunk_5OA6V5VA is.
func marked(value []byte) bool {
	named, rest := false, 0
	for _, part := range bytes.FieldsFunc(value, func(r rune) bool { return r < 0x80 && !isDigit(byte(r)) && !isLower(byte(r)) && !isUpper(byte(r)) }) {
		s := shapeOf(part)
		switch {
		case s.letters == len(part) && s.letters >= 4 && s.inWords == s.letters && s.usual*4 >= s.pairs*3:
			named = true
		case s.letters == len(part) && s.letters <= 3, s.digits == len(part) && s.digits <= 4:
		default:
			rest += len(part)
		}
	}
	return named && rest <= longestMark
}

// commit reports whether the value is the name of a commit in an address.
func (h *hit) commit() bool {
	before := h.text[max(h.valueFrom-8, 0):h.valueFrom]
	for _, word := range []string{"commit/", "tree/", "blob/", "raw/", "#", "@", "compare/", "..."} {
		if bytes.HasSuffix(before, []byte(word)) {
			return true
		}
	}
	return false
}

// longestTyped is a stretch of the alphabet or of the digits that no random value has.
const longestTyped = 8

// typed reports whether a value has a stretch that one would type for an example:
// the alphabet or the digits, up or down.
func typed(value []byte) bool {
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
		if max(up, down) >= longestTyped {
			return true
		}
	}
	return false
}

// wordsInBase64 reports whether the value says nothing but words, in base64.
func wordsInBase64(value []byte) bool {
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
func publicPoint(value []byte) bool {
	if len(value) != 87 || value[0] != 'B' {
		return false
	}
	point := decodeBase64(value)
	return len(point) == 65 && point[0] == 4
}
