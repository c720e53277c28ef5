package secret

import (
	"regexp/syntax"
	"slices"
)

// A plan says where in a text the expression of a rule has to be run.
type plan struct {
	whole  *reach
	leads  []*lead          // what matches begin with; nil: unknown
	spots  map[string]spots // by keyword; nil: no fixed places are known
	before *reach           // of what comes before the leads of the spots
	later  []marker         // what a match holds behind its lead
	skip   *skip            // through texts without leads; nil: the leads are unknown

	// anchored: every match holds a keyword, so only their surroundings count.
	// Otherwise all places are looked at once a keyword stands anywhere, as
	// gitleaks does.
	anchored bool

	assignment *assignment // the rule wants `keyword … = value`, as half of gitleaks' do; nil: it does not
}

// spots are the places at which a keyword stands in the leads of a part of the
// expression that every match has.
type spots []spot

type spot struct {
	lead *lead
	at   int // of the keyword in the lead
}

// newPlan analyses an expression that is known to compile.
func newPlan(r *rule) *plan {
	p := &plan{whole: &reach{}}
	if r.source == "" {
		return p
	}
	re, err := syntax.Parse(r.source, syntax.Perl)
	if err != nil {
		p.whole = &reach{op: reachRun, most: -1, class: anyByte()}
		return p
	}
	p.whole = newReach(re)
	p.leads = leadsOf([]*syntax.Regexp{re})
	if p.assignment = newAssignment(r); p.assignment != nil {
		p.anchored = true
		return p
	}
	p.findSpots(sequence(re), r.keywords)
	p.anchored = p.spots != nil || demands(re, r.keywords)
	if !p.anchored && p.leads != nil {
		p.skip = newSkip(p.leads)
	}
	return p
}

func anyByte() *set {
	s := &set{}
	for b := range s {
		s[b] = true
	}
	return s
}

// sequence takes an expression apart into what is matched one after the other.
func sequence(re *syntax.Regexp) []*syntax.Regexp {
	if re.Op != syntax.OpConcat && re.Op != syntax.OpCapture {
		return []*syntax.Regexp{re}
	}
	var out []*syntax.Regexp
	for _, sub := range re.Sub {
		out = append(out, sequence(sub)...)
	}
	return out
}

// findSpots looks for the first part of the sequence from which on every match
// spells a keyword at a fixed place.
func (p *plan) findSpots(parts []*syntax.Regexp, keywords []string) {
	for i := range parts {
		leads := leadsOf(parts[i:])
		found := map[string]spots{}
		for _, l := range leads {
			words, at := l.spells(keywords)
			if words == nil {
				found = nil
				break
			}
			for _, w := range words {
				found[w] = append(found[w], spot{l, at})
			}
		}
		if len(found) > 0 {
			p.spots = found
			p.before = newReach(&syntax.Regexp{Op: syntax.OpConcat, Sub: parts[:i]})
			p.later = markersOf(parts[i:])
			return
		}
	}
}

// cannot reports whether the keyword text[from:end] is seen to be part of no match
// by what stands next to it.
func (p *plan) cannot(text []byte, word string, from, end int) bool {
	switch {
	case p.assignment != nil:
		return afterSign(text, p.assignment.sign(text, end)) < 0
	case p.spots != nil:
		return !slices.ContainsFunc(p.spots[word], func(s spot) bool { return s.lead.at(text, from-s.at) })
	}
	return false
}

// around returns the window of the matches that the keyword text[from:end] can
// belong to. verdict: whether there can be one, and whether it can be a secret.
// known is where the matches must begin before which the markers are known to
// follow.
func (p *plan) around(text []byte, word string, from, end int, known *int) (span, verdict) {
	switch {
	case p.assignment != nil:
		return p.assignment.around(text, from, end)
	case p.spots == nil:
		return window(text, p.whole.back(text, from), p.whole.ahead(text, end)), live
	}
	for _, s := range p.spots[word] {
		start := from - s.at
		if !s.lead.at(text, start) {
			continue
		}
		if len(text)-start > costly && start >= *known {
			slack := follow(p.later, text[start:])
			if slack < 0 {
				return span{}, finished
			}
			*known = start + slack + 1
		}
		w := window(text, p.before.back(text, start), p.whole.ahead(text, start))
		if w.to-start > costly && follow(p.later, text[start:w.to]) < 0 {
			return w, impossible
		}
		return w, live
	}
	return span{}, impossible
}

// A verdict is what can be told of a candidate without running the expression.
type verdict uint8

const (
	impossible verdict = iota // the expression does not match
	dull                      // what it matches is no secret; it may only hide another match
	live
	finished // nor does it from here to the end of the text
)

// all returns the spans of a rule whose keyword need not lie in its match:
// around every place where its lead fits.
func (p *plan) all(text []byte) []span {
	if p.leads == nil {
		return []span{{from: 0, to: len(text), live: true}}
	}
	var spans []span
	for i := p.skip.next(text, 0); i >= 0; i = p.skip.next(text, i+1) {
		for _, l := range p.leads {
			if l.at(text, i) {
				w := window(text, i, p.whole.ahead(text, i))
				w.live = true
				spans = merge(spans, w)
				break
			}
		}
	}
	return spans
}

// A skip goes through a text in which none of some leads begins (Horspool, 1980).
type skip struct {
	least int        // classes of a lead
	by    [256]uint8 // how far on from a byte at the last of their places a lead can end
}

func newSkip(leads []*lead) *skip {
	s := &skip{least: maxLead}
	for _, l := range leads {
		s.least = min(s.least, len(l.classes))
	}
	for b := range s.by {
		s.by[b] = uint8(s.least)
		for _, l := range leads {
			for k, c := range l.classes[:s.least] {
				if c[b] {
					s.by[b] = min(s.by[b], uint8(s.least-1-k))
				}
			}
		}
	}
	return s
}

// next returns the next place from which a lead can begin; -1: there is none.
func (s *skip) next(text []byte, from int) int {
	for i := from + s.least - 1; i < len(text); {
		by := s.by[text[i]]
		if by == 0 {
			return i - s.least + 1
		}
		i += int(by)
	}
	return -1
}
