package check

import (
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gitignore"
	"github.com/publishgate/publishgate/internal/tarball"
)

var fileMissingRule = finding.Rule{
	ID:    "file-missing",
	Title: "The tarball lacks a file that the policy requires.",
	Why: "The policy names what everybody who installs the package must get. A build that did not run, or a narrow `files` " +
		"field, leaves it out.",
	Help:     "Build before packing, or add the file to the `files` field; if it is not meant to ship, take it out of `files.require`.",
	Severity: finding.Moderate,
	Tags:     []string{"tarball"},
}

var scriptMissingRule = finding.Rule{
	ID:       "script-missing",
	Title:    "package.json lacks a script that the policy requires.",
	Why:      "The policy counts on checks that developers run before the release, and this package has none to run.",
	Help:     "Add the script to package.json, or take it out of `manifest.scripts.require`.",
	Severity: finding.Moderate,
	Tags:     []string{"manifest", "policy"},
}

// demanded looks for the files and the scripts that the policy requires.
var demanded = Check{
	Rules: []finding.Rule{fileMissingRule, scriptMissingRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for _, pattern := range s.Policy.Files.Require {
			if s.Tarball == nil || s.packsAny(gitignore.Compile(pattern)) {
				continue
			}
			f := s.inManifest(&fileMissingRule, 0, 0)
			f.Subject, f.Fix = pattern, fileMissingRule.Help
			f.Message = fmt.Sprintf("No file of the tarball matches %q of files.require.", pattern)
			found = append(found, f)
		}
		for _, name := range slices.Compact(slices.Sorted(slices.Values(s.Policy.Scripts))) {
			if s.hasScript(name) {
				continue
			}
			f := s.inManifest(&scriptMissingRule, 0, 0)
			f.Subject, f.Fix = name, scriptMissingRule.Help
			f.Message = fmt.Sprintf("package.json has no script %q, which manifest.scripts.require names.", name)
			found = append(found, f)
		}
		return found
	},
}

// packsAny reports whether a file of the tarball matches a pattern.
func (s *Subject) packsAny(pattern *gitignore.List) bool {
	return slices.ContainsFunc(s.Tarball.Entries, func(e tarball.Entry) bool {
		return !e.Dir && pattern.Match(inPackage(e.Path), false).Ignored
	})
}
