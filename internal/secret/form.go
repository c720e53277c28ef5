package secret

import (
	"bytes"
	"strings"
)

// A form is how the characters of a text are written.
type form uint8

const (
	undecidedForm form = iota
	byteForm           // UTF-8, another encoding of one byte per character, or no text at all
	utf16LE            // UTF-16, low byte first, as on Windows
	utf16BE            // UTF-16, high byte first
)

// decideForm decides the form of a text by its beginning, which is in the buffer.
func (f *File) decideForm() {
	head := f.buf
	f.form = formOf(head)
	f.binary = f.form == byteForm && bytes.IndexByte(head[:min(len(head), sniffBytes)], 0) >= 0
	if f.isMap(head) {
		f.sourceMap = &mapReader{f: f}
	}
	if f.form != byteForm || f.sourceMap != nil {
		f.buf = nil
		f.addText(head)
		if !f.borrowed {
			f.scanner.buffers.Put(&head)
		}
		f.borrowed = false
	}
}

// isMap reports whether a file is a source map by its name, or whether a decoded
// text may be one.
func (f *File) isMap(head []byte) bool {
	return f.depth == 0 && strings.HasSuffix(strings.ToLower(f.path), ".map") ||
		f.depth > 0 && !f.isSource && (bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{")) || bytes.Contains(head, mapKeys))
}

// formOf recognises UTF-16 by its byte order mark, or by the zero bytes of its
// Latin letters.
func formOf(head []byte) form {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return utf16LE
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return utf16BE
	}
	pairs := len(head) / 2
	if pairs < 4 || bytes.IndexByte(head[:min(len(head), 64)], 0) < 0 {
		return byteForm
	}
	var zeros [2]int
	for i, b := range head[:2*pairs] {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[1]*10 >= pairs*7 && zeros[0]*20 <= pairs:
		return utf16LE
	case zeros[0]*10 >= pairs*7 && zeros[1]*20 <= pairs:
		return utf16BE
	}
	return byteForm
}

// addText takes the next bytes of a text whose form is known.
func (f *File) addText(p []byte) {
	if f.form != byteForm {
		p = f.toUTF8(p)
	}
	if f.sourceMap != nil {
		f.sourceMap.write(p)
		return
	}
	f.add(p)
}
