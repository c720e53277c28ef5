package license

import (
	"strings"
)

// A node is an SPDX expression (SPDX 2.3, Annex D): a leaf, or an operator with
// two operands.
type node struct {
	op          string // "AND", "OR"; "" for a leaf
	left, right *node

	id        string // canonical spelling; LicenseRef-… as written
	plus      bool   // "or any later version"
	exception string // after WITH, canonical spelling
	known     bool   // id and exception are on the SPDX list
}

// Limits of the parser; a text beyond them is not an expression.
const (
	maxText  = 4096
	maxDepth = 64
)

type parser struct {
	tokens []string
	depth  int
}

// parse parses an expression; nil if the text is not one. Operators and ids are
// matched without regard to letter case, as in npm's own parser and SPDX 2.3. A
// word that is not listed is an id if it has the form of one.
func parse(text string) *node {
	tokens, ok := split(text)
	if !ok {
		return nil
	}
	p := &parser{tokens: tokens}
	n := p.join("OR")
	if n == nil || len(p.tokens) > 0 {
		return nil
	}
	return n
}

// split cuts a text into parentheses and words.
func split(text string) ([]string, bool) {
	if len(text) > maxText {
		return nil, false
	}
	var tokens []string
	word := 0 // start of the current word
	flush := func(i int) {
		if i > word {
			tokens = append(tokens, text[word:i])
		}
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ' || c == '(' || c == ')':
			flush(i)
			word = i + 1
			if c != ' ' {
				tokens = append(tokens, text[i:i+1])
			}
		case !idByte(c):
			return nil, false
		}
	}
	flush(len(text))
	return tokens, len(tokens) > 0
}

func idByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' ||
		c == '+' || c == ':'
}

// join parses operands joined by op; AND binds tighter than OR.
func (p *parser) join(op string) *node {
	operand := func() *node {
		if op == "OR" {
			return p.join("AND")
		}
		return p.operand()
	}
	n := operand()
	for n != nil && p.accept(op) {
		right := operand()
		if right == nil {
			return nil
		}
		n = &node{op: op, left: n, right: right}
	}
	return n
}

// accept reports whether the next token is the given operator, and consumes it
// if so.
func (p *parser) accept(op string) bool {
	if len(p.tokens) > 0 && strings.EqualFold(p.tokens[0], op) {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *parser) operand() *node {
	if !p.accept("(") {
		return p.leaf()
	}
	if p.depth++; p.depth > maxDepth {
		return nil
	}
	n := p.join("OR")
	p.depth--
	if n == nil || !p.accept(")") {
		return nil
	}
	return n
}

func (p *parser) leaf() *node {
	if len(p.tokens) == 0 || isWord(p.tokens[0]) {
		return nil
	}
	word := p.tokens[0]
	p.tokens = p.tokens[1:]
	n := &node{}
	n.id, n.known = canonicalID(word)
	if !n.known {
		base, plus := strings.CutSuffix(word, "+")
		if plus {
			n.plus = true
			n.id, n.known = canonicalID(base)
		}
		if strings.ContainsAny(n.id, "+:") && !isRef(n.id) || n.id == "" {
			return nil
		}
	}
	if !p.accept("WITH") {
		return n
	}
	if len(p.tokens) == 0 || isWord(p.tokens[0]) {
		return nil
	}
	known := false
	n.exception, known = canonicalException(p.tokens[0])
	n.known = n.known && known
	p.tokens = p.tokens[1:]
	return n
}

func isWord(token string) bool {
	switch strings.ToUpper(token) {
	case "(", ")", "AND", "OR", "WITH":
		return true
	}
	return false
}

// isRef reports whether an id refers to a licence that is not listed
// (LicenseRef-…).
func isRef(id string) bool {
	if rest, ok := strings.CutPrefix(id, "DocumentRef-"); ok {
		_, id, _ = strings.Cut(rest, ":")
	}
	return strings.HasPrefix(id, "LicenseRef-") && len(id) > len("LicenseRef-") && !strings.ContainsAny(id, "+:")
}

// text returns the canonical text, with no more parentheses than needed.
func (n *node) text() string {
	switch n.op {
	case "AND":
		return n.left.inAnd() + " AND " + n.right.inAnd()
	case "OR":
		return n.left.text() + " OR " + n.right.text()
	}
	return n.leafText()
}

func (n *node) inAnd() string {
	if n.op == "OR" {
		return "(" + n.text() + ")"
	}
	return n.text()
}

func (n *node) leafText() string {
	s := n.id
	if n.plus {
		s += "+"
	}
	if n.exception != "" {
		s += " WITH " + n.exception
	}
	return s
}

// leaves calls f for each leaf, from left to right.
func (n *node) leaves(f func(*node)) {
	if n.op == "" {
		f(n)
		return
	}
	n.left.leaves(f)
	n.right.leaves(f)
}
