package check

import (
	"github.com/publishgate/publishgate/internal/finding"
)

var sourceEnvironmentRule = finding.Rule{
	ID:    "source-environment",
	Title: "The job that signs or publishes is not in the environment that the policy names.",
	Why: "An environment has the reviewers, the branches and the secrets of a release. `source.environment` says that nothing is " +
		"released beside it. The ID token of the job names it, and what it signs and publishes is bound to that token.",
	Help: "Write `environment:` with the name that the policy has into the job that runs the gate, and run it again; or name in the " +
		"policy the environment of the job, exactly as GitHub's settings show it.",
	Severity: finding.High,
	Tags:     []string{"security", "source"},
}

// sourceEnvironment holds the environment of the job against the policy.
var sourceEnvironment = Check{
	Rules: []finding.Rule{sourceEnvironmentRule},
	Run: func(s *Subject) []finding.Finding {
		asked := &s.Policy.Source
		if asked.Env == "" || s.Environment == nil || *s.Environment == asked.Env {
			return nil
		}
		if *s.Environment == "" {
			return []finding.Finding{s.inPolicy(&sourceEnvironmentRule, finding.Always, asked.Line, "source.environment",
				"The ID token of this job names no environment; the policy lets %q alone sign and publish.", asked.Env)}
		}
		return []finding.Finding{s.inPolicy(&sourceEnvironmentRule, finding.Always, asked.Line, "source.environment",
			"This job is in the environment %q; the policy lets %q alone sign and publish.", *s.Environment, asked.Env)}
	},
}
