package minimatch

import (
	"strings"
	"unicode/utf8"
)

// A part is one compiled element of a pattern, between slashes. The common
// forms are compared directly; all others are matched node by node.
type part struct {
	kind  partKind
	text  string // of exact and suffix; folded
	runes int    // of fixed: the length in UTF-16 units
	nodes []node // of general
}

type partKind uint8

const (
	exact    partKind = iota // equals text
	deep                     // "**": any number of parts
	anything                 // "*": any part but an empty one
	suffix                   // "*text"
	fixed                    // "??text": that many characters, ending with text
	general                  // nodes
	never                    // a bracket expression that cannot match
)

func isDeep(p part) bool { return p.kind == deep }

// compilePart compiles one part.
func compilePart(s string) part {
	switch {
	case s == "**":
		return part{kind: deep}
	case s == "":
		return part{kind: exact}
	}
	// npm's matcher compares these forms without interpreting escapes in the
	// text.
	if stars := strings.TrimLeft(s, "*"); len(stars) < len(s) && !strings.ContainsAny(stars, "+@!?*[(") {
		if stars == "" {
			return part{kind: anything}
		}
		return part{kind: suffix, text: fold(stars)}
	}
	if marks := strings.TrimLeft(s, "?"); len(marks) < len(s) && !strings.ContainsAny(marks, "+@!?*[(") {
		return part{kind: fixed, text: fold(marks), runes: units(s)}
	}
	if !strings.ContainsAny(s, `\[(?*`) {
		return part{kind: exact, text: fold(s)} // as of the nodes below, which are all characters
	}
	nodes, ok := parse(s)
	if !ok {
		return part{kind: never}
	}
	if text, plain := literal(nodes); plain {
		return part{kind: exact, text: text}
	}
	return part{kind: general, nodes: nodes}
}

// literal returns the text of nodes that are all plain characters.
func literal(nodes []node) (string, bool) {
	var b strings.Builder
	for _, n := range nodes {
		if n.kind != char {
			return "", false
		}
		b.WriteRune(n.char)
	}
	return b.String(), true
}

// units returns the length in UTF-16 units, as JavaScript counts.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// match reports whether an element of a path matches.
func (p *part) match(name Name) bool {
	switch p.kind {
	case exact:
		return name.text == p.text
	case anything:
		return name.text != ""
	case suffix:
		return strings.HasSuffix(name.text, p.text)
	case fixed:
		return strings.HasSuffix(name.text, p.text) && units(name.text) == p.runes
	case general:
		return matchNodes(p.nodes, name.text)
	}
	return false
}

// matchNodes reports whether nodes match the whole of a name.
func matchNodes(nodes []node, name string) bool {
	var space [64]rune
	text := space[:0]
	if !isASCII(name) || len(name) > len(space) {
		text = []rune(name)
	} else {
		for i := 0; i < len(name); i++ {
			text = append(text, rune(name[i]))
		}
	}
	if !ends(nodes, text) {
		return false
	}
	m := matcher{text: text}
	end := newPlaces(len(text) + 1)
	end.set(len(text))
	return m.back(nodes, end, end).has(0)
}

// ends reports whether a text begins and ends as the nodes demand that begin and end
// with a character. That excludes most names without looking for the places between.
func ends(nodes []node, text []rune) bool {
	for i := 0; i < len(nodes) && nodes[i].kind == char; i++ {
		if i >= len(text) || text[i] != nodes[i].char {
			return false
		}
	}
	last := len(nodes) - 1
	return last < 0 || nodes[last].kind != char || len(text) > 0 && text[len(text)-1] == nodes[last].char
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
