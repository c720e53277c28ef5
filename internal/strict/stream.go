package strict

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A Stream reads one JSON object from a reader, member by member, for documents
// of which little is needed: what is skipped is not kept. What is taken with
// Value is parsed as strictly as by Parse. Of what is skipped only the strings,
// the brackets and the depth are looked at.
//
// Errors of the reader are returned as they are.
type Stream struct {
	r    *bufio.Reader
	read int64
}

// maxScalar is the most that a number or a literal may have, in bytes.
const maxScalar = 1 << 10

// NewStream returns a stream of the object in r.
func NewStream(r io.Reader) *Stream {
	s := &Stream{r: bufio.NewReaderSize(r, 64<<10)}
	if mark, err := s.r.Peek(3); err == nil && string(mark) == "\xEF\xBB\xBF" {
		s.drop(3)
	}
	return s
}

// Object reads the object that follows and calls visit with each of its keys.
// visit reads the value with Object, Value or Skip; one that it does not read is
// skipped. A key that stands twice is an error.
func (s *Stream) Object(visit func(key string) error) error {
	c, err := s.next()
	if err != nil {
		return err
	}
	if c != '{' {
		return s.fail("unexpected %s, expected an object", quote(string(c)))
	}
	s.drop(1)
	if c, err = s.next(); err != nil {
		return err
	}
	if c == '}' {
		s.drop(1)
		return nil
	}
	seen := map[string]bool{}
	for {
		key, err := s.key()
		switch {
		case err != nil:
			return err
		case seen[key]:
			return s.fail("key %s stands twice in one object", quote(key))
		case len(seen) == MaxMembers:
			return s.fail("more than %d keys in one object", MaxMembers)
		}
		seen[key] = true
		if _, err := s.next(); err != nil {
			return err
		}
		at := s.read
		if err := visit(key); err != nil {
			return err
		}
		if s.read == at {
			if err := s.Skip(); err != nil {
				return err
			}
		}
		if c, err = s.next(); err != nil {
			return err
		}
		switch c {
		case ',':
			s.drop(1)
		case '}':
			s.drop(1)
			return nil
		default:
			return s.fail("unexpected %s, expected , or }", quote(string(c)))
		}
	}
}

// key reads a key and its colon.
func (s *Stream) key() (string, error) {
	c, err := s.next()
	if err != nil {
		return "", err
	}
	if c != '"' {
		return "", s.fail("unexpected %s, expected a key", quote(string(c)))
	}
	v, err := s.Value(1 << 16)
	if err != nil {
		return "", err
	}
	if c, err = s.next(); err != nil {
		return "", err
	}
	if c != ':' {
		return "", s.fail("unexpected %s, expected :", quote(string(c)))
	}
	s.drop(1)
	return v.Text(), nil
}

// Value reads the value that follows, of at most limit bytes.
func (s *Stream) Value(limit int) (Value, error) {
	var kept bytes.Buffer
	from := s.read
	err := s.scan(func(part []byte) error {
		if kept.Len()+len(part) > limit {
			return s.fail("a value above %d bytes", limit)
		}
		kept.Write(part)
		return nil
	})
	if err != nil {
		return Value{}, err
	}
	v, err := ParseAny(kept.Bytes(), Limits{Bytes: limit})
	var syntax *SyntaxError
	if errors.As(err, &syntax) {
		return Value{}, fmt.Errorf("in the value at byte %d: %s", from+1, syntax.Text)
	}
	return v, err
}

// Kind says of what kind the value that follows is, by its first byte; Missing
// for what begins no value.
func (s *Stream) Kind() Kind {
	c, err := s.next()
	switch {
	case err != nil:
		return Missing
	case c == '{':
		return Object
	case c == '[':
		return Array
	case c == '"':
		return String
	case c == 't':
		return True
	case c == 'f':
		return False
	case c == 'n':
		return Null
	case c == '-' || c >= '0' && c <= '9':
		return Number
	}
	return Missing
}

