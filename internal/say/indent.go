package say

import "bytes"

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
