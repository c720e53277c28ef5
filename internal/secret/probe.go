package secret

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// A prober finds keywords in one pass over the text, without regard to ASCII
// letter case. It looks at four bytes at every second place: whether they can
// be part of a keyword is two bits in one word of a table (a Bloom filter in
// blocks) that stays in the first caches. Only where both are set are the keywords
// themselves compared.
type prober struct {
	table [1 << tableBits]uint64
	words []string
	long  gramIndex // words of five bytes and more
	short pairIndex
}

const (
	tableBits  = 13
	probeStep  = 8  // bytes a turn, four places
	probeAhead = 12 // and those that are read
	foldAll    = 0x2020202020202020
	longWord   = 5
)

// spread spreads four folded bytes over 64 bits (Knuth's multiplicative hashing); the
// high ones are the better ones.
func spread(gram uint32) uint64 { return uint64(gram) * 0x9E3779B97F4A7C15 }

// slot is the word of the table for four bytes, and which two bits of it are theirs.
func slot(gram uint32) (word, first, second uint64) {
	h := spread(gram)
	return h >> (64 - tableBits), h >> (58 - tableBits) & 63, h >> (52 - tableBits) & 63
}

// may reports in the last bit whether four bytes can be part of a keyword.
func (p *prober) may(gram uint32) uint64 {
	word, first, second := slot(gram)
	return p.table[word] >> first & (p.table[word] >> second)
}

// newProber takes words in lower case. around says what is known of the bytes
// next to a word: in all that matters it stands behind a byte of before and is
// followed by bytes of second and third; nil: any byte. It is asked for short
// words, which are everywhere.
func newProber(words []string, around func(word string) (before, second, third *set)) *prober {
	p := &prober{words: words}
	for id, w := range words {
		if len(w) >= longWord {
			for first := range 2 {
				at := rarest(w, first)
				p.add(one(w[at]), one(w[at+1]), one(w[at+2]), one(w[at+3]))
				p.long.list = append(p.long.list, gramAt{gramOf(w[at:]), uint16(id), uint16(at)})
			}
			continue
		}
		before, second, third := around(w)
		context := [][]byte{folded(before)}
		for k := range len(w) {
			context = append(context, one(w[k]))
		}
		context = append(context, folded(second), folded(third))
		p.add(context[1], context[2], context[3], context[4])
		p.add(context[0], context[1], context[2], context[3])
	}
	p.long.fill()
	p.short.fill(words)
	return p
}

// furthest is how far into a word the four bytes are that it is found by.
const furthest = 7

// rarest returns where in a long word the four bytes are that texts have most
// seldom, of those at the second, fourth and so on place from the first.
func rarest(word string, first int) int {
	best, most := first, -1
	for at := first; at+4 <= len(word) && at <= furthest; at += 2 {
		sum := 0
		for _, b := range []byte(word[at : at+4]) {
			if i := strings.IndexByte(byFrequency, b); i >= 0 {
				sum += i
			} else {
				sum += len(byFrequency)
			}
		}
		if sum > most {
			best, most = at, sum
		}
	}
	return best
}

// byFrequency are letters as they are frequent in programs, the most frequent first.
const byFrequency = "etnroaisclpdumfhgbyvwkxjqz"

func one(b byte) []byte { return []byte{b | 0x20} }

// folded lists what the bytes of a set are in the table; nil: of all bytes.
func folded(s *set) []byte {
	var seen set
	var out []byte
	for b := range seen {
		if f := byte(b) | 0x20; (s == nil || s[b]) && !seen[f] {
			seen[f] = true
			out = append(out, f)
		}
	}
	return out
}

func (p *prober) add(first, second, third, fourth []byte) {
	for _, a := range first {
		for _, b := range second {
			for _, c := range third {
				for _, d := range fourth {
					word, first, second := slot(uint32(a) | uint32(b)<<8 | uint32(c)<<16 | uint32(d)<<24)
					p.table[word] |= 1<<first | 1<<second
				}
			}
		}
	}
}

