package script

import "bytes"

// The most that a file may have to be parsed. The parser calls itself for a
// bracket within a bracket, for patterns without a limit of its own. And it
// carries each name that a function uses through all functions around it, so that
// names times nesting is what it needs: 100 bytes for each.
const (
	maxNesting  = 500
	maxTokens   = 4_000_000
	maxCarried  = 3_000_000
	maxBrackets = 500_000 // where the nesting is not known for sure
	maxLevels   = 2000    // that the parser follows
)

// tooMuch says why a file is not given to the parser; "": it is.
func tooMuch(src []byte) string {
	l := lexer{src: src}
	var c nesting
	tokens, words := 0, 0
	for {
		t, ok := l.next()
		if !ok {
			break
		}
		if tokens++; tokens > maxTokens {
			return "it has too many tokens"
		}
		if t.kind == word {
			words++
		}
		if c.add(t); len(l.open) > maxNesting || c.most > maxLevels {
			return "it nests too deeply"
		}
	}
	levels := c.most
	if l.unsure {
		brackets := bytes.Count(src, []byte("[")) + bytes.Count(src, []byte("{")) + bytes.Count(src, []byte("("))
		if brackets > maxBrackets {
			return "it has too many brackets"
		}
		levels = min(maxLevels, brackets+bytes.Count(src, []byte("=>"))+bytes.Count(src, []byte("for")))
	}
	if words*levels > maxCarried && names(src)*levels > maxCarried {
		return "it has too many names in functions within functions"
	}
	return ""
}

// nesting counts the functions and blocks around a token: brackets, and also
// arrows and loops that have none.
type nesting struct {
	bare  []int // within each open bracket, the arrows and loops that go on
	now   int
	most  int
	first int // as bare, outside all brackets
}

func (c *nesting) add(t token) {
	top := &c.first
	if n := len(c.bare); n > 0 {
		top = &c.bare[n-1]
	}
	switch {
	case t.kind == template:
		if !t.begin {
			c.close()
		}
		if t.open {
			c.bare, c.now = append(c.bare, 0), c.now+1
		}
	case t.kind == word:
		switch string(t.data) {
		case "for":
			*top, c.now = *top+1, c.now+1
		case "const", "let", "var", "return", "import", "export":
			*top, c.now = 0, c.now-*top
		}
	case t.kind != mark:
	case string(t.data) == "=>":
		*top, c.now = *top+1, c.now+1
	case t.data[0] == '(' || t.data[0] == '[' || t.data[0] == '{':
		c.bare, c.now = append(c.bare, 0), c.now+1
	case t.data[0] == ')' || t.data[0] == ']' || t.data[0] == '}':
		c.close()
	case t.data[0] == ';' || t.data[0] == ',':
		*top, c.now = 0, c.now-*top
	}
	c.most = max(c.most, c.now)
}

func (c *nesting) close() {
	if n := len(c.bare); n > 0 {
		c.now -= c.bare[n-1] + 1
		c.bare = c.bare[:n-1]
	}
}

// names counts the different words of a file, in its texts and comments too.
func names(src []byte) int {
	seen := map[string]struct{}{}
	for i := 0; i < len(src); {
		start := i
		for i < len(src) && isWordByte(src[i]) {
			i++
		}
		if i > start {
			seen[string(src[start:i])] = struct{}{}
		}
		i++
	}
	return len(seen)
}
