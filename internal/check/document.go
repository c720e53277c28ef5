package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
)

var missingDocRule = finding.Rule{
	ID:       "missing-doc",
	Title:    "A document that the policy requires is missing.",
	Why:      "Whoever installs the package has only what ships with it: what it does, under which licence, and where to report a problem.",
	Help:     "Add the document at the root of the package, and to the `files` field unless npm packs it anyway.",
	Severity: finding.Moderate,
	Tags:     []string{"docs"},
}

var readmeSectionRule = finding.Rule{
	ID:       "readme-section",
	Title:    "The README lacks a section that the policy requires.",
	Why:      "The policy names what users of this package must be told.",
	Help:     "Add a heading with these words to the README.",
	Severity: finding.Moderate,
	Tags:     []string{"docs"},
}

var documents = Check{
	Rules: []finding.Rule{missingDocRule, readmeSectionRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil {
			return nil
		}
		var found []finding.Finding
		for _, doc := range s.Policy.Docs.Require {
			if s.ships(doc) {
				continue
			}
			f := s.inManifest(&missingDocRule, 0, 0)
			f.Subject = doc
			f.Message = fmt.Sprintf("The package has no %s.", doc)
			f.Fix = missingDocRule.Help
			if link := s.documentLink(doc); link != "" {
				f.Message, f.Fix = f.Message+notPacked(link), linkFix(link)
			}
			found = append(found, f)
		}
		titles := headings(s.Tarball.Readme)
		for _, want := range s.Policy.Docs.ReadmeSections {
			if slices.ContainsFunc(titles, func(t string) bool { return strings.Contains(t, strings.ToLower(want)) }) {
				continue
			}
			f := s.inManifest(&readmeSectionRule, 0, 0)
			f.Subject = want
			f.Message = fmt.Sprintf("The README has no section about %q.", want)
			f.Fix = readmeSectionRule.Help
			found = append(found, f)
		}
		return found
	},
}

// ships reports whether the tarball's root holds a non-empty document. A name
// without an extension matches any ("README" matches readme.md); both spellings
// of licence, and COPYING, are a LICENSE. A document that npm does not pack by
// itself may be at the root of DIR instead (Subject.RootFiles).
func (s *Subject) ships(doc string) bool {
	for _, e := range s.Tarball.Entries {
		if inner := inPackage(e.Path); !e.Dir && e.Size > 0 && !strings.Contains(inner, "/") && isDocument(inner, doc) {
			return true
		}
	}
	return !alwaysPacked(doc) && slices.ContainsFunc(s.RootFiles, func(name string) bool { return isDocument(name, doc) })
}

func isDocument(name, doc string) bool {
	name, doc = strings.ToLower(name), strings.ToLower(doc)
	if name == doc {
		return true
	}
	stem, _, _ := strings.Cut(name, ".")
	if doc == "license" || doc == "licence" {
		return slices.Contains([]string{"license", "licence", "copying"}, stem)
	}
	return stem == doc
}

// headings lists the headings of a markdown text, in lower case: lines that
// begin with #, and lines underlined with = or -. Fenced code has none.
func headings(text string) []string {
	var titles []string
	previous, fence := "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case fence != "":
			if strings.HasPrefix(line, fence) {
				fence = ""
			}
			line = ""
		case strings.HasPrefix(line, "```"), strings.HasPrefix(line, "~~~"):
			fence, line = line[:3], ""
		case strings.HasPrefix(line, "#"):
			titles = append(titles, strings.ToLower(strings.TrimSpace(strings.Trim(line, "#"))))
		case line != "" && previous != "" && (strings.Trim(line, "=") == "" || strings.Trim(line, "-") == ""):
			titles = append(titles, strings.ToLower(previous))
		}
		previous = line
	}
	return titles
}
