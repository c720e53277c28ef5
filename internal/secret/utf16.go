package secret

import (
	"unicode/utf16"
	"unicode/utf8"
)

// leastWide is how many characters of UTF-16 in a row are text.
const minUTF16 = 16

// wide returns the runs of UTF-16 in a file that is no text, as programs for
// Windows have them. Bytes in the other order look the same, shifted by one.
func (f *File) utf16Runs(from, limit int) (parts []part) {
	text := f.buf
	for i := from; i+1 < len(text) && i < limit; {
		if text[i+1] != 0 || !textByte[text[i]] {
			i++
			continue
		}
		start := i
		for i+1 < len(text) && text[i+1] == 0 && textByte[text[i]] {
			i += 2
		}
		if (i-start)/2 < minUTF16 {
			continue
		}
		out := make([]byte, 0, (i-start)/2+1)
		for k := start; k < i; k += 2 {
			out = append(out, text[k])
		}
		if i < len(text) && start > 0 && text[start-1] == 0 && textByte[text[i]] {
			out = append(out, text[i]) // the last of those with the high byte first
		}
		parts = append(parts, part{start, i, "UTF-16", out})
		f.decodedUpTo = max(f.decodedUpTo, f.bufStart+i)
	}
	return parts
}

// narrow turns UTF-16 into UTF-8. Halves of a pair that are torn apart by the end of
// a piece become a replacement each: no credential has such characters.
func (f *File) toUTF8(p []byte) []byte {
	if f.hasHalfUnit {
		p = append([]byte{f.halfUnit}, p...)
	}
	if f.hasHalfUnit = len(p)%2 == 1; f.hasHalfUnit {
		f.halfUnit, p = p[len(p)-1], p[:len(p)-1]
	}
	units := make([]uint16, 0, len(p)/2)
	for i := 0; i < len(p); i += 2 {
		u := uint16(p[i]) | uint16(p[i+1])<<8
		if f.form == utf16BE {
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