// each calls f for every place where a word stands; the places ascend, but for
// words that begin within a few bytes of each other.
func (p *prober) each(text []byte, f func(word, start int)) {
	i := p.pass(text, 0)
	for ; i+probeAhead <= len(text); i = p.pass(text, i+probeStep) {
		for k := i; k < i+probeStep; k += 2 {
			if p.may(gramOf(text[k:]))&1 != 0 {
				p.look(text, k, f)
			}
		}
	}
	for ; i < len(text)+1; i += 2 { // the last few bytes: no table
		p.look(text, i, f)
	}
}

// pass returns the next place from i on, in steps, where a word may stand in the step, or
// where the last few bytes begin. What it does is most of the work.
func (p *prober) pass(text []byte, i int) int {
	rest := text[i:]
	for len(rest) >= probeAhead {
		v := binary.LittleEndian.Uint64(rest) | foldAll
		w := binary.LittleEndian.Uint64(rest[4:]) | foldAll
		if (p.may(uint32(v))|p.may(uint32(v>>16))|p.may(uint32(w))|p.may(uint32(w>>16)))&1 != 0 {
			break
		}
		rest = rest[probeStep:]
	}
	return len(text) - len(rest)
}

// look compares the words whose four bytes can stand at text[i], and the short ones
// that can begin there or one behind.
func (p *prober) look(text []byte, i int, f func(word, start int)) {
	if i+4 <= len(text) {
		gram := gramOf(text[i:])
		for _, g := range p.long.at(gram) {
			if start := i - int(g.at); g.gram == gram && start >= 0 {
				p.compare(int(g.word), text, start, f)
			}
		}
	}
	for start := i; start < i+2; start++ {
		for _, id := range p.short.at(text, start) {
			p.compare(int(id), text, start, f)
		}
	}
}

func (p *prober) compare(id int, text []byte, start int, f func(word, start int)) {
	if w := p.words[id]; start+len(w) <= len(text) && equalFold(text[start:start+len(w)], w) {
		f(id, start)
	}
}

// gramOf is the first four bytes, folded as in the table.
func gramOf[T []byte | string](b T) uint32 {
	return (uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24) | foldAll&0xffffffff
}

// A gramIndex finds words by four bytes of theirs.
type gramIndex struct {
	list   []gramAt // by key
	starts [1<<keyBits + 1]uint16
}

// gramAt says that four bytes stand in a word at a place.
type gramAt struct {
	gram     uint32
	word, at uint16
}

const keyBits = 11

func (x *gramIndex) key(gram uint32) uint64 { return spread(gram) >> (64 - keyBits) }

func (x *gramIndex) fill() {
	slices.SortStableFunc(x.list, func(a, b gramAt) int { return cmp.Compare(x.key(a.gram), x.key(b.gram)) })
	for _, g := range x.list {
		x.starts[x.key(g.gram)+1]++
	}
	for k := range x.starts[1:] {
		x.starts[k+1] += x.starts[k]
	}
}

func (x *gramIndex) at(gram uint32) []gramAt {
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
		if len(w) < longWord {
			k := pairKey(w[0], w[1])
			lists[k] = append(lists[k], uint16(id))
		}
	}
	for k := range x.starts[1:] {
		x.ids = append(x.ids, lists[k]...)
		x.starts[k+1] = uint16(len(x.ids))
	}
}

func (x *pairIndex) at(text []byte, i int) []uint16 {
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

// neighbours returns what must stand next to a short word in the matches of the
// rules it announces; nil: anything.
func neighbours(word string, users []*rule) (before, second, third *set) {
	before, second, third = &set{}, &set{}, &set{}
	for _, r := range users {
		p := r.plan()
		if !p.anchored || len(p.spots[word]) == 0 {
			return nil, nil, nil
		}
		for _, sp := range p.spots[word] {
			after := sp.at + len(word)
			if after+2 > len(sp.lead.classes) {
				return nil, nil, nil
			}
			for b := range before {
				c := byte(b)
				switch {
				case sp.at > 0:
					before[b] = before[b] || sp.lead.classes[sp.at-1][b]
				case sp.lead.boundary && wordByte(word[0]):
					before[b] = before[b] || !wordByte(c)
				default:
					before[b] = true
				}
				second[b] = second[b] || sp.lead.classes[after][b]
				third[b] = third[b] || sp.lead.classes[after+1][b]
			}
		}
	}
	return before, second, third
}
