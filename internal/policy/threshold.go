package policy

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// levelWords are the values of audit-level and scopes, in npm's words.
var levelWords = []string{"info", "low", "moderate", "high", "critical", "none"}

// ParseThreshold reads a value of audit-level or -audit-level: info, low,
// moderate, high, critical or none, spelled exactly so. "Critical " is refused,
// not guessed: a misread level would open the gate.
func ParseThreshold(word string) (Threshold, error) {
	if err := oneOf(word, levelWords); err != nil {
		return Threshold{}, err
	}
	if word == "none" {
		return Threshold{Never: true}, nil
	}
	return Threshold{Severity: finding.ParseSeverity(word)}, nil
}

// String returns the word that ParseThreshold reads, or "any" for the zero
// value.
func (t Threshold) String() string {
	switch {
	case t.Never:
		return "none"
	case t.Severity <= finding.Unknown || t.Severity > finding.Critical:
		return "any"
	}
	return t.Severity.String()
}

// Blocks reports whether a severity reaches the threshold.
func (t Threshold) Blocks(s finding.Severity) bool {
	return !t.Never && s.Rank() >= t.rank()
}

// rank orders thresholds from the strictest: 0 (everything blocks) to 6 (none).
func (t Threshold) rank() int {
	switch {
	case t.Never:
		return int(finding.Critical) + 1
	case t.Severity <= finding.Unknown || t.Severity > finding.Critical:
		return 0
	}
	return int(t.Severity)
}

// Stricter reports whether a threshold blocks something that another does not.
func (t Threshold) Stricter(than Threshold) bool { return t.rank() < than.rank() }

// tighter returns the one of two thresholds that blocks more.
func tighter(a, b Threshold) Threshold {
	if b.Stricter(a) {
		return b
	}
	return a
}

// ParseOmit reads the value of -omit: dev, optional and peer, separated by
// commas, without spaces. prod cannot be omitted.
func ParseOmit(list string) ([]npm.Scope, error) {
	if list == "" {
		return nil, nil
	}
	var scopes []npm.Scope
	for word := range strings.SplitSeq(list, ",") {
		if err := oneOf(word, []string{"dev", "optional", "peer"}); err != nil {
			return nil, err
		}
		scopes = append(scopes, npm.Scope(word))
	}
	return scopes, nil
}

// oneOf returns an error unless word is one of words.
func oneOf(word string, words []string) error {
	for _, w := range words {
		if w == word {
			return nil
		}
	}
	err := fmt.Errorf("%q is not one of %s", display.Clip(word, 40), strings.Join(words, ", "))
	if hint := didYouMean(word, words); hint != "" {
		err = fmt.Errorf("%w; %s", err, hint)
	}
	return err
}
