package check

import "github.com/publishgate/publishgate/internal/finding"

// diffRules are the rules about changes since the last release, in the order of
// the documentation; policy.DiffRules has the same.
var diffRules = []finding.Rule{
	{
		ID:       "files-added",
		Title:    "The package has files that the last release did not have.",
		Why:      "A file that nobody meant to add ships all the same, and cannot be taken back.",
		Help:     "Read the list. What is not meant to ship is left out with the `files` field or .npmignore.",
		Severity: finding.Info,
		Tags:     []string{"release-diff"},
	},
	{
		ID:       "files-removed",
		Title:    "The package lacks files that the last release had.",
		Why:      "Whoever imports one of them breaks with the update; a build that failed half-way looks the same.",
		Help:     "Read the list. If a build should have made them, make it again; if they are gone for good, that is a new major version.",
		Severity: finding.Low,
		Tags:     []string{"release-diff"},
	},
	{
		ID:       "size-jump",
		Title:    "The package is far larger than the last release.",
		Why:      "A jump in size is how packed test data, source archives, other people's code and payloads show themselves.",
		Help:     "Look at the files named. What is not meant to ship is left out with the `files` field or .npmignore.",
		Severity: finding.Moderate,
		Tags:     []string{"release-diff", "supply-chain"},
	},
	{
		ID:       "size-collapse",
		Title:    "The package is half the size of the last release or less, or has lost all its native code.",
		Why:      "A build that did not run, or failed half-way, leaves a package that installs and does not work.",
		Help:     "Build, and pack again. If so much is gone for good, an exception for this rule lets the release through.",
		Severity: finding.Moderate,
		Tags:     []string{"release-diff"},
	},
	{
		ID:       "new-dependency",
		Title:    "Consumers get a dependency that they did not get with the last release.",
		Why:      "Attackers who reach a release add a package of their own to it, often one that is a few days old.",
		Help:     "Look at the package, its age and its publisher. If it is meant, nothing is to be done.",
		Severity: finding.Moderate,
		Tags:     []string{"release-diff", "security", "supply-chain"},
	},
	{
		ID:    "changed-script",
		Title: "A lifecycle script is new, or runs something else than in the last release.",
		Why: "An install script runs with the rights of whoever installs, before anybody looked at the code: it is how " +
			"most attacks through npm start.",
		Help:     "Read the script and the files that it runs. A package without install scripts is the safer one.",
		Severity: finding.High,
		Tags:     []string{"release-diff", "security", "supply-chain"},
	},
	{
		ID:       "new-bin",
		Title:    "The package installs a command that the last release did not.",
		Why:      "A command of a package is put on the PATH of scripts, where it may stand in front of another of the same name.",
		Help:     "If the command is meant, nothing is to be done; else take it out of `bin`.",
		Severity: finding.Low,
		Tags:     []string{"release-diff"},
	},
	{
		ID:       "new-export",
		Title:    "The package lets consumers import what the last release did not.",
		Why:      "What can be imported will be, and then cannot change without a new major version.",
		Help:     "If it is meant to be public, nothing is to be done; else take it out of `exports`.",
		Severity: finding.Info,
		Tags:     []string{"release-diff"},
	},
	{
		ID:       "license-changed",
		Title:    "The licence is not that of the last release, or a published version brings one that it did not.",
		Why:      "Consumers agreed to the licence they looked at; a change reaches them with an update that nobody reads.",
		Help:     "If it is meant, say so in the release notes, and consider a new major version.",
		Severity: finding.Moderate,
		Tags:     []string{"release-diff", "license"},
	},
	{
		ID:       "new-host",
		Title:    "The package's programs name a host that those of the last release did not.",
		Why:      "Stolen data has to go somewhere. Addresses that are put together at run time do not show here.",
		Help:     "Look at the line. If the host is meant, nothing is to be done.",
		Severity: finding.Moderate,
		Tags:     []string{"release-diff", "security", "supply-chain"},
	},
	{
		ID:       "new-env",
		Title:    "The package's programs read a variable of the environment that those of the last release did not.",
		Why:      "The environment of a build holds its credentials: a token that is read is half of a token that is stolen.",
		Help:     "Look at the line. If the variable is meant, nothing is to be done; document it.",
		Severity: finding.Low,
		Tags:     []string{"release-diff", "security"},
	},
	{
		ID:       "new-binary",
		Title:    "The package has native code that the last release did not have.",
		Why:      "Nobody reads it: what it does is known to whoever built it.",
		Help:     "Make sure that it comes from your own build. If it is meant, nothing is to be done.",
		Severity: finding.Moderate,
		Tags:     []string{"release-diff", "security", "supply-chain"},
	},
	{
		ID:    "provenance-lost",
		Title: "The last release has provenance, and this one is published without.",
		Why: "A release that suddenly does not come from the usual workflow is what a stolen token looks like, and " +
			"tools that watch for it raise the alarm.",
		Help:     "Publish from the workflow that attaches provenance.",
		Severity: finding.High,
		Tags:     []string{"release-diff", "security", "supply-chain"},
	},
	versionStepRule,
}
