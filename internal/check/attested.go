package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// Kept is what the commit has of a file that a review or a control names as
// evidence.
type Kept struct {
	SHA256 string // of its content, 64 hex digits; empty: it is not there
	Why    string // why it is not there, as a clause
}

var reviewOverRule = finding.Rule{
	ID:       "review-overdue",
	Title:    "A review that the policy asks for is overdue.",
	Why:      "What people promised to look at again and again was last looked at too long ago.",
	Help:     "Look, write down what was seen, and set `done` and `evidence` of the review in the policy file.",
	Severity: finding.Moderate,
	Tags:     []string{"policy"},
}

var reviewUndoneRule = finding.Rule{
	ID:       "review-undone",
	Title:    "A review that the policy asks for was never done.",
	Why:      "A promise without a date keeps nothing.",
	Help:     "Look, write down what was seen, and set `done` and `evidence` of the review in the policy file.",
	Severity: finding.Moderate,
	Tags:     []string{"policy"},
}

var reviewMissingRule = finding.Rule{
	ID:       "review-missing",
	Title:    "A major release has no review of its own.",
	Why:      "The policy asks for one before each major release, and none was done within the year before this one.",
	Help:     "Have it done, and set `done` and `evidence` of the review in the policy file; or release as a minor version what is one.",
	Severity: finding.High,
	Tags:     []string{"policy"},
}

var reviewEvidenceRule = finding.Rule{
	ID:       "review-without-evidence",
	Title:    "The record of a review is not in the commit, or is another one.",
	Why:      "A date without its record is a claim that nobody can follow.",
	Help:     "Commit the record under the path that the policy names, with the digest that it gives, or correct `evidence`.",
	Severity: finding.Moderate,
	Tags:     []string{"policy"},
}

var reviewFutureRule = finding.Rule{
	ID:       "review-future",
	Title:    "A review or a statement is dated in the future.",
	Why:      "Nothing was done tomorrow. A date ahead also puts off the day on which it is due.",
	Help:     "Write the day on which it was done.",
	Severity: finding.High,
	Tags:     []string{"policy"},
}

var controlExpiredRule = finding.Rule{
	ID:       "control-expired",
	Title:    "A statement in the policy counts no longer.",
	Why:      "Its owner said until when it is true. After that nothing answers what it was written for.",
	Help:     "Look whether it is still true, then set `stated` and `until` of the control anew, or fix what it is about.",
	Severity: finding.Moderate,
	Tags:     []string{"policy"},
}

var controlEvidenceRule = finding.Rule{
	ID:       "control-without-evidence",
	Title:    "What a statement in the policy points to is not there.",
	Why:      "A statement is as good as what shows it.",
	Help:     "Commit the file under the path that the policy names, add the script to package.json, or correct the control.",
	Severity: finding.Moderate,
	Tags:     []string{"policy"},
}

// maxReviewAge is how old a review before a major release may be: a test of last
// year's program is none of this one.
const maxReviewAge = 365 * 24 * time.Hour

var attested = Check{
	Rules: []finding.Rule{reviewOverRule, reviewUndoneRule, reviewMissingRule, reviewEvidenceRule, reviewFutureRule,
		controlExpiredRule, controlEvidenceRule},
	Run: func(s *Subject) []finding.Finding { return append(s.reviews(), s.controls()...) },
}

// reviews returns what is due, and what has no record, of the reviews.
func (s *Subject) reviews() (found []finding.Finding) {
	for _, name := range slices.Sorted(maps.Keys(s.Policy.Reviews)) {
		r := s.Policy.Reviews[name]
		due := finding.Advice
		if r.Blocks {
			due = finding.Always
		}
		add := func(rule *finding.Rule, level finding.Level, format string, args ...any) {
			found = append(found, setIn(r.File, s.inPolicy(rule, level, r.Line, "reviews."+name, format, args...)))
		}
		switch {
		case s.ahead(r.Done):
			add(&reviewFutureRule, finding.Always, "The review %s is dated %s, which is to come.", name, day(r.Done))
			continue
		case r.Every > 0 && r.Done.IsZero():
			add(&reviewUndoneRule, due, "The review %s, every %s by %s, has no date: it was never done.", name, days(r.Every), r.By)
		case r.Every > 0 && s.past(r.Done.Add(r.Every)):
			add(&reviewOverRule, due, "The review %s was last done on %s by %s; it was due on %s.", name, day(r.Done), r.By,
				day(r.Done.Add(r.Every)))
		}
		if r.Before == "major" && s.isMajor() && (r.Done.IsZero() || s.after(r.Done.Add(maxReviewAge))) {
			add(&reviewMissingRule, finding.Always, "%s is a major release, and the review %s by %s was not done in the year before it.",
				s.Manifest.Version, name, r.By)
		}
		if why := s.unkept(r.Evidence); why != "" && !r.Done.IsZero() {
			add(&reviewEvidenceRule, finding.Always, "The record of the review %s, %s, %s.", name, r.Evidence.Path, why)
		}
	}
	return found
}

