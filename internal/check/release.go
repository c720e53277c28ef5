package check

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/source"
)

var releaseTagRule = finding.Rule{
	ID:    "release-tag",
	Title: "The git tag is of another version, or of another package, than package.json.",
	Why: "What is published under a version should be what the repository calls that version; a tag that disagrees " +
		"is a release nobody meant.",
	Help: "Set the version in package.json to that of the tag, or tag the commit that has it. `1.2.3`, `v1.2.3`, " +
		"`release-1.2.3`, `name@1.2.3`, `name-v1.2.3` and `folder/v1.2.3` are understood.",
	Severity: finding.High,
	Tags:     []string{"publish"},
}

var releaseCommitRule = finding.Rule{
	ID:    "release-commit",
	Title: "The git tag points to another commit than the one that is checked out.",
	Why: "Who looks a release up in the repository reads the code at its tag; what is published from another commit " +
		"is not what they read.",
	Help:     "Check out the tag itself, without a `ref` of its own, or move the tag to the commit that is meant.",
	Severity: finding.High,
	Tags:     []string{"security", "publish"},
}

var publishRefusedRule = finding.Rule{
	ID:       "publish-refused",
	Title:    "The package cannot be published as it was asked for.",
	Why:      "The manifest in the tarball would make npm or the registry do something else than what was judged.",
	Help:     "Change what the message names, make the tarball again and gate it.",
	Severity: finding.High,
	Tags:     []string{"security", "publish"},
}

var registryMismatchRule = finding.Rule{
	ID:    "registry-mismatch",
	Title: "The registry has this version with other bytes than these.",
	Why:   "Whoever installs this version gets what was not judged here, and nobody can tell from the version which of the two it is.",
	Help: "Find out who published the other one and from what: `npm view NAME@VERSION dist` names it. Then raise the " +
		"version, make the tarball again and gate that.",
	Severity: finding.Critical,
	Tags:     []string{"security", "publish"},
}

var releaseRef = Check{
	Rules: []finding.Rule{releaseTagRule, releaseCommitRule, publishRefusedRule, registryMismatchRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		if s.Tag != "" && !source.IsTagOf(s.Tag, s.Manifest.Name, s.Manifest.Version, s.Folder) {
			f := s.inManifest(&releaseTagRule, s.Manifest.VersionLine, 0)
			f.Message = fmt.Sprintf("The tag is %s, package.json says version %q.", s.Tag, s.Manifest.Version)
			if s.Manifest.Version != "" && strings.HasSuffix(s.Tag, s.Manifest.Version) {
				f.Message = fmt.Sprintf("The tag is %s, which is no tag of %s %s: what stands before the version names "+
					"something else.", s.Tag, s.Manifest.Name, s.Manifest.Version)
			}
			f.Fix = releaseTagRule.Help
			found = append(found, f)
		}
		if c := s.Commit; s.Tag != "" && c != nil && c.Release != c.SHA {
			f := s.inManifest(&releaseCommitRule, s.Manifest.VersionLine, 0)
			f.Message = fmt.Sprintf("The tag %s points to commit %.7s, and %s is checked out.", s.Tag, c.Release, c.Short())
			if c.Release == "" {
				f.Message = fmt.Sprintf("The tag %s is not known to the checkout, which is at commit %s.", s.Tag, c.Short())
			}
			f.Fix = releaseCommitRule.Help
			found = append(found, f)
		}
		if s.Taken != "" {
			f := s.inManifest(&registryMismatchRule, s.Manifest.VersionLine, 0)
			f.Level = finding.Alarm
			f.Message, f.Fix = s.Taken, registryMismatchRule.Help
			found = append(found, f)
		}
		for _, r := range s.Refusals {
			f := packed(&publishRefusedRule, "package/package.json")
			f.Level, f.Subject, f.Message = finding.Alarm, r.ID, r.Text // no exception lifts it
			f.Fix = publishRefusedRule.Help
			found = append(found, f)
		}
		return found
	},
}
