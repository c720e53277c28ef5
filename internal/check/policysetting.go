package check

import (
	"time"

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
			f := s.inPolicy(&reviewOverdueRule, level, s.Policy.About.Line, "", "The policy was due for review on %s.", day(due))
			f.Fix = reviewed(s)
			found = append(found, setIn(s.Policy.About.File, f))
		}
		return found
	},
}

// reviewed says what to write down once the policy was looked at: of next-review
// and review-every, what is over.
func reviewed(s *Subject) string {
	byDate, byEvery := s.Policy.About.Dues()
	const date, entry = "set `about.next-review` to the next date", "add an entry with the date of the review to `about.changes`, " +
		"from which `review-every` counts"
	over := func(t time.Time) bool { return !t.IsZero() && s.after(t) }
	switch {
	case over(byDate) && over(byEvery):
		return "Review the policy, then " + date + " and " + entry + "."
	case over(byDate):
		return "Review the policy, then " + date + "."
	}
	return "Review the policy, then " + entry + "."
}
