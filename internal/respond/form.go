package respond

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// MinSecret is the shortest secret that is searched for, in bytes: a shorter one is
// found everywhere.
const MinSecret = 8

// MaxSecret is the longest, in bytes.
const MaxSecret = 64 << 10

// A form is one way in which a file may hold a secret.
type form struct {
	how  string
	text []byte
}

// formsOf returns the ways that are searched: as it is, as a JSON string, in an
// address, in base64 at each of three places in a longer text, in hex, in UTF-16.
// Compressed and encrypted texts are not.
func formsOf(secret string) (forms []form) {
	if secret == "" {
		return nil
	}
	add := func(how string, text []byte) {
		if len(text) >= MinSecret && !slices.ContainsFunc(forms, func(f form) bool { return bytes.Equal(f.text, text) }) {
			forms = append(forms, form{how, text})
		}
	}
	add("its content", []byte(secret))
	if quoted, err := json.Marshal(secret); err == nil {
		add("its content, in JSON", quoted[1:len(quoted)-1])
	}
	add("its content, in JSON", []byte(strings.ReplaceAll(strings.ReplaceAll(secret, `\`, `\\`), "\n", `\n`)))
	add("its content, in an address", []byte(url.QueryEscape(secret)))
	add("its content, in an address", []byte(url.PathEscape(secret)))
	for shift := range 3 {
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			add("its content, in base64", shifted(e, secret, shift))
		}
	}
	add("its content, in hex", []byte(hex.EncodeToString([]byte(secret))))
	add("its content, in hex", []byte(strings.ToUpper(hex.EncodeToString([]byte(secret)))))
	little, big := []byte{}, []byte{}
	for _, unit := range utf16.Encode([]rune(secret)) {
		little, big = append(little, byte(unit), byte(unit>>8)), append(big, byte(unit>>8), byte(unit))
	}
	add("its content, in UTF-16", little)
	add("its content, in UTF-16", big)
	return forms
}

// shifted returns the letters of base64 that do not depend on what is around the
// secret, where shift bytes stand before it in its group of three.
func shifted(e *base64.Encoding, secret string, shift int) []byte {
	text := e.EncodeToString(append(make([]byte, shift), secret...))
	bits := 8 * (shift + len(secret))
	return []byte(text[(8*shift+5)/6 : bits/6])
}
