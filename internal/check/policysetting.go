package check

import (
	"github.com/publishgate/publishgate/internal/finding"
)

var notEnforcedRule = finding.Rule{
	ID:       "policy-not-enforced",
	Title:    "The policy asks for something that could not be checked.",
	Why:      "A line of the policy that nobody looks at must not pass in silence.",
	Help:     "Run where it can be looked at, or check it in another way and write an exception with the reason, or remove the line.",
	Severity: finding.High,
	Tags:     []string{"policy"},
}

var reviewOverdueRule = finding.Rule{
	ID:    "policy-review-overdue",
	Title: "The policy is due for review.",
	Why:   "Its owners set the date themselves.",
	Help: "Review the policy and set `about.next-review` to the next date, or add an entry with today's to `about.changes` " +
		"where `review-every` counts.",
	Severity: finding.Info,
	Tags:     []string{"policy"},
}

var policySettings = Check{
	Rules: []finding.Rule{notEnforcedRule, reviewOverdueRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for _, u := range s.Unchecked {
			if s.Acts {
				found = append(found, s.inPolicy(&notEnforcedRule, finding.Always, 0, u.Key,
					"The policy asks for %s, and this run could not look: %s.", u.Key, u.Why))
			}
		}
		if due := s.Policy.About.Due(); !due.IsZero() && s.after(due) {
			level := finding.Advice
			if s.Policy.About.Blocks {
				level = finding.Always
			}
			found = append(found, setIn(s.Policy.About.File, s.inPolicy(&reviewOverdueRule, level, s.Policy.About.Line, "",
				"The policy was due for review on %s.", day(due))))
		}
		return found
	},
}
