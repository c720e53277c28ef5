package migrate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readYAML reads one document whose root is a mapping. People write these files
// in any form of YAML. Only aliases are refused (they make "billion laughs"
// bombs), and whatever two parsers would read differently.
func readYAML(data []byte) (value, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return value{kind: table, line: 1}, nil
	case err != nil:
		return value{}, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return value{}, errors.New("more than one document")
	}
	if len(doc.Content) != 1 {
		return value{kind: table, line: 1}, nil
	}
	root, err := fromYAML(doc.Content[0], 0)
	if err == nil && root.kind == null {
		root.kind = table
	}
	if err == nil && root.kind != table {
		err = fmt.Errorf("line %d: keys with values expected", root.line)
	}
	return root, err
}

func fromYAML(n *yaml.Node, depth int) (value, error) {
	v := value{line: n.Line, text: n.Value, comment: said(n.HeadComment, n.LineComment)}
	if depth > maxDepth {
		return v, fmt.Errorf("line %d: nested more than %d deep", n.Line, maxDepth)
	}
	switch n.Kind {
	case yaml.ScalarNode:
		v.kind = scalarKind(n.ShortTag())
		return v, nil
	case yaml.SequenceNode:
		v.kind = list
		for _, c := range n.Content {
			e, err := fromYAML(c, depth+1)
			if err != nil {
				return v, err
			}
			v.list = append(v.list, e)
		}
		return v, nil
	case yaml.MappingNode:
		v.kind = table
		err := v.pairs(n, depth)
		if v.comment == "" && len(v.members) > 0 { // the library puts a comment above or beside "- id: x" there
			v.comment = v.members[0].value.comment
		}
		return v, err
	}
	return v, fmt.Errorf("line %d: an alias; write the value out", n.Line)
}

// pairs reads the members of a mapping.
func (v *value) pairs(n *yaml.Node, depth int) error {
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: a key must be a word", k.Line)
		}
		if seen[k.Value] {
			return fmt.Errorf("line %d: a key stands twice", k.Line)
		}
		seen[k.Value] = true
		e, err := fromYAML(n.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		e.line = k.Line
		e.comment = words(said(k.HeadComment, k.LineComment) + " " + e.comment)
		v.members = append(v.members, member{k.Value, e})
	}
	return nil
}

func scalarKind(tag string) kind {
	switch tag {
	case "!!null":
		return null
	case "!!bool":
		return boolean
	case "!!int", "!!float":
		return number
	}
	return text
}

// said returns the text of YAML comments.
func said(comments ...string) string {
	var b strings.Builder
	for _, c := range comments {
		for line := range strings.Lines(c) {
			b.WriteString(" " + strings.TrimLeft(strings.TrimSpace(line), "#"))
		}
	}
	return words(b.String())
}
