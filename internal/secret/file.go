package secret

import (
	"bytes"
	"cmp"
	"slices"
)

// A file is searched in segments, so that memory does not grow with the file.
// Neighbouring segments share overlap bytes. A match that begins before the last
// overlap-margin bytes of a segment belongs to that segment, otherwise to the next
// one. So each match is seen with at least margin bytes before it and
// overlap-margin bytes behind its beginning.
const (
	segment = 2 << 20
	overlap = 128 << 10
	margin  = 8 << 10
)

// WhyBinary is the reason, for the report, why some rules were not applied to a
// file.
const WhyBinary = "binary: only rules with a distinctive token were applied"

// A File is the search through one text: a file, or something that is encoded in
// one. The text is written to it piece by piece.
type File struct {
	scanner *Scanner
	path    string
	form    form
	binary  bool
	skipped string // why something was not searched; "": everything was

	buf         []byte // the segment being filled
	borrowed    bool   // buf belongs to the caller
	bufStart    int    // offset of buf in the text
	wantedFrom  int    // offset in the text; matches before it belong to the last segment
	linesBefore int    // number of line breaks before buf
	lineStart   int    // offset in the text of the beginning of buf's first line

	depth       int                              // how many times the text was decoded
	within      string                           // which text in the file this is, for people; "": the file itself
	isSource    bool                             // it is a source in a source map
	decodedUpTo int                              // offset in the text up to which encoded parts were looked for
	longRun     *File                            // decoded text of base64 that continues in the next segment; nil: none
	longRunAt   struct{ from, line, column int } // where the run begins
	longRunRest []byte                           // characters of the run that are not decoded yet
	decodeOnly  bool                             // the text itself is not searched
	halfUnit    byte                             // first byte of a UTF-16 unit whose second byte comes with the next piece
	hasHalfUnit bool                             // halfUnit is set
	sourceMap   *mapReader                       // takes the sources out of a source map; nil: the text is no source map
	mapKeysAt   []int                            // offsets in buf of the key of the sources of a source map
	gaps        []gap                            // where sources were taken out of the text

	hits  []placedHit
	tasks []ruleTask // memory for the next search
}

// A placedHit is a hit with its position in the file.
type placedHit struct {
	hit
	at        int // offset of the value, or of the part that it was encoded in
	end       int // offset of the end of that
	matchLine int // 1-based line of the match, as gitleaks counts
	candidate Candidate
	valueText string
	matchText string // the match; set only in decoded texts
	harmless  bool   // it is no secret where it stands
}

// moveTo gives a hit the position of the part that it was encoded in.
func (p *placedHit) moveTo(from, to, line, column int) {
	p.at, p.end, p.matchLine = from, to, line
	p.candidate.Line, p.candidate.Column = line, column
}

// File begins the search through a file. path is its path in the tarball.
func (s *Scanner) File(path string) *File { return &File{scanner: s, path: path} }

// sniffBytes is the number of bytes that decide the form of a text, and whether it
// is binary. As in git, a text is binary if one of its first 8000 bytes is NUL.
const sniffBytes = 8000

// Write takes the next bytes of the file. It copies them.
func (f *File) Write(p []byte) {
	if f.form == undecidedForm {
		f.ensureBuffer()
		n := min(sniffBytes-len(f.buf), len(p))
		f.buf, p = append(f.buf, p[:n]...), p[n:]
		if len(f.buf) < sniffBytes {
			return
		}
		f.decideForm()
	}
	f.addText(p)
}

// ensureBuffer makes sure that there is a buffer.
func (f *File) ensureBuffer() {
	if f.buf != nil {
		return
	}
	if b, ok := f.scanner.buffers.Get().(*[]byte); ok {
		f.buf = (*b)[:0]
		return
	}
	f.buf = make([]byte, 0, segment)
}

// add takes the next bytes of the text, as UTF-8 and without the sources of a
// source map.
func (f *File) add(p []byte) {
	if f.decodeOnly {
		return
	}
	f.ensureBuffer()
	for len(p) > 0 {
		n := min(segment-len(f.buf), len(p))
		f.buf = append(f.buf, p[:n]...)
		p = p[n:]
		if len(f.buf) == segment && len(p) > 0 {
			f.flush()
		}
	}
}

