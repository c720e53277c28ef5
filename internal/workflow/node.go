package workflow

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A node is a value of a workflow, or nothing.
type node struct{ *yaml.Node }

type member struct {
	name string
	node node
}

// parse reads one document. Aliases, which GitHub follows, are followed, but none
// that leads into itself: the values stay a tree of bounded size.
func parse(data []byte) (node, error) {
	if len(data) > MaxBytes {
		return node{}, fmt.Errorf("it is larger than %d bytes", MaxBytes)
	}
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&doc); err != nil {
		return node{}, fmt.Errorf("no YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) != 1 {
		return node{}, errors.New("no YAML of one document")
	}
	left := maxNodes
	if !bounded(doc.Content[0], &left, 0) {
		return node{}, errors.New("its aliases lead to more than a workflow can hold")
	}
	return node{doc.Content[0]}, nil
}

const (
	maxNodes = 100_000
	maxDepth = 64
)

// bounded reports whether a tree has few enough values, aliases followed.
func bounded(n *yaml.Node, left *int, depth int) bool {
	if *left--; *left < 0 || depth > maxDepth {
		return false
	}
	if n.Kind == yaml.AliasNode {
		return bounded(n.Alias, left, depth+1)
	}
	for _, c := range n.Content {
		if !bounded(c, left, depth+1) {
			return false
		}
	}
	return true
}

// plain returns the value behind aliases.
func (n node) plain() *yaml.Node {
	at := n.Node
	for i := 0; at != nil && at.Kind == yaml.AliasNode && i < maxDepth; i++ {
		at = at.Alias
	}
	return at
}

// members returns the members of a mapping, in order.
func (n node) members() (all []member) {
	at := n.plain()
	if at == nil || at.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(at.Content); i += 2 {
		all = append(all, member{at.Content[i].Value, node{at.Content[i+1]}})
	}
	return all
}

// get returns a member of a mapping; nothing if there is none.
func (n node) get(names ...string) node {
	for _, name := range names {
		var next node
		for _, m := range n.members() {
			if strings.EqualFold(m.name, name) {
				next = m.node
			}
		}
		n = next
	}
	return n
}

// items returns the items of a list.
func (n node) items() (all []node) {
	if at := n.plain(); at != nil && at.Kind == yaml.SequenceNode {
		for _, c := range at.Content {
			all = append(all, node{c})
		}
	}
	return all
}

// text returns a scalar, "" for anything else.
func (n node) text() string {
	if at := n.plain(); at != nil && at.Kind == yaml.ScalarNode {
		return at.Value
	}
	return ""
}

// line returns where a value begins: that of a block of text is the line below
// its mark.
func (n node) line() int {
	at := n.plain()
	switch {
	case at == nil:
		return 0
	case at.Kind == yaml.ScalarNode && at.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return at.Line + 1
	}
	return at.Line
}
