package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gitignore"
	"github.com/publishgate/publishgate/internal/tarball"
)

var secretRule = finding.Rule{
	ID:       "secret",
	Title:    "A file in the tarball looks like it holds a credential.",
	Why:      "Published packages are searched for credentials by machines within minutes, and a published version cannot be called back.",
	Help:     "Renew the credential first, then remove it from the file and its history. If it is none, add it to the baseline or to `secrets.allow`.",
	Severity: finding.Critical,
	Tags:     []string{"security", "secret", "tarball"},
}

var secretKnownRule = finding.Rule{
	ID:       "secret-known",
	Title:    "Candidates for secrets were left out because the baseline or the policy names them.",
	Why:      "What is not judged is said, so that a baseline cannot grow unseen.",
	Help:     "Look through the baseline and `secrets.allow` from time to time.",
	Severity: finding.Info,
	Tags:     []string{"secret", "policy"},
}

var secretUnscannedRule = finding.Rule{
	ID:       "secret-unscanned",
	Title:    "Files in the tarball were not searched for secrets.",
	Why:      "A file that nobody looked into may hold anything.",
	Help:     "Leave such files out of the package if they are not needed.",
	Severity: finding.Info,
	Tags:     []string{"secret", "tarball"},
}

// No finding carries the value, only the detector's words and the place.
var secrets = Check{
	Rules: []finding.Rule{secretRule, secretKnownRule, secretUnscannedRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Tarball == nil {
			return nil
		}
		var found []finding.Finding
		paths := gitignore.Compile(s.Policy.Secrets.Allow...)
		known := 0
		for _, c := range s.Tarball.Secrets {
			if s.knows(c, paths) {
				known++
				continue
			}
			f := packed(&secretRule, c.Path)
			f.Line, f.Column, f.Subject = c.Line, c.Column, c.Rule+" "+c.Hash
			f.Message = fmt.Sprintf("%s looks like it holds a credential (%s): %s.", inPackage(c.Path), c.Rule, strings.TrimRight(c.Description, ". "))
			f.Fix = "Renew the credential, then remove it. If it is none, allow `" + c.Hash + "` under `secrets.allow`."
			found = append(found, f)
		}
		if known > 0 {
			f := finding.Finding{Rule: secretKnownRule.ID, Severity: secretKnownRule.Severity, Level: finding.Advice, File: s.Tarball.File}
			f.Message = fmt.Sprintf("%d candidates for secrets are in the baseline or under secrets.allow and were not judged.", known)
			found = append(found, f)
		}
		return append(found, unscanned(s.Tarball)...)
	},
}

// knows reports whether the owner said that a candidate is no secret: by the
// detector's rule, the hash, a path pattern, or the detect-secrets baseline.
func (s *Subject) knows(c tarball.Secret, paths *gitignore.List) bool {
	inner := inPackage(c.Path)
	switch {
	case slices.Contains(s.Policy.Secrets.Allow, c.Rule), c.Hash != "" && slices.Contains(s.Policy.Secrets.Allow, c.Hash):
		return true
	case c.SHA1 != "" && s.Policy.Secrets.Known[inner+"\x00"+c.SHA1]:
		return true
	}
	return paths.Match(inner, false).Ignored
}

// unscanned is one finding for all that the search left out.
func unscanned(t *tarball.Tarball) []finding.Finding {
	if len(t.Unscanned) == 0 {
		return nil
	}
	f := finding.Finding{Rule: secretUnscannedRule.ID, Severity: secretUnscannedRule.Severity, Level: finding.Advice}
	f.File, f.InTarball = t.Unscanned[0].Path, true
	var parts []string
	for _, u := range t.Unscanned {
		parts = append(parts, fmt.Sprintf("%s (%s)", inPackage(u.Path), u.Why))
	}
	f.Message = fmt.Sprintf("Not searched for secrets: %s.", listed(parts, 5))
	return []finding.Finding{f}
}
