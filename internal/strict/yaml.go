package strict

// ParseYAML parses a YAML text of one document, which must be a mapping.
func ParseYAML(data []byte) (Value, error) { return ParseYAMLWithin(data, Limits{}) }

// ParseYAMLWithin is ParseYAML with the caller's limits.
func ParseYAMLWithin(data []byte, limits Limits) (Value, error) {
	all, err := ParseYAMLs(data, limits)
	if err != nil {
		return Value{}, err
	}
	if len(all) > 1 {
		line, column := all[1].Position()
		return Value{}, &SyntaxError{line, column, "a second document, expected one"}
	}
	return all[0], nil
}

// ParseYAMLs parses a text of one or more documents, separated by lines of
// three dashes, each of which must be a mapping.
func ParseYAMLs(data []byte, limits Limits) ([]Value, error) {
	data, err := limits.prepare(data)
	if err != nil {
		return nil, err
	}
	doc := &Document{data: data, nodes: make([]node, 0, len(data)/20+8)}
	s := yamlScanner{doc: doc, d: data, depth: limits.Depth, members: limits.Members}
	if err := s.legible(); err != nil {
		return nil, err
	}
	return s.documents()
}
