package script

// An ifSearch follows the conditions of a program that is not parsed, to find
// those with a throw right behind them: `if (!key) throw …`, `if (!this.key) { throw … }`.
// What precedes the throw in its block may be anything without a block of its own.
type ifSearch struct {
	holds map[string][]string // by the last word of what is assigned to: the variables it holds
	names []string            // the variables in the condition
	depth int                 // brackets within the condition; 0: outside of one
	after bool                // the condition has just ended, and its statement goes on
}

// see takes the next token; read says which variable is read there.
func (c *ifSearch) see(s *searcher, t token) {
	switch {
	case c.depth > 0:
		switch {
		case t.is(mark, "("):
			c.depth++
		case t.is(mark, ")"):
			if c.depth--; c.depth == 0 {
				c.after = len(c.names) > 0
			}
		case t.kind == word:
			c.names = append(c.names, c.holds[string(t.data)]...)
		}
	case t.is(mark, "(") && s.last[0].is(word, "if") && !isDot(s.last[1]):
		c.depth, c.names, c.after = 1, nil, false
	case c.after && t.is(word, "throw") && (s.last[0].is(mark, ")") || s.last[0].is(mark, "{") || s.last[0].is(mark, ";")):
		for _, name := range c.names {
			if s.first("tested " + name) {
				s.program.Tested = append(s.program.Tested, name)
			}
		}
		c.after = false
	case t.is(mark, "}"), t.is(mark, "{") && !s.last[0].is(mark, ")"):
		c.after = false
	}
}

// read notes that a variable is read: in a condition, or to be assigned.
func (c *ifSearch) read(s *searcher, name string) {
	if c.depth > 0 {
		c.names = append(c.names, name)
		return
	}
	for i := 1; i+1 < len(s.last); i++ { // this.key = process.env.NAME
		if s.last[i].is(mark, "=") && s.last[i+1].kind == word && len(c.holds) < MaxMentions {
			key := string(s.assigned(i + 1).data)
			c.holds[key] = append(c.holds[key], name)
			return
		}
		if s.last[i].kind == mark && !isDot(s.last[i]) && s.last[i].data[0] != '[' {
			return
		}
	}
}

// assigned returns the name in front of a =, past its type if it has one:
// key: string | undefined.
func (s *searcher) assigned(at int) token {
	for i := at; i+3 < len(s.last) && s.last[i].kind == word; i += 2 {
		switch {
		case s.last[i+1].is(mark, ":") && s.last[i+2].is(mark, "?"):
			return s.last[i+3]
		case s.last[i+1].is(mark, ":"):
			return s.last[i+2]
		case !s.last[i+1].is(mark, "|"):
			return s.last[at]
		}
	}
	return s.last[at]
}
