package secret

import (
	"bytes"
	"encoding/base64"
	"slices"
	"unicode/utf8"
)

// What is encoded is decoded and searched as a text of its own, and what is encoded
// in that too, as gitleaks' command does (detect/codec in its sources). In one text
// encoded parts do not overlap, and no encoding here makes a text shorter: a
// level has at most the bytes of the one above it, so that the whole work is at most
// maxDepth times that on the file.
const (
	maxDepth    = 5
	leastFind   = 10       // bytes that a rule's match has; a test says so
	leastBase64 = 16       // characters, as gitleaks
	leastHex    = 32       // digits, as gitleaks
	leastWidth  = 32       // characters of a line that others go on with
	longestWord = 64 << 10 // bytes on either side of an escape that belong to its word
)

// A part is an encoded part of a text.
type part struct {
	from, to int
	how      string // for people
	text     []byte
}

// nest begins the search through a text that is encoded in this one.
func (f *File) nest(how string) *File {
	return &File{s: f.s, path: f.path, depth: f.depth + 1, within: how}
}

// decode looks through what is new in the buffer for encoded parts. last: nothing
// comes behind it.
func (f *File) decode(last bool) {
	from := max(f.decoded-f.base, 0)
	end := len(f.buf)
	limit := end // what begins behind it is seen whole in the next segment
	if !last {
		limit = end - overlap
	}
	if f.open != nil {
		from = f.proceed(from, last)
	}
	var parts []part
	if f.binary {
		parts = f.wide(from, limit)
	} else {
		parts = f.words(from, limit)
		parts = f.runs(parts, from, limit, last)
		f.embedded(from, limit)
	}
	f.decoded = max(f.base+limit, f.decoded)
	for _, p := range parts {
		f.inside(p)
	}
}

// inside searches a part and keeps what was found at its place.
func (f *File) inside(p part) {
	inner := f.nest(p.how)
	inner.buf, inner.borrowed = p.text, true
	f.adopt(inner, f.base+p.from, f.base+p.to, f.buf[p.from:p.to])
}

// adopt keeps the hits of a text that stands encoded between two offsets. raw is
// what it was decoded from: a match that stands there as it is is no news.
func (f *File) adopt(inner *File, from, to int, raw []byte) {
	found := inner.finish()
	if len(found) == 0 {
		return
	}
	line, column := f.place(from - f.base)
	for _, p := range found {
		if !f.saw(p, from, to, raw) {
			f.take(p, inner, from, to, line, column)
		}
	}
}

// saw reports whether a match stands between two offsets as it is, not encoded. A token
// that an escape touches, as in %22npm_…, stands there too, but rules whose tokens
// begin or end at a border do not see it.
func (f *File) saw(p placed, from, to int, raw []byte) bool {
	if p.rule.weak() {
		return bytes.Contains(raw, []byte(p.matched))
	}
	i := bytes.Index(raw, []byte(p.valueBytes))
	end := i + len(p.valueBytes)
	if i < 0 || (i == 0 || !wordByte(raw[i-1])) && (end == len(raw) || !wordByte(raw[end])) {
		return i >= 0
	}
	return slices.ContainsFunc(f.hits, func(o placed) bool {
		return o.at >= from && o.at < to && o.rule == p.rule && o.valueBytes == p.valueBytes
	})
}

// take keeps a hit of a text that stands encoded at a place.
func (f *File) take(p placed, inner *File, from, to, line, column int) {
	if p.candidate.Within != "" {
		p.candidate.Within += " in "
	}
	p.candidate.Within += inner.within
	p.move(from, to, line, column)
	f.hits = append(f.hits, p)
}

// runs adds the runs of base64 and of hex digits that begin between two places and
// are text, and do not touch the parts before.
func (f *File) runs(parts []part, from, limit int, last bool) []part {
	words := parts // those that may still touch a run
	text := f.buf
	for at := from; ; {
		start, end := nextRun(text, at)
		if start >= limit {
			return parts
		}
		at = end
		if end > limit {
			f.decoded = max(f.decoded, f.base+end)
		}
		for len(words) > 0 && words[0].to < start {
			words = words[1:]
		}
		if len(words) > 0 && words[0].from < end {
			continue
		}
		if end == len(text) && !last {
			f.openRun(start)
			return parts
		}
		if p, ok := decodeRun(text, start, end); ok {
			parts = append(parts, p)
			at = p.to
		}
	}
}

// decodeRun decodes the run text[start:end], and the lines that go on with it, if
// it is text.
func decodeRun(text []byte, start, end int) (part, bool) {
	run := text[start:end]
	if out := hexText(run); out != nil {
		if whole, to := joined(text, start, end); to > end {
			if all := hexText(whole); all != nil {
				return part{start, to, "hex", all}, true
			}
		}
		return part{start, end, "hex", out}, true
	}
	if !promising(run) {
		if len(run) < leastWidth {
			return part{}, false
		}
		i := bytes.Index(run, pemInBase64)
		if i < 0 {
			return part{}, false
		}
		start += i
	}
	whole, to := joined(text, start, end)
	if out := plainText(decodeBase64(whole)); len(out) >= leastFind {
		return part{start, to, "base64", out}, true
	}
	return part{}, false
}

// pemInBase64 is what a PEM begins with, in base64.
var pemInBase64 = []byte("LS0tLS1CRUdJTi")

