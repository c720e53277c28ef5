package check

import (
	"github.com/publishgate/publishgate/internal/finding"
)

var sourceUnverifiedRule = finding.Rule{
	ID:    "source-unverified",
	Title: "Nobody whom the policy trusts vouches for how the commit came about.",
	Why: "`source.vsa` asks for a SLSA source VSA: a verifier's signed summary that the commit was made under the controls of its " +
		"level. It counts for one commit of one repository, signed by the identity that the policy names.",
	Help: "Write the summary of this very commit to the file before the gate runs, as with `git notes show` where the verifier keeps " +
		"it in git's notes. If there is none, or its level is too low, release a commit for which the verifier makes one.",
	Severity: finding.High,
	Tags:     []string{"security", "source"},
}

// A SourceVSA says how the verification of a source VSA ended.
type SourceVSA struct {
	File    string // that holds it
	Commit  string // that is released, shortened
	Missing bool   // the file is not there
	Why     string // why it does not count; empty: it does, or it is missing
}

// sourceVSA holds what a verifier says of the commit against the policy.
var sourceVSA = Check{
	Rules: []finding.Rule{sourceUnverifiedRule},
	Run: func(s *Subject) []finding.Finding {
		v, line := s.SourceVSA, s.Policy.Source.Line
		switch {
		case v == nil:
			return nil
		case v.Missing:
			level := finding.Advice // it may be made beside the gate, where nothing is released
			if s.Acts {
				level = finding.Always
			}
			return []finding.Finding{s.inPolicy(&sourceUnverifiedRule, level, line, "source.vsa",
				"There is no source VSA of commit %s: the policy names the file %q, which is not there.", v.Commit, v.File)}
		case v.Why != "":
			return []finding.Finding{s.inPolicy(&sourceUnverifiedRule, finding.Always, line, "source.vsa",
				"The source VSA %q does not count for commit %s: %s.", v.File, v.Commit, v.Why)}
		}
		return nil
	},
}
