package sbom

import (
	"strings"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/say"
)

// An encoder appends JSON with two blanks of indent a level, as CycloneDX's own
// library writes it. It is written by hand because reflection over the structs
// of that library, of some forty fields each, costs 20 µs a component and most
// of a millisecond before the first.
type encoder struct {
	b        []byte
	depth    int
	licenses map[string]licence // read so far: there are few among many packages
}

const indent = "\n                              " // deep enough for all that is written

// line begins a new one.
func (e *encoder) line() {
	e.b = append(e.b, indent[:1+2*e.depth]...)
}

func (e *encoder) open(c byte) {
	e.b = append(e.b, c)
	e.depth++
}

// close ends an object or list, empty or not.
func (e *encoder) close(c byte) {
	e.depth--
	if last := e.b[len(e.b)-1]; last != '[' && last != '{' {
		e.line()
	}
	e.b = append(e.b, c)
}

// item begins the next element of a list.
func (e *encoder) item() {
	if e.b[len(e.b)-1] != '[' {
		e.b = append(e.b, ',')
	}
	e.line()
}

// key begins the next field of an object.
func (e *encoder) key(name string) {
	b := e.b
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(append(b, indent[:1+2*e.depth]...), '"')
	e.b = append(append(b, name...), `": `...)
}

func (e *encoder) text(name, value string) {
	e.key(name)
	e.string(value)
}

// some writes a field unless it is empty.
func (e *encoder) some(name, value string) {
	if value != "" {
		e.text(name, value)
	}
}

// plain writes a field whose value is known to need no escapes.
func (e *encoder) plain(name, value string) {
	e.key(name)
	e.raw(value)
}

// raw writes a string that is known to need no escapes.
func (e *encoder) raw(s string) {
	b := append(e.b, '"')
	e.b = append(append(b, s...), '"')
}

// list begins a field that is a list; close(']') ends it.
func (e *encoder) list(name string) {
	e.key(name)
	e.open('[')
}

func (e *encoder) property(name, value string) {
	e.item()
	e.open('{')
	e.plain("name", name)
	e.text("value", value)
	e.close('}')
}

// isPlain holds for text that JSON carries as it is and that say.JSON lets be.
// It looks at eight letters at a time: every text of the document comes by here.
func isPlain(s string) bool {
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

// string writes a JSON string as encoding/json does without HTML escapes, and
// made inert for those who print the document.
func (e *encoder) string(s string) {
	if isPlain(s) {
		e.raw(s)
		return
	}
	e.b = append(e.b, say.JSON(appendString(nil, s))...)
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
