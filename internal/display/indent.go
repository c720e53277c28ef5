package display

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
)

const spaces = "                                "

// Indent appends a compact JSON document to out in the layout of json.Indent:
// two spaces a level, one value a line. depth is the level of the document; its
// first line is not indented. The document must be valid JSON without spaces
// between its tokens, as json.Marshal writes it.
func Indent(out, compact []byte, depth int) []byte {
	out, _, _ = indent(out, compact, depth, math.MaxInt)
	return out
}

// IndentTo is Indent for a document that may be long: it writes out what has
// accumulated from time to time, and returns the rest.
func IndentTo(to io.Writer, out, compact []byte, depth int) ([]byte, error) {
	for len(compact) > 0 {
		var read int
		out, read, depth = indent(out, compact, depth, enough)
		if compact = compact[read:]; len(out) >= enough {
			if _, err := to.Write(out); err != nil {
				return out, err
			}
			out = out[:0]
		}
	}
	return out, nil
}

const enough = 64 << 10 // bytes before they are written

// indent stops where out has reached a length, and returns how much it has read
// and the depth there.
func indent(out, compact []byte, depth, full int) (appended []byte, read, level int) {
	i := 0
	for ; i < len(compact) && len(out) < full; i++ {
		switch c := compact[i]; c {
		case '"':
			end := closing(compact, i)
			out = append(out, compact[i:end+1]...)
			i = end
		case '{', '[':
			out = append(out, c)
			if compact[i+1] == c+2 { // the closing bracket follows at once
				i++
				out = append(out, c+2)
				continue
			}
			depth++
			out = newline(out, depth)
		case '}', ']':
			depth--
			out = append(newline(out, depth), c)
		case ',':
			out = newline(append(out, c), depth)
		case ':':
			out = append(out, ':', ' ')
		default:
			out = append(out, c)
		}
	}
	return out, i, depth
}

func newline(out []byte, depth int) []byte {
	out = append(out, '\n')
	for ; depth > len(spaces)/2; depth -= len(spaces) / 2 {
		out = append(out, spaces...)
	}
	return append(out, spaces[:2*depth]...)
}

// closing returns the index of the quote that ends the string at i.
func closing(doc []byte, i int) int {
	for end := i + 1; ; end++ {
		end += bytes.IndexByte(doc[end:], '"')
		slashes := 0
		for doc[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end
		}
	}
}

// An Encoder encodes values as json.Marshal does, but without HTML escapes;
// JSON makes the result inert, Indent lays it out. It reuses its buffer.
type Encoder struct {
	compact bytes.Buffer
	json    *json.Encoder
}

// NewEncoder returns an Encoder for use by one goroutine.
func NewEncoder() *Encoder {
	e := &Encoder{}
	e.json = json.NewEncoder(&e.compact)
	e.json.SetEscapeHTML(false)
	return e
}

// Compact returns a value without spaces, as Indent takes it. The bytes are
// valid until the next call.
func (e *Encoder) Compact(v any) ([]byte, error) {
	e.compact.Reset()
	if err := e.json.Encode(v); err != nil {
		return nil, err
	}
	return JSON(bytes.TrimSuffix(e.compact.Bytes(), []byte("\n"))), nil
}

// Append appends a value at a depth, laid out as by Indent.
func (e *Encoder) Append(out []byte, v any, depth int) ([]byte, error) {
	compact, err := e.Compact(v)
	if err != nil {
		return out, err
	}
	return Indent(out, compact, depth), nil
}

// Item is Append for an item of a list, on a new line.
func (e *Encoder) Item(out []byte, v any, depth int, first bool) ([]byte, error) {
	if !first {
		out = append(out, ',')
	}
	return e.Append(newline(out, depth), v, depth)
}

// End closes a list whose items are one level deeper than depth; empty says
// that it has no items.
func End(out []byte, depth int, empty bool) []byte {
	if !empty {
		out = newline(out, depth)
	}
	return append(out, ']')
}
