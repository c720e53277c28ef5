package secret

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// A hit is a match that stood all tests. The slices point into the text.
type hit struct {
	rule      *rule
	text      []byte
	from      int // of the match in the text
	valueFrom int
	match     []byte
	value     []byte
}

// A span is a part of a text. One that is not live holds only matches that are
// no secrets: it counts where a live one touches it, whose matches it may hide.
type span struct {
	from, to int
	live     bool
}

// task is a rule with the spans in which its matches must lie, ascending and
// apart.
type task struct {
	rule  *rule
	spans []span
	spent int  // bytes looked at to find them
	known int  // see plan.around
	asked bool // whether the rule applies to the file
	done  bool // there is no need to look further
}

// search returns the hits in text by rule, then position.
func (s *Scanner) search(text []byte, f *File) []hit {
	tasks := s.tasks(text, f)
	slices.SortFunc(tasks, func(a, b task) int { return cmp.Compare(a.rule.order, b.rule.order) })
	var hits []hit
	for _, t := range tasks {
		for _, w := range t.spans {
			if w.live {
				hits = s.run(hits, t.rule, text, w, f.path)
			}
		}
	}
	return hits
}

// tasks returns what is left to do with regular expressions.
func (s *Scanner) tasks(text []byte, f *File) []task {
	tasks := f.tasks[:0]
	f.mapsAt = f.mapsAt[:0]
	s.words.each(text, func(word, start int) {
		if s.users[word] == nil {
			f.mapsAt = append(f.mapsAt, start)
			return
		}
		w, end := s.words.words[word], start+len(s.words.words[word])
		for _, r := range s.users[word] {
			p := r.plan()
			if p.cannot(text, w, start, end) || r.next != nil && !r.next(text[end:]) {
				continue
			}
			i := slices.IndexFunc(tasks, func(t task) bool { return t.rule == r })
			if i < 0 {
				i, tasks = len(tasks), append(tasks, task{rule: r})
			}
			if t := &tasks[i]; !t.done {
				t.keyword(text, f, w, start, end)
			}
		}
	})
	f.tasks = tasks
	return tasks
}

// keyword takes up what the plan says of the keyword text[start:end].
func (t *task) keyword(text []byte, f *File, word string, start, end int) {
	p, w, v := t.rule.plan(), span{}, live
	if p.anchored {
		w, v = p.around(text, word, start, end, &t.known)
	}
	if v == impossible && w.to-start < costly {
		return
	}
	if t.spent += max(w.to-start, 0); t.spent > maxSpent+4*len(text) {
		v, w, t.done = live, window(text, start-costly, len(text)), true
	}
	switch v {
	case impossible:
		return
	case finished:
		t.done = true
		return
	}
	if v == live && !t.asked {
		t.asked = true
		if f.leavesOut(t.rule) {
			t.done, t.spans = true, nil
			return
		}
	}
	if !p.anchored {
		t.done, t.spans = true, p.all(text)
		return
	}
	w.live = v == live
	t.spans = merge(t.spans, w)
}

// The bytes a rule may spend on finding its windows beyond four times the
// text's: no file can make that quadratic. Whoever spends more gets the rest of
// the text as one window. What costs less than costly is not counted.
const (
	maxSpent = 64 << 10
	costly   = 1 << 10
)

// merge adds a span to a list of ascending ones, which it may reach back into.
func merge(spans []span, w span) []span {
	for len(spans) > 0 && w.from <= spans[len(spans)-1].to {
		last := spans[len(spans)-1]
		w = span{min(w.from, last.from), max(w.to, last.to), w.live || last.live}
		spans = spans[:len(spans)-1]
	}
	return append(spans, w)
}

// run applies the expression of a rule to one span.
func (s *Scanner) run(hits []hit, r *rule, text []byte, w span, path string) []hit {
	part := text[w.from:w.to]
	if r.must != 0 && bytes.IndexByte(part, r.must) < 0 {
		return hits
	}
	for _, m := range r.expr().FindAllIndex(part, -1) {
		match := part[m[0]:m[1]]
		// gitleaks trims line breaks off the match but keeps where it began.
		trimmed := bytes.Trim(match, "\n")
		h := hit{rule: r, text: text, from: w.from + m[0], match: trimmed}
		groups, ok := h.pick(len(match) - len(bytes.TrimLeft(match, "\n")))
		if !ok || r.entropy != 0 && entropy(h.value) <= r.entropy {
			continue
		}
		if allowedBy(r.allow, path, &h) || !r.own && s.skip.hit(path, &h) {
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

// line returns the lines that the match touches, without the last line break, and
// where in them the match begins. Of longer ones it returns what is near.
func (h *hit) line() (line []byte, at int) {
	first, last := max(h.from-2*stretch, 0), h.from+len(h.match)
	start := first + bytes.LastIndexByte(h.text[first:h.from], '\n') + 1
	line = h.text[start:min(last+2*stretch, len(h.text))]
	at = h.from - start
	if i := bytes.IndexByte(line[at+len(h.match):], '\n'); i >= 0 {
		line = line[:at+len(h.match)+i]
	}
	return line, at
}

// coveredBy reports whether one of the other hits of the same line says the
// same better.
func (p *placed) coveredBy(line []*placed) bool {
	for _, o := range line {
		switch {
		case o.rule == p.rule:
		case p.rule.generic() && !o.rule.generic() && strings.Contains(o.valueBytes, p.valueBytes):
			return true
		case p.rule.generic() && !o.rule.generic() && o.candidate.Within != "" && o.at <= p.at && p.end <= o.end:
			return true // it is what the other was encoded in
		case p.rule.own && !o.rule.generic() && o.rule.order < p.rule.order && p.at < o.at+len(o.valueBytes) && o.at < p.at+len(p.valueBytes):
			return true
		}
	}
	return false
}

// entropy is Shannon's, in bits a character, with the length counted in bytes
// as gitleaks does (detect/utils.go).
func entropy(value []byte) float64 {
	var ascii [utf8.RuneSelf]int
	var other map[rune]int
	for _, r := range string(value) {
		if r < utf8.RuneSelf {
			ascii[r]++
			continue
		}
		if other == nil {
			other = map[rune]int{}
		}
		other[r]++
	}
	e := 0.0
	add := func(n int) {
		f := float64(n) / float64(len(value))
		e -= f * math.Log2(f)
	}
	for _, n := range ascii {
		if n > 0 {
			add(n)
		}
	}
	for _, n := range other {
		add(n)
	}
	return e
}
