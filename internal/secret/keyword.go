package secret

import (
	"encoding/binary"
	"strings"
)

// A keywordFinder finds keywords in one pass over a text, ignoring ASCII case. It
// reads four bytes at every second position and looks them up in a filter: two bits
// in one word of a table (a blocked Bloom filter), small enough for the processor's
// first caches. Only where both bits are set does it compare keywords.
type keywordFinder struct {
	filter     [1 << filterBits]uint64
	words      []string
	longWords  gramIndex // keywords of minLongWord bytes and more
	shortWords pairIndex // shorter keywords
}

const (
	filterBits  = 13
	scanStep    = 8  // bytes per step: four positions
	scanAhead   = 12 // bytes read in a step
	foldMask    = 0x2020202020202020
	minLongWord = 5
)

// hashGram spreads four case-folded bytes over 64 bits (Knuth's multiplicative
// hashing). The high bits are the best mixed ones. Of 400 multipliers, this one
// makes the filter pass the fewest places of 400 packages by mistake.
func hashGram(gram uint32) uint64 { return uint64(gram) * 0x8b0dff3b30daf3b7 }

// filterPlace returns the word of the filter for four bytes, and their two bits in
// it.
func filterPlace(gram uint32) (word, first, second uint64) {
	h := hashGram(gram)
	return h >> (64 - filterBits), h >> (58 - filterBits) & 63, h >> (52 - filterBits) & 63
}

// mayMatch reports, in the lowest bit, whether four bytes can be part of a keyword.
func (p *keywordFinder) mayMatch(gram uint32) uint64 {
	word, first, second := filterPlace(gram)
	return p.filter[word] >> first & (p.filter[word] >> second)
}

// newKeywordFinder takes keywords in lower case. around is what is known about the
// bytes next to the short ones, which are frequent.
func newKeywordFinder(words []string, around map[string]neighbours) *keywordFinder {
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
		n := around[w]
		context := [][]byte{foldedBytes(n.before)}
		for k := range len(w) {
			context = append(context, foldedByte(w[k]))
		}
		context = append(context, foldedBytes(n.after1), foldedBytes(n.after2))
		p.addToFilter(context[1], context[2], context[3], context[4])
		p.addToFilter(context[0], context[1], context[2], context[3])
	}
	p.longWords.fill()
	p.shortWords.fill(words)
	return p
}

// maxGramOffset is the largest offset in a keyword of the four bytes that it is
// found by.
const maxGramOffset = 7

// rarestGram returns the offset of the four bytes of a long keyword that are rarest
// in program text. It considers every second offset, beginning with first.
func rarestGram(word string, first int) int {
	best, bestRank, most := first, -1, -1
	for at := first; at+4 <= len(word) && at <= maxGramOffset; at += 2 {
		rank := strings.Index(commonGrams, word[at:at+4])
		if rank < 0 {
			rank = len(commonGrams)
		}
		sum := 0
		for _, b := range []byte(word[at : at+4]) {
			if i := strings.IndexByte(byFrequency, b); i >= 0 {
				sum += i
			} else {
				sum += len(byFrequency)
			}
		}
		if rank > bestRank || rank == bestRank && sum > most {
			best, bestRank, most = at, rank, sum
		}
	}
	return best
}

// commonGrams lists parts of keywords that programs are full of, by their frequency
// in 400 packages, the most frequent first.
const commonGrams = "cont able data code inte nter sour urce ourc line entr cess tter toke oken lass test ntry tabl ps:/ s:// " +
	"link auth riva ivat priv vate acce deco cces post assi rces gres sent itch itte witc cord terc erco twit"

// byFrequency lists letters by their frequency in programs, the most frequent
// first.
const byFrequency = "etnroaisclpdumfhgbyvwkxjqz"

// foldedByte returns a byte as the filter has it, as a list of one.
func foldedByte(b byte) []byte { return []byte{b | 0x20} }

// foldedBytes lists the bytes of a set as the filter has them; nil: all bytes.
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

// addToFilter adds every combination of four bytes to the filter.
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

// each calls f for every occurrence of a keyword. The starts ascend, except for
// keywords that begin within a few bytes of each other.
func (p *keywordFinder) each(text []byte, f func(word, start int)) {
	i := p.skipAhead(text, 0)
	for ; i+scanAhead <= len(text); i = p.skipAhead(text, i+scanStep) {
		for k := i; k < i+scanStep; k += 2 {
			if p.mayMatch(gramOf(text[k:]))&1 != 0 {
				p.compareAt(text, k, f)
			}
		}
	}
	for ; i < len(text)+1; i += 2 { // the last few bytes, without the filter
		p.compareAt(text, i, f)
	}
}

// skipAhead returns the next step from i on in which a keyword may occur, or the
// start of the last few bytes. Most of the search's time is spent here.
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

// compareAt compares the long keywords whose four bytes are text[i:i+4], and the
// short keywords that begin at text[i] or text[i+1].
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

// compare calls f if the keyword occurs at text[start].
func (p *keywordFinder) compare(id int, text []byte, start int, f func(word, start int)) {
	if w := p.words[id]; start+len(w) <= len(text) && equalFold(text[start:start+len(w)], w) {
		f(id, start)
	}
}

// gramOf returns the first four bytes, folded as the filter has them.
func gramOf[T []byte | string](b T) uint32 {
	return (uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24) | foldMask&0xffffffff
}
