package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gitignore"
)

var litterRule = finding.Rule{
	ID:       "packed-litter",
	Title:    "The tarball holds files of editors, operating systems, version control or CI.",
	Why:      "Nobody who installs the package needs them, and they tell about the machine and the people behind it.",
	Help:     "Leave the files out with the `files` field or .npmignore, or add them to `files.allow`.",
	Severity: finding.Low,
	Tags:     []string{"tarball"},
}

// litter makes one finding for all files, as advice. Files that the policy
// forbids or discourages are left to those lists.
var litter = Check{
	Rules: []finding.Rule{litterRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil || len(s.Policy.Files.Litter) == 0 {
			return nil
		}
		list := gitignore.Compile(s.Policy.Files.Litter...)
		w := newFileWalk(s.Policy)
		var names []string
		first := ""
		seen := map[string]bool{}
		for _, e := range s.Tarball.Entries {
			inner := inPackage(e.Path)
			if e.Dir || alwaysPacked(inner) || w.judges(inner) {
				continue
			}
			m := list.Match(inner, false)
			if !m.Ignored || seen[m.Path] {
				continue
			}
			seen[m.Path] = true
			if m.Path != inner {
				m.Path += "/"
			}
			names = append(names, m.Path)
			if first == "" {
				first = e.Path
			}
		}
		if len(names) == 0 {
			return nil
		}
		f := packed(&litterRule, first)
		f.Level, f.Fix = finding.Advice, litterRule.Help
		f.Message = fmt.Sprintf("The tarball holds what no user of the package needs: %s.", listed(names, 8))
		return []finding.Finding{f}
	},
}
