package attest

import (
	"strconv"
	"unicode/utf8"
)

// The values of a statement. Members keep their order, and text is escaped as
// JSON.stringify escapes it, so that provenance has the same bytes as npm's.
// encoding/json would sort maps and escape U+2028.
type (
	object   []member
	array    []any
	verbatim []byte // JSON that is copied as it is
	member   struct {
		name  string
		value any // string, bool, int, object, array or verbatim
	}
)

// encode writes a value as JSON. The text must be valid UTF-8.
func encode(v any) []byte {
	w := &writer{}
	if o, ok := v.(object); ok {
		w.out = make([]byte, 0, 4096+size(o))
	}
	w.value(v)
	return w.out
}

// size returns the number of bytes that are copied verbatim. The buffer is made
// large enough, so that a large SBOM is copied only once.
func size(o object) int {
	n := 0
	for _, m := range o {
		if b, ok := m.value.(verbatim); ok {
			n += len(b)
		}
	}
	return n
}

type writer struct{ out []byte }

func (w *writer) value(v any) {
	switch v := v.(type) {
	case string:
		w.text(v)
	case bool:
		w.out = strconv.AppendBool(w.out, v)
	case int:
		w.out = strconv.AppendInt(w.out, int64(v), 10)
	case verbatim:
		w.out = append(w.out, v...)
	case object:
		w.out = append(w.out, '{')
		for i, m := range v {
			if i > 0 {
				w.out = append(w.out, ',')
			}
			w.text(m.name)
			w.out = append(w.out, ':')
			w.value(m.value)
		}
		w.out = append(w.out, '}')
	case array:
		w.out = append(w.out, '[')
		for i, item := range v {
			if i > 0 {
				w.out = append(w.out, ',')
			}
			w.value(item)
		}
		w.out = append(w.out, ']')
	default:
		panic("attest: a value of no JSON type") // a mistake in this package
	}
}

// text writes a string. ECMA-262 (QuoteJSONString) escapes the quotation mark,
// the backslash and control characters below U+0020, and nothing else.
func (w *writer) text(s string) {
	const hex = "0123456789abcdef"
	w.out = append(w.out, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			w.out = append(w.out, '\\', byte(r))
		case r == '\b':
			w.out = append(w.out, `\b`...)
		case r == '\t':
			w.out = append(w.out, `\t`...)
		case r == '\n':
			w.out = append(w.out, `\n`...)
		case r == '\f':
			w.out = append(w.out, `\f`...)
		case r == '\r':
			w.out = append(w.out, `\r`...)
		case r < ' ':
			w.out = append(w.out, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default: // invalid UTF-8 becomes U+FFFD, as it does when Node reads it
			w.out = utf8.AppendRune(w.out, r)
		}
		i += n
	}
	w.out = append(w.out, '"')
}
