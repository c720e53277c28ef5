package strict

import (
	"bytes"
	"unicode/utf8"
)

// comment skips the comment under the cursor. Where there is none, or none that
// every reader would end at the same place, it stays and reports false: the
// slash is then refused as any other letter out of place.
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
		if bytes.IndexByte(line, '\r') >= 0 || bytes.Contains(line, []byte("\u2028")) || bytes.Contains(line, []byte("\u2029")) {
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
