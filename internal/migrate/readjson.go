package migrate

import (
	"bytes"
	"strings"

	"github.com/publishgate/publishgate/internal/strict"
)

// readJSON reads JSON, JSON with comments, and the common parts of JSON5:
// single quotes and unquoted keys. audit-ci accepts all three under any file
// name.
func readJSON(data []byte) (value, error) {
	r := relaxer{in: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), comments: map[int]string{}}
	r.run()
	root, err := strict.ParseJSONC(r.out, strict.Limits{Bytes: 2 * MaxBytes, Depth: maxDepth})
	if err != nil {
		return value{}, err
	}
	return r.value(root), nil
}

// readEither reads JSON if the text begins like an object, else YAML.
func readEither(data []byte) (value, error) {
	if start := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))); len(start) > 0 && start[0] == '{' {
		return readJSON(data)
	}
	return readYAML(data)
}

func (r *relaxer) value(v strict.Value) value {
	out := value{line: v.Line()}
	out.comment = r.comments[out.line]
	switch v.Kind() {
	case strict.Null:
		out.kind = null
	case strict.True, strict.False:
		out.kind, out.text = boolean, string(v.Raw())
	case strict.Number:
		out.kind, out.text = number, string(v.Raw())
	case strict.String:
		out.kind, out.text = text, v.Text()
	case strict.Array:
		out.kind = list
		for e := range v.Elements() {
			out.list = append(out.list, r.value(e))
		}
	case strict.Object:
		out.kind = table
		for k, e := range v.Members() {
			m := member{k.Text(), r.value(e)}
			m.value.line = k.Line()
			m.value.comment = r.comments[m.value.line]
			out.members = append(out.members, m)
		}
	}
	return out
}

// A relaxer rewrites relaxed JSON as strict JSON, byte for byte and line for
// line, so that the strict reader decides about the rest. It keeps the
// comments.
type relaxer struct {
	in, out  []byte
	line     int            // 0-based, of the input
	above    string         // comment lines since the last line with something else
	bare     bool           // nothing but comments on this line yet
	comments map[int]string // by the 1-based line they are about
}

func (r *relaxer) run() {
	r.bare = true
	for len(r.in) > 0 {
		c := r.in[0]
		switch {
		case c == '\n':
			r.line++
			if !r.bare {
				r.above = ""
			}
			r.bare = true
			r.take(1)
		case c == ' ', c == '\t', c == '\r':
			r.take(1)
		case bytes.HasPrefix(r.in, []byte("//")):
			end := bytes.IndexByte(r.in, '\n')
			if end < 0 {
				end = len(r.in)
			}
			r.skip(end, string(r.in[2:end]))
		case bytes.HasPrefix(r.in, []byte("/*")):
			end := bytes.Index(r.in[2:], []byte("*/")) + 4
			if end < 4 { // unterminated; the strict reader refuses it
				r.take(len(r.in))
				return
			}
			r.skip(end, string(r.in[2:end-2]))
		default:
			if r.bare {
				r.bare = false
				r.comments[r.line+1] = r.above
			}
			r.token(c)
		}
	}
}

// token copies one JSON token, rewritten where necessary.
func (r *relaxer) token(c byte) {
	switch {
	case c == '"' || c == '\'':
		r.quoted(c)
	case letter(c):
		end := 1
		for end < len(r.in) && (letter(r.in[end]) || r.in[end] >= '0' && r.in[end] <= '9') {
			end++
		}
		if rest := bytes.TrimLeft(r.in[end:], " \t\r\n"); len(rest) > 0 && rest[0] == ':' {
			r.out = append(r.out, '"')
			r.take(end)
			r.out = append(r.out, '"')
			return
		}
		r.take(end)
	default:
		r.take(1)
	}
}

// quoted copies a string, in double quotes.
func (r *relaxer) quoted(q byte) {
	r.out = append(r.out, '"')
	r.in = r.in[1:]
	for len(r.in) > 0 {
		switch c := r.in[0]; {
		case c == q:
			r.out = append(r.out, '"')
			r.in = r.in[1:]
			return
		case c == '\n': // a string must not contain a line break; the strict reader reports it
			return
		case c == '\\' && len(r.in) > 1 && r.in[1] == '\'':
			r.in = r.in[1:]
			r.take(1)
		case c == '\\' && len(r.in) > 1 && r.in[1] != '\n':
			r.take(2)
		case c == '"':
			r.out = append(r.out, '\\')
			r.take(1)
		default:
			r.take(1)
		}
	}
}

// take copies n bytes.
func (r *relaxer) take(n int) {
	r.out = append(r.out, r.in[:n]...)
	r.in = r.in[n:]
}

// skip drops a comment of n bytes but keeps its line breaks.
func (r *relaxer) skip(n int, said string) {
	said = words(strings.ReplaceAll(said, "\n *", "\n"))
	if r.bare {
		r.above = join(r.above, said)
	} else {
		r.comments[r.line+1] = join(r.comments[r.line+1], said)
	}
	for _, c := range r.in[:n] {
		if c == '\n' {
			r.out = append(r.out, '\n')
			r.line++
		}
	}
	r.in = r.in[n:]
}

func letter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$'
}

// maxComment is how many bytes of a comment are kept: reasons are short, and
// appending to a long comment line by line would take quadratic time.
const maxComment = 2000

// join appends to a comment.
func join(said, more string) string {
	if len(said) > maxComment {
		return said
	}
	return words(said + " " + more)
}

// words returns text on one line, with single spaces.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }
