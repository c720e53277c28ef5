package strict

// A node is one value, or one key that is followed by its value, in eight bytes:
// a lockfile has a node for every sixteen of its own. A container and a block
// scalar take two, of which the second holds where the one ends, and how the
// other is indented; the contents of a container follow.
type node struct {
	start uint32 // of the token; of a quoted one, behind its quote
	// A form, in the lowest bits. Above them, of a container the number of its
	// nodes, of all else the number of its bytes.
	what uint32
}

const (
	formBits = 4
	formMask = 1<<formBits - 1
	maxSize  = 1<<(32-formBits) - 1 // bytes of a text
)

// A form is a kind, and how the bytes of a string become its text. The first
// are the kinds themselves, a String without anything to decode among them.
type form uint8

const (
	escaped form = iota + form(Object) + 1 // JSON's, with escapes
	bare                                   // YAML's without quotes: what it is, resolve says
	single                                 // YAML's in single quotes, with '' in it
	double                                 // YAML's in double quotes, with escapes
	literal                                // YAML's after |
	folded                                 // YAML's after >
)

func leaf(start, end int, f form) node {
	return node{uint32(start), uint32(end-start)<<formBits | uint32(f)}
}

func (n node) form() form { return form(n.what & formMask) }

func (n node) container() bool {
	f := n.form()
	return f == form(Array) || f == form(Object)
}

// quoted reports whether a quote stands before the start.
func (n node) quoted() bool {
	switch n.form() {
	case form(String), escaped, single, double:
		return true
	}
	return false
}

// scalar reports whether the value has a text.
func (n node) scalar() bool {
	f := n.form()
	return f == form(String) || f >= escaped
}

// asIs reports whether the text of a scalar is its bytes.
func (n node) asIs() bool {
	f := n.form()
	return f == form(String) || f == bare
}

// next is the index of the sibling after a value at an index.
func (n node) next(at int32) int32 {
	switch f := n.form(); {
	case n.container():
		return at + int32(n.what>>formBits)
	case f == literal || f == folded:
		return at + 2
	}
	return at + 1
}

// raw is the bytes of what is no container.
func (n node) raw(data []byte) []byte {
	return data[n.start : n.start+n.what>>formBits]
}