// controls returns what counts no longer, and what nothing shows, of the
// statements about this package.
func (s *Subject) controls() (found []finding.Finding) {
	for _, name := range slices.Sorted(maps.Keys(s.Policy.Controls)) {
		c := s.Policy.Controls[name]
		if !c.About(s.Manifest.Name) {
			continue
		}
		add := func(rule *finding.Rule, format string, args ...any) {
			found = append(found, setIn(c.File, s.inPolicy(rule, finding.Always, c.Line, "controls."+name, format, args...)))
		}
		switch {
		case s.ahead(c.Stated):
			add(&reviewFutureRule, "The statement %s is dated %s, which is to come.", name, day(c.Stated))
		case s.past(c.Until):
			add(&controlExpiredRule, "The statement %s, by %s, counted until %s.", name, c.By, day(c.Until))
		}
		if why := s.unkept(c.Evidence); why != "" {
			add(&controlEvidenceRule, "What shows the statement %s, %s, %s.", name, c.Evidence.Path, why)
		}
		if c.Test != "" && !s.hasScript(c.Test) {
			add(&controlEvidenceRule, "The script that shows the statement %s, %q, is not in package.json.", name, c.Test)
		}
	}
	return found
}

// inPolicy returns a finding about an entry of the policy file.
func (s *Subject) inPolicy(rule *finding.Rule, level finding.Level, line int, key, format string, args ...any) finding.Finding {
	return finding.Finding{Rule: rule.ID, Severity: rule.Severity, Level: level, File: s.Policy.File, Line: line, Subject: key,
		Message: fmt.Sprintf(format, args...), Fix: rule.Help}
}

// setIn returns a finding with the file that its line is in, if that is another
// than the policy's.
func setIn(file string, f finding.Finding) finding.Finding {
	f.File = cmp.Or(file, f.File)
	return f
}

// unkept returns why evidence does not show what it is named for; empty: it does,
// or none is named.
func (s *Subject) unkept(e policy.Evidence) string {
	if e.Path == "" {
		return ""
	}
	kept, looked := s.Kept[e.Path]
	switch {
	case !looked:
		return "was not looked for"
	case kept.SHA256 == "":
		return kept.Why
	case e.SHA256 != "" && e.SHA256 != kept.SHA256:
		return "is another file than the policy names: its SHA-256 is " + kept.SHA256
	}
	return ""
}

// isMajor reports whether the package is released with a higher major version
// than the last release. Where that is not known, every x.0.0 above 0 counts.
func (s *Subject) isMajor() bool {
	this, err := npm.ParseVersion(s.Manifest.Version)
	if err != nil || this.Prerelease() != "" {
		return false
	}
	if last, err := npm.ParseVersion(s.Last); err == nil {
		return this.Major > last.Major
	}
	return this.Major > 0 && this.Minor == 0 && this.Patch == 0
}

// hasScript reports whether package.json has a script of that name.
func (s *Subject) hasScript(name string) bool {
	_, ok := s.Manifest.Scripts[name]
	return ok
}

// past reports whether a day is over.
func (s *Subject) past(t time.Time) bool { return s.after(t.Add(24*time.Hour - 1)) }

// ahead reports whether a day is to come, anywhere on earth.
func (s *Subject) ahead(t time.Time) bool { return !t.IsZero() && !s.after(t.Add(-14*time.Hour)) }
