package secret

import (
	"encoding/base64"
	"slices"
	"strings"
)

// maxNameBefore is how many bytes in front of a match its name may begin.
const maxNameBefore = 16

// name returns the name that the value is assigned to, in lower case and without
// quotes.
func (h *hit) name() string {
	from := h.from
	for from > max(h.from-maxNameBefore, 0) && (h.text[from-1] == ' ' || assignmentByte[h.text[from-1]]&headByte != 0) {
		from--
	}
	name := strings.ToLower(string(h.text[from:h.valueFrom]))
	return strings.TrimLeft(strings.TrimRight(name, "`'\" \t\r\n\f=>:|?,"), " ")
}

// withoutSeparators removes the separators between the words of a name.
func withoutSeparators(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || r == ' ' {
			return -1
		}
		return r
	}, name)
}

// publicNames are ends of names, without separators, of values that need not be
// secret: digests; page tokens, which expire and open nothing; request IDs;
// identifiers; algorithms; the nonce of a WebSocket handshake (RFC 6455).
var publicNames = []string{
	"fingerprint", "sha256", "sha512", "checksum", "hashedsecret", "gpgkey", "pgpkey",
	"nexttoken", "continuationtoken", "pagetoken", "paginationtoken", "pagingtoken", "resumptiontoken",
	"cursortoken", "synctoken", "deltatoken", "resumetoken",
	"clientrequesttoken", "idempotencytoken", "idempotencykey",
	"keyid", "secwebsocketkey", "secwebsocketaccept", "algorithm", "keyalg", "keyalgo", "keytype", "keyformat",
}

// nameSaysPublic reports whether the name says that the value is public. An
// algorithm in the middle of a name, as in hmac-sha256-key, says nothing.
func (h *hit) nameSaysPublic() bool {
	name := h.name()
	if strings.Contains(name, "public key") {
		return true
	}
	name = withoutSeparators(name)
	return slices.ContainsFunc(publicNames, func(end string) bool { return strings.HasSuffix(name, end) })
}

// isFileChecksum reports whether the name is a file name and the value a digest, as
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

const fileEnds = " js mjs cjs ts mts cts jsx tsx json map css html htm xml yml yaml md txt vue svelte zip" +
	" tgz gz bz2 xz zst tar br jar apk dmg deb rpm exe msi" +
	" dll so dylib node wasm bin dat png jpg jpeg gif svg webp ico woff woff2 ttf otf eot pdf "
