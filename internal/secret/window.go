package secret

import "unicode/utf8"

// window widens text[from:to] by one byte on either side, where there is one. So no
// match touches an edge of the window that is not an edge of the text. It then
// widens to whole characters: a part of one would read as U+FFFD, which some
// classes contain.
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

// A span is a part of a text that a rule looks at. A span without maybeSecret holds
// only matches that are no secrets. It still counts where it touches another span,
// because its matches may hide matches there.
type span struct {
	from, to    int
	maybeSecret bool
}

// merge adds a span to spans in ascending order. The new span may overlap the last
// ones and is joined with them.
func merge(spans []span, w span) []span {
	for len(spans) > 0 && w.from <= spans[len(spans)-1].to {
		last := spans[len(spans)-1]
		w = span{min(w.from, last.from), max(w.to, last.to), w.maybeSecret || last.maybeSecret}
		spans = spans[:len(spans)-1]
	}
	return append(spans, w)
}
