package check

import (
	"github.com/publishgate/publishgate/internal/finding"
)

var commitUnreviewedRule = finding.Rule{
	ID:    "commit-unreviewed",
	Title: "Nobody else reviewed the commit that is released.",
	Why: "`source.review: required` says that a second person looks at each change. One person, or one stolen account, could have " +
		"put anything into this commit.",
	Help: "Open a pull request with the change, have somebody who wrote none of it approve its last commit, merge it, and release that " +
		"commit.",
	Severity: finding.High,
	Tags:     []string{"security", "source"},
}

var branchUnprotectedRule = finding.Rule{
	ID:    "branch-unprotected",
	Title: "The branch that is released from is not protected.",
	Why: "Reviews and checks can be gone around where anybody with write access can push. `source.protected: true` says that nobody " +
		"can.",
	Help: "Add a ruleset for the branch, in the repository's settings under Rules, that requires a pull request or status checks, and " +
		"release a commit of that branch.",
	Severity: finding.High,
	Tags:     []string{"security", "source"},
}

// sourceReview holds who reviewed the commit, and what guards its branch,
// against the policy.
var sourceReview = Check{
	Rules: []finding.Rule{commitUnreviewedRule, branchUnprotectedRule},
	Run: func(s *Subject) []finding.Finding {
		e, asked := s.Source, s.Policy.Source.OfGitHub()
		if e == nil {
			return nil
		}
		var found []finding.Finding
		if asked.Review {
			if why := e.Unreviewed(); why != "" {
				found = append(found, s.inPolicy(&commitUnreviewedRule, finding.Always, asked.Line, "",
					"Commit %s counts as unreviewed: %s.", e.Short(), why))
			}
		}
		switch {
		case !asked.Protected || e.Branch.Guarded():
		case e.Branch.Name == "":
			found = append(found, s.inPolicy(&branchUnprotectedRule, finding.Always, asked.Line, "",
				"Commit %s is on no branch that is known: not on the default branch, and the last one of no other.", e.Short()))
		default:
			found = append(found, s.inPolicy(&branchUnprotectedRule, finding.Always, asked.Line, "",
				"Whoever may write to the repository can push to %s: no rule of it requires a pull request or a check.", e.Branch.Name))
		}
		return found
	},
}
