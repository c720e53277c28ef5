package secret

import (
	"regexp/syntax"
	"slices"
)

// A plan says where in a text the expression of a rule has to be run.
type plan struct {
	extent        *extent
	prefixes      []*prefix                // what matches begin with; nil: unknown
	keywordPlaces map[string]keywordPlaces // by keyword; nil: no fixed places are known
	before        *extent                  // of what comes before the leads of the spots
	required      []requiredPart           // what a match holds behind its lead
	skipper       *prefixSkipper           // through texts without leads; nil: the leads are unknown

	// anchored: every match holds a keyword, so only their surroundings count.
	// Otherwise all places are looked at once a keyword stands anywhere, as
	// gitleaks does.
	anchored bool

	assignment *assignment // the rule wants `keyword … = value`, as half of gitleaks' do; nil: it does not
}

// spots are the places at which a keyword stands in the leads of a part of the
// expression that every match has.
type keywordPlaces []keywordPlace

type keywordPlace struct {
	prefix *prefix
	offset int // of the keyword in the lead
}

// newPlan analyses an expression that is known to compile.
func newPlan(r *rule) *plan {
	p := &plan{extent: &extent{}}
	if r.source == "" {
		return p
	}
	re, err := syntax.Parse(r.source, syntax.Perl)
	if err != nil {
		p.extent = &extent{kind: extentRun, most: -1, class: anyByte()}
		return p
	}
	p.extent = newExtent(re)
	p.prefixes = prefixesOf([]*syntax.Regexp{re})
	if p.assignment = newAssignment(r); p.assignment != nil {
		p.anchored = true
		return p
	}
	p.findKeywordPlaces(sequence(re), r.keywords)
	p.anchored = p.keywordPlaces != nil || requiresKeyword(re, r.keywords)
	if !p.anchored && p.prefixes != nil {
		p.skipper = newPrefixSkipper(p.prefixes)
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
func (p *plan) findKeywordPlaces(parts []*syntax.Regexp, keywords []string) {
	for i := range parts {
		prefixes := prefixesOf(parts[i:])
		found := map[string]keywordPlaces{}
		for _, l := range prefixes {
			words, at := l.spells(keywords)
			if words == nil {
				found = nil
				break
			}
			for _, w := range words {
				found[w] = append(found[w], keywordPlace{l, at})
			}
		}
		if len(found) > 0 {
			p.keywordPlaces = found
			p.before = newExtent(&syntax.Regexp{Op: syntax.OpConcat, Sub: parts[:i]})
			p.required = requiredPartsOf(parts[i:])
			return
		}
	}
}

// cannot reports whether the keyword text[from:end] is seen to be part of no match
// by what stands next to it.
func (p *plan) rulesOut(text []byte, word string, from, end int) bool {
	switch {
	case p.assignment != nil:
		return signEnd(text, p.assignment.gapEnd(text, end)) < 0
	case p.keywordPlaces != nil:
		return !slices.ContainsFunc(p.keywordPlaces[word], func(s keywordPlace) bool { return s.prefix.matchesAt(text, from-s.offset) })
	}
	return false
}

// around returns the window of the matches that the keyword text[from:end] can
// belong to. verdict: whether there can be one, and whether it can be a secret.
// known is where the matches must begin before which the markers are known to
// follow.
func (p *plan) windowAround(text []byte, word string, from, end int, known *int) (span, verdict) {
	switch {
	case p.assignment != nil:
		return p.assignment.windowAround(text, from, end)
	case p.keywordPlaces == nil:
		return window(text, p.extent.earliestStart(text, from), p.extent.latestEnd(text, end)), maybeSecret
	}
	for _, s := range p.keywordPlaces[word] {
		start := from - s.offset
		if !s.prefix.matchesAt(text, start) {
			continue
		}
		if len(text)-start > freeBytes && start >= *known {
			slack := findRequiredParts(p.required, text[start:])
			if slack < 0 {
				return span{}, noMoreMatches
			}
			*known = start + slack + 1
		}
		w := window(text, p.before.earliestStart(text, start), p.extent.latestEnd(text, start))
		if w.to-start > freeBytes && findRequiredParts(p.required, text[start:w.to]) < 0 {
			return w, noMatch
		}
		return w, maybeSecret
	}
	return span{}, noMatch
}

// A verdict is what can be told of a candidate without running the expression.
type verdict uint8

const (
	noMatch  verdict = iota // the expression does not match
	noSecret                // what it matches is no secret; it may only hide another match
	maybeSecret
	noMoreMatches // nor does it from here to the end of the text
)

// all returns the spans of a rule whose keyword need not lie in its match:
// around every place where its lead fits.
func (p *plan) allWindows(text []byte) []span {
	if p.prefixes == nil {
		return []span{{from: 0, to: len(text), maybeSecret: true}}
	}
	var spans []span
	for i := p.skipper.nextPlace(text, 0); i >= 0; i = p.skipper.nextPlace(text, i+1) {
		for _, l := range p.prefixes {
			if l.matchesAt(text, i) {
				w := window(text, i, p.extent.latestEnd(text, i))
				w.maybeSecret = true
				spans = merge(spans, w)
				break
			}
		}
	}
	return spans
}
