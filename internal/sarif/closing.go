package sarif

import (
	"fmt"

	gosarif "github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

var leftOutRule = finding.Rule{
	ID:    "findings-left-out",
	Title: "There are more findings than code scanning takes.",
	Why:   "GitHub takes 25,000 results and 10 MB in a file and shows 5,000. The least severe of those that block least are left out.",
	Help: "Read `verdict.json` in the evidence: it holds all of them. Follow the fix plan from the top, and the others come up as " +
		"there is room.",
	Severity: finding.Info,
	Tags:     []string{"maintainability"},
}

// Rules are the rules of results that no check makes.
var Rules = []finding.Rule{leftOutRule}

// closing returns the result that stands for groups that are left out. It is as
// severe as the worst of them, or GitHub would hide it before them.
func (d *describer) closing(left []policy.Group, rules *ruleSet) *gosarif.Result {
	worst, state := finding.Info, finding.Waived
	for i := range left {
		if f := left[i].Of(); f.Severity.Rank() > worst.Rank() {
			worst = f.Severity
		}
		state = min(state, left[i].State())
	}
	n := count(left)
	f := finding.Finding{Rule: leftOutRule.ID, Severity: worst,
		Message: fmt.Sprintf("%d more findings, in %d groups, are left out here: GitHub takes no more in one file. They are the least "+
			"severe of those that block least; verdict.json in the evidence holds all of them.", n, len(left))}
	index, rule := rules.use(&f)
	g := policy.Group{Findings: []*policy.Judged{{Finding: f, State: state}}}
	result := d.result(&g, rule, index, identity{finding.Finding{Rule: f.Rule}.Fingerprint(), 1}, true)
	result.Suppressions = nil // each has its own reason
	result.Properties["findings"] = n
	return result
}