// joined is a run with the lines behind it that go on, as base64 and hex digits are
// wrapped: lines of the same length.
func joined(text []byte, start, end int) (run []byte, to int) {
	run, width := text[start:end:end], end-start
	for to = end; width >= leastWidth; {
		next := to
		for next < len(text) && next < to+40 && bytes.IndexByte([]byte("\r\n \t\"'+,\\nr"), text[next]) >= 0 {
			if text[next] == 'n' || text[next] == 'r' { // of an escape
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
		for last < len(text) && last < next+width && runByte[text[last]] == 1 {
			last++
		}
		if last == next || last < len(text) && runByte[text[last]] == 1 {
			break
		}
		run, to = append(run, text[next:last]...), last
		if last-next < width {
			break
		}
	}
	return run, to
}

// promising reports whether the first bytes of a run of base64 are text: most names
// in a program are turned down here.
func promising(run []byte) bool {
	var first [leastBase64 / 4 * 3]byte
	quads(first[:3], run)
	if !textByte[first[0]] && first[0] < 0xc2 && first[0] != 0 {
		return false
	}
	quads(first[3:6], run[4:])
	if len(plainText(first[:6])) < 4 {
		low, high := first[1]|first[3]|first[5], first[0]|first[2]|first[4] // zero: UTF-16
		return low == 0 || high == 0 || first[0] == 0xff && first[1] == 0xfe || first[0] == 0xfe && first[1] == 0xff
	}
	quads(first[6:], run[8:])
	return len(plainText(first[:])) > leastFind-utf8.UTFMax
}

// quads fills out, three bytes of it for four characters of base64.
func quads(out, run []byte) {
	for ; len(out) >= 3 && len(run) >= 4; out, run = out[3:], run[4:] {
		v := uint32(base64Value[run[0]])<<18 | uint32(base64Value[run[1]])<<12 | uint32(base64Value[run[2]])<<6 | uint32(base64Value[run[3]])
		out[0], out[1], out[2] = byte(v>>16), byte(v>>8), byte(v)
	}
}

// decodeBase64 decodes base64 in either alphabet, padded or not. What is left over
// at the end, less than a byte, is dropped.
func decodeBase64(run []byte) []byte {
	run = bytes.TrimRight(run, "=")
	if len(run)%4 == 1 {
		run = run[:len(run)-1]
	}
	if bytes.ContainsAny(run, "-_") {
		run = bytes.Map(func(r rune) rune {
			switch r {
			case '-':
				return '+'
			case '_':
				return '/'
			}
			return r
		}, run)
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(run)))
	n, _ := base64.RawStdEncoding.Decode(out, run)
	return out[:n]
}

// hexText decodes the hex digits of a run, if there are enough of them and they
// are text.
func hexText(run []byte) []byte {
	if len(run) < leastHex {
		return nil
	}
	start := len(run) // behind the last other character, as behind 0x
	for start > 0 && hexValue(run[start-1]) >= 0 {
		start--
	}
	run = run[start:]
	if len(run) < leastHex || len(run)%2 == 1 || !textByte[unhex(run)] {
		return nil
	}
	out := make([]byte, 0, len(run)/2)
	for i := 0; i < len(run); i += 2 {
		b := unhex(run[i:])
		if !textByte[b] && b < utf8.RuneSelf && b != 0 {
			return nil
		}
		out = append(out, b)
	}
	if text := plainText(out); len(text) == len(out) {
		return text
	}
	return nil
}

func unhex(p []byte) byte { return byte(hexValue(p[0])<<4 | hexValue(p[1])) }

// hexValue is the value of a hex digit; negative: it is none.
func hexValue(b byte) int {
	switch b = lower(b); {
	case isDigit(b):
		return int(b - '0')
	case b >= 'a' && b <= 'f':
		return int(b-'a') + 10
	}
	return -1
}

// plainText is the part of p from its beginning that is text: UTF-8 without control
// characters, or UTF-16 as a whole.
func plainText(p []byte) []byte {
	if formOf(p) != bytewise {
		return p
	}
	for i := 0; i < len(p); {
		if p[i] < utf8.RuneSelf {
			if !textByte[p[i]] {
				return p[:i]
			}
			i++
			continue
		}
		_, n := utf8.DecodeRune(p[i:])
		if n == 1 {
			return p[:i]
		}
		i += n
	}
	return p
}

// openRun begins a run that goes on behind the buffer: an inline source map may be
// larger than a segment.
func (f *File) openRun(start int) {
	if !promising(f.buf[start:]) {
		f.decoded = f.base + len(f.buf)
		return
	}
	f.open = f.nest("base64")
	f.openAt.from = f.base + start
	f.openAt.line, f.openAt.column = f.place(start)
	f.rest = f.rest[:0]
	f.feed(f.buf[start:])
	f.decoded = f.base + len(f.buf)
}

// proceed goes on with an open run and returns where it ends in the buffer.
func (f *File) proceed(from int, last bool) int {
	end := from
	for end < len(f.buf) && runByte[f.buf[end]] == 1 {
		end++
	}
	f.feed(f.buf[from:end])
	f.decoded = f.base + end
	if end < len(f.buf) || last {
		for _, p := range f.open.finish() {
			f.take(p, f.open, f.openAt.from, f.base+end, f.openAt.line, f.openAt.column)
		}
		f.open = nil
	}
	return end
}

// feed decodes more of an open run; what is no text ends it.
func (f *File) feed(run []byte) {
	f.rest = append(f.rest, run...)
	whole := len(f.rest) / 4 * 4
	f.open.Write(decodeBase64(f.rest[:whole]))
	f.rest = append(f.rest[:0], f.rest[whole:]...)
}

// base64Value is the value of a character of base64.
var base64Value = func() (v [256]byte) {
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		v[c] = byte(i)
	}
	v['-'], v['_'] = v['+'], v['/']
	return v
}()

// textByte holds the characters of ASCII that texts are made of.
var textByte = func() (s set) {
	for b := range s {
		c := byte(b)
		s[b] = c >= ' ' && c <= '~' || c == '\n' || c == '\r' || c == '\t'
	}
	return s
}()
