package tarball

import (
	"bytes"
	"strconv"
)

// A pax holds the records of one extended header; "" where a key is absent.
type pax struct {
	path, size, mtime string
	charset           string // hdrcharset: the encoding of the path
	long              bool   // it is a long name, see walker.longName
}

// parsePax reads the records "LENGTH KEY=VALUE\n" of an extended header. It accepts
// the three keys that `npm pack` writes, and the two that bun writes for a path
// beyond ASCII: hdrcharset=BINARY and the path. Everything else is refused: some
// readers split records at newlines, some by lengths, and some stop at a NUL.
func parsePax(b []byte) (pax, error) {
	var p pax
	for len(b) > 0 {
		digits, _, found := bytes.Cut(b[:min(len(b), 8)], []byte(" "))
		n, err := strconv.Atoi(string(digits))
		if !found || err != nil || digits[0] < '1' || digits[0] > '9' || n > len(b) || n < len(digits)+4 {
			return p, refuse(RulePax, "an extended header has a record of a wrong length")
		}
		record := b[len(digits)+1 : n]
		b = b[n:]
		key, value, found := bytes.Cut(record[:len(record)-1], []byte("="))
		if !found || record[len(record)-1] != '\n' {
			return p, refuse(RulePax, "an extended header has a record that does not end with its line")
		}
		if len(value) == 0 || bytes.ContainsAny(value, "\x00\n") {
			return p, refuse(RulePax, "an extended header has a value that is empty or holds a NUL or a line break")
		}
		if err := p.set(string(key), string(value)); err != nil {
			return p, err
		}
	}
	switch {
	case p == (pax{}):
		return p, refuse(RulePax, "an extended header is empty")
	case p.charset != "" && (p.path == "" || p.size != "" || p.mtime != ""):
		return p, refuse(RulePax, "an extended header sets hdrcharset beside something else than a path")
	}
	return p, nil
}

// set stores one record.
func (p *pax) set(key, value string) error {
	var to *string
	switch key {
	case "path":
		to = &p.path
	case "size":
		to = &p.size
		if n, err := strconv.ParseInt(value, 10, 64); err != nil || strconv.FormatInt(n, 10) != value {
			return refuse(RulePax, "an extended header has a size that is no plain number")
		}
	case "mtime":
		to = &p.mtime
		if _, err := strconv.ParseFloat(value, 64); err != nil || !plainDecimal(value) {
			return refuse(RulePax, "an extended header has a time that is no plain number")
		}
	case "hdrcharset":
		to = &p.charset
		if value != "BINARY" || p.path != "" {
			return refuse(RulePax, "an extended header has a hdrcharset other than BINARY, or behind what it is about")
		}
	default:
		return refuse(RulePax, "an extended header sets %q; only path, size and mtime are allowed", clip(key))
	}
	if *to != "" {
		return refuse(RulePax, "an extended header sets %s twice", key)
	}
	*to = value
	return nil
}

// plainDecimal reports whether a text consists of digits and dots, perhaps behind a
// minus sign.
func plainDecimal(s string) bool {
	for i := 0; i < len(s); i++ {
		if (s[i] < '0' || s[i] > '9') && s[i] != '.' && (s[i] != '-' || i > 0) {
			return false
		}
	}
	return true
}
