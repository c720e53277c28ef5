package script

import (
	"bytes"
	"slices"
)

// A kind is the kind of a token.
type kind int

const (
	word     kind = iota // an identifier or a keyword
	text                 // a string literal: its content as written
	template             // a piece of a template literal, the same
	other                // a number or a regular expression
	mark                 // one or more signs
)

// A token is one of a program. The zero value is that before the first.
type token struct {
	kind  kind
	data  []byte
	at    int  // offset
	begin bool // of a template: the literal begins here
	open  bool // of a template: an expression follows
}

func (t token) is(k kind, s string) bool { return t.kind == k && string(t.data) == s }

// A lexer splits JavaScript, TypeScript and JSX into tokens, in one pass and
// without recursion. Whether a slash divides or begins a regular expression is
// guessed from the token before; where that can be wrong, unsure is set. So it
// is where the text cannot be JavaScript: a string that does not end in its
// line.
type lexer struct {
	src    []byte
	pos    int
	prev   token
	dotted bool     // prev follows a dot
	open   []opened // the brackets that are open
	cond   bool     // prev is the ) of an if, a while, a for or a with
	unsure bool
}

// An opened is an open bracket.
type opened struct {
	sign byte // one of ( [ { and $, the brace of a template
	cond bool // what is in ( ) is a condition
}

// next returns the next token; ok is false at the end.
func (l *lexer) next() (t token, ok bool) {
	if !l.skip() {
		return token{}, false
	}
	c, start := l.src[l.pos], l.pos
	switch {
	case isWordByte(c):
		number := c >= '0' && c <= '9'
		for l.pos < len(l.src) && (isWordByte(l.src[l.pos]) || number && l.src[l.pos] == '.') {
			l.pos++
		}
		t = token{kind: word, data: l.src[start:l.pos], at: start}
		if number {
			t.kind = other
		}
	case c == '"' || c == '\'':
		t = l.quoted(c)
	case c == '`':
		l.pos++
		t = l.piece(true)
	case c == '}' && len(l.open) > 0 && l.open[len(l.open)-1].sign == '$':
		l.open = l.open[:len(l.open)-1]
		l.pos++
		t = l.piece(false)
	case c == '/':
		t = l.slash()
	default:
		t = l.signs(c)
	}
	l.dotted = l.prev.kind == mark && (bytes.HasSuffix(l.prev.data, []byte(".")) || string(l.prev.data) == "#")
	l.prev = t
	return t, true
}

// skip passes over space and comments.
func (l *lexer) skip() bool {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		rest := l.src[l.pos:]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f':
			l.pos++
		case c == '/' && len(rest) > 1 && rest[1] == '/', c == '#' && l.pos == 0 && len(rest) > 1 && rest[1] == '!':
			l.line()
		case c == '/' && len(rest) > 1 && rest[1] == '*':
			end := bytes.Index(rest[2:], []byte("*/"))
			if end < 0 {
				l.pos = len(l.src)
				return false
			}
			l.pos += end + 4
		default:
			if bytes.HasPrefix(rest, []byte("<!--")) || bytes.HasPrefix(rest, []byte("-->")) {
				l.unsure = true // a comment, or operators, as it comes
			}
			return true
		}
	}
	return false
}

func (l *lexer) line() {
	if end := bytes.IndexByte(l.src[l.pos:], '\n'); end >= 0 {
		l.pos += end + 1
		return
	}
	l.pos = len(l.src)
}

// quoted reads a string literal.
func (l *lexer) quoted(quote byte) token {
	for i := l.pos + 1; i < len(l.src); i++ {
		switch l.src[i] {
		case '\\':
			i++
			if i+1 < len(l.src) && l.src[i] == '\r' && l.src[i+1] == '\n' {
				i++
			}
		case quote:
			t := token{kind: text, data: l.src[l.pos+1 : i], at: l.pos}
			l.pos = i + 1
			return t
		case '\n':
			i = len(l.src)
		}
	}
	l.unsure = true // an apostrophe in a text between tags
	return l.signs(quote)
}

// piece reads a template literal up to its end or to an expression.
func (l *lexer) piece(begin bool) token {
	t := token{kind: template, at: l.pos, begin: begin}
	for i := l.pos; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '\\':
			i++
		case c == '`':
			t.data = l.src[l.pos:i]
			l.pos = i + 1
			return t
		case c == '$' && i+1 < len(l.src) && l.src[i+1] == '{':
			t.data, t.open = l.src[l.pos:i], true
			l.pos = i + 2
			l.open = append(l.open, opened{sign: '$'})
			return t
		}
	}
	t.data = l.src[l.pos:]
	l.pos, l.unsure = len(l.src), true
	return t
}

// beforeRegExp are keywords after which a slash begins a regular expression.
var beforeRegExp = []string{"return", "typeof", "case", "do", "else", "in", "instanceof", "new", "void", "delete", "throw"}

// slash reads a regular expression or a sign that begins with a slash.
func (l *lexer) slash() token {
	p := l.prev
	regexp := true
	switch {
	case p.data == nil && p.at == 0:
	case p.kind == word:
		regexp = !l.dotted && slices.Contains(beforeRegExp, string(p.data))
		if !l.dotted && slices.Contains([]string{"yield", "await", "of"}, string(p.data)) {
			regexp, l.unsure = true, true
		}
	case p.kind == text, p.kind == other, p.kind == template && !p.open, p.is(mark, "]"):
		regexp = false
	case p.is(mark, ")"):
		regexp = l.cond
	case p.is(mark, "}"):
		l.unsure = true
	case p.is(mark, "+"), p.is(mark, "-"): // ++ and -- come as two signs
		l.unsure = l.unsure || l.pos > 1 && l.src[p.at-min(1, p.at)] == p.data[0]
	}
	if !regexp {
		return l.signs('/')
	}
	class := false
	for i := l.pos + 1; i < len(l.src) && l.src[i] != '\n'; i++ {
		switch c := l.src[i]; {
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			t := token{kind: other, data: l.src[l.pos : i+1], at: l.pos}
			for l.pos = i + 1; l.pos < len(l.src) && isWordByte(l.src[l.pos]); {
				l.pos++
			}
			return t
		}
	}
	l.unsure = true // </tag>
	return l.signs('/')
}

// signs reads one sign. Of those of several, only ?. and => matter and are kept
// together.
func (l *lexer) signs(c byte) token {
	n := 1
	if rest := l.src[l.pos:]; len(rest) > 1 && (c == '?' && rest[1] == '.' || c == '=' && rest[1] == '>') {
		n = 2
	}
	t := token{kind: mark, data: l.src[l.pos : l.pos+n], at: l.pos}
	l.pos += n
	switch c {
	case '(':
		l.open = append(l.open, opened{c, !l.dotted && l.prev.kind == word &&
			slices.Contains([]string{"if", "while", "for", "with"}, string(l.prev.data))})
	case '[', '{':
		l.open = append(l.open, opened{sign: c})
	case ')', ']', '}':
		l.cond = false
		if n := len(l.open); n > 0 && l.open[n-1].sign != '$' {
			l.cond = c == ')' && l.open[n-1].cond
			l.open = l.open[:n-1]
		}
	}
	return t
}

// isWordByte reports whether a byte can be part of an identifier. One beyond
// ASCII can, as far as this is concerned, and so can a backslash.
func isWordByte(c byte) bool { return wordBytes[c] }

var wordBytes = func() (set [256]bool) {
	for c := range set {
		c := byte(c)
		set[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '\\' || c >= 0x80
	}
	return set
}()
