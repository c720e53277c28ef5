package policy

import (
	"fmt"
	"strconv"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// due checks a finding against the sla. It returns whether the time has run
// out, and the time left or overdue in words; both are zero where no SLA
// applies, as for every finding that is not an advisory.
//
// An SLA only tightens: what reaches the audit level blocks at once, however
// much time the SLA leaves. The other reading, "critical: 24h allows a critical
// for a day", would make a policy looser by adding a line. Whoever wants that
// writes an exception, which has an owner and a date.
//
// A date that is missing, unreadable or in the future gives no grace period: it
// may have been set by an attacker. next-release and next-minor count from the
// previous release, see release.go.
func (e *Effective) due(f *finding.Finding, ctx Context) (overdue bool, words string) {
	if len(f.IDs) == 0 && f.Published == "" {
		return false, ""
	}
	d, ok := e.deadline(f.Severity)
	switch {
	case !ok:
		return false, ""
	case d.NextRelease:
		return ctx.nextRelease(f)
	case d.NextMinor:
		return ctx.nextMinor()
	}
	published, problem := ctx.published(f)
	if problem != "" {
		return true, problem
	}
	left := d.Within - ctx.Now.Sub(published)
	if left <= 0 {
		return true, "overdue by " + roughly(-left)
	}
	return false, roughly(left) + " left"
}

// deadline returns the SLA of a severity, else that of the next lower severity
// with one: a worse finding never gets more time by omission. An unrated
// severity counts as the worst.
func (e *Effective) deadline(s finding.Severity) (Deadline, bool) {
	if s <= finding.Unknown || s > finding.Critical {
		s = finding.Critical
	}
	for ; s > finding.Unknown; s-- {
		if d, ok := e.SLA[s]; ok {
			return d, true
		}
	}
	return Deadline{}, false
}

// published returns when the advisory of a finding became public, or why its
// date cannot be used.
func (ctx Context) published(f *finding.Finding) (at time.Time, problem string) {
	at, err := time.Parse(time.RFC3339, f.Published)
	if err != nil {
		return at, "due at once: the advisory has no date that can be read"
	}
	if at.After(ctx.Now) {
		return at, "due at once: the advisory's date is in the future"
	}
	return at, ""
}

// roughly formats a time span in its two largest units: 26d, 2d 3h, 3h, 12m,
// under a minute.
func roughly(d time.Duration) string {
	minutes := int64(d / time.Minute)
	days, hours, minutes := minutes/(24*60), minutes/60%24, minutes%60
	pair := func(a int64, unit string, b int64, sub string) string {
		if b == 0 {
			return strconv.FormatInt(a, 10) + unit
		}
		return fmt.Sprintf("%d%s %d%s", a, unit, b, sub)
	}
	switch {
	case days > 0:
		return pair(days, "d", hours, "h")
	case hours > 0:
		return pair(hours, "h", minutes, "m")
	case minutes > 0:
		return strconv.FormatInt(minutes, 10) + "m"
	}
	return "under a minute"
}
