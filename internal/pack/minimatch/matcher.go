package minimatch

// A matcher matches nodes against a text. It works backwards, on sets of places
// in the text: given where the rest of a pattern may begin, it computes where
// the nodes before it may begin. So for "!(…)" it is already known where the
// rest of a part reaches the end of the text. The time is bounded by nodes ×
// text, in words of 64 places.
type matcher struct {
	text    []rune
	letters map[rune]places // places of each character; nil: not computed yet
}

// back returns the places from which matching nodes ends at one of the places
// in to. goal are the places after the nodes from which the rest of the part
// reaches the end of the text. The caller owns the result; to and goal are not
// changed.
func (m *matcher) back(nodes []node, to, goal places) places {
	apart := !to.same(goal)
	to = to.copy()
	if apart {
		goal = goal.copy()
	} else {
		goal = to
	}
	for i := len(nodes) - 1; i >= 0 && to.last() >= 0; i-- {
		n := &nodes[i]
		if n.kind == group {
			from := m.group(n, to, goal)
			if apart {
				goal = m.group(n, goal, goal)
			} else {
				goal = from
			}
			to = from
			continue
		}
		m.step(n, to)
		if apart {
			m.step(n, goal)
		}
	}
	return to
}

// step goes back over a node that is not a group. It changes to in place.
func (m *matcher) step(n *node, to places) {
	switch n.kind {
	case star:
		to.upTo(to.last() + 1)
		return
	case one:
		to.before()
		return
	}
	if at := to.last() - 1; at < 0 || at+1 == to.first() { // a single place, as in literal text
		to.upTo(0)
		if at >= 0 && n.takes(m.text[at]) {
			to.set(at)
		}
		return
	}
	to.before()
	to.keep(m.where(n))
}

// where returns the places of the characters that a node matches.
func (m *matcher) where(n *node) places {
	if m.letters == nil {
		m.letters = map[rune]places{}
		for at, c := range m.text {
			if m.letters[c] == nil {
				m.letters[c] = newPlaces(len(m.text) + 1)
			}
			m.letters[c].set(at)
		}
	}
	if n.kind == char {
		if at := m.letters[n.char]; at != nil {
			return at
		}
		return newPlaces(len(m.text) + 1)
	}
	all := newPlaces(len(m.text) + 1)
	for c, at := range m.letters {
		if n.takes(c) {
			all.add(at)
		}
	}
	return all
}

func (n *node) takes(c rune) bool {
	switch n.kind {
	case char:
		return c == n.char
	case bracket:
		return n.set.holds(c)
	}
	return true
}

// group goes back over a group.
func (m *matcher) group(g *node, to, goal places) places {
	if g.sign == '!' {
		return m.not(g, to, goal)
	}
	from := newPlaces(len(m.text) + 1)
	if g.sign == '?' || g.sign == '*' {
		from.add(to)
	}
	repeat := g.sign == '*' || g.sign == '+'
	for now := to; ; {
		grown := newPlaces(len(m.text) + 1)
		for _, alt := range g.alts {
			grown.add(m.back(alt, now, goal))
		}
		grown.drop(from)
		from.add(grown)
		if !repeat || grown.last() < 0 {
			return from
		}
		now = grown
	}
}

// not matches any run from each place where no alternative, followed by the
// rest of the part, would reach the end. "!()" matches anything but the empty
// text.
func (m *matcher) not(g *node, to, goal places) places {
	from := newPlaces(len(m.text) + 1)
	if len(g.alts) == 1 && len(g.alts[0]) == 0 {
		from.upTo(to.last())
		return from
	}
	from.upTo(to.last() + 1)
	for _, alt := range g.alts {
		from.drop(m.back(alt, goal, goal))
	}
	return from
}
