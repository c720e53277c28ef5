package strict

import (
	"bytes"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
)

// A mark describes the byte at a multiple of stride: the number of lines that
// end before it, and where its line begins.
type mark struct{ lines, start int32 }

// stride is the largest number of bytes scanned to find a position.
const stride = 1 << 10

// position returns the 1-based line and column of an offset.
func (d *Document) position(offset int) (line, column int) {
	d.once.Do(d.mark)
	m := d.marks[offset/stride]
	from := offset / stride * stride
	since := d.data[from:offset]
	start := int(m.start)
	if i := bytes.LastIndexByte(since, '\n'); i >= 0 {
		start = from + i + 1
	}
	return int(m.lines) + bytes.Count(since, newline) + 1, offset - start + 1
}

var newline = []byte{'\n'}

func (d *Document) mark() {
	d.marks = make([]mark, len(d.data)/stride+1)
	var m mark
	for i := range d.marks {
		d.marks[i] = m
		here := d.data[i*stride : min((i+1)*stride, len(d.data))]
		m.lines += int32(bytes.Count(here, newline))
		if at := bytes.LastIndexByte(here, '\n'); at >= 0 {
			m.start = int32(i*stride + at + 1)
		}
	}
}

// text decodes the scalar at an index.
func text(data []byte, nodes []node, at int32) string {
	n := nodes[at]
	raw := n.raw(data)
	switch n.form() {
	case escaped:
		return unescapeJSON(raw)
	case single:
		return strings.ReplaceAll(string(raw), "''", "'")
	case double:
		return unescapeYAML(raw)
	case literal, folded:
		block := nodes[at+1].start
		return blockText(raw, int(block>>2), int(block&3), n.form() == folded)
	}
	return string(raw)
}

// quote quotes at most 40 bytes of foreign text for a message.
func quote(text string) string {
	return display.Quote(text, 40)
}
