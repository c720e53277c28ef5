package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var unauditableRule = finding.Rule{
	ID:    "unauditable-dependency",
	Title: "A dependency cannot be audited.",
	Why: "Advisories name packages of the registry by version. Code from a git repository, an address or a folder, " +
		"or with a version nobody can read, matches none of them: finding nothing says nothing.",
	Help: "Depend on a published version. Where that is not possible, review the code and write an exception with a " +
		"reason, an owner and a date.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain"},
}

var unauditable = Check{
	Rules: []finding.Rule{unauditableRule, bundledUnlockedRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for p := range s.dependencies() {
			why := s.unauditable(p)
			if why == "" {
				continue
			}
			f := s.about(&unauditableRule, p)
			f.Level = finding.BySeverity
			f.Message = fmt.Sprintf("%s cannot be audited: %s.", p.ID(), why)
			f.Fix = "Depend on a published version, or review this one and write an exception for it."
			found = append(found, f)
		}
		return append(found, s.unlockedAudit()...)
	},
}

// unauditable returns in a few words why no advisory can vouch for a copy;
// empty if the sources were asked.
func (s *Subject) unauditable(p *npm.Package) string {
	if why := advisory.Unauditable(p); why != "" || !s.Unasked[p.Name] {
		return why
	}
	return "its scope has a registry of its own, and no source could be asked about it"
}
