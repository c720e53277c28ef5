package strictyaml

import "unsafe"

// Kind returns the kind of the value; Missing for the zero Value.
func (v Value) Kind() Kind {
	if v.doc == nil {
		return Missing
	}
	n := &v.doc.nodes[v.at]
	if n.kind == plainScalar {
		return resolve(v.doc.data[n.start:n.end])
	}
	return n.kind
}

// Exists reports whether there is a value at all, null included.
func (v Value) Exists() bool { return v.doc != nil }

// Text returns the content of a scalar, or "" for a list or mapping. Numbers,
// booleans and null come as they are written, as in YAML's failsafe schema,
// which yarn reads: ask Kind where a string must be one.
func (v Value) Text() string {
	if v.doc == nil || v.doc.nodes[v.at].kind < String {
		return ""
	}
	n := &v.doc.nodes[v.at]
	if n.kind == Array || n.kind == Object {
		return ""
	}
	return v.doc.text(n)
}

// Shared is Text without a copy: the string is a piece of the text's bytes and
// keeps all of them in memory. It is for texts of which most strings are wanted,
// such as lockfiles.
func (v Value) Shared() string {
	if v.doc == nil {
		return ""
	}
	n := &v.doc.nodes[v.at]
	if n.kind != plainScalar && n.kind != String {
		return ""
	}
	if n.style != asIs {
		return v.doc.text(n)
	}
	raw := v.doc.data[n.start:n.end]
	return unsafe.String(unsafe.SliceData(raw), len(raw))
}

// Raw returns the bytes of the value as they stand in the text; quoted scalars
// without their quotes and not decoded.
func (v Value) Raw() []byte {
	if v.doc == nil {
		return nil
	}
	n := &v.doc.nodes[v.at]
	return v.doc.data[n.start:n.end]
}

// Bool reports whether the value is the plain scalar true.
func (v Value) Bool() bool { return v.Kind() == True }

// Get returns the value of a key of a mapping, or the zero Value.
func (v Value) Get(key string) Value {
	for k, e := range v.Members() {
		if k.is(key) {
			return e
		}
	}
	return Value{}
}

// is compares a key without decoding it where nothing is to be decoded.
func (v Value) is(key string) bool {
	n := &v.doc.nodes[v.at]
	if n.style != asIs {
		return v.doc.text(n) == key
	}
	return string(v.doc.data[n.start:n.end]) == key
}

// Members yields key and value of each member of a mapping, in order. The key
// is a scalar Value, so that its position can be asked for.
func (v Value) Members() func(yield func(key, value Value) bool) {
	return func(yield func(key, value Value) bool) {
		if v.doc == nil || v.doc.nodes[v.at].kind != Object {
			return
		}
		end := v.doc.nodes[v.at].next
		for i := v.at + 1; i < end; {
			val := i + 1
			if !yield(Value{v.doc, i}, Value{v.doc, val}) {
				return
			}
			i = v.doc.nodes[val].next
		}
	}
}

// Elements yields each element of a list, in order.
func (v Value) Elements() func(yield func(Value) bool) {
	return func(yield func(Value) bool) {
		if v.doc == nil || v.doc.nodes[v.at].kind != Array {
			return
		}
		end := v.doc.nodes[v.at].next
		for i := v.at + 1; i < end; i = v.doc.nodes[i].next {
			if !yield(Value{v.doc, i}) {
				return
			}
		}
	}
}

// Len returns the number of members or elements; 0 for any other kind.
func (v Value) Len() int {
	n := 0
	for range v.Members() {
		n++
	}
	for range v.Elements() {
		n++
	}
	return n
}

// Line returns the 1-based line of the value; 0 for the zero Value.
func (v Value) Line() int { l, _ := v.Position(); return l }

// Position returns the 1-based line and column (in bytes) where the value
// begins: a quoted scalar at its quote, a mapping at its first key or brace, a
// block scalar at the line below its header; 0, 0 for the zero Value.
func (v Value) Position() (line, column int) {
	if v.doc == nil {
		return 0, 0
	}
	n := &v.doc.nodes[v.at]
	at := int(n.start)
	if n.quoted {
		at--
	}
	return v.doc.position(at)
}
