package secret

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// escapedWords returns the decoded words between two places that contain characters
// written as numbers: %2F as in URLs, \u002f, \u{2f}, \x2f and :\/ as in programs,
// or U+002F. A word ends at a space or a quote. gitleaks instead decodes from the
// first to the last percent sign of a line, which in a bundle is the whole bundle.
func (f *File) escapedWords(from, limit int) (parts []part) {
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
			parts = append(parts, part{start, end, e.name, decoded})
		}
		last = end
		f.decodedUpTo = max(f.decodedUpTo, f.bufStart+end)
	}
}

// An escape is a way to write ASCII characters as numbers.
type escape struct {
	name       string                                   // for people
	start      []byte                                   // what it begins with
	read       func(text []byte, i int) (b byte, n int) // the character at text[i] and its length; 0: there is none
	delimiters set                                      // bytes that end a word
}

var escapes = [...]escape{
	{"percent encoding", []byte("%"), percentAt, setOfBytes(" \t\r\n\"'`<>")},
	{"escapes", []byte("\\"), backslashAt, setOfBytes(" \t\r\n\"'`<>")},
	{"U+ notation", []byte("U+00"), unicodeAt, setOfBytes("\r\n\"'`<>")},
}

// setOfBytes returns the set of the bytes of a string.
func setOfBytes(bytes string) (s set) {
	for i := range len(bytes) {
		s[bytes[i]] = true
	}
	return s
}

// next returns the first escaped character between two places, or limit.
func (e *escape) next(text []byte, i, limit int) int {
	for i < limit {
		n := bytes.Index(text[i:limit], e.start)
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

// percentAt reads %2F. A length of 0 means that there is none.
func percentAt(text []byte, i int) (b byte, n int) {
	if text[i] != '%' || i+3 > len(text) || hexValue(text[i+1]) < 0 || hexValue(text[i+2]) < 0 {
		return 0, 0
	}
	if b = hexByte(text[i+1:]); !textByte[b] && b < utf8.RuneSelf {
		return 0, 0
	}
	return b, 3
}

// backslashAt reads an escape of JavaScript or JSON for an ASCII character.
func backslashAt(text []byte, i int) (b byte, n int) {
	if text[i] != '\\' || i+2 > len(text) {
		return 0, 0
	}
	rest, twice := text[i+1:], 0
	if len(rest) > 5 && rest[0] == '\\' && rest[1] == 'u' { // a string inside a string: two backslashes
		rest, twice = rest[1:], 1
	}
	switch {
	case rest[0] == '/' && i > 0 && (text[i-1] == ':' || text[i-1] == '/'):
		return '/', 2
	case rest[0] == 'x' && len(rest) >= 3 && hexValue(rest[1]) >= 0 && hexValue(rest[2]) >= 0:
		b, n = hexByte(rest[1:]), 4
	case rest[0] == 'u' && len(rest) >= 5 && rest[1] == '0' && rest[2] == '0' && hexValue(rest[3]) >= 0 && hexValue(rest[4]) >= 0:
		b, n = hexByte(rest[3:]), 6
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

// unicodeAt reads U+002F and the space behind it.
func unicodeAt(text []byte, i int) (b byte, n int) {
	if !bytes.HasPrefix(text[i:], []byte("U+00")) || i+6 > len(text) || hexValue(text[i+4]) < 0 || hexValue(text[i+5]) < 0 {
		return 0, 0
	}
	if b = hexByte(text[i+4:]); !textByte[b] {
		return 0, 0
	}
	if i+6 < len(text) && text[i+6] == ' ' {
		return b, 7
	}
	return b, 6
}

// wordAround returns the word that contains text[i]. It does not begin before last.
func (e *escape) wordAround(text []byte, i, last int) (start, end int) {
	for start = i; start > max(last, i-maxWordSide) && !e.delimiters[text[start-1]]; {
		start--
	}
	for end = i + 1; end < min(len(text), i+maxWordSide) && !e.delimiters[text[end]]; {
		end++
	}
	return start, end
}

// decode replaces the escapes in a word.
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
