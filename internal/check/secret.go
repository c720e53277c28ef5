package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/gitignore"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

var secretRule = finding.Rule{
	ID:    "secret",
	Title: "A file in the tarball, or of the commit it is made from, looks like it holds a credential.",
	Why: "Published packages are searched for credentials by machines within minutes, and a published version cannot be called " +
		"back. What is in a commit is read by everybody who can read the repository, and stays in its history.",
	Help: "Renew the credential first, then remove it from the file and its history. If it is none, add it to the " +
		"baseline or to `secrets.allow`.",
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
	Title:    "Files were not searched for secrets.",
	Why:      "A file that nobody looked into may hold anything.",
	Help:     "Leave such files out of the package if they are not needed.",
	Severity: finding.Info,
	Tags:     []string{"secret", "tarball"},
}

var secretDoubtfulRule = finding.Rule{
	ID:       "secret-doubtful",
	Title:    "Values have the form of a credential, and where they stand or what they are says that they may be none.",
	Why:      "Keys that a page shows to everybody, tokens that expire and what tests are made of look like credentials; now and then one is.",
	Help:     "Look at each once. What is a credential must be renewed; what is none can go to the baseline or to `secrets.allow`.",
	Severity: finding.Low,
	Tags:     []string{"secret", "tarball"},
}

// manySecrets is the number of findings of one detector in a file from which on
// they become one with a count.
const manySecrets = 20

// No finding contains the value, only the detector's description and the place.
var secrets = Check{
	Rules: []finding.Rule{secretRule, secretDoubtfulRule, secretKnownRule, secretUnscannedRule},
	Run: func(s *Subject) []finding.Finding {
		found, known := s.committedSecrets()
		file := s.Manifest.File
		if s.Tarball != nil {
			file = s.Tarball.File
			packed, knownThere := s.packedSecrets()
			found, known = append(packed, found...), known+knownThere
		}
		if known > 0 {
			f := finding.Finding{Rule: secretKnownRule.ID, Severity: secretKnownRule.Severity, Level: finding.Advice, File: file}
			f.Message = counted(known, "candidate") + " for secrets in the baseline or under secrets.allow, not judged."
			found = append(found, f)
		}
		return found
	},
}

// packedSecrets returns the findings about the tarball, and how many candidates
// the policy knows.
func (s *Subject) packedSecrets() (found []finding.Finding, known int) {
	inFile, inDoubt := alike{}, alike{}
	for _, c := range s.Tarball.Secrets {
		switch {
		case knows(s.Policy, c, inPackage(c.Path)):
			known++
		case c.Doubt != "":
			inDoubt.add(c.Rule+"\x00"+c.Doubt, c)
		default:
			inFile.add(c.Rule+"\x00"+c.Path, c)
		}
	}
	for _, list := range inFile.lists {
		if len(list) > manySecrets {
			found = append(found, secretTable(list))
			continue
		}
		for _, c := range list {
			found = append(found, oneSecret(c))
		}
	}
	for _, list := range inDoubt.lists {
		found = append(found, doubtful(list))
	}
	return append(found, unscanned(s.Tarball)...), known
}

// Alike groups candidates by a key, in order of first appearance.
type alike struct {
	at    map[string]int
	lists [][]tarball.Secret
}

func (g *alike) add(key string, c tarball.Secret) {
	if g.at == nil {
		g.at = map[string]int{}
	}
	i, there := g.at[key]
	if !there {
		i = len(g.lists)
		g.at[key], g.lists = i, append(g.lists, nil)
	}
	g.lists[i] = append(g.lists[i], c)
}

// of returns the candidates with a key.
func (g *alike) of(key string) []tarball.Secret { return g.lists[g.at[key]] }

// placed returns a finding at the place of a candidate.
func placed(rule *finding.Rule, c tarball.Secret) finding.Finding {
	f := packed(rule, c.Path)
	f.Line, f.Column = c.Line, c.Column
	return f
}

func oneSecret(c tarball.Secret) finding.Finding {
	f := placed(&secretRule, c)
	f.Subject = c.Rule + " " + c.Hash
	f.Message = fmt.Sprintf("%s looks like it holds a credential (%s%s): %s.", inPackage(c.Path), c.Rule, within(c),
		strings.TrimRight(c.Description, ". "))
	f.Fix = "Renew the credential, then remove it. If it is none, allow `" + c.Hash + "` under `secrets.allow`."
	return f
}

// within describes in which text inside the file a candidate was found.
func within(c tarball.Secret) string {
	if c.Within == "" {
		return ""
	}
	return ", in " + c.Within
}

// secretTable returns one finding for all candidates of a detector in a file.
func secretTable(list []tarball.Secret) finding.Finding {
	c := list[0]
	f := placed(&secretRule, c)
	f.Subject = c.Rule + " table"
	f.Message = fmt.Sprintf("%s looks like it holds %d credentials (%s), the first of them here%s: %s.",
		inPackage(c.Path), len(list), c.Rule, within(c), strings.TrimRight(c.Description, ". "))
	f.Fix = tableFix(c)
	return f
}

func tableFix(c tarball.Secret) string {
	return "Renew the credentials, then remove them. If they are none, allow rule `" + c.Rule +
		"` for this path under `secrets.allow`, or write a baseline with `publishgate baseline`."
}

// doubtfulFix is what to do about a value in doubt.
const doubtfulFix = "If it is a credential, renew it and remove it. If it is none, add it to the baseline or to `secrets.allow`."

// howMany says of how many values a candidate is the first.
func howMany(list []tarball.Secret) string {
	if len(list) == 1 {
		return "a value"
	}
	files := map[string]bool{}
	for _, other := range list {
		files[other.Path] = true
	}
	if len(files) > 1 {
		return fmt.Sprintf("the first of %d values in %d files", len(list), len(files))
	}
	return fmt.Sprintf("the first of %d values", len(list))
}

// doubtful returns one finding for all candidates of a detector with the same
// reason for doubt.
func doubtful(list []tarball.Secret) finding.Finding {
	c := list[0]
	f := placed(&secretDoubtfulRule, c)
	f.Level = finding.Advice
	f.Subject = c.Rule + " " + c.Doubt
	f.Message = fmt.Sprintf("%s holds %s that looks like a credential (%s%s), but %s.", inPackage(c.Path), howMany(list), c.Rule,
		within(c), c.Doubt)
	f.Fix = doubtfulFix
	return f
}

// knows reports whether a policy says that a candidate is no secret: by the
// detector's rule, the hash, a path pattern, several of these together, or the
// detect-secrets baseline. The baseline matches a value in any file, since
// bundlers rename files. names are the paths by which a pattern may name the file.
func knows(p *policy.Effective, c tarball.Secret, names ...string) bool {
	allow := p.Secrets.Allow
	matches := func(patterns ...string) bool {
		list := gitignore.Compile(patterns...)
		return slices.ContainsFunc(names, func(name string) bool { return list.Match(name, false).Ignored })
	}
	switch {
	case slices.Contains(allow, c.Rule), c.Hash != "" && slices.Contains(allow, c.Hash):
		return true
	case c.SHA1 != "" && p.Secrets.Known[c.SHA1]:
		return true
	case slices.ContainsFunc(p.Secrets.Together, func(a policy.AllowedSecret) bool {
		return (a.Rule == "" || a.Rule == c.Rule) && (a.Hash == "" || a.Hash == c.Hash) && (a.Path == "" || matches(a.Path))
	}):
		return true
	}
	return matches(allow...)
}

// unscanned returns one finding for all that the search left out.
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
