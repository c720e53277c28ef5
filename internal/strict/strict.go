// Package strict reads the JSON and the YAML of the npm world in the one way that
// no two readers can disagree about.
//
// JSON: keys are case-sensitive, a key that stands twice is refused, one
// byte-order mark is stripped; invalid UTF-8, lone surrogates, trailing bytes,
// deep nesting and big documents are refused, comments and trailing commas too,
// but by ParseJSONC.
//
// YAML: what pnpm and yarn berry write into their lockfiles, and no more: block
// mappings and sequences by indentation, plain and quoted scalars on one line,
// flow collections, literal and folded block scalars, comments. Refused with
// line and column are a key that stands twice, anchors, aliases, tags, merge
// keys, tabs outside quotes, scalars over several lines, invalid UTF-8, control
// characters. Policies are read with a full YAML library.
//
// A text becomes a flat list of nodes that point into its bytes; strings are
// decoded only when asked for. There is no reflection and no filling of structs:
// partial results of a failed decode cannot exist.
package strict

import (
	"bytes"
	"cmp"
	"fmt"
	"sync"
)

// Limits bounds what Parse accepts. A zero field takes the default.
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

// A Kind is the type of a value, of a plain scalar in YAML as its core schema
// resolves it. The zero Kind is Missing: what a lookup of an absent key returns.
type Kind uint8

// The kinds of value: YAML's lists and mappings are arrays and objects.
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

// String names the kind for a message: "a string", "an object".
func (k Kind) String() string { return kindNames[k] }

// A Document is a parsed text, of one YAML document or several. It keeps the bytes it was read from, which
// may not change while it, or a shared string, is in use. Its values may be read
// by several goroutines.
type Document struct {
	data  []byte
	nodes []node
	once  sync.Once
	marks []mark // made when a position is first asked for
}

// A Value is one value of a Document. The zero Value is Missing.
type Value struct {
	doc *Document
	at  int32
}

// A SyntaxError says where a text is not acceptable. Its message carries
// no more than a few quoted bytes of the text.
type SyntaxError struct {
	Line, Column int
	Text         string
}

// Error returns "line:column: text".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Text)
}

// prepare sets the limits that are not given, and returns the text without its
// byte-order mark.
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
