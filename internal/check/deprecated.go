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
	Help: "Read what the author says, and move to what takes its place; of a package that comes in through another, update that one. " +
		"The policy sets what it leads to: `dependencies.deprecated`.",
	Severity: finding.Low,
	Tags:     []string{"supply-chain"},
}

// deprecated tells of what consumers install, and of what package.json itself
// names. A build tool's own tools are its author's business.
var deprecated = Check{
	Rules: []finding.Rule{deprecatedRule},
	Run: func(s *Subject) []finding.Finding {
		mode := s.Policy.Dependencies.Deprecated
		if mode == "ignore" {
			return nil
		}
		concerns := s.concerned()
		var found []finding.Finding
		for p := range s.dependencies() {
			text := s.deprecation(p)
			if text == "" || !concerns(p) {
				continue
			}
			f := s.about(&deprecatedRule, p)
			f.Level, f.Fix = finding.Advice, deprecatedRule.Help
			if mode == "block" {
				f.Level = finding.Always
			}
			f.Message = fmt.Sprintf("%s is deprecated: %s", p.ID(), clip(text))
			found = append(found, f)
		}
		return found
	},
}

// deprecation returns the author's words. What the registry says today goes
// before what it said when the lockfile was made.
func (s *Subject) deprecation(p *npm.Package) string {
	if l, asked := s.Listed.Of[p]; asked && l.There {
		return l.Deprecated
	}
	return p.Deprecated
}

// concerned returns a function that reports whether it matters that an installed
// copy is deprecated.
func (s *Subject) concerned() func(p *npm.Package) bool {
	direct := map[*npm.Package]bool{}
	for _, e := range s.Graph.Root.Deps {
		direct[e.To] = true
	}
	return func(p *npm.Package) bool { return s.Ships(p) || direct[p] }
}

// AskDeprecated returns a function that reports whether the policy has the
// registry asked if an installed copy is deprecated.
func (s *Subject) AskDeprecated() func(p *npm.Package) bool {
	if mode := s.Policy.Dependencies.Deprecated; mode != "warn" && mode != "block" {
		return func(*npm.Package) bool { return false }
	}
	concerns := s.concerned()
	return func(p *npm.Package) bool {
		return p.Source == npm.SourceRegistry && p.Bundler == nil && p.Version != "" && concerns(p)
	}
}
