package secret

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A mapReader takes the sources out of a source map and has each searched as a text
// of its own. The rest is searched as the map. In the map, a source is one string
// with escaped quotes, so all its lines would be one line, and an allow-list that
// matches one line would apply to all. The format is ECMA-426. The sections of an
// index map have their sources under the same key.
type mapReader struct {
	f     *File
	tail  []byte // the last bytes of the map, which may begin a key
	state mapState
	list  listKind // which list is being read

	names         []string // names of the sources that were read so far
	name          []byte   // the name being read
	index         int      // index of the source being read
	inner         *File    // the search through the source being read
	rawBytes      int      // bytes of the map that the string has so far
	done          bool     // one list of sources was read to its end
	single        bool     // only one list is wanted
	escape        []byte   // the beginning of an escape that a piece ended in
	highSurrogate rune     // the first half of a surrogate pair
}

type mapState uint8

const (
	seeking  mapState = iota // looking for a key
	keyed                    // behind a key
	between                  // between the strings of a list
	inString                 // in a string of a list
)

type listKind uint8

const (
	sourceNames listKind = iota
	sourceTexts
)

// A gap is where a source was taken out of a map.
type gap struct {
	at    int // offset in the rest of the map
	bytes int // length of the source in the map
}

// The two keys: their common beginning, and what follows it in each.
var (
	mapKeys = []byte(`"sources`)
	keyEnds = [...][]byte{sourceNames: []byte(`"`), sourceTexts: []byte(`Content"`)}
)

// longestKey is the length of the longer key in bytes.
const longestKey = len(`"sourcesContent"`)

// Limits on the names of sources that are kept: their number, and the bytes of
// each.
const (
	maxNames   = 100_000
	longestURL = 1000
)

// write takes the next bytes. It returns the bytes it did not take: those behind
// the only list that is wanted.
func (m *mapReader) write(p []byte) []byte {
	for len(p) > 0 && !(m.single && m.done) {
		switch m.state {
		case seeking:
			p = m.seekKey(p)
		case inString:
			p = m.readString(p)
		default:
			m.separator(p[0])
			p = p[1:]
		}
	}
	return p
}

// seekKey passes on the bytes up to the next key, and the key. The key may have
// begun in the piece before.
func (m *mapReader) seekKey(p []byte) []byte {
	joined := append(m.tail, p[:min(len(p), longestKey-1)]...)
	end, list := nextKey(joined)
	if end -= len(m.tail); end <= 0 {
		end, list = nextKey(p)
	}
	if end <= 0 {
		m.f.add(p)
		m.tail = append(m.tail, p[max(len(p)-longestKey+1, 0):]...)
		m.tail = append(m.tail[:0], m.tail[max(len(m.tail)-longestKey+1, 0):]...)
		return nil
	}
	m.state, m.list, m.tail = keyed, list, m.tail[:0]
	m.f.add(p[:end])
	return p[end:]
}

// nextKey returns the end of the first key in p, and whose key it is. Without a
// key, the end is 0.
func nextKey(p []byte) (end int, list listKind) {
	for {
		at := bytes.Index(p[end:], mapKeys)
		if at < 0 {
			return 0, 0
		}
		end += at + len(mapKeys)
		for k, rest := range keyEnds {
			if bytes.HasPrefix(p[end:], rest) {
				return end + len(rest), listKind(k)
			}
		}
	}
}

// separator takes one byte between the strings.
func (m *mapReader) separator(b byte) {
	switch {
	case b == ' ' || b == '\t' || b == '\r' || b == '\n' || m.state == keyed && b == ':':
	case m.state == keyed && b == '[':
		m.state, m.index = between, 0
		if m.list == sourceNames {
			m.names = nil
		}
	case m.state == between && b == '"':
		m.f.add([]byte{b})
		m.beginString()
		return
	case m.state == between && b == ',':
		m.index++
	case m.state == between && (b == 'n' || b == 'u' || b == 'l'): // null
	default:
		m.done = m.done || m.state == between && m.list == sourceTexts
		m.state = seeking
	}
	m.f.add([]byte{b})
}

// beginString begins a string of a list.
func (m *mapReader) beginString() {
	m.state, m.name, m.rawBytes = inString, m.name[:0], 0
	if m.list == sourceTexts {
		m.inner = m.f.newInner("")
		m.inner.isSource = true
		m.inner.form = byteForm
		if m.index < len(m.names) {
			m.inner.path = m.names[m.index]
		}
	}
}

