package strict

import (
	"strconv"
	"unsafe"
)

func (v Value) node() node { return v.doc.nodes[v.at] }

// Kind returns the kind of the value; Missing for the zero Value.
func (v Value) Kind() Kind {
	if v.doc == nil {
		return Missing
	}
	n := v.node()
	switch f := n.form(); {
	case f <= form(Object):
		return Kind(f)
	case f == bare:
		return resolve(n.raw(v.doc.data))
	}
	return String
}

// Exists reports whether there is a value, null included.
func (v Value) Exists() bool { return v.doc != nil }

// Text returns the content of a string, and "" for other kinds of JSON value. A
// YAML number, boolean or null gives its text as written, as in the failsafe
// schema that yarn uses: use Kind where only a string is valid.
func (v Value) Text() string {
	if v.doc == nil || !v.node().scalar() {
		return ""
	}
	return text(v.doc.data, v.doc.nodes, v.at)
}

// Shared is Text without a copy: the string is a part of the document's bytes
// and keeps all of them in memory. It is for documents most of whose strings
// are needed, such as lockfiles.
func (v Value) Shared() string {
	if v.doc == nil || !v.node().scalar() {
		return ""
	}
	n := v.node()
	if !n.asIs() {
		return text(v.doc.data, v.doc.nodes, v.at)
	}
	raw := n.raw(v.doc.data)
	return unsafe.String(unsafe.SliceData(raw), len(raw))
}

// Raw returns the bytes of the value in the document; for a string those
// between its quotes, not unescaped.
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

// Truthy reports whether the value is true in JavaScript.
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

// is reports whether a key has that text; one without escapes is not decoded.
func (v Value) is(key string) bool {
	n := v.node()
	if !n.asIs() {
		return v.Text() == key
	}
	return string(n.raw(v.doc.data)) == key
}

// Members yields the key and value of each member of an object, in order. The
// key is a String value, so that it has a position.
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
// begins: a quoted string at its quote, a YAML mapping at its first key or
// brace, a block scalar on the line below its header. It returns 0, 0 for the
// zero Value.
func (v Value) Position() (line, column int) {
	if v.doc == nil {
		return 0, 0
	}
	return v.doc.position(v.Offset())
}

// Offset returns where a value begins in the document, in bytes; a quoted
// string at its quote. It is 0 for a Missing value.
func (v Value) Offset() int {
	if v.doc == nil {
		return 0
	}
	n := v.node()
	if n.quoted() {
		return int(n.start) - 1
	}
	return int(n.start)
}
