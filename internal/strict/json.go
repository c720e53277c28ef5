package strict

// Parse reads one JSON text that must be an object. The document is made of data
// itself, which must stay as it is.
func Parse(data []byte) (Value, error) { return ParseWithin(data, Limits{}) }

// ParseWithin is Parse with limits of the caller's.
func ParseWithin(data []byte, limits Limits) (Value, error) {
	return object(ParseAny(data, limits))
}

func object(v Value, err error) (Value, error) {
	if err != nil {
		return Value{}, err
	}
	if v.Kind() != Object {
		return Value{}, &SyntaxError{1, 1, "expected an object, found " + v.Kind().String()}
	}
	return v, nil
}

// ParseJSONC reads an object in JSON with comments, the form of bun.lock: // and
// /* */ comments and one comma after the last member or element are allowed, all
// else is as strict as in Parse. It also refuses comments of which readers
// disagree where they end: a line comment that holds a carriage return of its own
// or one of the line separators of Unicode.
func ParseJSONC(data []byte, limits Limits) (Value, error) {
	return object(parse(data, limits, true))
}

// ParseAny reads one JSON text of any kind.
func ParseAny(data []byte, limits Limits) (Value, error) {
	return parse(data, limits, false)
}

func parse(data []byte, limits Limits, comments bool) (Value, error) {
	data, err := limits.prepare(data)
	if err != nil {
		return Value{}, err
	}
	doc := &Document{data: data}
	s := jsonScanner{doc: doc, data: data, nodes: make([]node, len(data)/16+8), depth: limits.Depth, members: limits.Members, comments: comments}
	if err := s.document(); err != nil {
		return Value{}, err
	}
	return Value{doc, 0}, nil
}
