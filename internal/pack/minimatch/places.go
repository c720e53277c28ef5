package minimatch

import "math/bits"

// places is a set of places in a text, as bits: 0 is before the first
// character, the length of the text is after the last.
type places []uint64

func newPlaces(n int) places { return make(places, (n+63)/64) }

func (s places) set(at int)      { s[at/64] |= 1 << (at % 64) }
func (s places) has(at int) bool { return s[at/64]&(1<<(at%64)) != 0 }

func (s places) copy() places { return append(places(nil), s...) }

// last returns the highest place, or -1.
func (s places) last() int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] != 0 {
			return i*64 + bits.Len64(s[i]) - 1
		}
	}
	return -1
}

// upTo sets s to the places before n.
func (s places) upTo(n int) {
	for i := range s {
		switch low := i * 64; {
		case n >= low+64:
			s[i] = ^uint64(0)
		case n > low:
			s[i] = 1<<(n-low) - 1
		default:
			s[i] = 0
		}
	}
}

// before replaces each place by the one before it.
func (s places) before() {
	for i := range s {
		s[i] >>= 1
		if i+1 < len(s) {
			s[i] |= s[i+1] << 63
		}
	}
}

// keep removes the places that are not in o.
func (s places) keep(o places) {
	for i := range s {
		s[i] &= o[i]
	}
}

// drop removes the places that are in o.
func (s places) drop(o places) {
	for i := range s {
		s[i] &^= o[i]
	}
}

// add adds the places of o.
func (s places) add(o places) {
	for i := range s {
		s[i] |= o[i]
	}
}

// first returns the lowest place, or -1.
func (s places) first() int {
	for i, w := range s {
		if w != 0 {
			return i*64 + bits.TrailingZeros64(w)
		}
	}
	return -1
}

// same reports whether two sets share their memory; equal sets need not.
func (s places) same(o places) bool { return &s[0] == &o[0] }
