package policy

import (
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// A Context is what deciding needs to know besides policy and findings.
type Context struct {
	Now     time.Time // for SLA clocks and expiry; zero: nothing can be decided
	Version string    // of the package being judged, for sla: next-minor
}

// Decide judges findings by a policy. It is pure: the same input gives the same
// verdict, in any order of fs.
func Decide(e *Effective, fs []finding.Finding, ctx Context) Verdict {
	return Verdict{Judged: []Judged{}} // completed in the next commits: Unknown until then
}