// flush searches the full buffer and keeps its end for the next segment.
func (f *File) flush() {
	keep := segment - overlap
	f.search(f.bufStart+keep+margin, false)
	f.wantedFrom = f.bufStart + keep + margin
	f.linesBefore += bytes.Count(f.buf[:keep], newline)
	if i := bytes.LastIndexByte(f.buf[:keep], '\n'); i >= 0 {
		f.lineStart = f.bufStart + i + 1
	}
	n := copy(f.buf, f.buf[keep:])
	f.buf = f.buf[:n]
	f.bufStart += keep
}

var newline = []byte{'\n'}

// Close ends the search. found is ordered by position, then by rule. skipped says
// why a place that may hold a secret was not searched; it is empty if there is no
// such place.
func (f *File) Close() (found []Candidate, skipped string) {
	for _, h := range f.results() {
		found = append(found, h.candidate)
	}
	return found, f.skipped
}

// isLeftOut reports whether a rule is not applied to the file, and notes why. It is
// called where the rule may have a match.
func (f *File) isLeftOut(r *rule) bool {
	switch {
	case !r.appliesTo(f.path):
		return true
	case f.binary && r.generic():
		f.skipped = WhyBinary
		return true
	}
	return false
}

// results ends the search and returns the hits to report.
func (f *File) results() []placedHit {
	return onePerSecret(slices.DeleteFunc(f.allHits(), func(p placedHit) bool { return p.harmless }))
}

// allHits ends the search and returns every hit by position, then by rule.
func (f *File) allHits() []placedHit {
	if f.form == undecidedForm {
		f.decideForm()
	}
	if f.sourceMap != nil {
		f.sourceMap.close()
	}
	f.search(f.bufStart+len(f.buf)+1, true)
	if buf := f.buf; !f.borrowed && buf != nil {
		f.scanner.buffers.Put(&buf)
	}
	f.buf = nil
	if f.depth == 0 {
		f.pathOnly()
	}
	slices.SortStableFunc(f.hits, func(a, b placedHit) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rule.order, b.rule.order))
	})
	return f.hits
}

// pathOnly applies the rules that look at the path alone.
func (f *File) pathOnly() {
	for _, r := range f.scanner.byPath {
		if r.pathMayMatch(f.path) && r.appliesTo(f.path) && !f.isLeftOut(r) {
			h := hit{rule: r, value: []byte(f.path)}
			f.hits = append(f.hits, placedHit{hit: h, candidate: h.candidate(0, 0), valueText: f.path})
		}
	}
}

// search searches the buffer and keeps the hits that begin from wantedFrom up to
// the offset until. last says that nothing follows the buffer.
func (f *File) search(until int, last bool) {
	for _, h := range f.scanner.search(f.buf, f) {
		begin := f.bufStart + h.from
		if begin < f.wantedFrom || begin >= until {
			continue
		}
		line, column := f.position(h.valueFrom)
		matchLine, _ := f.position(h.from)
		at := f.bufStart + h.valueFrom
		p := placedHit{h, at, at + len(h.value), matchLine, h.candidate(line, column), string(h.value), "", h.harmless(f.path)}
		if f.depth > 0 {
			p.matchText = string(h.match)
		}
		if !p.harmless {
			p.candidate.Doubt = h.doubt(f.path)
		}
		p.text, p.match, p.value = nil, nil, nil // they point into the buffer, which moves on
		f.hits = append(f.hits, p)
	}
	if f.depth < maxDepth {
		f.decode(last)
	}
}

// position turns an offset in the buffer into a line and a column.
func (f *File) position(at int) (line, column int) {
	line = f.linesBefore + 1 + bytes.Count(f.buf[:at], newline)
	start := f.lineStart
	if i := bytes.LastIndexByte(f.buf[:at], '\n'); i >= 0 {
		start = f.bufStart + i + 1
	}
	column = f.bufStart + at - start + 1
	for _, g := range f.gaps {
		if g.at > start && g.at <= f.bufStart+at {
			column += g.bytes
		}
	}
	return line, column
}
