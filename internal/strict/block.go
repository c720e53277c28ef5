package strict

// block reads the block node that begins at the cursor, in the given column,
// and moves the cursor to the first token of the line after it. parent is the
// column of the mapping or dash that it belongs to.
func (s *yamlScanner) block(parent, column, depth int) error {
	switch c := s.peek(); {
	case c == '-' && s.blankAt(s.at+1):
		return s.sequence(column, depth+1)
	case c == '?' && s.blankAt(s.at+1):
		return s.mapping(column, depth+1)
	case c == '{' || c == '[' || c == '|' || c == '>':
		return s.inline(parent, depth)
	}
	start, nodes := s.at, len(s.doc.nodes)
	if err := s.key(); err != nil {
		return err
	}
	isKey := s.peek() == ':' && s.blankAt(s.at+1)
	s.at, s.doc.nodes = start, s.doc.nodes[:nodes]
	if isKey {
		return s.mapping(column, depth+1)
	}
	return s.inline(parent, depth)
}

// mapping reads the entries whose keys begin in the given column.
func (s *yamlScanner) mapping(column, depth int) error {
	at, err := s.open(Object, depth)
	if err != nil {
		return err
	}
	keys := keySet{data: s.d, all: &s.doc.nodes}
	for {
		explicit := s.peek() == '?' && s.blankAt(s.at+1)
		if explicit {
			s.at++
			s.spaces()
		}
		key := int32(len(s.doc.nodes))
		if err := s.key(); err != nil {
			return err
		}
		if err := s.unique(&keys, key, explicit); err != nil {
			return err
		}
		if explicit {
			if err := s.explicitColon(column); err != nil {
				return err
			}
		}
		if s.peek() != ':' || !s.blankAt(s.at+1) {
			return s.fail("unexpected %s, expected : after a key", s.here())
		}
		s.at++
		if err := s.entry(column, depth, explicit); err != nil {
			return err
		}
		if s.at >= len(s.d) || s.column() < column || s.marker("---") {
			break
		}
		if s.column() > column {
			return s.fail("unexpected indentation: a value has to stand in one line")
		}
	}
	s.close(at, s.line)
	return nil
}

// explicitColon moves from the end of a key written after "?" to its colon.
func (s *yamlScanner) explicitColon(column int) error {
	if err := s.endLine(); err != nil {
		return err
	}
	if err := s.nextLine(); err != nil {
		return err
	}
	if s.column() != column {
		return s.fail("unexpected indentation, expected the : of the key above")
	}
	return nil
}

// entry reads the value after a colon. A block node may begin on the same line
// only after a key written with "?".
func (s *yamlScanner) entry(column, depth int, explicit bool) error {
	s.spaces()
	switch c := s.peek(); {
	case c == '\n' || c == '\r' || c == '#' || c == 0:
		return s.below(column, depth, true)
	case explicit:
		return s.block(column, s.column(), depth)
	}
	return s.inline(column, depth)
}

// below reads the node on the lines below the cursor's: indented deeper than
// column or, for a sequence in a mapping, as deep. If there is none, the value
// is null.
func (s *yamlScanner) below(column, depth int, inMapping bool) error {
	at := s.at
	if err := s.endLine(); err != nil {
		return err
	}
	if err := s.nextLine(); err != nil {
		return err
	}
	c := s.column()
	if s.at < len(s.d) && (c > column || c == column && inMapping && s.peek() == '-' && s.blankAt(s.at+1)) {
		return s.block(column, c, depth)
	}
	s.leaf(at, at, bare)
	return nil
}

// sequence reads the elements whose dashes are in the given column.
func (s *yamlScanner) sequence(column, depth int) error {
	at, err := s.open(Array, depth)
	if err != nil {
		return err
	}
	for {
		s.at++
		s.spaces()
		switch s.peek() {
		case '\n', '\r', '#', 0:
			err = s.below(column, depth, false)
		default:
			err = s.block(column, s.column(), depth)
		}
		if err != nil {
			return err
		}
		if s.at >= len(s.d) || s.column() < column || s.marker("---") {
			break
		}
		if s.peek() != '-' || !s.blankAt(s.at+1) {
			if s.column() == column { // the next key of the mapping
				break
			}
			return s.fail("unexpected indentation: a value has to stand in one line")
		}
		if s.column() > column {
			return s.fail("unexpected indentation, expected -")
		}
	}
	s.close(at, s.line)
	return nil
}

// inline reads a value that begins on the line of its key or dash, and moves to
// the first token of the line after it. Lines indented deeper than parent
// belong to the value.
func (s *yamlScanner) inline(parent, depth int) error {
	var err error
	switch s.peek() {
	case '{', '[':
		err = s.flow(parent, depth)
	case '|', '>':
		return s.blockScalar(parent)
	case '"':
		err = s.doubleQuoted()
	case '\'':
		err = s.singleQuoted()
	default:
		err = s.plain(false)
	}
	if err != nil {
		return err
	}
	if err := s.endLine(); err != nil {
		return err
	}
	return s.nextLine()
}

// key reads a scalar that is a key, up to its colon.
func (s *yamlScanner) key() error {
	switch s.peek() {
	case '"':
		return s.doubleQuoted()
	case '\'':
		return s.singleQuoted()
	}
	start := s.at
	if err := s.plain(true); err != nil {
		return err
	}
	if string(s.d[start:s.at]) == "<<" {
		return s.failAt(start, "a merge key")
	}
	return nil
}
