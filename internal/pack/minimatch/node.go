package minimatch

import (
	"strings"
	"unicode/utf8"
)

// A node is one element of a part.
type node struct {
	kind nodeKind
	char rune     // of char; folded
	set  *class   // of bracket
	alts [][]node // of group
	sign byte     // of group: one of ! ? + * @
}

type nodeKind uint8

const (
	char    nodeKind = iota // this character
	one                     // "?": any character
	star                    // "*": any run
	bracket                 // "[…]"
	group                   // "@(…|…)" and its kin
)

// maxNesting is how deep groups may be nested; deeper ones are literal text
// (npm's matcher: maxExtglobRecursion).
const maxNesting = 2

// A reader parses the text of a part into nodes.
type reader struct {
	text string
	bad  bool // a bracket expression makes the whole part match nothing
}

// parse parses one part; ok is false for a part that matches nothing.
func parse(s string) (nodes []node, ok bool) {
	r := &reader{text: s}
	nodes, _ = r.sequence(0, 0, false)
	if len(nodes) == 1 && nodes[0].kind == group {
		nodes = wholeGroup(nodes, s)
	}
	return nodes, !r.bad
}

// wholeGroup applies the rule that a part never matches the empty text: a group
// that is the whole part loses its empty alternatives, and is literal text if
// there are no others.
func wholeGroup(nodes []node, s string) []node {
	g := nodes[0]
	if g.sign == '!' {
		return nodes
	}
	var kept [][]node
	for _, a := range g.alts {
		if len(a) > 0 {
			kept = append(kept, a)
		}
	}
	if len(kept) == 0 {
		return characters(s)
	}
	g.alts = kept
	return []node{g}
}

func characters(s string) []node {
	var nodes []node
	for _, c := range s {
		nodes = append(nodes, node{kind: char, char: foldRune(c)})
	}
	return nodes
}

// sequence reads nodes from at to the end of the text or, inside a group, of
// the alternative. It returns where it stopped.
func (r *reader) sequence(at, depth int, inside bool) ([]node, int) {
	var nodes []node
	for at < len(r.text) {
		c := r.text[at]
		switch {
		case inside && (c == '|' || c == ')'):
			return nodes, at
		case c == '\\' && at+1 < len(r.text):
			x, n := utf8.DecodeRuneInString(r.text[at+1:])
			nodes = append(nodes, node{kind: char, char: foldRune(x)})
			at += 1 + n
			continue
		case c == '[':
			if set, n := readClass(r.text[at:]); n > 0 {
				nodes = append(nodes, set)
				r.bad = r.bad || set.kind == bracket && set.set == nil
				at += n
				continue
			}
			// Never closed: a literal "[", and the rest is read without groups.
			rest, end := r.flat(at + 1)
			return append(append(nodes, node{kind: char, char: '['}), rest...), end
		case strings.IndexByte("!?+*@", c) >= 0 && strings.HasPrefix(r.text[at+1:], "(") && depth <= maxNesting:
			if g, end, ok := r.group(at, depth); ok {
				nodes = append(nodes, g)
				at = end
				continue
			}
			// Never closed: from here on, there are no groups.
			rest, end := r.flat(at)
			return append(nodes, rest...), end
		}
		n := 1
		switch c {
		case '?':
			nodes = append(nodes, node{kind: one})
		case '*':
			if len(nodes) == 0 || nodes[len(nodes)-1].kind != star {
				nodes = append(nodes, node{kind: star})
			}
		default:
			var x rune
			x, n = utf8.DecodeRuneInString(r.text[at:])
			nodes = append(nodes, node{kind: char, char: foldRune(x)})
		}
		at += n
	}
	return nodes, at
}

// flat reads the rest of the text without groups.
func (r *reader) flat(at int) ([]node, int) { return r.sequence(at, maxNesting+1, false) }

// group reads a group whose type character is at at; ok is false if it is not
// closed.
func (r *reader) group(at, depth int) (g node, end int, ok bool) {
	g = node{kind: group, sign: r.text[at]}
	for at += 2; ; at++ {
		alt, stop := r.sequence(at, depth+1, true)
		if stop >= len(r.text) {
			return g, stop, false
		}
		g.alts = append(g.alts, alt)
		if at = stop; r.text[at] == ')' {
			return g, at + 1, true
		}
	}
}
