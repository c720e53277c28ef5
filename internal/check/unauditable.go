package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
)

var unauditableRule = finding.Rule{
	ID:       "unauditable-dependency",
	Title:    "A dependency cannot be audited.",
	Why:      "Advisories name packages of the registry by version. Code from a git repository, an address or a folder, or with a version nobody can read, matches none of them: finding nothing says nothing.",
	Help:     "Depend on a published version. Where that is not possible, review the code and write an exception with a reason, an owner and a date.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain"},
}

var unauditable = Check{
	Rules: []finding.Rule{unauditableRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for p := range s.dependencies() {
			why := advisory.Unauditable(p)
			if why == "" {
				continue
			}
			f := s.about(&unauditableRule, p)
			f.Level = finding.BySeverity
			f.Message = fmt.Sprintf("%s cannot be audited: %s.", p.ID(), why)
			f.Fix = "Depend on a published version, or review this one and write an exception for it."
			found = append(found, f)
		}
		return found
	},
}
