package normal

import (
	"strings"
	"unicode/utf8"
)

// Text decodes UTF-8 as Node does: each sequence that is none, or is cut off,
// becomes one U+FFFD. A byte order mark stays.
func Text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var w strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			n = broken(b)
		}
		w.WriteRune(r)
		b = b[n:]
	}
	return w.String()
}

// broken returns the length of a sequence that is invalid: of its longest part
// that begins a valid one (Unicode, "Substitution of Maximal Subparts").
func broken(b []byte) int {
	for n := min(len(b), 3); n > 1; n-- {
		if !utf8.FullRune(b[:n]) { // more bytes could make it valid
			return n
		}
	}
	return 1
}
