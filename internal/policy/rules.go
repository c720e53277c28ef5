package policy

import "github.com/publishgate/publishgate/internal/finding"

// Rules documents the findings about the policy itself, in the order they are
// explained. All of them are advice: an exception that does not count leaves
// the finding it was written for unchanged.
var Rules = []finding.Rule{
	{
		ID:       "expired-exception",
		Title:    "An exception has expired and no longer counts.",
		Why:      "An exception is a loan with a date. The finding it covered is judged as if the exception were not there.",
		Help:     "Fix what it was written for and delete it, or review it and give it a new `expires`.",
		Severity: finding.Moderate,
		Tags:     []string{"policy"},
	},
	{
		ID:    "exception-too-long",
		Title: "An exception runs for longer than it may and does not count.",
		Why:   "An exception nobody will look at again is a permanent hole. It counts once its end is near enough.",
		Help: "Set `expires` to a date that is near enough: at most 365 days ahead, or what `exceptions-max` " +
			"allows for the severity.",
		Severity: finding.Moderate,
		Tags:     []string{"policy"},
	},
	{
		ID:    "exception-too-wide",
		Title: "An exception names no package, or versions without end.",
		Why:   "It covers more than the case somebody looked at, and findings that are not there yet.",
		Help: "Add `package:` with the name, better with the version, that was reviewed; give a range in " +
			"`versions:` an upper end.",
		Severity: finding.Low,
		Tags:     []string{"policy"},
	},
	{
		ID:    "exception-ambiguous",
		Title: "An exception's id is an alias of several advisories.",
		Why: "Databases let two advisories share an alias. Waiving both with one name would waive what nobody " +
			"looked at.",
		Help:     "Write an exception for each advisory, by its own GHSA id.",
		Severity: finding.Low,
		Tags:     []string{"policy"},
	},
	{
		ID:       "duplicate-exception",
		Title:    "Two exceptions are about the same thing.",
		Why:      "The one somebody deletes or lets expire is not the one that counts.",
		Help:     "Keep one of the two.",
		Severity: finding.Low,
		Tags:     []string{"policy"},
	},
	{
		ID:    "unused-exception",
		Title: "An exception covers nothing that was found.",
		Why: "Either its problem is gone, and it would silently cover the next one, or its id, package or " +
			"path does not match what was meant.",
		Help:     "Delete it, or correct what it names.",
		Severity: finding.Info,
		Tags:     []string{"policy"},
	},
}
