// Package jsonout writes JSON by hand: two blanks of indent a level, as
// encoding/json's Indent has it without HTML escapes, and made inert as say.JSON
// does. It is for the long documents of the evidence, where reflection, the
// second pass that indents and the third that escapes take ten times as long.
// Each document that is written with it is compared in its room's tests with
// what encoding/json or the format's own library writes.
//
// The package knows no document, and does not look whether what it is told to
// write is valid JSON.
package jsonout

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/say"
)

// A Writer appends a document to Out. The zero value is ready.
type Writer struct {
	Out   []byte
	Depth int // levels of indent, at most 15
}

// piece is how much is kept before Flush writes it.
const piece = 64 << 10

// Flush writes what stands in Out once that is worth it. The last letter stays:
// what comes next hangs on it. The error is one of to.
func (w *Writer) Flush(to io.Writer) error {
	last := len(w.Out) - 1
	if last < piece {
		return nil
	}
	if _, err := to.Write(w.Out[:last]); err != nil {
		return err
	}
	w.Out = append(w.Out[:0], w.Out[last])
	return nil
}

const indent = "\n                              " // of the deepest line

// Line begins a new one.
func (w *Writer) Line() {
	w.Out = append(w.Out, indent[:1+2*w.Depth]...)
}

// Open begins an object or list, after Key or Item or at the start.
func (w *Writer) Open(c byte) {
	w.Out = append(w.Out, c)
	w.Depth++
}

// Close ends an object or list, empty or not.
func (w *Writer) Close(c byte) {
	w.Depth--
	if last := w.Out[len(w.Out)-1]; last != '[' && last != '{' {
		w.Line()
	}
	w.Out = append(w.Out, c)
}

// Item begins the next element of a list.
func (w *Writer) Item() {
	if w.Out[len(w.Out)-1] != '[' {
		w.Out = append(w.Out, ',')
	}
	w.Line()
}

// Key begins the next field of an object; the name is one of ours.
func (w *Writer) Key(name string) {
	b := w.Out
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(append(b, indent[:1+2*w.Depth]...), '"')
	w.Out = append(append(b, name...), `": `...)
}

// Text writes a field that is a string, foreign or not.
func (w *Writer) Text(name, value string) {
	w.Key(name)
	w.Quote(value)
}

// Some writes a field unless it is empty.
func (w *Writer) Some(name, value string) {
	if value != "" {
		w.Text(name, value)
	}
}

// Plain writes a field whose value is known to need no escapes.
func (w *Writer) Plain(name, value string) {
	w.Key(name)
	w.Raw(value)
}

// Raw writes a string that is known to need no escapes.
func (w *Writer) Raw(s string) {
	b := append(w.Out, '"')
	w.Out = append(append(b, s...), '"')
}

// List begins a field that is a list; Close(']') ends it.
func (w *Writer) List(name string) {
	w.Key(name)
	w.Open('[')
}

// Object begins a field that is an object; Close('}') ends it.
func (w *Writer) Object(name string) {
	w.Key(name)
	w.Open('{')
}

// Strings writes a list of strings, after Key or Item: [] where there are none.
func (w *Writer) Strings(list []string) {
	w.Open('[')
	for _, s := range list {
		w.Item()
		w.Quote(s)
	}
	w.Close(']')
}

// Int writes a field that is a whole number.
func (w *Writer) Int(name string, n int64) {
	w.Key(name)
	w.Out = strconv.AppendInt(w.Out, n, 10)
}

// Bool writes a field that is true or false.
func (w *Writer) Bool(name string, yes bool) {
	w.Key(name)
	w.Out = strconv.AppendBool(w.Out, yes)
}

// Null writes a field that is not there.
func (w *Writer) Null(name string) {
	w.Key(name)
	w.Out = append(w.Out, "null"...)
}

// IsPlain holds for text that JSON carries as it is and that say.JSON lets be.
// It looks at eight letters at a time: every text of the document comes by here.
func IsPlain(s string) bool {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	paired := false // there is one of the letters that may not follow themselves
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := eight(s[i:])
		quote, slash, colon, hash := w^(ones*'"'), w^(ones*'\\'), w^(ones*':'), w^(ones*'#')
		// A byte that is zero in one of them, below 0x20, 0x7f or beyond: the lowest
		// such byte is told rightly, so whether there is any is.
		if ((quote-ones)&^quote|(slash-ones)&^slash|(w-ones*' ')&^w|w|(w+ones))&highs != 0 {
			return false
		}
		paired = paired || ((colon-ones)&^colon|(hash-ones)&^hash)&highs != 0
	}
	for ; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
		paired = paired || c == ':' || c == '#'
	}
	return !paired || !strings.Contains(s, "::") && !strings.Contains(s, "##")
}

// eight reads eight letters as a number.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// Quote writes a JSON string as encoding/json does without HTML escapes, and
// made inert for those who print the document.
func (w *Writer) Quote(s string) {
	if IsPlain(s) {
		w.Raw(s)
		return
	}
	from := len(w.Out)
	w.Out = appendString(w.Out, s)
	if inert := say.JSON(w.Out[from:]); &inert[0] != &w.Out[from] { // a copy: something was escaped
		w.Out = append(w.Out[:from], inert...)
	}
}

// appendString appends a JSON string as encoding/json does without HTML escapes.
func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		size := 1
		var escape string
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				escape = `\ufffd`
			case r == '\u2028':
				escape = `\u2028`
			case r == '\u2029':
				escape = `\u2029`
			default:
				i += size
				continue
			}
		}
		b = append(b, s[from:i]...)
		switch at := strings.IndexByte("\"\\\n\r\t\b\f", c); {
		case escape != "":
			b = append(b, escape...)
		case at >= 0:
			b = append(b, '\\', `"\nrtbf`[at])
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i += size
		from = i
	}
	return append(append(b, s[from:]...), '"')
}
