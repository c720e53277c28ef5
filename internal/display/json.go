package display

import (
	"encoding/binary"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON makes an encoded JSON document safe to print: invisible characters, and
// the second of two colons or hashes, become \u escapes, so that every parser
// still reads the same values. The document must be valid JSON. If nothing
// needs escaping, it is returned itself, else a copy.
func JSON(doc []byte) []byte {
	i := nextEscape(doc, 0)
	if i < 0 {
		return doc
	}
	out := make([]byte, 0, len(doc)+len(doc)/16)
	from := 0
	for ; i >= 0; i = nextEscape(doc, from) {
		out = append(out, doc[from:i]...)
		r, size := utf8.DecodeRune(doc[i:])
		if r >= 0x10000 {
			hi, lo := utf16.EncodeRune(r)
			out = appendEscape(appendEscape(out, hi), lo)
		} else {
			out = appendEscape(out, r)
		}
		from = i + size
	}
	return append(out, doc[from:]...)
}

// nextEscape returns the index of the next character to escape, or -1. An
// escaped character just before from ends a run of colons or hashes.
func nextEscape(doc []byte, from int) int {
	from += plainly(doc[from:])
	for i := from; i < len(doc); {
		c := doc[i]
		if c < 0x7f {
			if c != ':' && c != '#' || i == from || doc[i-1] != c {
				i++
				continue
			}
			return i
		}
		r, size := utf8.DecodeRune(doc[i:])
		if hidden(r) {
			return i
		}
		i += size
		i += plainly(doc[i:])
		from = i
	}
	return -1
}

// plainly returns how many bytes from the start need no escape for sure, nor does
// the first one after them for being equal to the last. It takes eight bytes at
// a time, and compares each with the next.
func plainly(doc []byte) int {
	const (
		ones   = 0x0101010101010101
		highs  = 0x80 * ones
		colons = ':' * ones
		hashes = '#' * ones
	)
	i := 0
	for ; i+9 <= len(doc); i += 8 {
		x := binary.LittleEndian.Uint64(doc[i:])
		twice := x ^ binary.LittleEndian.Uint64(doc[i+1:]) // zero bytes: the next one is equal
		a, b := twice|(x^colons), twice|(x^hashes)         // zero bytes: it is a colon, a hash too
		// Subtracting sets the highest bit of a zero byte, adding that of DEL, and
		// bytes that are not ASCII have it.
		if ((a-ones)&^a|(b-ones)&^b|(x+ones)|x)&highs != 0 {
			break
		}
	}
	return i
}

func appendEscape(b []byte, r rune) []byte {
	h := strconv.FormatInt(int64(r), 16)
	return append(append(b, `\u0000`[:6-len(h)]...), h...)
}