// readString takes a part of a string, up to its end or the end of the piece.
func (m *mapReader) readString(p []byte) []byte {
	if len(m.escape) > 0 {
		return m.resumeEscape(p)
	}
	var memory [4 << 10]byte // for unescaped text
	out, i := memory[:0], 0
	end := stringEnd(p, 0)
	for {
		n := bytes.IndexByte(p[i:end], '\\')
		plain := p[i:end]
		if n >= 0 {
			plain = p[i : i+n]
		}
		if len(out)+len(plain)+utf8.UTFMax > len(memory) {
			m.passOn(out)
			out = out[:0]
		}
		if len(plain)+utf8.UTFMax > len(memory) {
			m.passOn(plain)
		} else {
			out = append(out, plain...)
		}
		if n < 0 {
			break
		}
		i += n
		size := 2
		if i+1 < len(p) && p[i+1] == 'u' {
			size = 6
		}
		if i+size > len(p) { // the next piece has the rest of the escape
			m.escape = append(m.escape[:0], p[i:]...)
			m.passOn(out)
			m.rawBytes += i
			return nil
		}
		out = m.unescape(out, p[i:i+size])
		if i += size; i > end {
			end = stringEnd(p, i)
		}
	}
	m.passOn(out)
	m.rawBytes += end
	if end == len(p) {
		return nil
	}
	m.endString()
	m.f.add(quote)
	return p[end+1:]
}

var quote = []byte{'"'}

// stringEnd returns the position of the next quote, escaped or not, or the length
// of p.
func stringEnd(p []byte, from int) int {
	if i := bytes.IndexByte(p[from:], '"'); i >= 0 {
		return from + i
	}
	return len(p)
}

// resumeEscape takes the next byte of an escape that a piece ended in.
func (m *mapReader) resumeEscape(p []byte) []byte {
	m.escape = append(m.escape, p[0])
	if b := m.escape[1]; b != 'u' || len(m.escape) == 6 {
		m.passOn(m.unescape(nil, m.escape))
		m.rawBytes += len(m.escape)
		m.escape = m.escape[:0]
	}
	return p[1:]
}

// unescape appends the character that a JSON escape stands for.
func (m *mapReader) unescape(out, escape []byte) []byte {
	switch escape[1] {
	case 'n':
		return append(out, '\n')
	case 't':
		return append(out, '\t')
	case 'r':
		return append(out, '\r')
	case 'u':
		n, _ := strconv.ParseUint(string(escape[2:]), 16, 16)
		r := rune(n)
		if m.highSurrogate != 0 {
			r, m.highSurrogate = utf16.DecodeRune(m.highSurrogate, r), 0
		} else if utf16.IsSurrogate(r) {
			m.highSurrogate = r
			return out
		}
		return utf8.AppendRune(out, r)
	}
	return append(out, escape[1])
}

// passOn passes on unescaped text of a string.
func (m *mapReader) passOn(text []byte) {
	if m.list == sourceTexts {
		m.inner.add(text)
		return
	}
	m.f.add(text)
	if len(m.name) < longestURL {
		m.name = append(m.name, text...)
	}
}

// endString ends a string of a list.
func (m *mapReader) endString() {
	m.state = between
	if m.list == sourceNames {
		if len(m.names) < maxNames {
			m.names = append(m.names, string(m.name))
		}
		return
	}
	at := m.f.bufStart + len(m.f.buf)
	if found := m.inner.results(); len(found) > 0 {
		line, column := m.f.position(len(m.f.buf))
		for _, p := range found {
			p.candidate.Within = m.sourceLabel(p.matchLine, p.candidate.Within)
			p.moveTo(at, at, line, column)
			m.f.hits = append(m.f.hits, p)
		}
	}
	m.f.gaps = append(m.f.gaps, gap{at, m.rawBytes})
	m.inner = nil
}

// sourceLabel names a source and a line of it, for people.
func (m *mapReader) sourceLabel(line int, within string) string {
	name := strconv.Itoa(m.index + 1)
	if m.index < len(m.names) {
		name = m.names[m.index]
	}
	text := fmt.Sprintf("line %d of source %s of the map", line, name)
	if within != "" {
		text = within + " in " + text
	}
	return text
}

// close ends a map, which may be incomplete.
func (m *mapReader) close() {
	if m.inner != nil {
		m.endString()
	}
}
