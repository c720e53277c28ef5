package secret

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A form is how the characters of a text are written.
type form uint8

const (
	undecided form = iota
	bytewise       // one byte a character, UTF-8, or no text at all
	utf16Low       // UTF-16, the low byte first, as Windows writes it
	utf16High
)

// decide tells the form of a text by its beginning, which is in the buffer, and
// begins the search.
func (f *File) decide() {
	head := f.buf
	f.form = formOf(head)
	f.binary = f.form == bytewise && bytes.IndexByte(head[:min(len(head), sniff)], 0) >= 0
	if f.isMap(head) {
		f.maps = &mapper{f: f}
	}
	if f.form != bytewise || f.maps != nil {
		f.buf = nil
		f.text(head)
		if !f.borrowed {
			f.s.spare.Put(&head)
		}
		f.borrowed = false
	}
}

// isMap reports whether a text is a source map by its name, or, where it was
// encoded, may be one.
func (f *File) isMap(head []byte) bool {
	return f.depth == 0 && strings.HasSuffix(strings.ToLower(f.path), ".map") ||
		f.depth > 0 && !f.source && (bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{")) || bytes.Contains(head, mapKeys))
}

// formOf tells UTF-16 by its mark or, without one, by the zeros of its Latin letters.
func formOf(head []byte) form {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return utf16Low
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return utf16High
	}
	pairs := len(head) / 2
	if pairs < 4 || bytes.IndexByte(head[:min(len(head), 64)], 0) < 0 {
		return bytewise
	}
	var zeros [2]int
	for i, b := range head[:2*pairs] {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[1]*10 >= pairs*7 && zeros[0]*20 <= pairs:
		return utf16Low
	case zeros[0]*10 >= pairs*7 && zeros[1]*20 <= pairs:
		return utf16High
	}
	return bytewise
}

// text takes the next bytes of a text whose form is known.
func (f *File) text(p []byte) {
	if f.form != bytewise {
		p = f.narrow(p)
	}
	if f.maps != nil {
		f.maps.write(p)
		return
	}
	f.add(p)
}

// narrow turns UTF-16 into UTF-8. Halves of a pair that are torn apart by the end of
// a piece become a replacement each: no credential has such characters.
func (f *File) narrow(p []byte) []byte {
	if f.half {
		p = append([]byte{f.odd}, p...)
	}
	if f.half = len(p)%2 == 1; f.half {
		f.odd, p = p[len(p)-1], p[:len(p)-1]
	}
	units := make([]uint16, 0, len(p)/2)
	for i := 0; i < len(p); i += 2 {
		u := uint16(p[i]) | uint16(p[i+1])<<8
		if f.form == utf16High {
			u = u<<8 | u>>8
		}
		units = append(units, u)
	}
	out := make([]byte, 0, len(units)+len(units)/8)
	for _, r := range utf16.Decode(units) {
		if r != '\ufeff' {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
