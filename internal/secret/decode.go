package secret

import (
	"bytes"
	"slices"
)

// Encoded text is decoded and searched as a text of its own. What is encoded in
// that is decoded too, as gitleaks does (detect/codec in its sources). Encoded
// parts of one text do not overlap, and no decoded part is longer than the encoded
// one. So each level has at most the bytes of the level above, and all work
// together is at most maxDepth times the work on the file.
const (
	maxDepth     = 5
	minMatch     = 10       // bytes; no rule has a shorter match, as a test makes sure
	minBase64    = 16       // characters, as in gitleaks
	minHex       = 32       // digits, as in gitleaks
	minLineWidth = 32       // characters of a line of wrapped base64 or hex digits
	maxWordSide  = 64 << 10 // bytes on either side of an escape that are part of its word
)

// A part is an encoded part of a text.
type part struct {
	from, to int
	encoding string // its name, for people
	text     []byte // decoded
}

// newInner begins the search through a text that is encoded in this one.
func (f *File) newInner(how string) *File {
	return &File{scanner: f.scanner, path: f.path, depth: f.depth + 1, within: how}
}

// decode searches the encoded parts in the new bytes of the buffer. last says that
// nothing follows the buffer.
func (f *File) decode(last bool) {
	from := max(f.decodedUpTo-f.bufStart, 0)
	end := len(f.buf)
	limit := end // a part that begins behind it is complete in the next segment
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

// searchPart searches a decoded part and keeps what it finds at the position of the
// part.
func (f *File) searchPart(p part) {
	inner := f.newInner(p.encoding)
	inner.buf, inner.borrowed = p.text, true
	f.keepHits(inner, f.bufStart+p.from, f.bufStart+p.to, f.buf[p.from:p.to])
}

// keepHits keeps the hits of a text that is encoded between two offsets. raw is the
// encoded text. A hit that was found there without decoding is not kept again.
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

// standsPlain reports whether a match stands between two offsets without being
// encoded. A token right behind an escape, as in %22npm_…, stands there too, but
// a rule that needs a word boundary does not match it. So where a token touches a
// letter or a digit, only a hit counts.
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

// keepHit keeps a hit of a text that is encoded at a position.
func (f *File) keepHit(p placedHit, inner *File, from, to, line, column int) {
	if p.candidate.Within != "" {
		p.candidate.Within += " in "
	}
	p.candidate.Within += inner.within
	p.moveTo(from, to, line, column)
	f.hits = append(f.hits, p)
}
