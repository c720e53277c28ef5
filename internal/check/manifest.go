package check

import (
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var manifestNameRule = finding.Rule{
	ID:    "manifest-name",
	Title: "The package name is not one the registry takes as it is written.",
	Why: "npm trims and escapes names before it publishes them, so that what goes out is not what was judged, and a " +
		"name that looks like another is how people are fooled.",
	Help:     "Use lower-case letters, digits, `-`, `_` and `.`, at most 214 characters, with an optional `@scope/` before it.",
	Severity: finding.High,
	Tags:     []string{"manifest"},
}

var manifestVersionRule = finding.Rule{
	ID:    "manifest-version",
	Title: "The version is not in canonical form.",
	Why: "npm rewrites `01.2.7` or `=1.2.5` and drops build metadata before it publishes: the version that appears " +
		"is not the one in package.json.",
	Help:     "Write the version as `npm version` would: three numbers, then an optional prerelease.",
	Severity: finding.High,
	Tags:     []string{"manifest"},
}

// Both rules follow the registry's grammar, npm's validate-npm-package-name
// and SemVer 2.0.0 without build metadata.
var manifestName = Check{
	Rules: []finding.Rule{manifestNameRule, manifestVersionRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		m := s.Manifest
		// A private package needs neither, as for npm. Whether a name of a Node
		// module has a package already is for the registry to say, on publishing.
		if err := npm.ValidName(m.Name); err != nil && !errors.Is(err, npm.ErrNodeModule) && !(m.Private && m.Name == "") {
			f := s.inManifest(&manifestNameRule, m.NameLine, m.NameColumn)
			f.Message = fmt.Sprintf("The name %q cannot be published: %v.", m.Name, err)
			f.Fix = manifestNameRule.Help
			found = append(found, f)
		}
		if problem, canonical := versionProblem(m.Version); problem != "" && !(m.Private && m.Version == "") {
			f := s.inManifest(&manifestVersionRule, m.VersionLine, 0)
			f.Message = fmt.Sprintf("The version %q %s.", m.Version, problem)
			f.Fix = manifestVersionRule.Help
			if canonical != "" {
				f.Fix = fmt.Sprintf("Write `\"version\": %q`.", canonical)
			}
			found = append(found, f)
		}
		return found
	},
}

// versionProblem returns what is wrong with a version, and its canonical form
// if it has one.
func versionProblem(version string) (problem, canonical string) {
	if version == "" {
		return "is empty", ""
	}
	v, err := npm.ParseVersion(version)
	if err != nil {
		clean, ok := npm.Clean(version)
		if !ok {
			return "is not a version", ""
		}
		return "is not a version as it is written; its canonical form is " + clean.Canonical(), clean.Canonical()
	}
	switch canonical = v.Canonical(); {
	case v.Build() != "":
		return "has build metadata, which npm drops when it publishes: it would be published as " + canonical, canonical
	case canonical != version:
		return "would be published as " + canonical, canonical
	}
	return "", ""
}

var caseVariantRule = finding.Rule{
	ID:    "manifest-case-variant",
	Title: "A key of package.json looks like one that npm reads, but is not.",
	Why: "npm ignores `Scripts` and reads `scripts`; other readers take both for the same key, so that a reviewer, " +
		"a scanner and npm see three packages.",
	Help:     "Write the key as npm does, or remove it.",
	Severity: finding.High,
	Tags:     []string{"security", "manifest"},
}

var manifestKeys = Check{
	Rules: []finding.Rule{caseVariantRule},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for _, k := range s.Manifest.CaseVariants {
			f := s.inManifest(&caseVariantRule, k.Line, k.Column)
			f.Message, f.Subject = variantMessage(k), k.Name
			f.Fix = "Write the key as npm does, or remove it."
			found = append(found, f)
		}
		if s.Tarball == nil || s.Tarball.Manifest == nil {
			return found
		}
		for _, k := range s.Tarball.Manifest.CaseVariants {
			f := packed(&caseVariantRule, "package/package.json")
			f.Line, f.Column, f.Subject = k.Line, k.Column, k.Name
			f.Message = variantMessage(k)
			f.Fix = "Write the key as npm does, or remove it, then make the tarball again."
			found = append(found, f)
		}
		return found
	},
}

func variantMessage(k npm.Key) string {
	return fmt.Sprintf("The key %q resembles %q: npm ignores it, other readers do not.", k.Name, k.Like)
}
