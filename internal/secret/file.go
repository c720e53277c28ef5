package secret

import (
	"bytes"
	"cmp"
	"slices"
)

// The search goes over a file in segments, so that memory does not grow with
// the file. A segment shares overlap bytes with the next; of the matches there, those that
// begin before the last overlap-margin bytes belong to the earlier segment, so that each
// match is seen with margin bytes before it and overlap-margin behind it.
const (
	segment = 2 << 20
	overlap = 128 << 10
	margin  = 8 << 10
)

// WhyBinary is why a part of the search was left out of a file, for the report.
const WhyBinary = "binary: only rules with a distinctive token were applied"

// A File is the search through one text, fed piece by piece: a file, or what is
// encoded in one.
type File struct {
	scanner *Scanner
	path    string
	form    form
	binary  bool
	skipped string // something was left out; "": nothing

	buf         []byte
	borrowed    bool // buf is the caller's
	bufStart    int  // offset of buf in the text
	wantedFrom  int  // offset in the text from which matches are still wanted
	linesBefore int  // lines before buf
	lineStart   int  // offset in the text of the beginning of buf's first line

	depth       int    // how many times what is searched was decoded
	within      string // in which text it was encoded; "": it is the file itself
	isSource    bool   // it is a source in a source map
	decodedUpTo int    // offset in the text up to which encoded parts were looked for
	longRun     *File  // what a long encoded part decodes to, which goes on in the next segment
	longRunAt   struct{ from, line, column int }
	longRunRest []byte     // of it: characters that were not decoded yet
	decodeOnly  bool       // the text itself is not searched
	halfUnit    byte       // a byte of UTF-16 whose other half comes with the next piece; see half
	hasHalfUnit bool       // odd is one
	sourceMap   *mapReader // takes sources out of a source map; nil: it is none
	mapKeysAt   []int      // offsets in the buffer where a source map may begin that is part of a program
	gaps        []gap      // what maps took out

	hits  []placedHit
	tasks []ruleTask // for the next search to use again
}

// placed is a hit with its place in the file.
type placedHit struct {
	hit
	at        int // offset of the value, or of what it was encoded in
	end       int // and of its end
	matchLine int // 1-based line of the match, as gitleaks counts
	candidate Candidate
	valueText string
	matchText string // the match; kept of what was encoded only
	harmless  bool   // in its place it is no secret
}

// move puts a hit at the place of what it was encoded in.
func (p *placedHit) moveTo(from, to, line, column int) {
	p.at, p.end, p.matchLine = from, to, line
	p.candidate.Line, p.candidate.Column = line, column
}

// File begins the search through a file; path is its path in the tarball.
func (s *Scanner) File(path string) *File { return &File{scanner: s, path: path} }

// sniff is how many bytes decide which form a text has, and whether it is binary:
// git's rule, a NUL among the first 8000.
const sniffBytes = 8000

// Write takes the next bytes of the file; it copies them.
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

// grow makes sure that there is a buffer.
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

// add takes the next bytes of the text, decoded.
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

// Close ends the file and returns what was found, ordered by position, then
// rule, and why a place that may hold a secret was not looked at; "": there
// is none such.
func (f *File) Close() (found []Candidate, skipped string) {
	for _, h := range f.results() {
		found = append(found, h.candidate)
	}
	return found, f.skipped
}

// leavesOut reports whether a rule is not applied to the file, and remembers
// why. It is asked where a match of the rule may lie.
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

func (f *File) results() []placedHit {
	return onePerSecret(slices.DeleteFunc(f.allHits(), func(p placedHit) bool { return p.harmless }))
}

// all ends the search and returns every hit by position, then rule.
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

// search looks through the buffer and keeps the hits whose match begins from
// f.from up to the offset until. last: nothing comes behind the buffer.
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

// place turns an offset in the buffer into a line and a column.
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
