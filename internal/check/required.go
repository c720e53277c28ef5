package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/upgrade"
)

var requiredRule = finding.Rule{
	ID:       "required-version",
	Title:    "An installed copy does not satisfy the minimum the policy requires.",
	Why:      "`dependencies.require` holds versions that security decisions were made on; one old copy deep in the tree undoes them.",
	Help:     "Update whatever brings the old copy in, or override it where your package manager reads overrides.",
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
			f.Fix = s.lift(p, want, f.Paths)
			found = append(found, f)
		}
		return found
	},
}

// lift says how a copy becomes one that a range admits, in the words of the project's
// manager. paths lead to the copy.
func (s *Subject) lift(p *npm.Package, want string, paths [][]string) string {
	by, tool := directs(paths), s.Graph.Tool()
	if p.Bundled || p.Bundler != nil || s.unlocked(p) {
		return fmt.Sprintf("Upgrade %s to a release that has %s %s: nothing else replaces a bundled copy.", listed(by, 5), p.Name, want)
	}
	name, value := p.Name, want
	if p.Alias != "" {
		name, value = p.Alias, "npm:"+p.Name+"@"+want
	}
	var parts []string
	if slices.ContainsFunc(paths, func(path []string) bool { return len(path) == 2 }) {
		parts = append(parts, fmt.Sprintf("raise %s to `%s` in package.json", name, value))
	}
	if len(by) > 0 || len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("upgrade %s, or %s", listed(by, 5), upgrade.Pin(s.Graph, s.Manifest, name, value)))
	}
	text := strings.Join(parts, "; ")
	return fmt.Sprintf("%s%s; then run `%s`.", strings.ToUpper(text[:1]), text[1:], tool.Install)
}
