package strictyaml

// flow reads a collection in brackets or braces, which has to end in its line.
func (s *scanner) flow(depth int) error {
	switch s.peek() {
	case '{':
		return s.flowMapping(depth + 1)
	case '[':
		return s.flowSequence(depth + 1)
	case '"':
		return s.doubleQuoted()
	case '\'':
		return s.singleQuoted()
	}
	return s.flowPlain(false)
}

func (s *scanner) flowSequence(depth int) error {
	at, err := s.open(Array, depth)
	if err != nil {
		return err
	}
	s.at++
	s.spaces()
	for s.peek() != ']' {
		if err := s.flow(depth); err != nil {
			return err
		}
		if err := s.separator(']'); err != nil {
			return err
		}
	}
	s.at++
	s.close(at, s.at)
	return nil
}

func (s *scanner) flowMapping(depth int) error {
	at, err := s.open(Object, depth)
	if err != nil {
		return err
	}
	s.at++
	s.spaces()
	keys := keySet{doc: s.doc}
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
		if err := s.flow(depth); err != nil {
			return err
		}
		if err := s.separator('}'); err != nil {
			return err
		}
	}
	s.at++
	s.close(at, s.at)
	return nil
}

// separator goes past a comma, which something must follow, or to the end of
// the collection.
func (s *scanner) separator(end byte) error {
	s.spaces()
	switch s.peek() {
	case end:
		return nil
	case ',':
		s.at++
		s.spaces()
		if s.peek() != end {
			return nil
		}
	}
	return s.fail("unexpected %s, expected , or %c", s.here(), end)
}

// flowPlain reads a scalar without quotes inside a collection.
func (s *scanner) flowPlain(key bool) error {
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
		case ':':
			if s.blankAt(i+1) || d[i+1] == ',' || d[i+1] == ']' || d[i+1] == '}' {
				break scan
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
	s.leaf(node{start: int32(start), end: int32(end), kind: plainScalar})
	return nil
}
