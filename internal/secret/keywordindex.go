package secret

import (
	"cmp"
	"slices"
)

// A gramIndex finds words by four bytes of theirs.
type gramIndex struct {
	list   []gramPlace // by key
	starts [1<<keyBits + 1]uint16
}

// gramAt says that four bytes stand in a word at a place.
type gramPlace struct {
	gram         uint32
	word, offset uint16
}

const keyBits = 11

func (x *gramIndex) key(gram uint32) uint64 { return hashGram(gram) >> (64 - keyBits) }

func (x *gramIndex) fill() {
	slices.SortStableFunc(x.list, func(a, b gramPlace) int { return cmp.Compare(x.key(a.gram), x.key(b.gram)) })
	for _, g := range x.list {
		x.starts[x.key(g.gram)+1]++
	}
	for k := range x.starts[1:] {
		x.starts[k+1] += x.starts[k]
	}
}

func (x *gramIndex) lookup(gram uint32) []gramPlace {
	k := x.key(gram)
	return x.list[x.starts[k]:x.starts[k+1]]
}

// A pairIndex finds short words by their first two bytes.
type pairIndex struct {
	starts [1<<pairBits + 1]uint16
	ids    []uint16
}

const pairBits = 10

func pairKey(a, b byte) int { return int(a&31)<<5 | int(b&31) }

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

func (x *pairIndex) lookup(text []byte, i int) []uint16 {
	if i+2 > len(text) {
		return nil
	}
	k := pairKey(text[i], text[i+1])
	return x.ids[x.starts[k]:x.starts[k+1]]
}

// equalFold compares a text with a word in lower case of the same length.
func equalFold(text []byte, word string) bool {
	for k := range len(word) {
		if lower(text[k]) != word[k] {
			return false
		}
	}
	return true
}
