// Package strictjson reads the JSON of the npm world in the one way that no
// two readers can disagree about: keys are case-sensitive, a key that stands
// twice is refused, one byte-order mark is stripped, invalid UTF-8, lone
// surrogates, trailing bytes, deep nesting and big documents are refused.
// Comments and trailing commas are refused as well, but by ParseJSONC.
//
// A document becomes a flat list of nodes that point into its bytes; strings
// are decoded only when asked for. It does no reflection and will not fill Go
// structs: partial results of a failed decode cannot exist.
package strictjson

import (
	"fmt"
	"strconv"
	"sync"
	"unsafe"
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

// A Kind is the type of a JSON value. The zero Kind is Missing: what a lookup
// of an absent key returns.
type Kind uint8

// The kinds of JSON value.
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

// A Document is a parsed JSON text. It keeps the bytes it was read from, which
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

// A SyntaxError says where a text is not acceptable JSON. Its message carries
// no more than a few quoted bytes of the text.
type SyntaxError struct {
	Line, Column int
	Text         string
}

// Error returns "line:column: text".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Text)
}

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
	if limits.Bytes == 0 {
		limits.Bytes = MaxBytes
	}
	if limits.Depth == 0 {
		limits.Depth = MaxDepth
	}
	if limits.Members == 0 {
		limits.Members = MaxMembers
	}
	if len(data) > limits.Bytes || len(data) > maxSize {
		return Value{}, &SyntaxError{1, 1, fmt.Sprintf("larger than %d bytes", limits.Bytes)}
	}
	if len(data) >= 3 && data[0] == 0xEF && data[1] == 0xBB && data[2] == 0xBF {
		data = data[3:]
	}
	if len(data) >= 2 && (data[0] == 0xFE && data[1] == 0xFF || data[0] == 0xFF && data[1] == 0xFE) {
		return Value{}, &SyntaxError{1, 1, "UTF-16, expected UTF-8: save the file as UTF-8"}
	}
	doc := &Document{data: data}
	s := scanner{doc: doc, data: data, nodes: make([]node, len(data)/16+8), depth: limits.Depth, members: limits.Members, comments: comments}
	if err := s.document(); err != nil {
		return Value{}, err
	}
	return Value{doc, 0}, nil
}

func (v Value) node() node { return v.doc.nodes[v.at] }

// Kind returns the kind of the value; Missing for the zero Value.
func (v Value) Kind() Kind {
	if v.doc == nil {
		return Missing
	}
	return v.node().kind()
}

// Exists reports whether there is a value at all, null included.
func (v Value) Exists() bool { return v.doc != nil }

// Text returns the content of a string, or "" for any other kind.
func (v Value) Text() string {
	if v.Kind() != String {
		return ""
	}
	return v.node().text(v.doc.data)
}

// Shared is Text without a copy: the string is a piece of the document's bytes
// and keeps all of them in memory. It is for documents of which most strings are
// wanted, such as lockfiles.
func (v Value) Shared() string {
	if v.Kind() != String {
		return ""
	}
	n := v.node()
	raw := n.raw(v.doc.data)
	if n.escaped() {
		return unescape(raw)
	}
	return unsafe.String(unsafe.SliceData(raw), len(raw))
}

// Raw returns the bytes of the value as they stand in the document; strings
// without their quotes and not unescaped.
func (v Value) Raw() []byte {
	if v.doc == nil {
		return nil
	}
	n := v.node()
	if n.container() {
		return v.doc.data[n.start:v.doc.nodes[v.at+1].start]
	}
	return n.raw(v.doc.data)
}

// Bool reports whether the value is the literal true.
func (v Value) Bool() bool { return v.Kind() == True }

// Truthy reports whether JavaScript would take the value for true.
func (v Value) Truthy() bool {
	switch v.Kind() {
	case Missing, Null, False:
		return false
	case String:
		return len(v.Raw()) > 0
	case Number:
		f, err := strconv.ParseFloat(string(v.Raw()), 64)
		return err != nil || f != 0
	}
	return true
}

// Get returns the value of a key of an object, or the zero Value.
func (v Value) Get(key string) Value {
	if v.Kind() != Object {
		return Value{}
	}
	for k, e := range v.Members() {
		if k.is(key) {
			return e
		}
	}
	return Value{}
}

// is compares a key without decoding it where it has no escapes.
func (v Value) is(key string) bool {
	n := v.node()
	if n.escaped() {
		return n.text(v.doc.data) == key
	}
	return string(n.raw(v.doc.data)) == key
}

// Members yields key and value of each member of an object, in order. The key
// is a String value, so that its position can be asked for.
func (v Value) Members() func(yield func(key, value Value) bool) {
	return func(yield func(key, value Value) bool) {
		if v.Kind() != Object {
			return
		}
		nodes := v.doc.nodes
		for i, end := v.at+2, nodes[v.at].next(v.at); i < end; {
			val := i + 1
			if !yield(Value{v.doc, i}, Value{v.doc, val}) {
				return
			}
			i = nodes[val].next(val)
		}
	}
}

// Elements yields each element of an array, in order.
func (v Value) Elements() func(yield func(Value) bool) {
	return func(yield func(Value) bool) {
		if v.Kind() != Array {
			return
		}
		nodes := v.doc.nodes
		for i, end := v.at+2, nodes[v.at].next(v.at); i < end; i = nodes[i].next(i) {
			if !yield(Value{v.doc, i}) {
				return
			}
		}
	}
}

// Len returns the number of members or elements; 0 for any other kind.
func (v Value) Len() int {
	n := 0
	switch v.Kind() {
	case Object:
		for range v.Members() {
			n++
		}
	case Array:
		for range v.Elements() {
			n++
		}
	}
	return n
}

// Line returns the 1-based line of the value; 0 for the zero Value.
func (v Value) Line() int { l, _ := v.Position(); return l }

// Position returns the 1-based line and column (in bytes) where the value
// begins, for a string at its opening quote; 0, 0 for the zero Value.
func (v Value) Position() (line, column int) {
	if v.doc == nil {
		return 0, 0
	}
	return v.doc.position(v.Offset())
}

// Offset is where a value begins in the document, in bytes: a string at its
// opening quote. It is 0 for a Missing value.
func (v Value) Offset() int {
	if v.doc == nil {
		return 0
	}
	n := v.node()
	if n.kind() == String {
		return int(n.start) - 1
	}
	return int(n.start)
}
