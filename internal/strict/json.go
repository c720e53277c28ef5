package strict

// Parse parses one JSON text, which must be an object. The document refers to
// data, which must not change.
func Parse(data []byte) (Value, error) { return ParseWithin(data, Limits{}) }

// ParseWithin is Parse with the caller's limits.
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

// ParseJSONC parses an object in JSON with comments, the format of bun.lock. It
// allows // and /* */ comments and one comma after the last member or element;
// everything else is as strict as in Parse. It also refuses line comments that
// contain a lone carriage return or a Unicode line separator, because readers
// disagree where they end.
func ParseJSONC(data []byte, limits Limits) (Value, error) {
	return object(parse(data, limits, true))
}

// ParseAny parses one JSON text of any kind.
func ParseAny(data []byte, limits Limits) (Value, error) {
	return parse(data, limits, false)
}

func parse(data []byte, limits Limits, comments bool) (Value, error) {
	data, err := limits.prepare(data)
	if err != nil {
		return Value{}, err
	}
	doc := &Document{data: data}
	s := jsonScanner{doc: doc, data: data, nodes: make([]node, len(data)/16+8), depth: limits.Depth,
		members: limits.Members, comments: comments}
	if err := s.document(); err != nil {
		return Value{}, err
	}
	return Value{doc, 0}, nil
}
