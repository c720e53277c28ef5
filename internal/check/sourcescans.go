package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/forge"
)

var scanMissingRule = finding.Rule{
	ID:    "scan-missing",
	Title: "A scan that the policy requires did not look at the commit.",
	Why:   "`source.scans` names the tools that look for security problems in the source. GitHub code scanning knows of no such analysis.",
	Help: "Let the tool run on the branch and upload its results to code scanning, then run the gate again; or write its name, or the " +
		"category, in `source.scans` as GitHub shows it.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "source"},
}

var scanStaleRule = finding.Rule{
	ID:       "scan-stale",
	Title:    "The last scan is older than the policy allows.",
	Why:      "Since then code was added that no scan has looked at, or the tool has learned to find more.",
	Help:     "Let the tool run again, on the branch or this commit, then run the gate again.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "source"},
}

var alertOpenRule = finding.Rule{
	ID:       "alert-open",
	Title:    "An alert about the source is open.",
	Why:      "`source.alerts: none-open` says that each result of a scan was fixed, or looked at and dismissed, before a release.",
	Help:     "Fix what it is about, or dismiss the alert on its page with a reason, then run the gate again.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "source"},
}

// maxAlerts is how many open alerts are findings of their own.
const maxAlerts = 50

// sourceScans holds what scanned the source, and what is open of it, against the
// policy.
var sourceScans = Check{
	Rules: []finding.Rule{scanMissingRule, scanStaleRule, alertOpenRule},
	Run: func(s *Subject) []finding.Finding {
		e, asked := s.Source, &s.Policy.Source
		if e == nil {
			return nil
		}
		var found []finding.Finding
		for _, name := range slices.Sorted(maps.Keys(asked.Scans)) {
			age := asked.Scans[name]
			add := func(rule *finding.Rule, format string, args ...any) {
				found = append(found, s.inPolicy(rule, finding.Always, asked.Line, name, format, args...))
			}
			last, failed := e.Latest(name, age == 0)
			where := "commit " + e.Short()
			if age > 0 && e.Branch.Name != "" {
				where += " or " + e.Branch.Name
			}
			if failed != "" {
				failed = fmt.Sprintf(" Its last analysis failed: %q.", failed)
			}
			switch {
			case last.Tool == "":
				add(&scanMissingRule, "Code scanning has no analysis %q of %s.%s", name, where, failed)
			case age > 0 && s.after(last.At.Add(age)):
				add(&scanStaleRule, "%q last looked at %s on %s, and its results count for %s.%s", name, where, day(last.At), days(age),
					failed)
			}
		}
		if asked.Alerts && e.Unscanned {
			found = append(found, s.inPolicy(&scanMissingRule, finding.Always, asked.Line, "alerts",
				"Code scanning never analysed the repository, so that no open alert says nothing."))
		}
		return append(found, s.openAlerts(e)...)
	},
}

// openAlerts returns a finding for each of the first open alerts, but those of
// publishgate: what they are about is judged here and now.
func (s *Subject) openAlerts(e *forge.Evidence) (found []finding.Finding) {
	more := 0
	for _, a := range e.Alerts {
		if forge.Matches("publishgate", a.Tool) {
			continue
		}
		if len(found) == maxAlerts {
			more++
			continue
		}
		by := ""
		if a.Tool != "" {
			by = " of " + a.Tool
		}
		f := s.inPolicy(&alertOpenRule, finding.Always, s.Policy.Source.Line, a.Name(), "The %s%s is open: %s. %s", a.Name(), by, a.Rule, a.Page)
		f.Severity = alertSeverity(a.Severity)
		if a.Path != "" && a.Kind == "code scanning" {
			f.Message = fmt.Sprintf("The %s%s is open: %s, in %s. %s", a.Name(), by, a.Rule, spot(a.Path, a.Line), a.Page)
		}
		found = append(found, f)
	}
	if more > 0 || e.More && len(found) > 0 {
		last := &found[len(found)-1]
		last.Message += fmt.Sprintf(" At least %d more are open.", max(more, 1))
	}
	return found
}

// alertSeverity maps GitHub's words. "error", "warning" and "note" are those of
// tools that do not rate security.
func alertSeverity(word string) finding.Severity {
	switch word {
	case "error":
		return finding.High
	case "warning":
		return finding.Moderate
	case "note":
		return finding.Low
	}
	return finding.ParseSeverity(word)
}

// spot names a line of a file.
func spot(path string, line int) string {
	if line > 0 {
		return fmt.Sprintf("%s:%d", path, line)
	}
	return path
}
