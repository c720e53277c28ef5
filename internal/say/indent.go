package say

import (
	"bytes"
	"encoding/json"
)

const spaces = "                                "

// Indent appends a compact JSON document to out as json.Indent lays it out: two
// spaces a level, one value a line. depth is the level that the document stands
// at; its first line gets no indent. The document must be valid JSON without
// spaces between its tokens, as json.Marshal writes it.
func Indent(out, compact []byte, depth int) []byte {
	for i := 0; i < len(compact); i++ {
		switch c := compact[i]; c {
		case '"':
			end := closing(compact, i)
			out = append(out, compact[i:end+1]...)
			i = end
		case '{', '[':
			out = append(out, c)
			if compact[i+1] == c+2 { // the closing one: nothing between them
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
	return out
}

func newline(out []byte, depth int) []byte {
	out = append(out, '\n')
	for ; depth > len(spaces)/2; depth -= len(spaces) / 2 {
		out = append(out, spaces...)
	}
	return append(out, spaces[:2*depth]...)
}

// closing is the index of the quote that ends the string which begins at i.
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

// An Encoder encodes values as json.Marshal does without HTML escapes, made inert
// by JSON and laid out by Indent. It keeps its buffer between values.
type Encoder struct {
	compact bytes.Buffer
	json    *json.Encoder
}

// NewEncoder returns an Encoder, which is for one goroutine.
func NewEncoder() *Encoder {
	e := &Encoder{}
	e.json = json.NewEncoder(&e.compact)
	e.json.SetEscapeHTML(false)
	return e
}

// Compact returns a value without spaces, for Indent to lay out. The bytes hold
// until the next call.
func (e *Encoder) Compact(v any) ([]byte, error) {
	e.compact.Reset()
	if err := e.json.Encode(v); err != nil {
		return nil, err
	}
	return JSON(bytes.TrimSuffix(e.compact.Bytes(), []byte("\n"))), nil
}

// Append appends a value that stands at a depth, as Indent does.
func (e *Encoder) Append(out []byte, v any, depth int) ([]byte, error) {
	compact, err := e.Compact(v)
	if err != nil {
		return out, err
	}
	return Indent(out, compact, depth), nil
}

// Item is Append for an item of a list, on a line of its own.
func (e *Encoder) Item(out []byte, v any, depth int, first bool) ([]byte, error) {
	if !first {
		out = append(out, ',')
	}
	return e.Append(newline(out, depth), v, depth)
}

// End ends a list whose items stand one level deeper than depth; empty says that
// there are none.
func End(out []byte, depth int, empty bool) []byte {
	if !empty {
		out = newline(out, depth)
	}
	return append(out, ']')
}