// Skip reads the value that follows and keeps nothing of it.
func (s *Stream) Skip() error { return s.scan(func([]byte) error { return nil }) }

// End requires that nothing but blanks follows.
func (s *Stream) End() error {
	c, err := s.next()
	if errors.Is(err, io.ErrUnexpectedEOF) && s.ended() {
		return nil
	}
	if err == nil {
		err = s.fail("unexpected %s after the document", quote(string(c)))
	}
	return err
}

func (s *Stream) ended() bool {
	_, err := s.r.Peek(1)
	return errors.Is(err, io.EOF)
}

// scan passes on the bytes of the value that follows.
func (s *Stream) scan(part func([]byte) error) error {
	c, err := s.next()
	if err != nil {
		return err
	}
	if c != '{' && c != '[' && c != '"' {
		return s.scalar(part)
	}
	var n nesting
	for {
		buffered, err := s.buffered()
		if err != nil {
			return err
		}
		end, done, ok := n.over(buffered)
		if !ok {
			s.drop(end)
			return s.fail("unexpected bracket, or more than %d levels", MaxDepth)
		}
		if err := part(buffered[:end]); err != nil {
			return err
		}
		if s.drop(end); done {
			return nil
		}
	}
}

// scalar passes on the bytes of a number or a literal.
func (s *Stream) scalar(part func([]byte) error) error {
	var text []byte
	for {
		next, err := s.r.Peek(1)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(next) == 0 || bytes.IndexByte([]byte(",}] \t\r\n"), next[0]) >= 0 {
			break
		}
		if text = append(text, next[0]); len(text) > maxScalar {
			return s.fail("a number or word above %d bytes", maxScalar)
		}
		s.drop(1)
	}
	if _, err := ParseAny(text, Limits{}); err != nil {
		return s.fail("unexpected %s, expected a value", quote(string(text)))
	}
	return part(text)
}

// next returns the next byte that is no blank, and leaves it there.
func (s *Stream) next() (byte, error) {
	for {
		buffered, err := s.buffered()
		if err != nil {
			return 0, err
		}
		rest := bytes.TrimLeft(buffered, " \t\r\n")
		s.drop(len(buffered) - len(rest))
		if len(rest) > 0 {
			return rest[0], nil
		}
	}
}

// buffered returns what is read already, and at least one byte.
func (s *Stream) buffered() ([]byte, error) {
	if _, err := s.r.Peek(1); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the document ends at byte %d: %w", s.read, io.ErrUnexpectedEOF)
	} else if err != nil {
		return nil, err
	}
	return s.r.Peek(s.r.Buffered())
}

func (s *Stream) drop(n int) {
	_, _ = s.r.Discard(n) // it is buffered
	s.read += int64(n)
}

func (s *Stream) fail(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", s.read+1, fmt.Sprintf(format, args...))
}

// A nesting is where in a value the bytes before have led.
type nesting struct {
	open            [MaxDepth]byte // the brackets that close what is open
	depth           int
	inText, escaped bool
}

// over goes over further bytes to the end of the value, if that is among them.
// ok is false at a bracket that does not fit.
func (n *nesting) over(data []byte) (end int, done, ok bool) {
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case n.escaped:
			n.escaped = false
		case n.inText && c == '\\':
			n.escaped = true
		case c == '"':
			n.inText = !n.inText
			if !n.inText && n.depth == 0 {
				return i + 1, true, true
			}
		case n.inText:
			i = plainJSON(data, i+1) - 1
		case c == '{' || c == '[':
			if n.depth == MaxDepth {
				return i, false, false
			}
			n.open[n.depth] = c + 2 // in ASCII, both close two after they open
			n.depth++
		case c == '}' || c == ']':
			if n.depth--; n.open[n.depth] != c {
				return i, false, false
			}
			if n.depth == 0 {
				return i + 1, true, true
			}
		}
	}
	return len(data), false, true
}
