package secret

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// words returns the words between two places that have characters written as
// numbers: %2F as addresses have them, \u002f, \u{2f}, \x2f and :\/ as programs
// have, U+002F. A word ends at blanks and quotes: gitleaks decodes from the first to the
// last percent sign of a line, which in a bundle is the bundle.
func (f *File) words(from, limit int) (parts []part) {
	text := f.buf
	last := from // end of the last word
	next := [...]int{-1, -1, -1}
	for {
		first := 0
		for k := range escapes {
			if next[k] < last {
				next[k] = escapes[k].next(text, last, limit)
			}
			if next[k] < next[first] {
				first = k
			}
		}
		i, e := next[first], &escapes[first]
		if i >= limit {
			return parts
		}
		start, end := e.wordAround(text, i, last)
		if decoded := e.decode(text[start:end]); len(decoded) > 0 {
			parts = append(parts, part{start, end, e.how, decoded})
		}
		last = end
		f.decoded = max(f.decoded, f.base+end)
	}
}

// An escape is a way to write characters of ASCII as numbers.
type escape struct {
	how  string // for people
	mark []byte // what it begins with
	read func(text []byte, i int) (b byte, n int)
	ends set // of a word
}

var escapes = [...]escape{
	{"percent encoding", []byte("%"), percentAt, setOfBytes(" \t\r\n\"'`<>")},
	{"escapes", []byte("\\"), backslashAt, setOfBytes(" \t\r\n\"'`<>")},
	{"U+ notation", []byte("U+00"), unicodeAt, setOfBytes("\r\n\"'`<>")},
}

func setOfBytes(bytes string) (s set) {
	for i := range len(bytes) {
		s[bytes[i]] = true
	}
	return s
}

// next returns the first place between two where a character is written so, or the
// second of them.
func (e *escape) next(text []byte, i, limit int) int {
	for i < limit {
		n := bytes.Index(text[i:limit], e.mark)
		if n < 0 {
			return limit
		}
		i += n
		if _, size := e.read(text, i); size > 0 {
			return i
		}
		i++
	}
	return limit
}

// percentAt reads %2F; n is 0 where there is none.
func percentAt(text []byte, i int) (b byte, n int) {
	if text[i] != '%' || i+3 > len(text) || hexValue(text[i+1]) < 0 || hexValue(text[i+2]) < 0 {
		return 0, 0
	}
	if b = unhex(text[i+1:]); !textByte[b] && b < utf8.RuneSelf {
		return 0, 0
	}
	return b, 3
}

// backslashAt reads an escape of JavaScript or JSON that stands for a character of ASCII.
func backslashAt(text []byte, i int) (b byte, n int) {
	if text[i] != '\\' || i+2 > len(text) {
		return 0, 0
	}
	rest, twice := text[i+1:], 0
	if len(rest) > 5 && rest[0] == '\\' && rest[1] == 'u' { // an escape in a string in a string
		rest, twice = rest[1:], 1
	}
	switch {
	case rest[0] == '/' && i > 0 && (text[i-1] == ':' || text[i-1] == '/'):
		return '/', 2
	case rest[0] == 'x' && len(rest) >= 3 && hexValue(rest[1]) >= 0 && hexValue(rest[2]) >= 0:
		b, n = unhex(rest[1:]), 4
	case rest[0] == 'u' && len(rest) >= 5 && rest[1] == '0' && rest[2] == '0' && hexValue(rest[3]) >= 0 && hexValue(rest[4]) >= 0:
		b, n = unhex(rest[3:]), 6
	case rest[0] == 'u' && len(rest) >= 5 && rest[1] == '{':
		end := bytes.IndexByte(rest[:min(len(rest), 9)], '}')
		if end < 0 {
			return 0, 0
		}
		v, err := strconv.ParseUint(string(rest[2:end]), 16, 7)
		if err != nil {
			return 0, 0
		}
		b, n = byte(v), end+2
	}
	if n == 0 || !textByte[b] {
		return 0, 0
	}
	return b, n + twice
}

// unicodeAt reads U+002F and the blank behind it.
func unicodeAt(text []byte, i int) (b byte, n int) {
	if !bytes.HasPrefix(text[i:], []byte("U+00")) || i+6 > len(text) || hexValue(text[i+4]) < 0 || hexValue(text[i+5]) < 0 {
		return 0, 0
	}
	if b = unhex(text[i+4:]); !textByte[b] {
		return 0, 0
	}
	if i+6 < len(text) && text[i+6] == ' ' {
		return b, 7
	}
	return b, 6
}

// wordAround returns the word that text[i] is part of; it begins at last or behind it.
func (e *escape) wordAround(text []byte, i, last int) (start, end int) {
	for start = i; start > max(last, i-longestWord) && !e.ends[text[start-1]]; {
		start--
	}
	for end = i + 1; end < min(len(text), i+longestWord) && !e.ends[text[end]]; {
		end++
	}
	return start, end
}

// decode decodes what is written so in a word.
func (e *escape) decode(word []byte) []byte {
	out := make([]byte, 0, len(word))
	for i := 0; i < len(word); {
		b, n := e.read(word, i)
		if n == 0 {
			b, n = word[i], 1
		}
		out, i = append(out, b), i+n
	}
	return out
}

// leastWide is how many characters of UTF-16 in a row are text.
const leastWide = 16

// wide returns the runs of UTF-16 in a file that is no text, as programs for
// Windows have them. Bytes in the other order look the same, shifted by one.
func (f *File) wide(from, limit int) (parts []part) {
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
		if (i-start)/2 < leastWide {
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
		f.decoded = max(f.decoded, f.base+i)
	}
	return parts
}

// lookForMap is how far in front of the texts of the sources their names may stand.
const lookForMap = 64 << 10

// embedded searches the sources in source maps that are part of a program, as
// loaders of styles have them; f.mapsAt says where. There the escaped text
// was searched too: such maps are few.
func (f *File) embedded(from, limit int) {
	done := from
	for _, at := range f.mapsAt {
		at-- // the quote
		if at < done || at >= limit || f.buf[at] != '"' || f.maps != nil {
			continue
		}
		outer := f.nest("")
		outer.form, outer.silent = bytewise, true
		m := &mapper{f: outer, once: true}
		if begin := max(at-lookForMap, done); begin < at {
			if i := bytes.LastIndex(f.buf[begin:at], []byte(`"sources"`)); i >= 0 {
				m.write(f.buf[begin+i : at])
			}
		}
		left := m.write(f.buf[at:])
		m.close()
		done = len(f.buf) - len(left)
		if len(outer.hits) == 0 {
			continue
		}
		line, column := f.place(at)
		for _, p := range outer.hits {
			p.move(f.base+at, f.base+at, line, column)
			f.hits = append(f.hits, p)
		}
	}
}
