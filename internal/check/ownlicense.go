package check

import (
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/license"
	"github.com/publishgate/publishgate/internal/npm"
)

var licenseMismatchRule = finding.Rule{
	ID:       "license-mismatch",
	Title:    "The licence file is of another licence than package.json states.",
	Why:      "Scanners and lawyers read the field, courts read the text. Where they differ, nobody knows what is allowed.",
	Help:     "Make the `license` field name the licence whose text is packed, or replace the text.",
	Severity: finding.Moderate,
	Tags:     []string{"license", "docs"},
}

var licenseFileRule = finding.Rule{
	ID:       "license-file-missing",
	Title:    "The tarball holds no licence text.",
	Why:      "Nearly all licences ask that their text goes with every copy; without it those who pass the package on cannot keep to them.",
	Help:     "Put the text as LICENSE at the root of the package; npm packs it whatever `files` says.",
	Severity: finding.Low,
	Tags:     []string{"license", "docs"},
}

// ownLicense is about the package itself; licenses judges its dependencies.
var ownLicense = Check{
	Rules: []finding.Rule{licenseMismatchRule, licenseFileRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil || s.Tarball.Manifest == nil {
			return nil
		}
		m := s.Tarball.Manifest
		advise := func(rule *finding.Rule, format string, args ...any) []finding.Finding {
			f := packed(rule, "package/package.json")
			f.Line, f.Level, f.Fix = m.LicenseLine, finding.Advice, rule.Help
			f.Message = fmt.Sprintf(format, args...)
			return []finding.Finding{f}
		}
		if file, ok := licenseFile(m.License); ok {
			if !s.packsFile(file) {
				return s.linked(advise(&licenseFileRule, "package.json says to see the licence in %s, which the tarball does "+
					"not hold.", file), s.droppedLink(file))
			}
			return nil
		}
		if len(s.Tarball.Licences) == 0 {
			if m.License == "" || strings.EqualFold(m.License, "UNLICENSED") || !s.goesPublic(m) {
				return nil
			}
			return s.linked(advise(&licenseFileRule, "package.json states %s, and the tarball holds no licence text.",
				m.License), s.documentLink("license"))
		}
		var texts []string
		for _, t := range s.Tarball.Licences {
			texts = append(texts, license.Texts(t.Body)...)
		}
		first := inPackage(s.Tarball.Licences[0].Path)
		agrees, known := license.States(m.License, texts)
		switch {
		case len(texts) == 0, known && agrees:
			return nil
		case known:
			return advise(&licenseMismatchRule, "package.json states %s, and %s holds the text of %s.", m.License, first, listed(texts, 3))
		case m.License == "" || strings.EqualFold(m.License, "UNLICENSED"):
			return advise(&licenseMismatchRule, "package.json states no licence, and %s holds the text of %s.", first, listed(texts, 3))
		}
		return nil
	},
}

// linked adds to findings about a missing file that a link of that name was not
// packed, if there is one.
func (s *Subject) linked(found []finding.Finding, link string) []finding.Finding {
	if link != "" {
		found[0].Message, found[0].Fix = found[0].Message+notPacked(link), linkFix(link)
	}
	return found
}

// goesPublic reports whether the package will be public, by package.json: a
// package with a scope is restricted unless it says otherwise.
func (s *Subject) goesPublic(m *npm.Manifest) bool {
	access := m.PublishConfig["access"]
	return !strings.HasPrefix(m.Name, "@") || access == "public" || access == "" && s.Policy.Publish.Access == "public"
}

// licenseFile reads npm's form "SEE LICENSE IN <filename>".
func licenseFile(text string) (name string, ok bool) {
	const form = "SEE LICENSE IN "
	if len(text) <= len(form) || !strings.EqualFold(text[:len(form)], form) {
		return "", false
	}
	name = strings.TrimPrefix(strings.Trim(strings.TrimSpace(text[len(form):]), "<>"), "./")
	return name, name != "" && !strings.Contains(name, "://")
}

func (s *Subject) packsFile(name string) bool {
	for _, e := range s.Tarball.Entries {
		if !e.Dir && strings.EqualFold(inPackage(e.Path), name) {
			return true
		}
	}
	return false
}
