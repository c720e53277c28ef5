package secret

import (
	"regexp/syntax"
	"slices"
)

// A plan says where in a text the expression of a rule must run. It is derived from
// the expression once, when a keyword of the rule is first seen.
type plan struct {
	extent        *extent         // of a whole match
	prefixes      []*prefix       // what matches begin with; nil: unknown
	keywordPlaces []keywordPlaces // by keyword of the rule, where it stands in the prefixes; nil: no fixed places are known
	before        *extent         // of what comes before the prefixes of keywordPlaces
	required      []requiredPart  // what a match contains behind its prefix
	skipper       *prefixSkipper  // skips texts without prefixes; nil: the prefixes are unknown

	// anchored says that every match contains a keyword, so that only the surroundings
	// of keywords are searched. Otherwise the whole text is searched once it contains a
	// keyword anywhere, as gitleaks does.
	anchored bool

	assignment *assignment // the rule wants `keyword … = value`, as half of gitleaks' rules do; nil: it does not
}

// keywordPlaces are the places of one keyword in the prefixes of a part of the
// expression that every match contains.
type keywordPlaces []keywordPlace

// A keywordPlace is the offset of a keyword in a prefix.
type keywordPlace struct {
	prefix *prefix
	offset int
}

// newPlan analyses the expression of a rule, which is known to compile.
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

// anyByte returns the set of all bytes.
func anyByte() *set {
	s := &set{}
	for b := range s {
		s[b] = true
	}
	return s
}

// sequence splits an expression into the expressions that match one after the
// other.
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

// findKeywordPlaces looks for the first part of the sequence from which on every
// match has a keyword at a fixed offset.
func (p *plan) findKeywordPlaces(parts []*syntax.Regexp, keywords []string) {
	for i := range parts {
		prefixes := prefixesOf(parts[i:])
		found := make([]keywordPlaces, len(keywords))
		for _, l := range prefixes {
			words, at := l.spells(keywords)
			if words == nil {
				found = nil
				break
			}
			for _, w := range words {
				k := slices.Index(keywords, w)
				found[k] = append(found[k], keywordPlace{l, at})
			}
		}
		if len(prefixes) > 0 && found != nil {
			p.keywordPlaces = found
			p.before = newExtent(&syntax.Regexp{Op: syntax.OpConcat, Sub: parts[:i]})
			p.required = requiredPartsOf(parts[i:])
			return
		}
	}
}

// rulesOut reports whether the keyword text[from:end] cannot be part of a match,
// judged by the bytes next to it. keyword is its index in the rule.
func (p *plan) rulesOut(text []byte, keyword, from, end int) bool {
	switch {
	case p.assignment != nil:
		return signEnd(text, p.assignment.gapEnd(text, end)) < 0
	case p.keywordPlaces != nil:
		return !slices.ContainsFunc(p.keywordPlaces[keyword], func(s keywordPlace) bool { return s.prefix.matchesAt(text, from-s.offset) })
	}
	return false
}

// windowAround returns the window that contains every match that the keyword
// text[from:end] can be part of, and a verdict on them. Matches that begin before
// requiredUntil are known to have the required parts.
func (p *plan) windowAround(text []byte, keyword, from, end int, requiredUntil *int) (span, verdict) {
	switch {
	case p.assignment != nil:
		return p.assignment.windowAround(text, from, end)
	case p.keywordPlaces == nil:
		return window(text, p.extent.earliestStart(text, from), p.extent.latestEnd(text, end)), maybeSecret
	}
	for _, s := range p.keywordPlaces[keyword] {
		start := from - s.offset
		if !s.prefix.matchesAt(text, start) {
			continue
		}
		if len(text)-start > freeBytes && start >= *requiredUntil {
			slack := findRequiredParts(p.required, text[start:])
			if slack < 0 {
				return span{}, noMoreMatches
			}
			*requiredUntil = start + slack + 1
		}
		w := window(text, p.before.earliestStart(text, start), p.extent.latestEnd(text, start))
		if w.to-start > freeBytes && findRequiredParts(p.required, text[start:w.to]) < 0 {
			return w, noMatch
		}
		return w, maybeSecret
	}
	return span{}, noMatch
}

// A verdict is what is known about a possible match before the expression runs.
type verdict uint8

const (
	noMatch       verdict = iota // the expression does not match
	noSecret                     // a match is no secret; it may only hide another match
	maybeSecret                  // the expression must run
	noMoreMatches                // the expression matches nothing from here to the end of the text
)

// allWindows returns the spans of a rule whose matches need not contain its
// keyword: one around every place where a prefix matches.
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
