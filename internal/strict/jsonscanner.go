package strict

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// jsonScanner turns the bytes of a JSON text into nodes, in one pass.
type jsonScanner struct {
	doc      *Document
	data     []byte // the document's
	nodes    []node // in use: the first used ones
	used     int
	at       int
	depth    int  // deepest nesting allowed
	members  int  // most keys one object may have
	comments bool // comments and trailing commas are allowed
}

func (s *jsonScanner) document() error {
	s.space()
	if err := s.value(0); err != nil {
		return err
	}
	s.space()
	if s.at != len(s.data) {
		return s.fail("unexpected %s after the end of the document", s.here())
	}
	s.doc.nodes = s.nodes[:s.used]
	return nil
}

// add appends a node and returns its index.
func (s *jsonScanner) add(n node) int32 {
	if s.used == len(s.nodes) {
		s.nodes = append(s.nodes, make([]node, len(s.nodes)/2+16)...)
	}
	s.nodes[s.used] = n
	s.used++
	return int32(s.used - 1)
}

func (s *jsonScanner) fail(format string, args ...any) error {
	line, column := s.doc.position(min(s.at, len(s.data)))
	return &SyntaxError{line, column, fmt.Sprintf(format, args...)}
}

// here quotes the byte at the cursor for a message.
func (s *jsonScanner) here() string {
	if s.at >= len(s.data) {
		return "end of file"
	}
	_, size := utf8.DecodeRune(s.data[s.at:])
	return fmt.Sprintf("%+q", s.data[s.at:s.at+size])
}

// space skips white space, and comments where they are allowed.
func (s *jsonScanner) space() {
	s.blanks()
	for s.comments && s.peek() == '/' && s.comment() {
		s.blanks()
	}
}

// spaces skips white space, most of which is indentation.
func (s *jsonScanner) blanks() {
	d, at := s.data, s.at
	for at < len(d) && d[at] <= ' ' {
		if d[at] != ' ' && d[at] != '\n' && d[at] != '\t' && d[at] != '\r' {
			break
		}
		at++
		for at+4 <= len(d) && string(d[at:at+4]) == "    " {
			at += 4
		}
	}
	s.at = at
}

func (s *jsonScanner) value(depth int) error {
	if s.at >= len(s.data) {
		return s.fail("unexpected end of file")
	}
	switch c := s.data[s.at]; {
	case c == '{':
		return s.object(depth + 1)
	case c == '[':
		return s.array(depth + 1)
	case c == '"':
		return s.str()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c == 't':
		return s.literal("true", True)
	case c == 'f':
		return s.literal("false", False)
	case c == 'n':
		return s.literal("null", Null)
	}
	return s.fail("unexpected %s, expected a value", s.here())
}

func (s *jsonScanner) open(kind Kind, depth int) (int32, error) {
	if depth > s.depth {
		return 0, s.fail("nested deeper than %d levels", s.depth)
	}
	at := s.add(leaf(s.at, s.at, form(kind)))
	s.add(node{})
	s.at++
	s.space()
	return at, nil
}

func (s *jsonScanner) close(at int32) {
	s.at++
	s.nodes[at].what |= uint32(int32(s.used)-at) << formBits
	s.nodes[at+1].start = uint32(s.at)
}

func (s *jsonScanner) array(depth int) error {
	at, err := s.open(Array, depth)
	if err != nil {
		return err
	}
	if s.peek() == ']' {
		s.close(at)
		return nil
	}
	for {
		if err := s.value(depth); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case ',':
			s.at++
			s.space()
			if s.comments && s.peek() == ']' {
				s.close(at)
				return nil
			}
		case ']':
			s.close(at)
			return nil
		default:
			return s.fail("unexpected %s, expected , or ]", s.here())
		}
	}
}

// peek returns the byte at the cursor; 0 at the end (no JSON token begins with
// a NUL byte).
func (s *jsonScanner) peek() byte {
	if s.at >= len(s.data) {
		return 0
	}
	return s.data[s.at]
}

