package secret

import (
	"encoding/binary"
)

// A prober finds keywords in one pass over the text, without regard to ASCII
// letter case. It looks at four bytes at every second place: whether they can
// be part of a keyword is a bit in a table that stays in the first cache. Only
// where it is set are the keywords themselves compared.
type prober struct {
	bits  [probeBits / 64]uint64
	words []string
	long  wordIndex // words of five bytes and more
	short wordIndex
}

const (
	probeShift = 13
	probeBits  = 1 << (32 - probeShift)
	probeStep  = 4 // bytes a turn, two places
	foldAll    = 0x2020202020202020
	longWord   = 5
)

// probeHash spreads four folded bytes over the table (Knuth's multiplicative
// hashing).
func probeHash(gram uint32) uint32 { return gram * 0x9E3779B1 }

// newProber takes words in lower case. around says what is known of the bytes
// next to a word: in all that matters it stands behind a byte of before and is
// followed by bytes of second and third; nil: any byte. It is asked for short
// words, which are everywhere.
func newProber(words []string, around func(word string) (before, second, third *set)) *prober {
	p := &prober{words: words, long: wordIndex{size: 4}, short: wordIndex{size: 2}}
	for _, w := range words {
		if len(w) >= longWord {
			p.add(one(w[0]), one(w[1]), one(w[2]), one(w[3]))
			p.add(one(w[1]), one(w[2]), one(w[3]), one(w[4]))
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
	p.long.fill(words, true)
	p.short.fill(words, false)
	return p
}

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
					h := probeHash(uint32(a) | uint32(b)<<8 | uint32(c)<<16 | uint32(d)<<24)
					p.bits[h>>(probeShift+6)] |= 1 << (h >> probeShift & 63)
				}
			}
		}
	}
}

// each calls f for every place where a word stands; the places ascend, but for
// words that begin within two bytes of each other.
func (p *prober) each(text []byte, f func(word, start int)) {
	i := 0
	for ; i+8 <= len(text); i += probeStep {
		v := binary.LittleEndian.Uint64(text[i:]) | foldAll
		a, b := probeHash(uint32(v)), probeHash(uint32(v>>16))
		if p.bits[a>>(probeShift+6)]>>(a>>probeShift&63)&1 != 0 {
			p.look(text, i, f)
		}
		if p.bits[b>>(probeShift+6)]>>(b>>probeShift&63)&1 != 0 {
			p.look(text, i+2, f)
		}
	}
	for ; i < len(text)+1; i += 2 { // the last few bytes: no table
		p.look(text, i, f)
	}
}

// look compares the words that can begin next to text[i].
func (p *prober) look(text []byte, i int, f func(word, start int)) {
	if i > 0 {
		p.compare(p.long.at(text, i-1), text, i-1, f)
	}
	p.compare(p.long.at(text, i), text, i, f)
	p.compare(p.short.at(text, i), text, i, f)
	p.compare(p.short.at(text, i+1), text, i+1, f)
}

func (p *prober) compare(ids []uint16, text []byte, i int, f func(word, start int)) {
	for _, id := range ids {
		if w := p.words[id]; i+len(w) <= len(text) && equalFold(text[i:i+len(w)], w) {
			f(int(id), i)
		}
	}
}

// A wordIndex finds words by their first bytes: two, or four where all words
// have them. It is small enough to stay in the first cache.
type wordIndex struct {
	size   int
	starts [1 << indexBits]uint16 // of the key's words in ids
	counts [1 << indexBits]uint8
	ids    []uint16
}

const indexBits = 11

// fill puts the words that long tells about into the index.
func (x *wordIndex) fill(words []string, long bool) {
	lists := map[uint32][]uint16{}
	for id, w := range words {
		if long == (len(w) >= longWord) {
			k := x.key([]byte(w))
			lists[k] = append(lists[k], uint16(id))
		}
	}
	for k := range uint32(len(x.starts)) {
		x.starts[k], x.counts[k] = uint16(len(x.ids)), uint8(len(lists[k]))
		x.ids = append(x.ids, lists[k]...)
	}
}

func (x *wordIndex) key(b []byte) uint32 {
	if x.size == 2 {
		return uint32(b[0]&31)<<5 | uint32(b[1]&31)
	}
	return probeHash(binary.LittleEndian.Uint32(b)|foldAll&0xffffffff) >> (32 - indexBits)
}

func (x *wordIndex) at(text []byte, i int) []uint16 {
	if i+x.size > len(text) {
		return nil
	}
	k := x.key(text[i:])
	n := x.counts[k]
	if n == 0 {
		return nil
	}
	return x.ids[x.starts[k]:][:n]
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
