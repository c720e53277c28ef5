package strict

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// yamlScanner turns the bytes of a YAML text into nodes, in one pass.
type yamlScanner struct {
	doc     *Document
	d       []byte // doc.data
	at      int
	line    int // offset of the cursor's line
	depth   int // deepest nesting allowed
	members int // most keys one mapping may have
}

func (s *yamlScanner) fail(format string, args ...any) error {
	return s.failAt(s.at, format, args...)
}

func (s *yamlScanner) failAt(at int, format string, args ...any) error {
	line, column := s.doc.position(min(at, len(s.d)))
	return &SyntaxError{line, column, fmt.Sprintf(format, args...)}
}

// here quotes the character at the cursor for a message.
func (s *yamlScanner) here() string {
	if s.at >= len(s.d) {
		return "end of file"
	}
	if c := s.d[s.at]; c == '\n' || c == '\r' {
		return "end of line"
	}
	_, size := utf8.DecodeRune(s.d[s.at:])
	return fmt.Sprintf("%+q", s.d[s.at:s.at+size])
}

// legible refuses bytes that are not text: invalid UTF-8, control characters,
// and characters that only some readers take for a line break.
func (s *yamlScanner) legible() error {
	d := s.d
	for i := 0; i < len(d); {
		if i+8 <= len(d) && ordinary(d[i:]) {
			i += 8
			continue
		}
		c := d[i]
		switch {
		case c >= 0x20 && c < 0x7F || c == '\n':
			i++
			continue
		case c == '\t':
			i++
			continue
		case c == '\r':
			if i+1 == len(d) || d[i+1] != '\n' {
				return s.failAt(i, "a carriage return that ends no line")
			}
			i++
			continue
		case c < utf8.RuneSelf:
			return s.failAt(i, "control character %+q", d[i:i+1])
		}
		r, size := utf8.DecodeRune(d[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return s.failAt(i, "invalid UTF-8")
		case r < 0xA0, r == 0x2028, r == 0x2029, r == 0xFEFF, r&^0xFFFF != 0 && r&0xFFFE == 0xFFFE, r == 0xFFFE, r == 0xFFFF:
			return s.failAt(i, "character %+q, which readers of YAML disagree about", r)
		}
		i += size
	}
	return nil
}

// ordinary reports whether eight bytes are all printable ASCII or line feeds.
func ordinary(d []byte) bool {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	w := binary.LittleEndian.Uint64(d)
	// Its high bit set, a byte does not borrow from the next one; the bit is
	// then the answer.
	control := ^((w | highs) - ones*' ')
	feed := ^((w ^ ones*'\n' | highs) - ones)
	return (w|(w+ones)|control&^feed)&highs == 0
}

// documents reads all documents of the text.
func (s *yamlScanner) documents() ([]Value, error) {
	var all []Value
	for {
		if err := s.nextLine(); err != nil {
			return nil, err
		}
		marked := false
		for s.marker("---") {
			if marked {
				return nil, s.fail("an empty document")
			}
			marked = true
			s.at += 3
			if err := s.endLine(); err != nil {
				return nil, err
			}
			if err := s.nextLine(); err != nil {
				return nil, err
			}
		}
		switch {
		case s.at >= len(s.d):
			if len(all) == 0 || marked {
				return nil, s.fail("expected a mapping, found nothing")
			}
			return all, nil
		case len(all) > 0 && !marked:
			return nil, s.fail("unexpected %s, expected the end of the document", s.here())
		}
		root := int32(len(s.doc.nodes))
		if err := s.block(-1, s.column(), 0); err != nil {
			return nil, err
		}
		if s.doc.nodes[root].form() != form(Object) {
			return nil, s.failAt(int(s.doc.nodes[root].start), "expected a mapping, found %s", Value{s.doc, root}.Kind())
		}
		all = append(all, Value{s.doc, root})
	}
}

// marker reports whether the cursor is at a line with a document marker.
func (s *yamlScanner) marker(mark string) bool {
	return s.at == s.line && bytes.HasPrefix(s.d[s.at:], []byte(mark)) && s.blankAt(s.at+3)
}

// blankAt reports whether a space, a line break or the end is at an offset.
func (s *yamlScanner) blankAt(i int) bool {
	return i >= len(s.d) || s.d[i] == ' ' || s.d[i] == '\n' || s.d[i] == '\r'
}

// column returns the cursor's column, from 0.
func (s *yamlScanner) column() int { return s.at - s.line }

// peek returns the byte at the cursor; 0 at the end, since no text contains it.
func (s *yamlScanner) peek() byte {
	if s.at >= len(s.d) {
		return 0
	}
	return s.d[s.at]
}

func (s *yamlScanner) spaces() {
	for s.at < len(s.d) && s.d[s.at] == ' ' {
		s.at++
	}
}

// endLine moves past the rest of a line, which may only be a comment.
func (s *yamlScanner) endLine() error {
	d := s.d
	if s.at < len(d) && d[s.at] == '\n' { // the usual case
		s.at++
		s.line = s.at
		return nil
	}
	s.spaces()
	if s.at < len(d) && d[s.at] == '#' && (s.at == s.line || d[s.at-1] == ' ') {
		i := bytes.IndexByte(d[s.at:], '\n')
		if i < 0 {
			i = len(d) - s.at
		}
		s.at += i
	}
	if s.peek() == '\r' {
		s.at++
	}
	if s.at < len(d) {
		if d[s.at] != '\n' {
			return s.fail("unexpected %s, expected the end of the line", s.here())
		}
		s.at++
	}
	s.line = s.at
	return nil
}

// nextLine moves to the first token of the next line that is not empty or a
// comment, or to the end. The cursor must be at the start of a line.
func (s *yamlScanner) nextLine() error {
	for {
		s.spaces()
		switch s.peek() {
		case '\n', '\r', '#':
			if err := s.endLine(); err != nil {
				return err
			}
		case '\t':
			return s.fail("a tab in the indentation")
		case 0:
			s.line = s.at // at the end, column is 0
			return nil
		default:
			if s.marker("...") {
				return s.fail("the end marker ..., which no lockfile has")
			}
			return nil
		}
	}
}

func (s *yamlScanner) open(kind Kind, depth int) (int32, error) {
	if depth > s.depth {
		return 0, s.fail("nested deeper than %d levels", s.depth)
	}
	s.doc.nodes = append(s.doc.nodes, leaf(s.at, s.at, form(kind)), node{})
	return int32(len(s.doc.nodes) - 2), nil
}

func (s *yamlScanner) close(at int32, end int) {
	s.doc.nodes[at].what |= uint32(int32(len(s.doc.nodes))-at) << formBits
	s.doc.nodes[at+1].start = uint32(end)
}

func (s *yamlScanner) leaf(start, end int, f form) {
	s.doc.nodes = append(s.doc.nodes, leaf(start, end, f))
}

// maxKey is the longest key that YAML allows without "?", with room for quotes.
const maxKey = 1022

// unique refuses a duplicate key, one that is too long, and one above the limit
// of members.
func (s *yamlScanner) unique(keys *keySet, key int32, explicit bool) error {
	n := s.doc.nodes[key]
	if len(n.raw(s.d)) > maxKey && !explicit {
		return s.failAt(int(n.start), "a key longer than %d bytes that no ? stands before", maxKey)
	}
	if keys.has(key) {
		return s.failAt(int(n.start), "key %s stands twice in one mapping", quote(text(s.d, s.doc.nodes, key)))
	}
	if keys.count > s.members {
		return s.failAt(int(n.start), "more than %d keys in one mapping", s.members)
	}
	return nil
}
