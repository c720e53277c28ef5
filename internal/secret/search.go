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
	var everywhere []bool
	s.words.each(text, func(word, end int) {
		for _, r := range s.users[word] {
			if f.leavesOut(r) {
				continue
			}
			if spans == nil {
				spans = make([][]span, len(s.rules))
				everywhere = make([]bool, len(s.rules))
			}
			p := r.plan()
			if !p.anchored {
				if !everywhere[r.order] {
					everywhere[r.order] = true
					spans[r.order] = p.all(text)
				}
				continue
			}
			from := end - len(s.words.words[word])
			if len(p.spelled) > 0 {
				at, ok := p.spelled[s.words.words[word]]
				if !ok || !p.lead.at(text, from-at) {
					continue
				}
			} else if p.assigns && !p.mayAssign(text, end) {
				continue
			}
			if w := spans[r.order]; len(w) == 0 || end >= w[len(w)-1].to || !p.within(w[len(w)-1], text, from, end) {
				lo, hi := p.extent.window(text, from, end)
				spans[r.order] = merge(w, span{lo, hi})
			}
		}
	})
	return spans
}

// within reports whether the window around text[from:end] is known to lie in
// w already.
func (p *plan) within(w span, text []byte, from, end int) bool {
	return p.extent.runs == 0 && from-p.extent.fixed-utf8.UTFMax >= w.from && end+p.extent.fixed+utf8.UTFMax <= w.to || w.from == 0 && w.to == len(text)
}

// leavesOut reports whether a rule is not applied to the file.
func (f *File) leavesOut(r *rule) bool {
	return !r.own && f.allowed || f.binary && r.generic() || !r.appliesTo(f.path)
}

// all returns the spans of a rule whose keyword need not lie in its match:
// around every place where its lead fits.
func (p *plan) all(text []byte) []span {
	if len(p.lead.classes) == 0 || p.extent.runs > 0 && p.extent.fixed >= 1<<20 {
		return []span{{0, len(text)}}
	}
	var spans []span
	first := p.lead.classes[0]
	for i, b := range text {
		if first[b] && p.lead.at(text, i) {
			lo, hi := p.extent.window(text, i, i+1)
			spans = merge(spans, span{lo, hi})
		}
	}
	return spans
}

// merge adds a span that ends behind the others to a list of ascending ones.
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
		case p.rule.own && o.rule.order < p.rule.order && p.at < o.at+len(o.valueBytes) && o.at < p.at+len(p.valueBytes):
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
