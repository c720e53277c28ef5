package secret

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"
)

// decodeBase64 decodes base64 in either alphabet, padded or not. An incomplete byte
// at the end is dropped.
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

// decodeQuads fills out with three bytes for every four characters of base64.
func decodeQuads(out, run []byte) {
	for ; len(out) >= 3 && len(run) >= 4; out, run = out[3:], run[4:] {
		v := uint32(base64Value[run[0]])<<18 | uint32(base64Value[run[1]])<<12 | uint32(base64Value[run[2]])<<6 | uint32(base64Value[run[3]])
		out[0], out[1], out[2] = byte(v>>16), byte(v>>8), byte(v)
	}
}

// base64Value is the value of a character of base64.
var base64Value = func() (v [256]byte) {
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		v[c] = byte(i)
	}
	v['-'], v['_'] = v['+'], v['/']
	return v
}()

// hexText decodes the hex digits at the end of a run. The result is nil if there
// are too few of them, or if they do not decode to text.
func hexText(run []byte) []byte {
	if len(run) < minHex {
		return nil
	}
	start := len(run) // behind the last character that is no hex digit, such as the x of 0x
	for start > 0 && hexValue(run[start-1]) >= 0 {
		start--
	}
	run = run[start:]
	if len(run) < minHex || len(run)%2 == 1 || !textByte[hexByte(run)] {
		return nil
	}
	out := make([]byte, 0, len(run)/2)
	for i := 0; i < len(run); i += 2 {
		b := hexByte(run[i:])
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

// hexByte returns the byte that two hex digits stand for.
func hexByte(p []byte) byte { return byte(hexValue(p[0])<<4 | hexValue(p[1])) }

// hexValue returns the value of a hex digit, or -1.
func hexValue(b byte) int {
	switch b = lower(b); {
	case isDigit(b):
		return int(b - '0')
	case b >= 'a' && b <= 'f':
		return int(b-'a') + 10
	}
	return -1
}

// plainText returns the beginning of p that is text: UTF-8 without control
// characters. If p is UTF-16, it returns all of p.
func plainText(p []byte) []byte {
	if formOf(p) != byteForm {
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

// textByte holds the ASCII characters that texts consist of.
var textByte = func() (s set) {
	for b := range s {
		c := byte(b)
		s[b] = c >= ' ' && c <= '~' || c == '\n' || c == '\r' || c == '\t'
	}
	return s
}()
