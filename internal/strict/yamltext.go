package strict

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// blockText returns the value of a block scalar, given as whole lines.
func blockText(raw []byte, indent, chomp int, fold bool) string {
	var out []byte
	breaks := 0        // line breaks since the last text
	lastDeep := false  // the last text began with a space, so its line breaks are not folded
	wrote := false     // there was text
	for len(raw) > 0 { // one line per iteration
		line := raw
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			line, raw = raw[:i], raw[i+1:]
		} else {
			raw = nil
		}
		line = bytes.TrimSuffix(line, []byte("\r"))
		line = line[min(indent, len(line)):]
		if len(line) == 0 {
			breaks++
			continue
		}
		deep := line[0] == ' ' || line[0] == '\t'
		switch {
		case fold && wrote && !deep && !lastDeep && breaks == 1:
			out = append(out, ' ')
		case fold && wrote && !deep && !lastDeep && breaks > 1:
			breaks--
			fallthrough
		default:
			for range breaks {
				out = append(out, '\n')
			}
		}
		out = append(out, line...)
		breaks, lastDeep, wrote = 1, deep, true
	}
	if !wrote && chomp != keep {
		return ""
	}
	switch chomp {
	case clip:
		out = append(out, '\n')
	case keep:
		for range breaks {
			out = append(out, '\n')
		}
	}
	return string(out)
}

// unescapeYAML decodes the escapes of a scalar that the scanner found valid.
func unescapeYAML(raw []byte) string {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		r, size := escape(raw[i+1:])
		out = utf8.AppendRune(out, r)
		i += size
	}
	return string(out)
}

// escape decodes the escape after a backslash; size 0: unknown. Halves of
// surrogate pairs are refused.
func escape(b []byte) (r rune, size int) {
	if len(b) == 0 {
		return 0, 0
	}
	digits := 0
	switch b[0] {
	case '"', '\\', ' ':
		return rune(b[0]), 1
	case '0':
		return 0, 1
	case 'a':
		return '\a', 1
	case 'b':
		return '\b', 1
	case 'e':
		return 0x1B, 1
	case 'f':
		return '\f', 1
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 't':
		return '\t', 1
	case 'v':
		return '\v', 1
	case 'N':
		return 0x85, 1
	case '_':
		return 0xA0, 1
	case 'L':
		return 0x2028, 1
	case 'P':
		return 0x2029, 1
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		return 0, 0
	}
	if len(b) <= digits {
		return 0, 0
	}
	for _, c := range b[1 : 1+digits] {
		v := strings.IndexByte("0123456789abcdef", c|0x20)
		if v < 0 || c < '0' || r > utf8.MaxRune {
			return 0, 0
		}
		r = r<<4 | rune(v)
	}
	if !utf8.ValidRune(r) {
		return 0, 0
	}
	return r, 1 + digits
}
