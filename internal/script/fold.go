package script

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tdewolff/parse/v2/js"
)

// Bytes of a text that is put together, and of one that a name stands for.
const (
	maxFolded = 2 << 10
	maxNamed  = 256
)

// constant returns the text that an expression always is.
func (r *reading) constant(e js.IExpr) (string, bool) {
	s := r.fold(e, 0)
	return s, s != "" && !strings.Contains(s, hole)
}

// fold returns the text that an expression puts together, with a hole for each
// part that is not known.
func (r *reading) fold(e js.IExpr, through int) string {
	switch e := e.(type) {
	case *js.LiteralExpr:
		if e.TokenType == js.StringToken && len(e.Data) > 1 {
			return decode(e.Data[1 : len(e.Data)-1])
		}
	case *js.GroupExpr:
		return r.fold(e.X, through)
	case *js.TemplateExpr:
		return r.foldTemplate(e, through)
	case *js.BinaryExpr:
		if e.Op == js.AddToken {
			return clip(r.fold(e.X, through) + r.fold(e.Y, through))
		}
	case *js.CallExpr:
		return r.foldCall(e, through)
	case *js.Var:
		v := root(e)
		if s, ok := r.folded[v]; ok {
			return s
		}
		if inits := r.inits[v]; len(inits) == 1 && through < 4 {
			r.folded[v] = hole // of itself
			if s := r.fold(inits[0], through+1); len(s) <= maxNamed {
				r.folded[v] = s
			}
			return r.folded[v]
		}
	}
	return hole
}

// foldCall folds "…".concat(…) and […].join("…"), as compilers write templates.
func (r *reading) foldCall(e *js.CallExpr, through int) string {
	d, ok := e.X.(*js.DotExpr)
	if !ok || through > maxDeep {
		return hole
	}
	args := e.Args.List
	switch propertyOf(d) {
	case "concat":
		s := r.fold(d.X, through+1)
		if s == hole {
			return hole
		}
		for i := range args {
			s = clip(s + r.fold(args[i].Value, through+1))
		}
		return s
	case "join":
		list, ok := d.X.(*js.ArrayExpr)
		if !ok || len(args) != 1 || len(list.List) == 0 {
			return hole
		}
		between := r.fold(args[0].Value, through+1)
		s := ""
		for i, item := range list.List {
			if i > 0 {
				s += between
			}
			if item.Value == nil || item.Spread {
				s += hole
			} else {
				s = clip(s + r.fold(item.Value, through+1))
			}
		}
		return s
	}
	return hole
}

func (r *reading) foldTemplate(e *js.TemplateExpr, through int) string {
	var b strings.Builder
	for i := range e.List {
		b.WriteString(decode(pieceOf(e.List[i].Value)))
		b.WriteString(r.fold(e.List[i].Expr, through))
		if b.Len() > maxFolded {
			break
		}
	}
	b.WriteString(decode(pieceOf(e.Tail)))
	return b.String()
}

// pieceOf returns the text of a piece of a template, without its signs.
func pieceOf(p []byte) []byte {
	if len(p) > 0 && (p[0] == '`' || p[0] == '}') {
		p = p[1:]
	}
	if n := len(p); n > 0 && p[n-1] == '`' {
		return p[:n-1]
	} else if n > 1 && p[n-2] == '$' && p[n-1] == '{' {
		return p[:n-2]
	}
	return p
}

func clip(s string) string { return s[:min(len(s), maxFolded)] }

// decode returns the value of a string literal's content: what it is without its
// escapes.
func decode(p []byte) string {
	if bytes.IndexByte(p, '\\') < 0 {
		return string(p)
	}
	out := make([]byte, 0, len(p))
	for i := 0; i < len(p); i++ {
		if p[i] != '\\' || i+1 == len(p) {
			out = append(out, p[i])
			continue
		}
		i++
		switch c := p[i]; c {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case '\n':
		case '\r':
			if i+1 < len(p) && p[i+1] == '\n' {
				i++
			}
		case 'x':
			i += escaped(p[i+1:], 2, &out)
		case 'u':
			if i+1 < len(p) && p[i+1] == '{' {
				if end := strings.IndexByte(string(p[i:min(len(p), i+12)]), '}'); end > 0 {
					if escaped(p[i+2:i+end], end-2, &out) > 0 {
						i += end
					}
				}
				continue
			}
			i += escaped(p[i+1:], 4, &out)
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// escaped adds the character that n hexadecimal digits name and returns n, or 0
// if they are none.
func escaped(p []byte, n int, out *[]byte) int {
	if len(p) < n || n < 1 {
		return 0
	}
	c, err := strconv.ParseUint(string(p[:n]), 16, 32)
	if err != nil {
		return 0
	}
	*out = utf8.AppendRune(*out, rune(c))
	return n
}
