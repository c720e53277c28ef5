package secret

import (
	"bytes"
	"slices"
)

// What is encoded is decoded and searched as a text of its own, and what is encoded
// in that too, as gitleaks' command does (detect/codec in its sources). In one text
// encoded parts do not overlap, and no encoding here makes a text shorter: a
// level has at most the bytes of the one above it, so that the whole work is at most
// maxDepth times that on the file.
const (
	maxDepth     = 5
	minMatch     = 10       // bytes that a rule's match has; a test says so
	minBase64    = 16       // characters, as gitleaks
	minHex       = 32       // digits, as gitleaks
	minLineWidth = 32       // characters of a line that others go on with
	maxWordSide  = 64 << 10 // bytes on either side of an escape that belong to its word
)

// A part is an encoded part of a text.
type part struct {
	from, to int
	encoding string // for people
	text     []byte
}

// nest begins the search through a text that is encoded in this one.
func (f *File) newInner(how string) *File {
	return &File{scanner: f.scanner, path: f.path, depth: f.depth + 1, within: how}
}

// decode looks through what is new in the buffer for encoded parts. last: nothing
// comes behind it.
func (f *File) decode(last bool) {
	from := max(f.decodedUpTo-f.bufStart, 0)
	end := len(f.buf)
	limit := end // what begins behind it is seen whole in the next segment
	if !last {
		limit = end - overlap
	}
	if f.longRun != nil {
		from = f.continueLongRun(from, last)
	}
	var parts []part
	if f.binary {
		parts = f.utf16Runs(from, limit)
	} else {
		parts = f.escapedWords(from, limit)
		parts = f.encodedRuns(parts, from, limit, last)
		f.searchEmbeddedMaps(from, limit)
	}
	f.decodedUpTo = max(f.bufStart+limit, f.decodedUpTo)
	for _, p := range parts {
		f.searchPart(p)
	}
}

// inside searches a part and keeps what was found at its place.
func (f *File) searchPart(p part) {
	inner := f.newInner(p.encoding)
	inner.buf, inner.borrowed = p.text, true
	f.keepHits(inner, f.bufStart+p.from, f.bufStart+p.to, f.buf[p.from:p.to])
}

// adopt keeps the hits of a text that stands encoded between two offsets. raw is
// what it was decoded from: a match that stands there as it is is no news.
func (f *File) keepHits(inner *File, from, to int, raw []byte) {
	found := inner.results()
	if len(found) == 0 {
		return
	}
	line, column := f.position(from - f.bufStart)
	for _, p := range found {
		if !f.standsPlain(p, from, to, raw) {
			f.keepHit(p, inner, from, to, line, column)
		}
	}
}

// saw reports whether a match stands between two offsets as it is, not encoded. A token
// that an escape touches, as in %22npm_…, stands there too, but rules whose tokens
// begin or end at a border do not see it.
func (f *File) standsPlain(p placedHit, from, to int, raw []byte) bool {
	if p.rule.takesUnmarked() {
		return bytes.Contains(raw, []byte(p.matchText))
	}
	i := bytes.Index(raw, []byte(p.valueText))
	end := i + len(p.valueText)
	if i < 0 || (i == 0 || !isWordByte(raw[i-1])) && (end == len(raw) || !isWordByte(raw[end])) {
		return i >= 0
	}
	return slices.ContainsFunc(f.hits, func(o placedHit) bool {
		return o.at >= from && o.at < to && o.rule == p.rule && o.valueText == p.valueText
	})
}

// take keeps a hit of a text that stands encoded at a place.
func (f *File) keepHit(p placedHit, inner *File, from, to, line, column int) {
	if p.candidate.Within != "" {
		p.candidate.Within += " in "
	}
	p.candidate.Within += inner.within
	p.moveTo(from, to, line, column)
	f.hits = append(f.hits, p)
}
