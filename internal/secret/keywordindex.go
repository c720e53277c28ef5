package secret

import (
	"cmp"
	"slices"
)

// A gramIndex finds keywords by four of their bytes.
type gramIndex struct {
	list   []gramPlace            // ordered by key
	starts [1<<keyBits + 1]uint16 // by key: where its places begin in list
}

// A gramPlace says that a keyword contains four bytes at an offset.
type gramPlace struct {
	gram         uint32
	word, offset uint16
}

const keyBits = 11

func (x *gramIndex) key(gram uint32) uint64 { return hashGram(gram) >> (64 - keyBits) }

// fill orders the list and notes where each key begins.
func (x *gramIndex) fill() {
	slices.SortStableFunc(x.list, func(a, b gramPlace) int { return cmp.Compare(x.key(a.gram), x.key(b.gram)) })
	for _, g := range x.list {
		x.starts[x.key(g.gram)+1]++
	}
	for k := range x.starts[1:] {
		x.starts[k+1] += x.starts[k]
	}
}

// lookup returns the places of all keywords whose four bytes have the same key as
// gram.
func (x *gramIndex) lookup(gram uint32) []gramPlace {
	k := x.key(gram)
	return x.list[x.starts[k]:x.starts[k+1]]
}

// A pairIndex finds short keywords by their first two bytes.
type pairIndex struct {
	starts [1<<pairBits + 1]uint16 // by key: where its keywords begin in ids
	ids    []uint16
}

const pairBits = 10

func pairKey(a, b byte) int { return int(a&31)<<5 | int(b&31) }

// fill indexes the short ones of the keywords.
func (x *pairIndex) fill(words []string) {
	lists := map[int][]uint16{}
	for id, w := range words {
		if len(w) < minLongWord {
			k := pairKey(w[0], w[1])
			lists[k] = append(lists[k], uint16(id))
		}
	}
	for k := range x.starts[1:] {
		x.ids = append(x.ids, lists[k]...)
		x.starts[k+1] = uint16(len(x.ids))
	}
}

// lookup returns the keywords whose first two bytes have the same key as those at
// text[i].
func (x *pairIndex) lookup(text []byte, i int) []uint16 {
	if i+2 > len(text) {
		return nil
	}
	k := pairKey(text[i], text[i+1])
	return x.ids[x.starts[k]:x.starts[k+1]]
}

// equalFold reports whether a text equals a word in lower case of the same length,
// ignoring ASCII case.
func equalFold(text []byte, word string) bool {
	for k := range len(word) {
		if lower(text[k]) != word[k] {
			return false
		}
	}
	return true
}
