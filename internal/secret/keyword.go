package secret

import (
	"encoding/binary"
	"strings"
)

// A prober finds keywords in one pass over the text, without regard to ASCII
// letter case. It looks at four bytes at every second place: whether they can
// be part of a keyword is two bits in one word of a table (a Bloom filter in
// blocks) that stays in the first caches. Only where both are set are the keywords
// themselves compared.
type keywordFinder struct {
	filter     [1 << filterBits]uint64
	words      []string
	longWords  gramIndex // words of five bytes and more
	shortWords pairIndex
}

const (
	filterBits  = 13
	scanStep    = 8  // bytes a turn, four places
	scanAhead   = 12 // and those that are read
	foldMask    = 0x2020202020202020
	minLongWord = 5
)

// spread spreads four folded bytes over 64 bits (Knuth's multiplicative hashing); the
// high ones are the better ones.
func hashGram(gram uint32) uint64 { return uint64(gram) * 0x9E3779B97F4A7C15 }

// slot is the word of the table for four bytes, and which two bits of it are theirs.
func filterPlace(gram uint32) (word, first, second uint64) {
	h := hashGram(gram)
	return h >> (64 - filterBits), h >> (58 - filterBits) & 63, h >> (52 - filterBits) & 63
}

// may reports in the last bit whether four bytes can be part of a keyword.
func (p *keywordFinder) mayMatch(gram uint32) uint64 {
	word, first, second := filterPlace(gram)
	return p.filter[word] >> first & (p.filter[word] >> second)
}

// newProber takes words in lower case. around says what is known of the bytes
// next to a word: in all that matters it stands behind a byte of before and is
// followed by bytes of second and third; nil: any byte. It is asked for short
// words, which are everywhere.
func newKeywordFinder(words []string, around func(word string) (before, second, third *set)) *keywordFinder {
	p := &keywordFinder{words: words}
	for id, w := range words {
		if len(w) >= minLongWord {
			for first := range 2 {
				at := rarestGram(w, first)
				p.addToFilter(foldedByte(w[at]), foldedByte(w[at+1]), foldedByte(w[at+2]), foldedByte(w[at+3]))
				p.longWords.list = append(p.longWords.list, gramPlace{gramOf(w[at:]), uint16(id), uint16(at)})
			}
			continue
		}
		before, second, third := around(w)
		context := [][]byte{foldedBytes(before)}
		for k := range len(w) {
			context = append(context, foldedByte(w[k]))
		}
		context = append(context, foldedBytes(second), foldedBytes(third))
		p.addToFilter(context[1], context[2], context[3], context[4])
		p.addToFilter(context[0], context[1], context[2], context[3])
	}
	p.longWords.fill()
	p.shortWords.fill(words)
	return p
}

// furthest is how far into a word the four bytes are that it is found by.
const maxGramOffset = 7

// rarest returns where in a long word the four bytes are that texts have most
// seldom, of those at the second, fourth and so on place from the first.
func rarestGram(word string, first int) int {
	best, most := first, -1
	for at := first; at+4 <= len(word) && at <= maxGramOffset; at += 2 {
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

func foldedByte(b byte) []byte { return []byte{b | 0x20} }

// folded lists what the bytes of a set are in the table; nil: of all bytes.
func foldedBytes(s *set) []byte {
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

func (p *keywordFinder) addToFilter(first, second, third, fourth []byte) {
	for _, a := range first {
		for _, b := range second {
			for _, c := range third {
				for _, d := range fourth {
					word, first, second := filterPlace(uint32(a) | uint32(b)<<8 | uint32(c)<<16 | uint32(d)<<24)
					p.filter[word] |= 1<<first | 1<<second
				}
			}
		}
	}
}

// each calls f for every place where a word stands; the places ascend, but for
// words that begin within a few bytes of each other.
func (p *keywordFinder) each(text []byte, f func(word, start int)) {
	i := p.skipAhead(text, 0)
	for ; i+scanAhead <= len(text); i = p.skipAhead(text, i+scanStep) {
		for k := i; k < i+scanStep; k += 2 {
			if p.mayMatch(gramOf(text[k:]))&1 != 0 {
				p.compareAt(text, k, f)
			}
		}
	}
	for ; i < len(text)+1; i += 2 { // the last few bytes: no table
		p.compareAt(text, i, f)
	}
}

// pass returns the next place from i on, in steps, where a word may stand in the step, or
// where the last few bytes begin. What it does is most of the work.
func (p *keywordFinder) skipAhead(text []byte, i int) int {
	rest := text[i:]
	for len(rest) >= scanAhead {
		v := binary.LittleEndian.Uint64(rest) | foldMask
		w := binary.LittleEndian.Uint64(rest[4:]) | foldMask
		if (p.mayMatch(uint32(v))|p.mayMatch(uint32(v>>16))|p.mayMatch(uint32(w))|p.mayMatch(uint32(w>>16)))&1 != 0 {
			break
		}
		rest = rest[scanStep:]
	}
	return len(text) - len(rest)
}

// look compares the words whose four bytes can stand at text[i], and the short ones
// that can begin there or one behind.
func (p *keywordFinder) compareAt(text []byte, i int, f func(word, start int)) {
	if i+4 <= len(text) {
		gram := gramOf(text[i:])
		for _, g := range p.longWords.lookup(gram) {
			if start := i - int(g.offset); g.gram == gram && start >= 0 {
				p.compare(int(g.word), text, start, f)
			}
		}
	}
	for start := i; start < i+2; start++ {
		for _, id := range p.shortWords.lookup(text, start) {
			p.compare(int(id), text, start, f)
		}
	}
}

func (p *keywordFinder) compare(id int, text []byte, start int, f func(word, start int)) {
	if w := p.words[id]; start+len(w) <= len(text) && equalFold(text[start:start+len(w)], w) {
		f(id, start)
	}
}

// gramOf is the first four bytes, folded as in the table.
func gramOf[T []byte | string](b T) uint32 {
	return (uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24) | foldMask&0xffffffff
}

// neighbours returns what must stand next to a short word in the matches of the
// rules it announces; nil: anything.
func neighbours(word string, users []*rule) (before, second, third *set) {
	before, second, third = &set{}, &set{}, &set{}
	for _, r := range users {
		p := r.plan()
		if !p.anchored || len(p.keywordPlaces[word]) == 0 {
			return nil, nil, nil
		}
		for _, sp := range p.keywordPlaces[word] {
			after := sp.offset + len(word)
			if after+2 > len(sp.prefix.classes) {
				return nil, nil, nil
			}
			for b := range before {
				c := byte(b)
				switch {
				case sp.offset > 0:
					before[b] = before[b] || sp.prefix.classes[sp.offset-1][b]
				case sp.prefix.boundary && isWordByte(word[0]):
					before[b] = before[b] || !isWordByte(c)
				default:
					before[b] = true
				}
				second[b] = second[b] || sp.prefix.classes[after][b]
				third[b] = third[b] || sp.prefix.classes[after+1][b]
			}
		}
	}
	return before, second, third
}
