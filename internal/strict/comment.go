package strict

import (
	"bytes"
	"unicode/utf8"
)

// comment skips the comment at the cursor and reports whether there is one. It
// does not accept one that readers might end at different places; the slash is
// then refused like any other unexpected byte.
func (s *jsonScanner) comment() bool {
	rest := s.data[s.at:]
	if len(rest) < 2 {
		return false
	}
	end := -1
	switch rest[1] {
	case '/':
		if end = bytes.IndexByte(rest, '\n'); end < 0 {
			end = len(rest)
		}
		line := bytes.TrimSuffix(rest[:end], []byte("\r"))
		if bytes.IndexByte(line, '\r') >= 0 || bytes.Contains(line, []byte("\u2028")) ||
			bytes.Contains(line, []byte("\u2029")) {
			return false
		}
	case '*':
		if i := bytes.Index(rest[2:], []byte("*/")); i >= 0 {
			end = i + 4
		}
	}
	if end < 0 || !utf8.Valid(rest[:end]) {
		return false
	}
	s.at += end
	return true
}
