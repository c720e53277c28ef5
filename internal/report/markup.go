package report

import (
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
)

// A markup is HTML of our own. Only a constant becomes one without a conversion,
// and nothing converts to it, so no foreign text gets into the page unescaped.
type markup string

// A leaf is a page as it is written. Everything but markup is escaped.
type leaf struct{ b []byte }

func (l *leaf) raw(pieces ...markup) {
	for _, p := range pieces {
		l.b = append(l.b, p...)
	}
}

// number writes a number, as text or as the value of an attribute.
func (l *leaf) number(n int) { l.b = strconv.AppendInt(l.b, int64(n), 10) }

// percent writes a share of a whole as an attribute's value.
func (l *leaf) percent(share float64) {
	l.b = append(strconv.AppendFloat(l.b, 100*share, 'f', 2, 64), '%')
}

// own writes our own words, which may contain `code`.
func (l *leaf) own(words string) { l.pieces(words) }

// foreign writes foreign text of at most most characters.
func (l *leaf) foreign(text string, most int) { l.escape(display.Cap(text, most)) }

// code writes a foreign name that can be typed or found in a file.
func (l *leaf) code(name string) { l.codeOf(display.Cap(name, maxField)) }

func (l *leaf) codeOf(name string) {
	l.raw("<code>")
	l.escape(name)
	l.raw("</code>")
}

// prose writes a foreign sentence, in which text between backticks is code.
func (l *leaf) prose(text string, most int) { l.pieces(display.Cap(text, most)) }

// parts writes a line: foreign names as code, all else as prose.
func (l *leaf) parts(parts []part) {
	for _, p := range parts {
		switch {
		case p.cap == 0:
			l.own(p.text)
		case p.sentence:
			l.prose(p.text, p.cap)
		default:
			l.code(p.text)
		}
	}
}

// pieces writes text; between backticks that come in pairs it is code.
func (l *leaf) pieces(text string) {
	if strings.IndexByte(text, '`') < 0 || strings.Count(text, "`")%2 == 1 {
		l.escape(text)
		return
	}
	for code := false; ; code = !code {
		piece, rest, more := strings.Cut(text, "`")
		if code {
			l.codeOf(piece)
		} else {
			l.escape(piece)
		}
		if !more {
			return
		}
		text = rest
	}
}

// escape writes text that has no character with a meaning in HTML left, inside
// and outside of quotes.
func (l *leaf) escape(text string) {
	from := 0
	for i := range len(text) {
		var safe markup
		switch text[i] {
		case '<':
			safe = "&lt;"
		case '>':
			safe = "&gt;"
		case '&':
			safe = "&amp;"
		case '"':
			safe = "&#34;"
		case '\'':
			safe = "&#39;"
		default:
			continue
		}
		l.b = append(l.b, text[from:i]...)
		l.raw(safe)
		from = i + 1
	}
	l.b = append(l.b, text[from:]...)
}
