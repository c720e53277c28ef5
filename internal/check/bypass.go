package check

import (
	"fmt"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/workflow"
)

var bypassRule = finding.Rule{
	ID:    "publish-bypass",
	Title: "A workflow publishes a package beside the gate.",
	Why: "What goes out there was judged by nobody: it is packed anew, or another file than the one that passed. Whoever can start that " +
		"workflow needs no pass.",
	Help: "Let the gate publish, with the input `publish`; or let the step publish the file that it judged, after it in the same job: " +
		"`npm publish \"${{ steps.gate.outputs.tarball }}\"`. `publish.bypass: block` stops the release until then.",
	Severity: finding.High,
	Tags:     []string{"security", "supply-chain"},
}

// Workflows are what was found in the workflows of the repository.
type Workflows struct {
	Publishes []workflow.Publish
	Up        func(string) string // makes a path of the repository one relative to DIR
}

// bypass tells of each place where a workflow publishes beside the gate.
var bypass = Check{
	Rules: []finding.Rule{bypassRule},
	Run: func(s *Subject) []finding.Finding {
		if s.Policy.Publish.Bypass == policy.BypassIgnore || s.Manifest.Private {
			return nil
		}
		level := finding.Advice
		if s.Policy.Publish.Bypass == policy.BypassBlock {
			level = finding.Always
		}
		var found []finding.Finding
		for _, p := range s.Workflows.Publishes {
			where := fmt.Sprintf("The job %q of %s", p.Job, p.File)
			if p.Via != "" {
				where += ", by " + p.Via + ","
			}
			why := p.Why
			if why == "" {
				why = "no gate stands before it in the job"
			}
			found = append(found, finding.Finding{Rule: bypassRule.ID, Severity: bypassRule.Severity, Level: level,
				File: s.Workflows.Up(p.File), Line: p.Line, Subject: p.Job + "\x00" + p.What + "\x00" + p.Via,
				Message: fmt.Sprintf("%s runs %q: %s.", where, p.What, why), Fix: bypassRule.Help})
		}
		return found
	},
}
