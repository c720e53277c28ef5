package secret

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf8"
)

// A hit is a match that stood all tests. The slices point into the text.
type hit struct {
	rule      *rule
	from      int // of the match in the text
	valueFrom int
	match     []byte
	value     []byte
	line      []byte // the lines of the match
}

type span struct{ from, to int }

// search returns the hits in text by rule, then position.
func (s *Scanner) search(text []byte, f *File) []hit {
	spans := s.spans(text, f)
	var hits []hit
	for i, r := range s.rules {
		if len(spans) == 0 {
			break
		}
		for _, w := range spans[i] {
			hits = s.run(hits, r, text, w, f.path)
		}
	}
	return hits
}

// spans returns, for each rule, the parts of text in which its matches must
// lie, ascending and apart; nil if there are none at all.
func (s *Scanner) spans(text []byte, f *File) [][]span {
	var spans [][]span
	s.words.each(text, func(word, end int) {
		for _, r := range s.users[word] {
			if spans == nil {
				spans = make([][]span, len(s.rules))
			}
			from, p := end-len(s.words.words[word]), r.plan()
			if p.known(spans[r.order], from, end, len(text)) {
				continue
			}
			if !p.anchored {
				if spans[r.order] = nothing; !f.leavesOut(r) {
					spans[r.order] = p.all(text)
				}
			} else if w, ok := p.around(text, s.words.words[word], from, end); ok && !f.leavesOut(r) {
				spans[r.order] = merge(spans[r.order], w)
			}
		}
	})
	return spans
}

// nothing marks a rule that was done with for the whole text.
var nothing = []span{}

// known reports whether every window around text[from:end] was taken already.
func (p *plan) known(spans []span, from, end, size int) bool {
	if len(spans) == 0 {
		return !p.anchored && spans != nil
	}
	last := spans[len(spans)-1]
	reach := p.extent.fixed + 2*utf8.UTFMax
	return !p.anchored || last.from == 0 && last.to == size || p.extent.runs == 0 && from-reach >= last.from && end+reach <= last.to
}

// around returns the window of the matches that the keyword text[from:end] can
// belong to; false: it can belong to none.
func (p *plan) around(text []byte, word string, from, end int) (span, bool) {
	switch {
	case p.spelled != nil:
		for _, s := range p.spelled[word] {
			if start := from - s.at; s.lead.at(text, start) {
				return span{p.atRune(text, start), p.extent.behind(text, start)}, true
			}
		}
		return span{}, false
	case p.assigns:
		return p.assigned(text, from, end)
	}
	lo, hi := p.extent.window(text, from, end)
	return span{lo, hi}, true
}

// atRune returns the beginning of the character before text[start].
func (p *plan) atRune(text []byte, start int) int {
	start = max(start-1, 0)
	for start > 0 && !utf8.RuneStart(text[start]) {
		start--
	}
	return start
}

// all returns the spans of a rule whose keyword need not lie in its match:
// around every place where its lead fits.
func (p *plan) all(text []byte) []span {
	if p.leads == nil || p.extent.runs > 0 && p.extent.fixed >= 1<<20 {
		return []span{{0, len(text)}}
	}
	spans := nothing
	var first [256]bool
	for _, l := range p.leads {
		for b := range first {
			first[b] = first[b] || l.classes[0][b]
		}
	}
	for i, b := range text {
		if !first[b] {
			continue
		}
		for _, l := range p.leads {
			if l.at(text, i) {
				spans = merge(spans, span{p.atRune(text, i), p.extent.behind(text, i)})
				break
			}
		}
	}
	return spans
}

// merge adds a span to a list of ascending ones, which it may reach back into.
func merge(spans []span, w span) []span {
	for len(spans) > 0 && w.from <= spans[len(spans)-1].to {
		last := spans[len(spans)-1]
		w = span{min(w.from, last.from), max(w.to, last.to)}
		spans = spans[:len(spans)-1]
	}
	return append(spans, w)
}

// run applies the expression of a rule to one span.
func (s *Scanner) run(hits []hit, r *rule, text []byte, w span, path string) []hit {
	part := text[w.from:w.to]
	for _, m := range r.expr().FindAllIndex(part, -1) {
		match := part[m[0]:m[1]]
		// gitleaks trims line breaks off the match but keeps where it began.
		trimmed := bytes.Trim(match, "\n")
		h := hit{rule: r, from: w.from + m[0], match: trimmed}
		h.line = lines(text, h.from, h.from+len(trimmed))
		groups, ok := h.pick(len(match) - len(bytes.TrimLeft(match, "\n")))
		if !ok || r.entropy != 0 && entropy(h.value) <= r.entropy {
			continue
		}
		if !r.own && s.skip.hit(path, &h) || allowedBy(r.allow, path, &h) {
			continue
		}
		if r.accept != nil && groups != nil && !r.accept(groups) {
			continue
		}
		hits = append(hits, h)
	}
	return hits
}

func allowedBy(lists []allowlist, path string, h *hit) bool {
	for i := range lists {
		if lists[i].hit(path, h) {
			return true
		}
	}
	return false
}

// pick finds the value in the match: the group the rule names, else the first
// that holds anything, else the whole match. led is how many bytes were trimmed
// off the front. It reports whether the trimmed match has that group.
func (h *hit) pick(led int) (submatches, bool) {
	h.value, h.valueFrom = h.match, h.from+led
	at := h.rule.expr().FindSubmatchIndex(h.match)
	if len(at) < 4 {
		return nil, true
	}
	groups := make(submatches, len(at)/2)
	first := 0
	for g := range groups {
		if at[2*g] >= 0 {
			groups[g] = h.match[at[2*g]:at[2*g+1]]
			if g > 0 && first == 0 && len(groups[g]) > 0 {
				first = g
			}
		}
	}
	if h.rule.group > 0 {
		if h.rule.group >= len(groups) {
			return nil, false
		}
		first = h.rule.group
	}
	if first > 0 {
		h.value, h.valueFrom = groups[first], h.from+led+max(at[2*first], 0)
	}
	return groups, true
}

// lines returns the lines that text[from:to] touches, without the last line
// break.
func lines(text []byte, from, to int) []byte {
	start := bytes.LastIndexByte(text[:from], '\n') + 1
	if i := bytes.IndexByte(text[to:], '\n'); i >= 0 {
		return text[start : to+i]
	}
	return text[start:]
}

// coveredBy reports whether one of the other hits of the same line says the
// same better.
func (p *placed) coveredBy(line []*placed) bool {
	for _, o := range line {
		switch {
		case o.rule == p.rule:
		case p.rule.generic() && !o.rule.generic() && strings.Contains(o.valueBytes, p.valueBytes):
			return true
		case p.rule.own && !o.rule.generic() && o.rule.order < p.rule.order && p.at < o.at+len(o.valueBytes) && o.at < p.at+len(p.valueBytes):
			return true
		}
	}
	return false
}

// entropy is Shannon's, in bits a character, with the length counted in bytes
// as gitleaks does (detect/utils.go).
func entropy(value []byte) float64 {
	counts := map[rune]int{}
	for _, r := range string(value) {
		counts[r]++
	}
	e := 0.0
	for _, n := range counts {
		f := float64(n) / float64(len(value))
		e -= f * math.Log2(f)
	}
	return e
}
