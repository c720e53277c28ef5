// Package strictyaml reads the YAML that pnpm and yarn berry write into their
// lockfiles, and no more of YAML than that: block mappings and sequences by
// indentation, plain and quoted scalars on one line, flow collections on one
// line, literal and folded block scalars, comments. What two readers could
// disagree about is refused with line and column: a key that stands twice,
// anchors, aliases, tags, merge keys, tabs outside quotes, scalars and flow
// collections over several lines, invalid UTF-8, control characters.
//
// A text becomes a flat list of nodes that point into its bytes; strings are
// decoded only when asked for. It reads no configuration: policies are read
// with a full YAML library.
package strictyaml

import (
	"fmt"
	"sync"
)

// Limits bounds what Parse accepts. A zero field takes the default.
type Limits struct {
	Bytes   int // default MaxBytes
	Depth   int // default MaxDepth
	Members int // keys in one mapping; default MaxMembers
}

// The default limits.
const (
	MaxBytes   = 256 << 20
	MaxDepth   = 64
	MaxMembers = 500_000
)

// A Kind is the type of a value as YAML's core schema resolves it. The zero
// Kind is Missing: what a lookup of an absent key returns.
type Kind uint8

// The kinds of value.
const (
	Missing Kind = iota
	Null
	False
	True
	Number
	String
	Array
	Object
	plainScalar // not resolved yet; no caller sees it
)

var kindNames = [...]string{"nothing", "null", "false", "true", "a number", "a string", "a list", "a mapping", "a scalar"}

// String names the kind for a message: "a string", "a mapping".
func (k Kind) String() string { return kindNames[k] }

// A style is how the text of a scalar becomes its value.
type style uint8

const (
	asIs    style = iota // plain, or quoted with nothing to decode
	single               // single quotes, with '' in it
	double               // double quotes, with escapes in it
	literal              // |
	folded               // >
)

// node is one value, or one key followed by its value. Containers are followed
// by their contents; next is the index of the sibling after them.
type node struct {
	start, end int32 // of the content: quoted scalars without their quotes
	next       int32
	kind       Kind
	style      style
	quoted     bool  // it stands in quotes
	block      uint8 // literal and folded: indentation<<2 | chomping
}

// A document is a parsed text, of one YAML document or several. It keeps the
// bytes it was read from, which may not change while it, or a shared string, is
// in use.
type document struct {
	data  []byte
	nodes []node
	once  sync.Once
	marks []mark // made when a position is first asked for
}

// A Value is one value of a document. The zero Value is Missing. The values of
// one document may be read by several goroutines.
type Value struct {
	doc *document
	at  int32
}

// A SyntaxError says where a text is not acceptable. Its message carries no
// more than a few quoted bytes of the text.
type SyntaxError struct {
	Line, Column int
	Text         string
}

// Error returns "line:column: text".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Text)
}

// Parse reads a text of one document that must be a mapping.
func Parse(data []byte) (Value, error) { return ParseWithin(data, Limits{}) }

// ParseWithin is Parse with limits of the caller's.
func ParseWithin(data []byte, limits Limits) (Value, error) {
	all, err := ParseAll(data, limits)
	if err != nil {
		return Value{}, err
	}
	if len(all) > 1 {
		line, column := all[1].Position()
		return Value{}, &SyntaxError{line, column, "a second document, expected one"}
	}
	return all[0], nil
}

// ParseAll reads a text of one or more documents, separated by lines of three
// dashes, each of which must be a mapping.
func ParseAll(data []byte, limits Limits) ([]Value, error) {
	if limits.Bytes == 0 {
		limits.Bytes = MaxBytes
	}
	if limits.Depth == 0 {
		limits.Depth = MaxDepth
	}
	if limits.Members == 0 {
		limits.Members = MaxMembers
	}
	if len(data) > limits.Bytes || len(data) > 1<<31-2 {
		return nil, &SyntaxError{1, 1, fmt.Sprintf("larger than %d bytes", limits.Bytes)}
	}
	if len(data) >= 3 && data[0] == 0xEF && data[1] == 0xBB && data[2] == 0xBF {
		data = data[3:]
	}
	if len(data) >= 2 && (data[0] == 0xFE && data[1] == 0xFF || data[0] == 0xFF && data[1] == 0xFE) {
		return nil, &SyntaxError{1, 1, "UTF-16, expected UTF-8: save the file as UTF-8"}
	}
	doc := &document{data: data, nodes: make([]node, 0, len(data)/20+8)}
	s := scanner{doc: doc, d: data, depth: limits.Depth, members: limits.Members}
	if err := s.legible(); err != nil {
		return nil, err
	}
	return s.documents()
}
