package secret

import (
	"unicode/utf16"
	"unicode/utf8"
)

// minUTF16 is the least number of UTF-16 characters in a row that count as text.
const minUTF16 = 16

// utf16Runs returns the runs of UTF-16 in a binary file, as programs for Windows
// have them. It reads the low byte first. Text with the high byte first looks the
// same, shifted by one byte.
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
			out = append(out, text[i]) // high byte first: the last character
		}
		parts = append(parts, part{start, i, "UTF-16", out})
		f.decodedUpTo = max(f.decodedUpTo, f.bufStart+i)
	}
	return parts
}

// toUTF8 converts UTF-16 to UTF-8. A surrogate pair that is split between two
// pieces becomes two replacement characters. No credential has such characters.
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
