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

// Why a part of the search was left out of a file, for the report.
const (
	WhyBinary = "binary: only rules with a distinctive token were applied"
)

// A File is the search through one file, fed piece by piece.
type File struct {
	s      *Scanner
	path   string
	binary bool
	why    string // something was left out; "": nothing

	buf      []byte
	borrowed bool // buf is the caller's
	base     int  // offset of buf in the file
	from     int  // offset in the file from which matches are still wanted
	line     int  // lines before buf
	start    int  // offset in the file of the beginning of buf's first line

	hits  []placed
	tasks []task // for the next search to use again
}

// placed is a hit with its place in the file.
type placed struct {
	hit
	at         int // offset of the value
	matchLine  int // 1-based line of the match, as gitleaks counts
	candidate  Candidate
	valueBytes string
	harmless   bool // in its place it is no secret
}

// File begins the search through a file; path is its path in the tarball.
func (s *Scanner) File(path string) *File {
	return &File{s: s, path: path}
}

// Write takes the next bytes of the file; it copies them.
func (f *File) Write(p []byte) {
	if f.base == 0 && len(f.buf) < sniff {
		f.binary = f.binary || bytes.IndexByte(p[:min(len(p), sniff-len(f.buf))], 0) >= 0
	}
	if f.buf == nil {
		if b, ok := f.s.spare.Get().(*[]byte); ok {
			f.buf = (*b)[:0]
		}
	}
	for len(p) > 0 {
		n := min(segment-len(f.buf), len(p))
		f.buf = append(f.buf, p[:n]...)
		p = p[n:]
		if len(f.buf) == segment && len(p) > 0 {
			f.flush()
		}
	}
}

// sniff is how many bytes decide whether a file is binary: git's rule, a NUL
// among the first 8000.
const sniff = 8000

// flush searches the full buffer and keeps its end for the next segment.
func (f *File) flush() {
	keep := segment - overlap
	f.search(f.base + keep + margin)
	f.from = f.base + keep + margin
	f.line += bytes.Count(f.buf[:keep], newline)
	if i := bytes.LastIndexByte(f.buf[:keep], '\n'); i >= 0 {
		f.start = f.base + i + 1
	}
	n := copy(f.buf, f.buf[keep:])
	f.buf = f.buf[:n]
	f.base += keep
}

var newline = []byte{'\n'}

// Close ends the file and returns what was found, ordered by position, then
// rule, and why a place that may hold a secret was not looked at; "": there
// is none such.
func (f *File) Close() (found []Candidate, skipped string) {
	for _, h := range f.finish() {
		found = append(found, h.candidate)
	}
	return found, f.why
}

// leavesOut reports whether a rule is not applied to the file, and remembers
// why. It is asked where a match of the rule may lie.
func (f *File) leavesOut(r *rule) bool {
	switch {
	case !r.appliesTo(f.path):
		return true
	case f.binary && r.generic():
		if f.why == "" {
			f.why = WhyBinary
		}
		return true
	}
	return false
}

func (f *File) finish() []placed {
	return onePerSecret(slices.DeleteFunc(f.all(), func(p placed) bool { return p.harmless }))
}

// all ends the search and returns every hit by position, then rule.
func (f *File) all() []placed {
	f.search(f.base + len(f.buf) + 1)
	if buf := f.buf; !f.borrowed {
		f.s.spare.Put(&buf)
	}
	f.buf = nil
	f.pathOnly()
	slices.SortStableFunc(f.hits, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rule.order, b.rule.order))
	})
	return f.hits
}

// pathOnly applies the rules that look at the path alone.
func (f *File) pathOnly() {
	for _, r := range f.s.rules {
		if r.source == "" && r.appliesTo(f.path) && !f.leavesOut(r) {
			h := hit{rule: r, value: []byte(f.path)}
			f.hits = append(f.hits, placed{hit: h, candidate: h.candidate(0, 0), valueBytes: f.path})
		}
	}
}

// search looks through the buffer and keeps the hits whose match begins from
// f.from up to the offset until.
func (f *File) search(until int) {
	for _, h := range f.s.search(f.buf, f) {
		begin := f.base + h.from
		if begin < f.from || begin >= until {
			continue
		}
		line, column := f.place(h.valueFrom)
		matchLine, _ := f.place(h.from)
		value := string(h.value)
		p := placed{h, f.base + h.valueFrom, matchLine, h.candidate(line, column), value, h.harmless()}
		if !p.harmless {
			p.candidate.Doubt = h.doubt(f.path)
		}
		p.text, p.match, p.value = nil, nil, nil // they point into the buffer, which moves on
		f.hits = append(f.hits, p)
	}
}

// place turns an offset in the buffer into a line and a column.
func (f *File) place(at int) (line, column int) {
	line = f.line + 1 + bytes.Count(f.buf[:at], newline)
	if i := bytes.LastIndexByte(f.buf[:at], '\n'); i >= 0 {
		return line, at - i
	}
	return line, f.base + at - f.start + 1
}

// onePerSecret leaves out what a better rule found too: a generic rule's hit
// on the line of another rule's that holds it (gitleaks' own preference), and
// ours where gitleaks has the same value. Hits are sorted.
func onePerSecret(hits []placed) []placed {
	byLine := map[int][]*placed{}
	for i := range hits {
		byLine[hits[i].matchLine] = append(byLine[hits[i].matchLine], &hits[i])
	}
	var kept []placed
	for i := range hits {
		if !hits[i].coveredBy(byLine[hits[i].matchLine]) {
			kept = append(kept, hits[i])
		}
	}
	return kept
}
