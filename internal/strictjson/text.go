package strictjson

import (
	"bytes"
	"unicode/utf8"
)

func (d *Document) text(at int32) string {
	n := d.nodes[at]
	raw := d.data[n.start:n.end]
	if !n.escaped {
		return string(raw)
	}
	return unescape(raw)
}

// near is how many lines are looked at before a search of all is cheaper.
const near = 32

func (d *Document) position(offset int) (line, column int) {
	if d.lines == nil {
		d.lines = append(make([]int32, 0, len(d.data)/32+1), 0)
		for at := 0; ; {
			i := bytes.IndexByte(d.data[at:], '\n')
			if i < 0 {
				break
			}
			at += i + 1
			d.lines = append(d.lines, int32(at))
		}
	}
	lo, hi := 0, len(d.lines)
	for at := d.line; at < min(d.line+near, hi) && int(d.lines[at]) <= offset; at++ {
		if at+1 == hi || offset < int(d.lines[at+1]) {
			d.line = at
			return at + 1, offset - int(d.lines[at]) + 1
		}
	}
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if int(d.lines[mid]) <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	d.line = lo
	return lo + 1, offset - int(d.lines[lo]) + 1
}

// unescape decodes the escapes of a string that the scanner found valid.
func unescape(raw []byte) string {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		switch raw[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hex4(raw[i+1:])
			i += 4
			if r >= 0xD800 && r < 0xDC00 { // the scanner saw its other half
				r = 0x10000 + (r-0xD800)<<10 + (hex4(raw[i+3:]) - 0xDC00)
				i += 6
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, raw[i])
		}
	}
	return string(out)
}

// hex4 reads four hexadecimal digits, or returns -1.
func hex4(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return -1
		}
	}
	return r
}
