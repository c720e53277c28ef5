package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/support"
)

// Supported is the file that says which versions are supported.
type Supported struct {
	File  string         // slash path relative to DIR, as the policy names it if it is not there
	Table *support.Table // nil: the file is not there
}

var supportedMissingRule = finding.Rule{
	ID:    "supported-versions-missing",
	Title: "Nothing says which versions are supported.",
	Why:   "Who uses an old version must know whether it still gets security fixes.",
	Help: "Write a section Supported Versions with a table into the file that `versions.supported` names: a column Version " +
		"(`5.1.x`, `< 4.0`) and a column Supported (`:white_check_mark:`, `:x:`, `until 2027-01-31`).",
	Severity: finding.Moderate,
	Tags:     []string{"docs", "versions"},
}

var supportedUnclearRule = finding.Rule{
	ID:       "supported-versions-unclear",
	Title:    "A row of the supported versions cannot be read, or contradicts another one.",
	Why:      "A row that has two readings is no promise. Nothing can be held to it.",
	Help:     "Write the versions as `5.1.x`, `< 4.0` or `>= 2`, and behind them yes, no or `until 2027-01-31`. No two rows may disagree.",
	Severity: finding.Moderate,
	Tags:     []string{"docs", "versions"},
}

var supportedStaleRule = finding.Rule{
	ID:       "supported-versions-stale",
	Title:    "The list of supported versions does not fit the versions that there are.",
	Why:      "A list that was not kept up to date tells users of a current version nothing, and promises what does not exist.",
	Help:     "Bring the list up to date: a row for each line that is out, and none for what was never released.",
	Severity: finding.Moderate,
	Tags:     []string{"docs", "versions"},
}

var unsupportedReleaseRule = finding.Rule{
	ID:    "unsupported-release",
	Title: "The version belongs to a line that is not supported.",
	Why:   "The list of supported versions says that nobody looks after this line. Who installs the release takes it for looked after.",
	Help: "Release into a supported line, or change the row if the line is supported again. A last fix for an ended line goes " +
		"out with an exception for this version.",
	Severity: finding.High,
	Tags:     []string{"versions"},
}

// supportedVersions holds the version that is released, and what the registry has
// of the package, against the list of supported versions.
var supportedVersions = Check{
	Rules: []finding.Rule{supportedMissingRule, supportedUnclearRule, supportedStaleRule, unsupportedReleaseRule, supportedDeprecatedRule,
		endOfLifeRule, tagUnsupportedRule, tagBackRule, untaggedRule},
	Run: func(s *Subject) []finding.Finding {
		w := newVersionWalk(s)
		if s.Supported != nil && w.isThere() {
			for _, p := range s.Supported.Table.Problems {
				w.add(&supportedUnclearRule, finding.Always, p.Line, p.Subject, "%s:%d: %s.", s.Supported.File, p.Line, p.Text)
			}
			w.released()
		}
		if s.Published != nil {
			w.tagsBack()
			if s.listsVersions() {
				lines := w.inLines()
				w.lines(lines)
				w.tags(lines)
			}
		}
		return w.found
	},
}

// isThere looks whether there is a list of supported versions.
func (w *versionWalk) isThere() bool {
	file, table := w.s.Supported.File, w.s.Supported.Table
	switch {
	case table == nil:
		w.add(&supportedMissingRule, finding.Always, 0, "", "%s, which versions.supported names, is not there.", file)
	case len(table.Rows)+len(table.Problems) > 0:
		return true
	case table.Line > 0:
		w.add(&supportedMissingRule, finding.Always, table.Line, "",
			"%s has a section about supported versions, and no table or list in it that can be read.", file)
	default:
		w.add(&supportedMissingRule, finding.Always, 0, "", "%s has no section or table of supported versions.", file)
	}
	return false
}

// A versionWalk collects what is wrong with the versions that there are.
type versionWalk struct {
	s      *Subject
	newest *npm.Version   // the highest release
	rows   []*support.Row // of each published version; nil: it is in none
	found  []finding.Finding
}

// newVersionWalk finds the row of each published version, if both are known.
func newVersionWalk(s *Subject) *versionWalk {
	w := &versionWalk{s: s, newest: s.newest()}
	if s.Published != nil && s.listsVersions() {
		for _, r := range s.Published.Releases {
			w.rows = append(w.rows, w.row(r.Number))
		}
	}
	return w
}

// listsVersions reports whether there is a list of supported versions.
func (s *Subject) listsVersions() bool {
	return s.Supported != nil && s.Supported.Table != nil && len(s.Supported.Table.Rows) > 0
}

func (w *versionWalk) add(rule *finding.Rule, level finding.Level, line int, subject, format string, args ...any) *finding.Finding {
	f := finding.Finding{Rule: rule.ID, Severity: rule.Severity, Level: level, Line: line, Subject: subject,
		Message: fmt.Sprintf(format, args...), Fix: rule.Help}
	if w.s.Supported != nil {
		f.File = w.s.Supported.File
	}
	w.found = append(w.found, f)
	return &w.found[len(w.found)-1]
}

// version returns the version that is released; ok is false if there is none, or
// the package is private.
func (w *versionWalk) version() (v npm.Version, ok bool) {
	m := w.s.SentManifest()
	v, err := npm.ParseVersion(m.Version)
	return v, err == nil && !m.Private
}

// released looks for the row of the version that is released.
func (w *versionWalk) released() {
	v, ok := w.version()
	if !ok {
		return
	}
	file, table := w.s.Supported.File, w.s.Supported.Table
	row, unsure := table.Of(v, w.newest)
	switch {
	case unsure:
	case row == nil:
		level := finding.Always
		if v.Prerelease() != "" {
			level = finding.Advice // of a line to come
		}
		w.add(&supportedStaleRule, level, table.Line, "release", "%s says nothing about %s, which is released here.", file, v).Fix =
			fmt.Sprintf("Add a row for %d.%d.x, or for %d.x, to %s.", v.Major, v.Minor, v.Major, file)
	case row.NamesPrereleases() || !row.Ended(w.s.time()):
	default:
		f := w.add(&unsupportedReleaseRule, finding.Always, 0, "release", "%s belongs to %q, %s (%s:%d).", v, row.Text, ended(row), file,
			row.Line)
		f.File, f.Line, f.Shipped = w.s.Manifest.File, w.s.Manifest.VersionLine, true
		f.Name, f.Version, f.Package = w.s.Manifest.Name, v.Canonical(), npm.PURLOf(w.s.Manifest.Name, v.Canonical())
	}
}

// ended says since when a row's versions are not supported.
func ended(row *support.Row) string {
	if !row.Supported {
		return "which is not supported"
	}
	return "whose support ended on " + day(row.Until)
}
