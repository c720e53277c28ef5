package strict

// flow reads a value in brackets or braces, or one inside them. A collection
// may span several lines, each indented deeper than parent.
func (s *yamlScanner) flow(parent, depth int) error {
	switch s.peek() {
	case '{':
		return s.flowMapping(parent, depth+1)
	case '[':
		return s.flowSequence(parent, depth+1)
	case '"':
		return s.doubleQuoted()
	case '\'':
		return s.singleQuoted()
	}
	return s.flowPlain(false)
}

func (s *yamlScanner) flowSequence(parent, depth int) error {
	at, err := s.open(Array, depth)
	if err != nil {
		return err
	}
	s.at++
	if err := s.flowSpace(parent); err != nil {
		return err
	}
	for s.peek() != ']' {
		if err := s.flow(parent, depth); err != nil {
			return err
		}
		if err := s.separator(']', parent); err != nil {
			return err
		}
	}
	s.at++
	s.close(at, s.at)
	return nil
}

func (s *yamlScanner) flowMapping(parent, depth int) error {
	at, err := s.open(Object, depth)
	if err != nil {
		return err
	}
	s.at++
	if err := s.flowSpace(parent); err != nil {
		return err
	}
	keys := keySet{data: s.d, all: &s.doc.nodes}
	for s.peek() != '}' {
		key := int32(len(s.doc.nodes))
		switch s.peek() {
		case '"':
			err = s.doubleQuoted()
		case '\'':
			err = s.singleQuoted()
		default:
			err = s.flowPlain(true)
		}
		if err != nil {
			return err
		}
		if err := s.unique(&keys, key, false); err != nil {
			return err
		}
		if s.peek() != ':' || s.at+1 >= len(s.d) || s.d[s.at+1] != ' ' {
			return s.fail("unexpected %s, expected : and a space after a key", s.here())
		}
		s.at++
		s.spaces()
		if err := s.flow(parent, depth); err != nil {
			return err
		}
		if err := s.separator('}', parent); err != nil {
			return err
		}
	}
	s.at++
	s.close(at, s.at)
	return nil
}

// separator moves past a comma, or to the end of the collection.
func (s *yamlScanner) separator(end byte, parent int) error {
	if err := s.flowSpace(parent); err != nil {
		return err
	}
	switch s.peek() {
	case end:
		return nil
	case ',':
		s.at++
		return s.flowSpace(parent)
	}
	return s.fail("unexpected %s, expected , or %c", s.here(), end)
}

// flowSpace moves to the next token in a collection, also on a later line.
func (s *yamlScanner) flowSpace(parent int) error {
	s.spaces()
	if c := s.peek(); c != '\n' && c != '\r' {
		return nil
	}
	for s.peek() == '\n' || s.peek() == '\r' {
		if err := s.endLine(); err != nil {
			return err
		}
		s.spaces()
	}
	if s.at < len(s.d) && s.column() <= parent {
		return s.fail("unexpected end of the indentation, expected more of the collection above")
	}
	return nil
}

// flowPlain reads an unquoted scalar inside a collection.
func (s *yamlScanner) flowPlain(key bool) error {
	d, start := s.d, s.at
	if err := s.plainStart(); err != nil {
		return err
	}
	i, end := start, start
scan:
	for i < len(d) {
		switch c := d[i]; c {
		case ',', ']', '}', '\n', '\r':
			break scan
		case ' ':
			i++
			continue
		case '[', '{', '\t', '"', '#':
			if c == '#' && d[i-1] != ' ' {
				break
			}
			s.at = i
			return s.fail("unexpected %s in a value", s.here())
		case ':', '?':
			if s.blankAt(i+1) || d[i+1] == ',' || d[i+1] == ']' || d[i+1] == '}' {
				if c == ':' {
					break scan
				}
				s.at = i
				return s.fail("a question mark that some take for the mark of a key")
			}
		}
		i++
		end = i
	}
	s.at = end
	if !key && i < len(d) && d[i] == ':' {
		s.at = i
		return s.fail("unexpected : in a value")
	}
	if key && string(d[start:end]) == "<<" {
		return s.failAt(start, "a merge key")
	}
	s.leaf(start, end, bare)
	return nil
}
