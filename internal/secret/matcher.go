package secret

import "slices"

// A matcher finds many words in one pass (Aho and Corasick, 1975), ignoring ASCII
// case. It is a complete automaton over classes of bytes: one table look-up per
// byte.
type matcher struct {
	class   [256]uint8
	classes int
	next    []uint16  // state*classes + class → state, with the top bit set where words end
	ends    [][]int32 // by state: the words that end there
	words   []string
}

const wordEnds = 1 << 15

// newMatcher takes words in lower case, none empty, of at most 32,767 bytes in all.
func newMatcher(words []string) *matcher {
	m := &matcher{classes: 1, words: words}
	for _, w := range words {
		for i := range len(w) {
			c := w[i]
			if m.class[c] == 0 {
				m.class[c] = uint8(m.classes)
				m.classes++
			}
			if c >= 'a' && c <= 'z' {
				m.class[c-'a'+'A'] = m.class[c]
			}
		}
	}
	m.addWords(words)
	m.close()
	return m
}

// addWords builds the tree of the words. A child of 0 means that there is none.
func (m *matcher) addWords(words []string) {
	m.next = make([]uint16, m.classes)
	m.ends = make([][]int32, 1)
	for id, w := range words {
		state := 0
		for i := range len(w) {
			at := state*m.classes + int(m.class[w[i]])
			if m.next[at] == 0 {
				m.next[at] = uint16(len(m.ends))
				m.ends = append(m.ends, nil)
				m.next = append(m.next, make([]uint16, m.classes)...)
			}
			state = int(m.next[at])
		}
		m.ends[state] = append(m.ends[state], int32(id))
	}
}

// close completes the automaton breadth first. Where a state has no child, it goes
// where its longest proper suffix goes.
func (m *matcher) close() {
	fail := make([]int, len(m.ends))
	queue := []int{0}
	for i := 0; i < len(queue); i++ {
		state := queue[i]
		for c := range m.classes {
			at := state*m.classes + c
			child := int(m.next[at])
			onward := 0
			if state != 0 {
				onward = int(m.next[fail[state]*m.classes+c])
			}
			if child == 0 {
				m.next[at] = uint16(onward)
				continue
			}
			fail[child] = onward
			m.ends[child] = slices.Concat(m.ends[child], m.ends[onward])
			queue = append(queue, child)
		}
	}
	for i, state := range m.next {
		if len(m.ends[state]) > 0 {
			m.next[i] |= wordEnds
		}
	}
}

// any reports whether the text contains one of the words.
func (m *matcher) any(text []byte) bool {
	state := uint16(0)
	for _, b := range text {
		state = m.next[int(state)*m.classes+int(m.class[b])]
		if state&wordEnds != 0 {
			return true
		}
	}
	return false
}
