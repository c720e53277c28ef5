// Package strict reads the JSON and YAML of the npm ecosystem strictly: it
// accepts only what all readers understand in the same way.
//
// JSON: keys are case-sensitive, duplicate keys are refused, one byte order
// mark is stripped. Invalid UTF-8, lone surrogates, trailing bytes, deep
// nesting and large documents are refused. Comments and trailing commas are
// refused, except by ParseJSONC.
//
// YAML: only what pnpm and yarn berry write into their lockfiles: block
// mappings and sequences by indentation, plain and quoted scalars on one line,
// flow collections, literal and folded block scalars, comments. Refused with
// line and column are duplicate keys, anchors, aliases, tags, merge keys, tabs
// outside quotes, scalars over several lines, invalid UTF-8 and control
// characters. Policies are read with a full YAML library.
//
// A text is parsed to a flat list of nodes that point into its bytes; strings
// are decoded when asked for. There is no reflection and no decoding into
// structs, so a failed parse cannot leave partial results.
package strict

import (
	"bytes"
	"cmp"
	"fmt"
	"sync"
)

// Limits bounds what Parse accepts. A zero field means the default.
type Limits struct {
	Bytes   int // default MaxBytes
	Depth   int // default MaxDepth
	Members int // keys in one object; default MaxMembers
}

// The default limits.
const (
	MaxBytes   = 256 << 20
	MaxDepth   = 64
	MaxMembers = 500_000
)

// A Kind is the type of a value. A plain scalar of YAML has the kind that the
// core schema gives it. The zero Kind is Missing, which a lookup of an absent
// key returns.
type Kind uint8

// The kinds of value. YAML's sequences and mappings are arrays and objects.
const (
	Missing Kind = iota
	Null
	False
	True
	Number
	String
	Array
	Object
)

var kindNames = [...]string{"nothing", "null", "false", "true", "a number", "a string", "an array", "an object"}

// String returns the kind for a message: "a string", "an object".
func (k Kind) String() string { return kindNames[k] }

// A Document is a parsed text, of one YAML document or several. It keeps the
// bytes it was parsed from. They must not change while it, or a string from
// Shared, is in use. Several goroutines may read its values.
type Document struct {
	data  []byte
	nodes []node
	once  sync.Once
	marks []mark // computed when a position is first asked for
}

// A Value is one value of a Document. The zero Value is Missing.
type Value struct {
	doc *Document
	at  int32
}

// A SyntaxError says where a text was refused and why. Its message quotes no
// more than a few bytes of the text.
type SyntaxError struct {
	Line, Column int
	Text         string
}

// Error returns "line:column: text".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Text)
}

// prepare fills in the default limits, and returns the text without its byte
// order mark.
func (l *Limits) prepare(data []byte) ([]byte, error) {
	l.Bytes = cmp.Or(l.Bytes, MaxBytes)
	l.Depth = cmp.Or(l.Depth, MaxDepth)
	l.Members = cmp.Or(l.Members, MaxMembers)
	if len(data) > l.Bytes || len(data) > maxSize {
		return nil, &SyntaxError{1, 1, fmt.Sprintf("larger than %d bytes", l.Bytes)}
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if bytes.HasPrefix(data, []byte("\xFE\xFF")) || bytes.HasPrefix(data, []byte("\xFF\xFE")) {
		return nil, &SyntaxError{1, 1, "UTF-16, expected UTF-8: save the file as UTF-8"}
	}
	return data, nil
}
