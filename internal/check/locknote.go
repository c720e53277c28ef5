package check

import (
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// A note of the lockfile reader is its own rule, so that it can be waived by
// itself.
type noteRule struct {
	kind  string // npm.Note.Kind
	rule  finding.Rule
	level finding.Level
}

var noteRules = []noteRule{
	{npm.NoteLockMismatch, finding.Rule{
		ID:       "lockfile-outdated",
		Title:    "The lockfile does not match package.json.",
		Why:      "`npm ci` refuses such a pair, and `npm install` would take other versions than those judged here.",
		Help:     "Run `npm install` and commit the lockfile.",
		Severity: finding.High,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.Always},
	{npm.NoteMissing, finding.Rule{
		ID:       "lockfile-incomplete",
		Title:    "A package needs another that the lockfile lacks.",
		Why:      "npm will fetch a version that nobody judged, or leave the package broken.",
		Help:     "Run `npm install` and commit the lockfile.",
		Severity: finding.High,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.BySeverity},
	{npm.NoteCaseVariant, finding.Rule{
		ID:       "lockfile-case-variant",
		Title:    "A key of the lockfile looks like one that npm reads, but is not.",
		Why:      "npm ignores it and other readers do not, so that a scanner judges a tree that npm does not install.",
		Help:     "Delete the lockfile entry and run `npm install --package-lock-only`; then find out who changed it.",
		Severity: finding.High,
		Tags:     []string{"security", "lockfile"},
	}, finding.Always},
	{npm.NoteV2Mismatch, finding.Rule{
		ID:       "lockfile-halves-differ",
		Title:    "The two halves of a version 2 lockfile disagree.",
		Why:      "npm 7 and later reads `packages`, npm 6 and other tools read `dependencies`: they install different trees. What is judged here is `packages`.",
		Help:     "Write the lockfile anew as version 3, which has one half: `npm install --package-lock-only --lockfile-version 3`.",
		Severity: finding.Moderate,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.Advice},
	{npm.NoteShrinkwrap, finding.Rule{
		ID:       "lockfile-shrinkwrap",
		Title:    "The tree was read from npm-shrinkwrap.json.",
		Why:      "npm up to 11 prefers it to package-lock.json and ships it in the tarball; npm 12 no longer reads it, and will install another tree.",
		Help:     "Rename it to package-lock.json unless consumers must get exactly these versions.",
		Severity: finding.Low,
		Tags:     []string{"lockfile"},
	}, finding.Advice},
	{npm.NoteNestedShrinkwrap, finding.Rule{
		ID:       "lockfile-nested-shrinkwrap",
		Title:    "A dependency ships a shrinkwrap of its own.",
		Why:      "It decides which versions are installed below that dependency, from which addresses, whatever everybody else asks for.",
		Help:     "Look at what it pins; updates and overrides do not reach below it.",
		Severity: finding.Moderate,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.Advice},
	{npm.NoteTwoLockfiles, finding.Rule{
		ID:       "lockfile-ambiguous",
		Title:    "There are lockfiles of several package managers.",
		Why:      "Only one of them was judged; whoever installs with the other manager gets a tree nobody looked at.",
		Help:     "Keep the lockfile of the manager that is used and delete the others.",
		Severity: finding.Moderate,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.Advice},
	{npm.NoteExtraneous, finding.Rule{
		ID:       "lockfile-extraneous",
		Title:    "The lockfile has an entry that nothing asks for.",
		Why:      "It is installed and judged all the same, but no dependency explains it.",
		Help:     "Run `npm prune --package-lock-only`.",
		Severity: finding.Low,
		Tags:     []string{"lockfile"},
	}, finding.Advice},
	{npm.NoteInvalid, finding.Rule{
		ID:       "lockfile-invalid",
		Title:    "An installed copy is not what a dependency asks for.",
		Why:      "An override or `--legacy-peer-deps` can be the reason, a lockfile edited by hand as well; `npm ls` calls such a tree invalid.",
		Help:     "Run `npm ls` to see the copy, then update the dependency that asks for another version.",
		Severity: finding.Low,
		Tags:     []string{"lockfile"},
	}, finding.Advice},
	{npm.NoteOldLockfile, finding.Rule{
		ID:       "lockfile-old",
		Title:    "The lockfile is in the form of npm 4 or older.",
		Why:      "It does not say who needs whom, so that scopes and chains are only as good as its flags.",
		Help:     "Write it anew: `npm install --package-lock-only`.",
		Severity: finding.Moderate,
		Tags:     []string{"lockfile"},
	}, finding.Advice},
	{"", finding.Rule{ // any other kind: what has no rule of its own blocks
		ID:       "lockfile-oddity",
		Title:    "The lockfile holds something unusual.",
		Why:      "What a lockfile reader did not expect, npm and other tools may read in another way.",
		Help:     "Run `npm install --package-lock-only` and look at what changed.",
		Severity: finding.Moderate,
		Tags:     []string{"lockfile"},
	}, finding.Always},
}

var lockfileNotes = Check{
	Rules: []finding.Rule{
		noteRules[0].rule, noteRules[1].rule, noteRules[2].rule, noteRules[3].rule, noteRules[4].rule, noteRules[5].rule,
		noteRules[6].rule, noteRules[7].rule, noteRules[8].rule, noteRules[9].rule, noteRules[10].rule,
	},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for _, n := range s.Graph.Notes {
			if n.Kind == npm.NoteNameMismatch || n.Kind == npm.NoteVersionMismatch {
				continue // resolved-mismatch looks at every entry itself
			}
			r := ruleOfNote(n.Kind)
			f := finding.Finding{
				Rule: r.rule.ID, Severity: r.rule.Severity, Level: r.level,
				File: n.File, Line: n.Line, Column: n.Column,
				Message: n.Text, Fix: r.rule.Help, Subject: n.Text,
			}
			if f.File == "" {
				f.File = s.Graph.Lockfile
			}
			found = append(found, f)
		}
		return found
	},
}

func ruleOfNote(kind string) *noteRule {
	for i := range noteRules {
		if noteRules[i].kind == kind || noteRules[i].kind == "" {
			return &noteRules[i]
		}
	}
	return &noteRules[len(noteRules)-1]
}
