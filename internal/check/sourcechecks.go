package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/forge"
)

var checkMissingRule = finding.Rule{
	ID:    "check-missing",
	Title: "A check that the policy requires did not run to its end on the commit.",
	Why:   "`source.checks` names what must have passed before a release. What did not run shows nothing.",
	Help: "Let it run on this commit and end before the gate, as with `needs:` in the workflow, then run the gate again; or write the " +
		"name in `source.checks` as GitHub shows it.",
	Severity: finding.High,
	Tags:     []string{"source"},
}

var checkFailedRule = finding.Rule{
	ID:       "check-failed",
	Title:    "A check that the policy requires did not pass on the commit.",
	Why:      "`source.checks` names what must have passed before a release: the build, the tests, the linter.",
	Help:     "Fix what it found and release the commit with the fix; or, if it failed by accident, run it again, then the gate.",
	Severity: finding.High,
	Tags:     []string{"source"},
}

// sourceChecks holds the commit's checks against the policy.
var sourceChecks = Check{
	Rules: []finding.Rule{checkMissingRule, checkFailedRule},
	Run: func(s *Subject) []finding.Finding {
		e, asked := s.Source, &s.Policy.Source
		if e == nil {
			return nil
		}
		var found []finding.Finding
		told := map[string]bool{} // two entries may mean one check
		add := func(rule *finding.Rule, level finding.Level, name, format string, args ...any) {
			if !told[name] {
				told[name] = true
				found = append(found, s.inPolicy(rule, level, asked.Line, name, format, args...))
			}
		}
		// What runs beside the gate may not have ended. Where nothing is released
		// that is no reason to block.
		open := finding.Advice
		if s.Acts {
			open = finding.Always
		}
		for _, entry := range asked.Checks {
			meant := forge.Meant(e.Checks, entry)
			if len(meant) == 0 {
				add(&checkMissingRule, open, entry, "Commit %s has no check %q. It has %s.", e.Short(), entry, checkNames(e.Checks))
			}
			for _, c := range meant {
				switch why := c.Missing(); {
				case c.Conclusion == "skipped":
					add(&checkMissingRule, finding.Always, c.Name, "The check %q of commit %s %s.", c.Name, e.Short(), why)
				case why != "":
					add(&checkMissingRule, open, c.Name, "The check %q of commit %s %s.", c.Name, e.Short(), why)
				case !c.Passed():
					add(&checkFailedRule, finding.Always, c.Name, "The check %q of commit %s did not pass: %s.", c.Name, e.Short(),
						c.Ended())
				}
			}
		}
		return found
	},
}

// checkNames names the first of a commit's checks.
func checkNames(all []forge.Check) string {
	var names []string
	for _, c := range all {
		names = append(names, fmt.Sprintf("%q", c.Name))
	}
	if len(names) == 0 {
		return "none"
	}
	return some(names)
}
