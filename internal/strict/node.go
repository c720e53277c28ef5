package strict

// A node is one value, or one key that is followed by its value. It takes eight
// bytes: a lockfile has about one node for every sixteen bytes. A container and
// a block scalar take two nodes. The second holds where the container ends, or
// how the block scalar is indented. The contents of a container follow.
type node struct {
	start uint32 // of the token; for a quoted one, after its quote
	// what has the form in its lowest bits. Above them is the number of nodes
	// of a container, or else the number of bytes.
	what uint32
}

const (
	formBits = 4
	formMask = 1<<formBits - 1
	maxSize  = 1<<(32-formBits) - 1 // bytes of a text
)

// A form is a kind, together with the way in which the bytes of a string are
// decoded. The first forms are the kinds themselves; String then means that
// nothing is decoded.
type form uint8

const (
	escaped form = iota + form(Object) + 1 // JSON string with escapes
	bare                                   // unquoted YAML scalar; resolve determines its kind
	single                                 // YAML string in single quotes, with '' in it
	double                                 // YAML string in double quotes, with escapes
	literal                                // YAML string after |
	folded                                 // YAML string after >
)

func leaf(start, end int, f form) node {
	return node{uint32(start), uint32(end-start)<<formBits | uint32(f)}
}

func (n node) form() form { return form(n.what & formMask) }

func (n node) container() bool {
	f := n.form()
	return f == form(Array) || f == form(Object)
}

// quoted reports whether a quote precedes the start.
func (n node) quoted() bool {
	switch n.form() {
	case form(String), escaped, single, double:
		return true
	}
	return false
}

// scalar reports whether the value is a scalar.
func (n node) scalar() bool {
	f := n.form()
	return f == form(String) || f >= escaped
}

// asIs reports whether the text of a scalar is its bytes, without decoding.
func (n node) asIs() bool {
	f := n.form()
	return f == form(String) || f == bare
}

// next returns the index of the sibling after the value at index at.
func (n node) next(at int32) int32 {
	switch f := n.form(); {
	case n.container():
		return at + int32(n.what>>formBits)
	case f == literal || f == folded:
		return at + 2
	}
	return at + 1
}

// raw returns the bytes of a node that is not a container.
func (n node) raw(data []byte) []byte {
	return data[n.start : n.start+n.what>>formBits]
}
