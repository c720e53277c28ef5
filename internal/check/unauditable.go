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
			if why == "" && s.Unasked[p.Name] {
				why = "its scope has a registry of its own, and no source could be asked about it"
			}
			if why == "" {
				continue
			}
			f := s.about(&unauditableRule, p)
			f.Level = finding.BySeverity
			f.Message = fmt.Sprintf("%s cannot be audited: %s.", p.ID(), why)
			f.Fix = "Depend on a published version, or review this one and write an exception for it."
			found = append(found, f)
		}
		return append(found, s.unknownBundled()...)
	},
}

// unknownBundled reports what the tarball carries in a node_modules and the
// lockfile does not have in that version: it ships, and no source was asked
// about it.
func (s *Subject) unknownBundled() []finding.Finding {
	if s.Tarball == nil || len(s.Tarball.Bundled) == 0 {
		return nil
	}
	known := map[[2]string]bool{}
	for _, p := range s.Graph.Packages {
		known[[2]string{p.Name, p.Version}] = true
	}
	var found []finding.Finding
	for _, b := range s.Tarball.Bundled {
		if known[[2]string{b.Name, b.Version}] {
			continue
		}
		f := packed(&unauditableRule, b.Path)
		f.Level, f.Subject = finding.BySeverity, b.Path
		f.Message = fmt.Sprintf("%s@%s is packed into the tarball and not in the lockfile: no advisory was looked up for it.", b.Name, b.Version)
		f.Fix = "Install what the lockfile says, then make the tarball again."
		found = append(found, f)
	}
	return found
}
