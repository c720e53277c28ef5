package check

import (
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// Each kind of note of the lockfile reader has a rule of its own, so that it
// can be waived by itself.
type noteRule struct {
	kind  string // npm.Note.Kind
	rule  finding.Rule
	level finding.Level
	fix   func(npm.Tool) string // nil: the rule's help
}

// anew returns the advice to rewrite the lockfile with its manager.
func anew(t npm.Tool) string { return "Run `" + t.Install + "` and commit the lockfile." }

func lookAnew(t npm.Tool) string { return "Run `" + t.Lock + "` and look at what changed." }

var noteRules = []noteRule{
	{npm.NoteLockMismatch, finding.Rule{
		ID:    "lockfile-outdated",
		Title: "The lockfile does not match package.json.",
		Why: "An install that follows the lockfile, as `npm ci`, refuses such a pair, and any other would take other " +
			"versions than those judged here.",
		Help:     "Install (with npm: `npm install`) and commit the lockfile.",
		Severity: finding.High,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.Always, anew},
	{npm.NoteLockDrift, finding.Rule{
		ID:    "lockfile-behind",
		Title: "package.json asks for another range than the lockfile was made for.",
		Why: "What is locked fits the new range too, so that npm and bun install it and it was judged; the next " +
			"install writes the lockfile anew, and may then take another version.",
		Help:     "Install (with npm: `npm install`) and commit the lockfile.",
		Severity: finding.Low,
		Tags:     []string{"lockfile"},
	}, finding.Advice, anew},
	{npm.NoteMissing, finding.Rule{
		ID:       "lockfile-incomplete",
		Title:    "A package needs another that the lockfile lacks.",
		Why:      "The package manager will fetch a version that nobody judged, or leave the package broken.",
		Help:     "Install (with npm: `npm install`) and commit the lockfile.",
		Severity: finding.High,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.BySeverity, anew},
	{npm.NoteCaseVariant, finding.Rule{
		ID:    "lockfile-case-variant",
		Title: "A key of the lockfile looks like one that the package manager reads, but is not.",
		Why:   "The package manager ignores it and other readers do not, so that a scanner judges a tree that is not installed.",
		Help: "Delete the lockfile entry and have it written anew (with npm: `npm install --package-lock-only`); then " +
			"find out who changed it.",
		Severity: finding.High,
		Tags:     []string{"security", "lockfile"},
	}, finding.Always, func(t npm.Tool) string {
		return "Delete the lockfile entry and run `" + t.Lock + "`; then find out who changed it."
	}},
	{npm.NoteContradiction, finding.Rule{
		ID:    "lockfile-contradiction",
		Title: "Two statements of the lockfile about one package disagree.",
		Why: "The package manager installs by the one and tools judge by the other, so that what is installed is not " +
			"what was looked at. No package manager writes such an entry.",
		Help:     "Delete the entry and have it written anew (with npm: `npm install --package-lock-only`); then find out who changed it.",
		Severity: finding.High,
		Tags:     []string{"security", "supply-chain", "lockfile"},
	}, finding.Always, func(t npm.Tool) string {
		return "Delete the entry and run `" + t.Lock + "`; then find out who changed it."
	}},
	{npm.NoteV2Mismatch, finding.Rule{
		ID:    "lockfile-halves-differ",
		Title: "The two halves of a version 2 lockfile disagree.",
		Why: "npm 7 and later reads `packages`, npm 6 and other tools read `dependencies`: they install different " +
			"trees. What is judged here is `packages`.",
		Help:     "Write the lockfile anew as version 3, which has one half: `npm install --package-lock-only --lockfile-version 3`.",
		Severity: finding.Moderate,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.Advice, nil},
	{npm.NoteShrinkwrap, finding.Rule{
		ID:    "lockfile-shrinkwrap",
		Title: "There is an npm-shrinkwrap.json.",
		Why: "npm up to 11 prefers it to package-lock.json and ships it in the tarball; npm 12 no longer reads it, and " +
			"will install another tree.",
		Help:     "Rename it to package-lock.json unless consumers must get exactly these versions.",
		Severity: finding.Low,
		Tags:     []string{"lockfile"},
	}, finding.Advice, nil},
	{npm.NoteNestedShrinkwrap, finding.Rule{
		ID:    "lockfile-nested-shrinkwrap",
		Title: "A dependency ships a shrinkwrap of its own.",
		Why:   "It decides which versions are installed below that dependency, from which addresses, whatever everybody else asks for.",
		Help: "Look at what it pins; updates and overrides do not reach below it. A release of the dependency without a " +
			"shrinkwrap, or another dependency, ends it.",
		Severity: finding.Moderate,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.Advice, nil},
	{npm.NoteTwoLockfiles, finding.Rule{
		ID:       "lockfile-ambiguous",
		Title:    "There are lockfiles of several package managers.",
		Why:      "Only one of them was judged; whoever installs with the other manager gets a tree nobody looked at.",
		Help:     "Keep the lockfile of the manager that is used and delete the others.",
		Severity: finding.Moderate,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.Advice, nil},
	{npm.NoteMemberLockfile, finding.Rule{
		ID:    "lockfile-of-member",
		Title: "A workspace member has a lockfile of its own.",
		Why: "The package manager installs by the workspace's lockfile and never reads the member's: two answers to " +
			"what is installed, of which one is false.",
		Help:     "Delete the member's lockfile, or take the folder out of the workspace.",
		Severity: finding.Moderate,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.Advice, nil},
	{npm.NoteOtherManager, finding.Rule{
		ID:       "lockfile-other-manager",
		Title:    "package.json names another package manager than the lockfile is of.",
		Why:      "Whoever installs with the manager that is named gets a tree without a lockfile, which nobody looked at.",
		Help:     "Install with the manager under `packageManager` and commit its lockfile, or correct the field.",
		Severity: finding.Moderate,
		Tags:     []string{"supply-chain", "lockfile"},
	}, finding.Advice, nil},
	{npm.NoteExtraneous, finding.Rule{
		ID:       "lockfile-extraneous",
		Title:    "The lockfile has an entry that nothing asks for.",
		Why:      "It is installed and judged all the same, but no dependency explains it.",
		Help:     "Have it taken out, with npm: `npm prune --package-lock-only`.",
		Severity: finding.Low,
		Tags:     []string{"lockfile"},
	}, finding.Advice, func(t npm.Tool) string { return "Run `" + t.Prune + "` and commit the lockfile." }},
	{npm.NoteInvalid, finding.Rule{
		ID:       "lockfile-invalid",
		Title:    "An installed copy is not what a dependency asks for.",
		Why:      "An override or `--legacy-peer-deps` can be the reason, a lockfile edited by hand as well; `npm ls` calls such a tree invalid.",
		Help:     "Look who asks for the copy (with npm: `npm ls`), then update the dependency that asks for another version.",
		Severity: finding.Low,
		Tags:     []string{"lockfile"},
	}, finding.Advice, func(t npm.Tool) string {
		return "Run `" + t.Why + "` to see who asks for the copy, then update the dependency that asks for another version."
	}},
	{npm.NoteOldLockfile, finding.Rule{
		ID:       "lockfile-old",
		Title:    "The lockfile is in the form of npm 4 or older.",
		Why:      "It does not say who needs whom, so that scopes and chains are only as good as its flags.",
		Help:     "Write it anew: `npm install --package-lock-only`.",
		Severity: finding.Moderate,
		Tags:     []string{"lockfile"},
	}, finding.Advice, nil},
	{"", finding.Rule{ // any other kind: it blocks
		ID:       "lockfile-oddity",
		Title:    "The lockfile holds something unusual.",
		Why:      "What a lockfile reader did not expect, package managers and other tools may read in another way.",
		Help:     "Have the lockfile written anew (with npm: `npm install --package-lock-only`) and look at what changed.",
		Severity: finding.Moderate,
		Tags:     []string{"lockfile"},
	}, finding.Always, lookAnew},
}

var lockfileNotes = Check{
	Rules: []finding.Rule{
		noteRules[0].rule, noteRules[1].rule, noteRules[2].rule, noteRules[3].rule, noteRules[4].rule, noteRules[5].rule,
		noteRules[6].rule, noteRules[7].rule, noteRules[8].rule, noteRules[9].rule, noteRules[10].rule, noteRules[11].rule,
		noteRules[12].rule, noteRules[13].rule, noteRules[14].rule,
	},
	Run: func(s *Subject) []finding.Finding {
		var found []finding.Finding
		for _, n := range s.Graph.Notes {
			if n.Kind == npm.NoteNameMismatch || n.Kind == npm.NoteVersionMismatch {
				continue // resolved-mismatch checks every entry itself
			}
			r := ruleOfNote(n.Kind)
			f := finding.Finding{
				Rule: r.rule.ID, Severity: r.rule.Severity, Level: r.level,
				File: n.File, Line: n.Line, Column: n.Column,
				Message: n.Text, Fix: r.rule.Help, Subject: n.Text,
			}
			if n.Refused { // what is judged here would not be installed
				f.Severity, f.Level = finding.High, finding.Always
			}
			if r.fix != nil {
				f.Fix = r.fix(s.Graph.Tool())
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
