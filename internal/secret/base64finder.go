package secret

import (
	"encoding/binary"
	"math/bits"
	"sync"
)

// A base64Finder finds the runs of at least minBase64 characters of base64, in
// either alphabet. Equal signs at the end of a run are not part of it.
//
// Programs are full of such runs: long names. So the finder turns 64 bytes at a time
// into a word with one bit for each, and sees in the word where runs begin and end.
type base64Finder struct {
	text  []byte
	pairs *[1 << 16]uint8 // base64Pairs
	at    int             // offset of the bytes that the word stands for
	word  uint64          // a bit is 1 where a character of base64 stands that was not looked at
	open  int             // characters right in front of the word that may begin a run
}

// newBase64Finder returns a finder that begins at an offset.
func newBase64Finder(text []byte, at int) base64Finder {
	f := base64Finder{text: text, pairs: base64Pairs()}
	f.seek(at)
	return f
}

// seek makes the finder go on at an offset. What is in front of it is forgotten.
func (f *base64Finder) seek(at int) {
	f.at, f.open = at, 0
	f.load()
}

// load fills the word.
func (f *base64Finder) load() {
	rest := f.text[min(f.at, len(f.text)):]
	if len(rest) < 64 {
		var block [64]byte // zeros are no base64
		copy(block[:], rest)
		rest = block[:]
	}
	f.word = base64Bits(f.pairs, rest)
}

// next returns the next run. Without one, both results are the length of the text.
func (f *base64Finder) next() (start, end int) {
	for f.at < len(f.text) || f.open > 0 {
		more := 0 // characters of the word that continue an open run
		if f.open > 0 {
			more = bits.TrailingZeros64(^f.word)
		}
		if more == 64 {
			f.open += 64
		} else {
			start, end = f.at-f.open, f.at+more
			f.word &^= 1<<more - 1
			if f.open = 0; end-start >= minBase64 {
				return start, end
			}
			if start, end = firstRun(f.word); start < end && end < 64 {
				f.word &^= 1<<end - 1
				return f.at + start, f.at + end
			}
			f.open = bits.LeadingZeros64(^f.word)
		}
		f.at += 64
		f.load()
	}
	return len(f.text), len(f.text)
}

// firstRun returns where the first run of at least minBase64 bits of a word begins
// and ends. Without one, both results are 64.
func firstRun(word uint64) (from, to int) {
	begins := word & (word >> 1)
	begins &= begins >> 2
	begins &= begins >> 4
	begins &= begins >> 8 // a bit is 1 where the next 16 are
	from = bits.TrailingZeros64(begins)
	return from, from + bits.TrailingZeros64(^(word >> from))
}

// base64Bits returns a word with one bit for each of 64 bytes, the first byte's
// lowest. It is 1 for the characters of base64.
func base64Bits(pairs *[1 << 16]uint8, p []byte) (word uint64) {
	p = p[:64]
	for k := 0; k < 64; k += 8 {
		v := binary.LittleEndian.Uint64(p[k:])
		eight := pairs[uint16(v)] | pairs[uint16(v>>16)]<<2 | pairs[uint16(v>>32)]<<4 | pairs[uint16(v>>48)]<<6
		word = word>>8 | uint64(eight)<<56
	}
	return word
}

// base64Pairs returns what two bytes are, the first in the lower half of the index:
// bit 0 is 1 if the first is a character of base64, bit 1 if the second is.
var base64Pairs = sync.OnceValue(func() *[1 << 16]uint8 {
	pairs := &[1 << 16]uint8{}
	for i := range pairs {
		pairs[i] = base64Byte[i&0xff] | base64Byte[i>>8]<<1
	}
	return pairs
})
