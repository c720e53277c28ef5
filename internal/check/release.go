package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var releaseTagRule = finding.Rule{
	ID:       "release-tag",
	Title:    "The git tag is of another version, or of another package, than package.json.",
	Why:      "What is published under a version should be what the repository calls that version; a tag that disagrees is a release nobody meant.",
	Help:     "Set the version in package.json to that of the tag, or tag the commit that has it. `1.2.3`, `v1.2.3`, `release-1.2.3`, `name@1.2.3`, `name-v1.2.3` and `folder/v1.2.3` are understood.",
	Severity: finding.High,
	Tags:     []string{"publish"},
}

var releaseCommitRule = finding.Rule{
	ID:       "release-commit",
	Title:    "The git tag points to another commit than the one that is checked out.",
	Why:      "Who looks a release up in the repository reads the code at its tag; what is published from another commit is not what they read.",
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
	ID:       "registry-mismatch",
	Title:    "The registry has this version with other bytes than these.",
	Why:      "Whoever installs this version gets what was not judged here, and nobody can tell from the version which of the two it is.",
	Help:     "Find out who published the other one and from what: `npm view NAME@VERSION dist` names it. Then raise the version, make the tarball again and gate that.",
	Severity: finding.Critical,
	Tags:     []string{"security", "publish"},
}

var releaseRef = Check{
	Rules: []finding.Rule{releaseTagRule, releaseCommitRule, publishRefusedRule, registryMismatchRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		if s.Tag != "" && !IsTagOf(s.Tag, s.Manifest, s.Folder) {
			f := s.inManifest(&releaseTagRule, s.Manifest.VersionLine, 0)
			f.Message = fmt.Sprintf("The tag is %s, package.json says version %q.", s.Tag, s.Manifest.Version)
			if s.Manifest.Version != "" && strings.HasSuffix(s.Tag, s.Manifest.Version) {
				f.Message = fmt.Sprintf("The tag is %s, which is no tag of %s %s: what stands before the version names something else.", s.Tag, s.Manifest.Name, s.Manifest.Version)
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
			f.Level, f.Subject, f.Message = finding.Alarm, r.ID, r.Text // nothing is sent, whatever an exception says
			f.Fix = publishRefusedRule.Help
			found = append(found, f)
		}
		return found
	},
}

// tagWords are what may stand before the version, or before the package's name,
// in the tags of a repository, and name no package.
var tagWords = []string{"release", "releases", "rel", "version", "versions", "ver", "tag", "npm", "publish"}

const tagSeparators = "@-_/"

// IsTagOf reports whether a tag is one of the version of a package whose folder
// is dir in the checkout: the version, with an optional v, and before it nothing
// but a common word, the package's own name or its folder. widget@1.2.3 is no
// tag of other 1.2.3.
func IsTagOf(tag string, m *npm.Manifest, dir string) bool {
	prefix, ok := strings.CutSuffix(tag, m.Version)
	if !ok || m.Version == "" {
		return false
	}
	if rest, found := strings.CutSuffix(prefix, "v"); found && (rest == "" || strings.ContainsAny(rest[len(rest)-1:], tagSeparators)) {
		prefix = rest
	}
	if prefix == "" {
		return true
	}
	if !strings.ContainsAny(prefix[len(prefix)-1:], tagSeparators) {
		return false
	}
	word := prefix[:len(prefix)-1]
	if ownTagName(word, m.Name, dir) || slices.Contains(tagWords, word) {
		return true
	}
	for _, w := range tagWords {
		rest, ok := strings.CutPrefix(word, w)
		if ok && strings.ContainsAny(rest[:1], tagSeparators) && ownTagName(rest[1:], m.Name, dir) {
			return true
		}
	}
	return false
}

// ownTagName reports whether a word stands for the package: @acme/widget,
// acme/widget, acme-widget, widget, or the folder packages/widget.
func ownTagName(word, name, dir string) bool {
	bare := strings.TrimPrefix(name, "@")
	_, short, _ := strings.Cut(bare, "/")
	return word != "" && slices.Contains([]string{name, bare, strings.ReplaceAll(bare, "/", "-"), short, dir}, word)
}
