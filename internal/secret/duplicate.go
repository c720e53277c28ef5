package secret

import "strings"

// onePerSecret leaves out what a better rule found too: a generic rule's hit
// on the line of another rule's that holds it (gitleaks' own preference), and
// ours where gitleaks has the same value. Hits are sorted.
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

// coveredBy reports whether one of the other hits of the same line says the
// same better.
func (p *placedHit) coveredBy(line []*placedHit) bool {
	for _, o := range line {
		switch {
		case o.rule == p.rule:
		case p.rule.generic() && !o.rule.generic() && strings.Contains(o.valueText, p.valueText):
			return true
		case p.rule.generic() && !o.rule.generic() && o.candidate.Within != "" && o.at <= p.at && p.end <= o.end:
			return true // it is what the other was encoded in
		case p.rule.own && !o.rule.generic() && o.rule.order < p.rule.order && p.at < o.at+len(o.valueText) && o.at < p.at+len(p.valueText):
			return true
		}
	}
	return false
}
