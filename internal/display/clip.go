package display

import (
	"strconv"
	"unicode/utf8"
)

// Cut returns the first n bytes of s at the most. It cuts between two
// characters.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for least := max(0, n-utf8.UTFMax+1); n > least && !utf8.RuneStart(s[n]); n-- {
	}
	return s[:n]
}

// Clip is Cut, with "…" behind it where something was cut. Unlike Cap, it
// leaves the text as foreign as it was.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return Cut(s, n) + "…"
}

// Quote quotes the first n bytes of foreign text for a message, in ASCII, so
// that two names that look alike are seen to differ. "…" stands behind the
// closing quote where something was cut.
func Quote(s string, n int) string {
	if len(s) <= n {
		return strconv.QuoteToASCII(s)
	}
	return strconv.QuoteToASCII(Cut(s, n)) + "…"
}
