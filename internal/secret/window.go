package secret

import "unicode/utf8"

// window widens text[from:to] by a byte on either side where there is one, so
// that no match touches an edge that is not the text's own, and to whole
// characters: a stray byte reads as U+FFFD, and that is in some classes.
func window(text []byte, from, to int) span {
	from, to = max(from-1, 0), min(to+1, len(text))
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return span{from: from, to: to}
}

// A span is a part of a text. One that is not live holds only matches that are
// no secrets: it counts where a live one touches it, whose matches it may hide.
type span struct {
	from, to    int
	maybeSecret bool
}

// merge adds a span to a list of ascending ones, which it may reach back into.
func merge(spans []span, w span) []span {
	for len(spans) > 0 && w.from <= spans[len(spans)-1].to {
		last := spans[len(spans)-1]
		w = span{min(w.from, last.from), max(w.to, last.to), w.maybeSecret || last.maybeSecret}
		spans = spans[:len(spans)-1]
	}
	return append(spans, w)
}