func (s *jsonScanner) object(depth int) error {
	at, err := s.open(Object, depth)
	if err != nil {
		return err
	}
	if s.peek() == '}' {
		s.close(at)
		return nil
	}
	keys := keySet{data: s.data, all: &s.nodes}
	for {
		if s.peek() != '"' {
			return s.fail("unexpected %s, expected a key", s.here())
		}
		key := int32(s.used)
		keyAt := s.at
		if err := s.str(); err != nil {
			return err
		}
		if keys.has(key) {
			s.at = keyAt
			return s.fail("key %s stands twice in one object", quote(text(s.data, s.nodes, key)))
		}
		if keys.count > s.members {
			s.at = keyAt
			return s.fail("more than %d keys in one object", s.members)
		}
		s.space()
		if s.peek() != ':' {
			return s.fail("unexpected %s, expected :", s.here())
		}
		s.at++
		s.space()
		if err := s.value(depth); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case ',':
			s.at++
			s.space()
			if s.comments && s.peek() == '}' {
				s.close(at)
				return nil
			}
		case '}':
			s.close(at)
			return nil
		default:
			return s.fail("unexpected %s, expected , or }", s.here())
		}
	}
}

func (s *jsonScanner) literal(word string, kind Kind) error {
	end := s.at + len(word)
	if end > len(s.data) || string(s.data[s.at:end]) != word {
		return s.fail("unexpected %s, expected a value", s.here())
	}
	s.add(leaf(s.at, end, form(kind)))
	s.at = end
	return nil
}

// number keeps the digits as text; the caller decides how to convert them.
func (s *jsonScanner) number() error {
	start := s.at
	if s.peek() == '-' {
		s.at++
	}
	switch {
	case s.peek() == '0':
		s.at++
	case !s.digits():
		return s.fail("unexpected %s, expected a digit", s.here())
	}
	if s.peek() == '.' {
		s.at++
		if !s.digits() {
			return s.fail("unexpected %s, expected a digit", s.here())
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if !s.digits() {
			return s.fail("unexpected %s, expected a digit", s.here())
		}
	}
	s.add(leaf(start, s.at, form(Number)))
	return nil
}

func (s *jsonScanner) digits() bool {
	from := s.at
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.at++
	}
	return s.at > from
}

func (s *jsonScanner) str() error {
	d := s.data
	s.at++
	start := s.at
	f := form(String)
	for s.at < len(d) {
		s.at = plainJSON(d, s.at)
		if s.at >= len(d) {
			break
		}
		switch c := d[s.at]; {
		case c == '"':
			s.add(leaf(start, s.at, f))
			s.at++
			return nil
		case c == '\\':
			f = escaped
			if err := s.escape(); err != nil {
				return err
			}
		case c < 0x20:
			return s.fail("control character %s in a string", s.here())
		case c < utf8.RuneSelf:
			s.at++
		default:
			r, size := utf8.DecodeRune(d[s.at:])
			if r == utf8.RuneError && size == 1 {
				return s.fail("invalid UTF-8 in a string")
			}
			s.at += size
		}
	}
	return s.fail("a string that does not end")
}

// plainJSON skips ASCII in a string that needs no treatment, eight bytes at a
// time. It stops at a quote, a backslash, a control or a non-ASCII byte, or
// within eight bytes of the end.
func plainJSON(d []byte, at int) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	for at+8 <= len(d) {
		w := binary.LittleEndian.Uint64(d[at:])
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		// A byte is zero in quote or slash, or below 0x20 in w, where the
		// subtraction borrows into its high bit; the lowest hit is exact.
		stop := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*0x20)&^w | w) & highs
		if stop != 0 {
			return at + bits.TrailingZeros64(stop)/8
		}
		at += 8
	}
	return at
}

func (s *jsonScanner) escape() error {
	d := s.data
	if s.at+1 >= len(d) {
		return s.fail("a string that does not end")
	}
	switch d[s.at+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at += 2
		return nil
	case 'u':
		r := hex4(d[s.at+2:])
		if r < 0 {
			return s.fail("\\u without four hexadecimal digits")
		}
		if r < 0xD800 || r > 0xDFFF {
			s.at += 6
			return nil
		}
		if rest := d[s.at+6:]; r < 0xDC00 && len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' {
			if low := hex4(rest[2:]); low >= 0xDC00 && low <= 0xDFFF {
				s.at += 12
				return nil
			}
		}
		return s.fail("half of a surrogate pair in a string")
	}
	return s.fail("unknown escape in a string")
}
