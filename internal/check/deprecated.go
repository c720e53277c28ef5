package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var deprecatedRule = finding.Rule{
	ID:    "deprecated-dependency",
	Title: "A dependency is deprecated by its author.",
	Why: "Nobody mends it any more, and the next vulnerability in it stays. npm prints the author's words at each " +
		"install, to everybody who installs this package.",
	Help:     "Read what the author says, and move to what takes its place; of a package that comes in through another, update that one.",
	Severity: finding.Low,
	Tags:     []string{"supply-chain"},
}

// deprecated tells of what consumers install, and of what package.json itself
// names. A build tool's own tools are its author's business.
var deprecated = Check{
	Rules: []finding.Rule{deprecatedRule},
	Run: func(s *Subject) []finding.Finding {
		direct := map[*npm.Package]bool{}
		for _, e := range s.Graph.Root.Deps {
			direct[e.To] = true
		}
		var found []finding.Finding
		for p := range s.dependencies() {
			if p.Deprecated == "" || !s.Ships(p) && !direct[p] {
				continue
			}
			f := s.about(&deprecatedRule, p)
			f.Level, f.Fix = finding.Advice, deprecatedRule.Help
			f.Message = fmt.Sprintf("%s is deprecated: %s", p.ID(), clip(p.Deprecated))
			found = append(found, f)
		}
		return found
	},
}
