// Package display makes foreign text (names, paths, advisories, server answers)
// safe to show to people. It is the only place that does.
//
// The GitHub runner executes commands found anywhere in a line of either output
// stream, even inside quotes; terminals obey control characters; bidirectional
// and invisible characters deceive readers. The result of Text has none of
// these, and loses nothing: every escape can be read back.
//
// The package does not decide what is printed, and does not redact secrets:
// callers must not pass any.
package display

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may follow one another unescaped: enough
// for every living script, too few to cover the line above.
const maxMarks = 4

// Text returns foreign text as one printable line. Control, format (bidi,
// zero-width), invisible and unassigned characters, and spaces other than
// U+0020, become \u{hex}; bytes that are not UTF-8 become \x{hex}. Of two
// colons or hashes in a row the second is escaped too, as is a colon at either
// end, so that no "::" or "##[" arises here or where texts are joined. A
// backslash is escaped only if it would read as one of these escapes, so
// different texts stay different.
func Text(s string) string {
	if plain(s) {
		return s
	}
	w := writer{limit: -1}
	w.write(s, true)
	return w.b.String()
}

// Cap is Text truncated to at most n characters (n ≥ 1), the last of them "…"
// if something was cut. An escape is never split.
func Cap(s string, n int) string {
	if len(s) <= n && plain(s) {
		return s
	}
	w := writer{limit: n}
	w.write(s, true)
	return w.b.String()
}

// line is Text for a whole message between our own prefix and the end of the
// line, where a colon at the end cannot join another.
func line(s string) string {
	w := writer{limit: -1}
	w.write(s, false)
	return w.b.String()
}

// Markdown returns foreign text as a code span of GitHub's markdown, with a
// fence longer than any run of backticks inside. It is inert in paragraphs,
// lists and headings; in a table, use Cell. The text is truncated as by Cap; n
// < 1: not truncated.
func Markdown(s string, n int) string {
	return span(limit(s, n))
}

// Cell is Markdown for a table. There, a vertical bar ends the cell even inside
// a code span, unless a backslash precedes it (GFM 4.10). Parsers differ about
// a bar after two backslashes, so such a bar becomes \u{7c}.
func Cell(s string, n int) string {
	s = limit(s, n)
	s = strings.ReplaceAll(s, `\|`, `\\u{7c}`)
	return span(strings.ReplaceAll(s, "|", `\|`))
}

func limit(s string, n int) string {
	if n < 1 {
		return Text(s)
	}
	return Cap(s, n)
}

// span puts the result of Text into a code span.
func span(s string) string {
	if strings.Trim(s, " ") == "" {
		return "` `" // an empty code span does not exist
	}
	// GitHub's parser does not accept a fence of more than 80 backticks
	// (cmark-gfm, MAXBACKTICKS), so runs are kept short: \u{60} is a backtick.
	s = strings.ReplaceAll(s, "````````", "```````"+`\u{60}`)
	if strings.IndexByte(s, '`') < 0 {
		if s[0] == ' ' && s[len(s)-1] == ' ' {
			return "` " + s + " `" // markdown strips one space on each side
		}
		return "`" + s + "`"
	}
	longest, run := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	fence := strings.Repeat("`", longest+1)
	if s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' && s[len(s)-1] == ' ' {
		s = " " + s + " " // markdown strips one space on each side
	}
	return fence + s + fence
}

// plain reports whether Text would change nothing, which is the usual case.
func plain(s string) bool {
	if s == "" {
		return true
	}
	if s[0] == ':' || s[len(s)-1] == ':' {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c < ' ' || c > '~' || c == '\\':
			return false
		case (c == ':' || c == '#') && i > 0 && s[i-1] == c:
			return false
		}
	}
	return true
}

// A writer collects escaped text up to a limit of characters.
type writer struct {
	b     strings.Builder
	limit int // characters in all; negative: none
	n     int // characters written
	keep  int // length of b that leaves room for the "…"
	full  bool
}

// put writes one unit, an escape or a character, completely or not at all.
func (w *writer) put(unit string) {
	size := utf8.RuneCountInString(unit)
	if w.limit >= 0 && w.n+size > w.limit {
		kept := w.b.String()[:w.keep]
		w.b.Reset()
		w.b.WriteString(kept)
		w.b.WriteString("…")
		w.full = true
		return
	}
	w.b.WriteString(unit)
	if w.n += size; w.n < w.limit {
		w.keep = w.b.Len()
	}
}

func (w *writer) write(s string, edges bool) {
	var last rune // the last character written unescaped
	marks := 0
	for i := 0; i < len(s) && !w.full; {
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		rest := s[i+size:]
		var unit string
		switch {
		case r == utf8.RuneError && size == 1:
			unit = `\x{` + strconv.FormatUint(uint64(s[i]), 16) + `}`
		case hidden(r), marks > maxMarks,
			(r == ':' || r == '#') && last == r,
			r == ':' && edges && (i == 0 || rest == ""),
			r == '\\' && (strings.HasPrefix(rest, "u{") || strings.HasPrefix(rest, "x{")):
			unit = `\u{` + strconv.FormatUint(uint64(r), 16) + `}`
		}
		if last = 0; unit == "" {
			unit, last = s[i:i+size], r
		}
		w.put(unit)
		i += size
	}
}

// hidden reports whether a character is invisible or affects the text around
// it. It includes variation selectors and fillers, although they are marks and
// letters: both have been used to smuggle code.
func hidden(r rune) bool {
	if r >= ' ' && r <= '~' {
		return false
	}
	return !unicode.IsPrint(r) || r == '\u2800' || // the braille space
		unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
