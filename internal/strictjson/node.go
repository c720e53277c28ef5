package strictjson

// A node is one value, or one key that is followed by its value, in eight bytes:
// a lockfile has a node for every sixteen of its own. An object or array takes
// two, of which the second holds only where it ends, and its contents follow.
type node struct {
	start uint32 // of the token; of a string, behind its quote
	// What it is, in the lowest bits. Above them, of an object or array the
	// number of its nodes, of all else the number of its bytes.
	what uint32
}

const (
	kindBits = 3
	kindMask = 1<<kindBits - 1
	maxSize  = 1<<(32-kindBits) - 1 // bytes of a document

	escapedString Kind = 0 // as stored: a string that holds a backslash
)

func leaf(start, end int, kind Kind) node {
	return node{uint32(start), uint32(end-start)<<kindBits | uint32(kind)&kindMask}
}

// stored tells strings with escapes from those without.
func (n node) stored() Kind { return Kind(n.what & kindMask) }

func (n node) escaped() bool { return n.stored() == escapedString }

func (n node) kind() Kind {
	switch k := n.stored(); k {
	case escapedString:
		return String
	default:
		return k
	}
}

func (n node) container() bool { return n.stored() >= Array }

// next is the index of the sibling after a value at an index.
func (n node) next(at int32) int32 {
	if n.container() {
		return at + int32(n.what>>kindBits)
	}
	return at + 1
}

// raw is the text of what is no container.
func (n node) raw(data []byte) []byte {
	return data[n.start : n.start+n.what>>kindBits]
}

// text decodes a string.
func (n node) text(data []byte) string {
	if n.escaped() {
		return unescape(n.raw(data))
	}
	return string(n.raw(data))
}
