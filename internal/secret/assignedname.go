package secret

import (
	"encoding/base64"
	"slices"
	"strings"
)

// nameBefore is how far in front of a match its name is looked for.
const maxNameBefore = 16

// name is what the value is assigned to, in small letters, without quotes.
func (h *hit) name() string {
	from := h.from
	for from > max(h.from-maxNameBefore, 0) && (h.text[from-1] == ' ' || assignmentByte[h.text[from-1]]&headByte != 0) {
		from--
	}
	name := strings.ToLower(string(h.text[from:h.valueFrom]))
	return strings.TrimLeft(strings.TrimRight(name, "`'\" \t\r\n\f=>:|?,"), " ")
}

// plain is a name without the signs between its words.
func withoutSeparators(name string) string {
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
	name = withoutSeparators(name)
	return slices.ContainsFunc(publicNames, func(end string) bool { return strings.HasSuffix(name, end) })
}

// checksum reports whether the name is that of a file and the value a digest, as
// in a list of checksums.
func (h *hit) isFileChecksum() bool {
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
