package policy

import "github.com/publishgate/publishgate/internal/finding"

// Result is the gate's answer. The zero value is Unknown, which is not a pass.
type Result int

// The results, in verdict.json's words: unknown, pass, block.
const (
	Unknown Result = iota // nothing was decided; the package is never published
	Pass
	Block
)

// String returns unknown, pass or block.
func (r Result) String() string {
	switch r {
	case Pass:
		return "pass"
	case Block:
		return "block"
	}
	return "unknown"
}

// A Verdict is the policy's decision about all findings. Only Decide makes one
// that passes; the zero value does not.
type Verdict struct {
	Result Result

	// Judged are all findings, those about the policy itself (Rules) included,
	// sorted by state, severity (the worst first), rule, package, file and
	// line. It is never nil after Decide.
	Judged []Judged
	Counts Counts

	// decided is set by Decide alone, so that no other package can make a
	// passing verdict by filling in fields.
	decided bool

	groups  []Group // made by Decide, see Groups
	grouped int     // number of findings in them
}

// Passed reports whether Decide passed the package. It is false for the zero
// value, for a verdict that Decide did not make, and for one that was changed
// afterwards and contains something that blocks.
func (v Verdict) Passed() bool {
	if !v.decided || v.Result != Pass || v.Counts.Block != 0 {
		return false
	}
	for i := range v.Judged {
		if v.Judged[i].State == finding.Block {
			return false
		}
	}
	return true
}

// A Judged is a finding and the policy's decision about it.
type Judged struct {
	Finding finding.Finding
	State   finding.State
	Waiver  *Exception // what waived it; nil unless State is finding.Waived

	// Why is the reason for State, in our own words: "high reaches audit-level
	// high for prod dependencies". It holds no foreign text.
	Why string

	// Due is the time left in the SLA, in our own words: "2d 3h left", "overdue
	// by 26d", "due in this release"; empty where no SLA applies.
	Due     string
	Overdue bool // the time has run out, also where the finding is blocked or waived for another reason
}

// Counts are the numbers of findings by state and, without the waived ones, by
// severity. An unrated severity counts as critical, so that the severities add
// up to Block + Warn.
type Counts struct {
	Block, Warn, Waived                 int
	Critical, High, Moderate, Low, Info int
}
