package secret

import (
	"bytes"
	"unicode/utf8"
)

// base64Byte is 1 for the characters of base64 in both alphabets.
var base64Byte = func() (s [256]uint8) {
	for b := range s {
		if c := byte(b); isWordByte(c) || c == '+' || c == '/' || c == '-' {
			s[b] = 1
		}
	}
	return s
}()

// encodedRuns appends the runs of base64 and hex digits that begin between two
// places, decode to text and do not touch one of the parts.
func (f *File) encodedRuns(parts []part, from, limit int, last bool) []part {
	words := parts // those that may touch one of the next runs
	text := f.buf
	runs := newBase64Finder(text, from)
	for {
		start, end := runs.next()
		if start >= limit {
			return parts
		}
		if end > limit {
			f.decodedUpTo = max(f.decodedUpTo, f.bufStart+end)
		}
		for len(words) > 0 && words[0].to < start {
			words = words[1:]
		}
		if len(words) > 0 && words[0].from < end {
			continue
		}
		if end == len(text) && !last {
			f.startLongRun(start)
			return parts
		}
		if p, ok := decodeRun(text, start, end); ok {
			parts = append(parts, p)
			runs.seek(p.to)
		}
	}
}

// decodeRun decodes the run text[start:end] and the lines that continue it. It
// reports whether the result is text.
func decodeRun(text []byte, start, end int) (part, bool) {
	run := text[start:end]
	if out := hexText(run); out != nil {
		if whole, to := joinLines(text, start, end); to > end {
			if all := hexText(whole); all != nil {
				return part{start, to, "hex", all}, true
			}
		}
		return part{start, end, "hex", out}, true
	}
	if !looksLikeText(run) {
		if len(run) < minLineWidth {
			return part{}, false
		}
		i := bytes.Index(run, pemInBase64)
		if i < 0 {
			return part{}, false
		}
		start += i
	}
	whole, to := joinLines(text, start, end)
	if out := plainText(decodeBase64(whole)); len(out) >= minMatch {
		return part{start, to, "base64", out}, true
	}
	return part{}, false
}

// pemInBase64 is the beginning of a PEM file in base64.
var pemInBase64 = []byte("LS0tLS1CRUdJTi")

// joinLines returns a run together with the lines that continue it, and where they
// end. Wrapped base64 and hex digits have lines of equal length.
func joinLines(text []byte, start, end int) (run []byte, to int) {
	run, width := text[start:end:end], end-start
	for to = end; width >= minLineWidth; {
		next := to
		for next < len(text) && next < to+40 && bytes.IndexByte([]byte("\r\n \t\"'+,\\nr"), text[next]) >= 0 {
			if text[next] == 'n' || text[next] == 'r' { // only as an escape
				if text[next-1] != '\\' {
					break
				}
			}
			next++
		}
		if bytes.IndexByte(text[to:next], '\n') < 0 && !bytes.Contains(text[to:next], []byte(`\n`)) {
			break
		}
		last := next
		for last < len(text) && last < next+width && base64Byte[text[last]] == 1 {
			last++
		}
		if last == next || last < len(text) && base64Byte[text[last]] == 1 {
			break
		}
		run, to = append(run, text[next:last]...), last
		if last-next < width {
			break
		}
	}
	return run, to
}

// looksLikeText reports whether the first bytes of a run of base64 decode to text.
// It turns down most names in a program.
func looksLikeText(run []byte) bool {
	var first [minBase64 / 4 * 3]byte
	decodeQuads(first[:3], run)
	if !mayBeginText(first[0], first[1], first[2]) {
		return false
	}
	decodeQuads(first[3:6], run[4:])
	if len(plainText(first[:6])) < 4 {
		low, high := first[1]|first[3]|first[5], first[0]|first[2]|first[4] // one of them is zero in UTF-16
		return low == 0 || high == 0 || first[0] == 0xff && first[1] == 0xfe || first[0] == 0xfe && first[1] == 0xff
	}
	decodeQuads(first[6:], run[8:])
	return len(plainText(first[:])) > minMatch-utf8.UTFMax
}

// mayBeginText reports whether a text, in UTF-8 or UTF-16, may begin with three
// bytes. It is a quick check, made for every long name in a program.
func mayBeginText(a, b, c byte) bool {
	switch {
	case textByte[a]:
		return b == 0 || b >= 0xc2 || textByte[b] && (textByte[c] || c >= 0xc2)
	case a >= 0xfe: // a byte order mark
		return true
	case a >= 0xc2:
		return b == 0 || b >= 0x80 && b < 0xc0
	}
	return a == 0
}
