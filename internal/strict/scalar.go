package strict

import "bytes"

// plain reads an unquoted scalar, which ends at a line break, a comment, or a
// colon followed by a space; such a colon is allowed after a key only.
func (s *yamlScanner) plain(key bool) error {
	d, start := s.d, s.at
	if err := s.plainStart(); err != nil {
		return err
	}
	i, end := start, start // end: after the last byte that is not a space
scan:
	for i < len(d) {
		switch c := d[i]; c {
		case '\n', '\r':
			break scan
		case ' ':
			i++
			continue
		case '\t':
			s.at = i
			return s.fail("a tab outside quotes")
		case ':':
			if s.blankAt(i + 1) {
				break scan
			}
		case '#':
			if d[i-1] == ' ' {
				break scan
			}
		}
		i++
		end = i
	}
	s.at = end
	if !key && i < len(d) && d[i] == ':' {
		s.at = i
		return s.fail("a mapping in the line of its key")
	}
	s.leaf(start, end, bare)
	return nil
}

// plainStart refuses characters that no plain scalar begins with. It also
// refuses - ? and :, which some may begin with: programs that write lockfiles
// quote those.
func (s *yamlScanner) plainStart() error {
	switch c := s.peek(); c {
	case '&', '*':
		return s.fail("an anchor or alias")
	case '!':
		return s.fail("a tag")
	case '%', '@', '`', ',', '[', ']', '{', '}', '#', '|', '>', '-', '?', ':', '\t', '\n', '\r', 0:
		return s.fail("unexpected %s, expected a value", s.here())
	}
	return nil
}

// singleQuoted reads a scalar in single quotes, where ” means one quote.
func (s *yamlScanner) singleQuoted() error {
	d, open := s.d, s.at
	f := form(String)
	for i := open + 1; i < len(d); i++ {
		switch d[i] {
		case '\'':
			if i+1 < len(d) && d[i+1] == '\'' {
				f = single
				i++
				continue
			}
			s.at = i + 1
			s.leaf(open+1, i, f)
			return nil
		case '\n':
			return s.fail("a quoted scalar that does not end in its line")
		}
	}
	return s.fail("a quoted scalar that does not end")
}

// doubleQuoted reads a scalar in double quotes, with its escapes.
func (s *yamlScanner) doubleQuoted() error {
	d, open := s.d, s.at
	f := form(String)
	for i := open + 1; i < len(d); i++ {
		switch d[i] {
		case '"':
			s.at = i + 1
			s.leaf(open+1, i, f)
			return nil
		case '\\':
			f = double
			_, size := escape(d[i+1:])
			if size == 0 {
				return s.failAt(i, "unknown escape in a quoted scalar")
			}
			i += size
		case '\n':
			return s.fail("a quoted scalar that does not end in its line")
		}
	}
	return s.fail("a quoted scalar that does not end")
}

// maxIndent is the deepest indentation of a block scalar.
const maxIndent = 63

// The chomping of a block scalar: how its final line breaks are treated.
const (
	clip  = iota // one is kept
	strip        // none is kept
	keep         // all are kept
)

// blockScalar reads a scalar after | or >, whose lines are indented deeper than
// parent.
func (s *yamlScanner) blockScalar(parent int) error {
	f := literal
	if s.d[s.at] == '>' {
		f = folded
	}
	header := s.at
	chomp, indent := clip, 0
	for s.at++; s.at < len(s.d); s.at++ {
		switch c := s.d[s.at]; {
		case c == '-' && chomp == clip:
			chomp = strip
			continue
		case c == '+' && chomp == clip:
			chomp = keep
			continue
		case c >= '1' && c <= '9' && indent == 0:
			indent = max(parent, 0) + int(c-'0')
			continue
		}
		break
	}
	if err := s.endLine(); err != nil {
		return err
	}
	start, end := s.at, s.at
	for s.at < len(s.d) {
		rest := s.d[s.at:]
		length := bytes.IndexByte(rest, '\n') + 1
		if length == 0 {
			// Readers disagree whether its value ends in a line break.
			return s.fail("a block scalar in the last line, which has no line break")
		}
		line := bytes.TrimRight(rest[:length], "\r\n")
		first := 0
		for first < len(line) && line[first] == ' ' {
			first++
		}
		if first < len(line) { // not empty
			if indent == 0 && line[first] == '\t' {
				// Readers disagree whether it is content or indentation.
				return s.fail("a tab at the start of a block scalar")
			}
			if indent == 0 && first > parent {
				indent = first
			}
			if indent == 0 || first < indent {
				break
			}
		} else if indent == 0 && len(line) > 0 {
			// The first line that is not empty sets the indentation. Empty
			// lines before it must not be indented deeper, and readers differ
			// about them.
			return s.fail("a blank line with spaces at the start of a block scalar")
		}
		s.at += length
		s.line = s.at
		end = s.at
	}
	if indent > maxIndent {
		return s.failAt(header, "a block scalar indented by more than %d columns", maxIndent)
	}
	s.leaf(start, end, f)
	s.doc.nodes = append(s.doc.nodes, node{start: uint32(indent<<2 | chomp)})
	return s.nextLine()
}
