package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var requiredRule = finding.Rule{
	ID:       "required-version",
	Title:    "An installed copy does not satisfy the minimum the policy requires.",
	Why:      "`dependencies.require` holds versions that security decisions were made on; one old copy deep in the tree undoes them.",
	Help:     "Update whatever brings the old copy in, or override it in package.json.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain"},
}

var required = Check{
	Rules: []finding.Rule{requiredRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for p := range s.dependencies() {
			want, named := s.Policy.Dependencies.Require[p.Name]
			if !named {
				continue
			}
			// A prerelease of a later version counts as that version.
			ok, err := npm.Satisfies(p.Version, want, true)
			if ok && err == nil {
				continue
			}
			f := s.about(&requiredRule, p)
			f.Subject = want
			f.Message = fmt.Sprintf("%s is installed; the policy requires %s.", p.ID(), want)
			if err != nil {
				f.Message = fmt.Sprintf("%s cannot be compared with %s, which the policy requires: %v.", p.ID(), want, err)
			}
			f.Fix = fmt.Sprintf("Upgrade %s, or add `\"overrides\": {\"%s\": \"%s\"}` to package.json.", listed(directs(f.Paths), 5), p.Name, want)
			found = append(found, f)
		}
		return found
	},
}
