package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/markdown"
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

var readmeSectionEmptyRule = finding.Rule{
	ID:       "readme-section-empty",
	Title:    "A section of the README that the policy requires says nothing.",
	Why:      "The policy names what users of this package must be told. A heading alone tells them nothing.",
	Help:     "Write below the heading what users must know.",
	Severity: finding.Moderate,
	Tags:     []string{"docs"},
}

var documents = Check{
	Rules: []finding.Rule{missingDocRule, readmeSectionRule, readmeSectionEmptyRule},
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
			if IsSecurityDoc(doc) && s.Security != nil && s.Security.None {
				f.Message = fmt.Sprintf("The package has no %s; what it must say, docs.security of the policy says.", doc)
			}
			f.Fix = missingDocRule.Help
			if link := s.documentLink(doc); link != "" {
				f.Message, f.Fix = f.Message+notPacked(link), linkFix(link)
			}
			found = append(found, f)
		}
		all := sections(s.Tarball.Readme)
		for _, want := range s.Policy.Docs.ReadmeSections {
			rule, problem := &readmeSectionRule, "has no section about %q"
			for _, one := range all {
				if !strings.Contains(strings.ToLower(one.title), strings.ToLower(want)) {
					continue
				}
				if rule, problem = &readmeSectionEmptyRule, "has a heading about %q and nothing below it"; one.says != "" {
					rule = nil
					break
				}
			}
			if rule == nil {
				continue
			}
			f := s.inManifest(rule, 0, 0)
			f.Subject, f.Fix = want, rule.Help
			f.Message = fmt.Sprintf("The README "+problem+".", want)
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

// A section is a heading of a markdown text and what is said below it, those
// below its own lesser headings too.
type section struct {
	level int
	title string
	line  int    // of the heading
	says  string // the text below it, without headings, comments and placeholders; empty: it says nothing
}

// sections lists the sections of a markdown text. Headings begin with #, or are
// underlined with = or -. Fenced code has none.
func sections(text string) []section {
	var all []section
	previous, fence, comment, number := "", "", false, 0
	say := func(line string) {
		level := 7
		for i := len(all) - 1; i >= 0 && !isPlaceholder(line); i-- {
			if s := &all[i]; s.level < level {
				s.says += line + "\n"
				level = s.level
			}
		}
	}
	title := func(level int, text string, line int) {
		all = append(all, section{level: level, title: strings.TrimSpace(text), line: line})
	}
	for _, line := range markdown.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		switch {
		case fence != "":
			if markdown.Closes(line, fence) {
				fence = ""
			} else {
				say(line)
			}
			line = ""
		case markdown.Fence(line) != "":
			fence, line = markdown.Fence(line), ""
		case comment || strings.HasPrefix(line, "<!--"):
			comment = !strings.Contains(line, "-->")
			line = ""
		case strings.HasPrefix(line, "#"):
			title(len(line)-len(strings.TrimLeft(line, "#")), strings.Trim(line, "#"), number)
			line = ""
		case line != "" && previous != "" && (strings.Trim(line, "=") == "" || strings.Trim(line, "-") == ""):
			for i := range all { // it was taken for a sentence of the sections above
				all[i].says = strings.TrimSuffix(all[i].says, previous+"\n")
			}
			title(map[byte]int{'=': 1, '-': 2}[line[0]], previous, number-1)
			line = ""
		default:
			say(line)
		}
		previous = line
	}
	return all
}

// isPlaceholder reports whether a line says nothing: it is empty, or what people
// write where they mean to write something.
func isPlaceholder(line string) bool {
	bare := strings.ToLower(strings.Trim(line, " \t*_-.>…:`[]()!"))
	return bare == "" || slices.Contains([]string{"todo", "tbd", "tba", "wip", "fixme", "coming soon", "to be written", "to do", "n/a",
		"lorem ipsum", "placeholder"}, bare)
}
