package check

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
)

// Unchecked is a key of the policy that asks for something this run could not
// look at.
type Unchecked struct{ Key, Why string }

// A PolicyChange says that the policy file differs from an earlier one.
type PolicyChange struct {
	Since  string // what it differs from, for people: "base commit 1234567", "release 1.2.3"
	Logged bool   // about.changes has an entry that the earlier one has not
}

var unacknowledgedRule = finding.Rule{
	ID:    "publisher-unacknowledged",
	Title: "Somebody may publish the package who has not acknowledged the policy.",
	Why:   "The policy counts on people who know it. The registry lists who may publish this package.",
	Help: "Let them read the policy and add their npm name to `about.acknowledged-by`, or take them off the package: `npm owner " +
		"rm USER NAME`.",
	Severity: finding.Moderate,
	Tags:     []string{"policy"},
}

var changeUnloggedRule = finding.Rule{
	ID:       "policy-change-unlogged",
	Title:    "The policy was changed, and its list of changes does not say so.",
	Why:      "Who reads the policy next year must see when it became weaker or stronger, and why.",
	Help:     "Add an entry with the date and what was changed to `about.changes`.",
	Severity: finding.Moderate,
	Tags:     []string{"policy"},
}

var aboutPolicy = Check{
	Rules: []finding.Rule{unacknowledgedRule, changeUnloggedRule},
	Run: func(s *Subject) []finding.Finding {
		about := &s.Policy.About
		var found, strangers = []finding.Finding{}, []string{}
		for _, name := range s.Maintainers {
			if about.Acknowledged != nil && !slices.ContainsFunc(about.Acknowledged, func(a string) bool {
				return strings.EqualFold(strings.TrimPrefix(a, "@"), name)
			}) {
				strangers = append(strangers, name)
			}
		}
		for _, name := range strangers {
			f := s.inPolicy(&unacknowledgedRule, finding.Always, about.Line, name,
				"%s may publish %s and is not among those who acknowledged the policy.",
				name, s.Manifest.Name)
			found = append(found, setIn(about.File, f))
		}
		if c := s.PolicyChange; c != nil && about.Changes != nil && !c.Logged {
			found = append(found, setIn(about.File, s.inPolicy(&changeUnloggedRule, finding.Always, about.Line, "",
				"The policy file differs from that of %s, and about.changes has no new entry.", c.Since)))
		}
		return found
	},
}
