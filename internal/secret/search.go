package secret

import (
	"bytes"
	"cmp"
	"slices"
)

// A hit is a match that satisfied every condition of its rule. Its slices point
// into the text.
type hit struct {
	rule      *rule
	text      []byte
	from      int // offset of the match in text
	valueFrom int // offset of the value in text
	match     []byte
	value     []byte
}

// A ruleTask is a rule with the spans that can contain its matches. The spans
// ascend and do not overlap.
type ruleTask struct {
	rule          *rule
	spans         []span
	bytesSpent    int  // bytes that were read to find the spans
	requiredUntil int  // see plan.windowAround
	pathChecked   bool // it is known whether the rule applies to the file
	done          bool // no further keywords need to be looked at
}

// search returns the hits in text by rule, then by position.
func (s *Scanner) search(text []byte, f *File) []hit {
	tasks := s.tasks(text, f)
	slices.SortFunc(tasks, func(a, b ruleTask) int { return cmp.Compare(a.rule.order, b.rule.order) })
	var hits []hit
	for _, t := range tasks {
		for _, w := range t.spans {
			if w.maybeSecret {
				hits = s.run(hits, t.rule, text, w, f.path)
			}
		}
	}
	return hits
}

// tasks finds the keywords in text and returns what is left to do with expressions.
func (s *Scanner) tasks(text []byte, f *File) []ruleTask {
	tasks := f.tasks[:0]
	f.mapKeysAt = f.mapKeysAt[:0]
	s.keywords.each(text, func(word, start int) {
		if s.usesOf[word] == nil {
			f.mapKeysAt = append(f.mapKeysAt, start)
			return
		}
		end := start + len(s.keywords.words[word])
		for _, use := range s.usesOf[word] {
			r := use.rule
			if r.plan().rulesOut(text, use.keyword, start, end) || r.mayContinue != nil && !r.mayContinue(text[end:]) {
				continue
			}
			i := slices.IndexFunc(tasks, func(t ruleTask) bool { return t.rule == r })
			if i < 0 {
				i, tasks = len(tasks), append(tasks, ruleTask{rule: r})
			}
			if t := &tasks[i]; !t.done {
				t.addKeyword(text, f, use.keyword, start, end)
			}
		}
	})
	f.tasks = tasks
	return tasks
}

// addKeyword adds the window that the plan gives for the keyword text[start:end].
func (t *ruleTask) addKeyword(text []byte, f *File, keyword, start, end int) {
	p, w, v := t.rule.plan(), span{}, maybeSecret
	if p.anchored {
		w, v = p.windowAround(text, keyword, start, end, &t.requiredUntil)
	}
	if v == noMatch && w.to-start < freeBytes {
		return
	}
	if t.bytesSpent += max(w.to-start, 0); t.bytesSpent > maxSpent+4*len(text) {
		v, w, t.done = maybeSecret, window(text, start-freeBytes, len(text)), true
	}
	switch v {
	case noMatch:
		return
	case noMoreMatches:
		t.done = true
		return
	}
	if v == maybeSecret && !t.pathChecked {
		t.pathChecked = true
		if f.isLeftOut(t.rule) {
			t.done, t.spans = true, nil
			return
		}
	}
	if !p.anchored {
		t.done, t.spans = true, p.allWindows(text)
		return
	}
	w.maybeSecret = v == maybeSecret
	t.spans = merge(t.spans, w)
}

// Limits on the bytes that a rule reads to find its windows: maxSpent plus four
// times the length of the text. So no file can cause quadratic work. A rule at its
// limit gets the rest of the text as one window. A window of less than freeBytes
// does not count.
const (
	maxSpent  = 64 << 10
	freeBytes = 1 << 10
)

// run applies the expression of a rule to one span and appends the hits.
func (s *Scanner) run(hits []hit, r *rule, text []byte, w span, path string) []hit {
	part := text[w.from:w.to]
	if r.requiredByte != 0 && bytes.IndexByte(part, r.requiredByte) < 0 {
		return hits
	}
	for _, m := range r.expr().FindAllIndex(part, -1) {
		match := part[m[0]:m[1]]
		// gitleaks trims line breaks off the match but keeps where it began.
		trimmed := bytes.Trim(match, "\n")
		h := hit{rule: r, text: text, from: w.from + m[0], match: trimmed}
		groups, ok := h.pickValue(len(match) - len(bytes.TrimLeft(match, "\n")))
		if !ok || r.entropy != 0 && entropy(h.value) <= r.entropy {
			continue
		}
		if allowedBy(r.allow, path, &h) || !r.own && s.globalAllow.allows(path, &h) {
			continue
		}
		if r.accept != nil && groups != nil && !r.accept(groups) {
			continue
		}
		hits = append(hits, h)
	}
	return hits
}

// allowedBy reports whether one of the allow-lists says that a match is no secret.
func allowedBy(lists []allowlist, path string, h *hit) bool {
	for i := range lists {
		if lists[i].allows(path, h) {
			return true
		}
	}
	return false
}

// pickValue finds the value in the match: the group that the rule names, or the
// first group that is not empty, or the whole match. led is the number of bytes
// that were trimmed off its beginning. The result is false if the trimmed match
// lacks the group.
func (h *hit) pickValue(led int) (submatches, bool) {
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

// matchLines returns the lines that the match touches, without the last line break,
// and the offset of the match in them. Long lines are cut off around the match.
func (h *hit) matchLines() (line []byte, at int) {
	first, last := max(h.from-2*lineContext, 0), h.from+len(h.match)
	start := first + bytes.LastIndexByte(h.text[first:h.from], '\n') + 1
	line = h.text[start:min(last+2*lineContext, len(h.text))]
	at = h.from - start
	if i := bytes.IndexByte(line[at+len(h.match):], '\n'); i >= 0 {
		line = line[:at+len(h.match)+i]
	}
	return line, at
}
