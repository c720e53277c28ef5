package secret

import "strings"

// onePerSecret drops hits for which a better rule has a hit. A generic rule's hit
// is dropped if another rule's hit on its line contains it, as in gitleaks. A hit
// of one of our rules is dropped if a rule of gitleaks found the same value; but
// where that found a part of a value that ours knows the whole of, it is dropped
// itself: the beginning of a token may be that of many. The hits must be ordered.
func onePerSecret(hits []placedHit) []placedHit {
	if len(hits) == 0 {
		return nil
	}
	byLine := map[int][]*placedHit{}
	for i := range hits {
		byLine[hits[i].matchLine] = append(byLine[hits[i].matchLine], &hits[i])
	}
	var kept []placedHit
	for i := range hits {
		if !hits[i].coveredBy(byLine[hits[i].matchLine]) {
			kept = append(kept, hits[i])
		}
	}
	return kept
}

// coveredBy reports whether a better rule has a hit for the same secret on the
// line.
func (p *placedHit) coveredBy(line []*placedHit) bool {
	for _, o := range line {
		switch {
		case o.rule == p.rule:
		case p.rule.generic() && !o.rule.generic() && strings.Contains(o.valueText, p.valueText):
			return true
		case p.rule.generic() && !o.rule.generic() && o.candidate.Within != "" && o.at <= p.at && p.end <= o.end:
			return true // the other secret is encoded in this value
		case o.rule.whole && !p.rule.whole && o.at <= p.at && p.at+len(p.valueText) <= o.at+len(o.valueText):
			return true
		case p.rule.whole:
		case p.rule.own && !o.rule.generic() && o.rule.order < p.rule.order && p.at < o.at+len(o.valueText) && o.at < p.at+len(p.valueText):
			return true
		}
	}
	return false
}
