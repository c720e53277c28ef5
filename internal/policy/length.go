package policy

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// maxException is how far ahead any exception may end.
const maxException = 365 * 24 * time.Hour

// parseLength reads the longest an exception may run: a time span of at most
// 365 days, 0d for none at all.
func parseLength(s string) (time.Duration, error) {
	d, err := parseSpan(s)
	if err == nil && d > maxException {
		return 0, errors.New("no exception runs for more than 365d")
	}
	return d, err
}

// exceptionMax is how far ahead an exception from a finding of a severity may
// end; said: the policy says so. A severity without a limit has that of the
// next lower one that has: what is worse is never given more time by saying
// nothing. An unrated severity counts as the worst.
func (e *Effective) exceptionMax(s finding.Severity) (limit time.Duration, said bool) {
	if s <= finding.Unknown || s > finding.Critical {
		s = finding.Critical
	}
	for ; s > finding.Unknown; s-- {
		if d, ok := e.ExceptionsMax[s]; ok {
			return min(d, maxException), true
		}
	}
	return maxException, false
}

// VEXMax is how long a statement of a VEX document about a finding of a
// severity counts after it was made: vex.max-age, or less where the policy gives
// exceptions of that severity less.
func (e *Effective) VEXMax(s finding.Severity) time.Duration {
	if limit, said := e.exceptionMax(s); said {
		return min(limit, e.VEX.MaxAge)
	}
	return e.VEX.MaxAge
}

// tooLong reports whether an exception runs for longer than it may for a
// finding of a severity, and keeps the tightest limit for the report.
func (w *waiver) tooLong(s finding.Severity, limit, left time.Duration) bool {
	if left <= limit {
		return false
	}
	if w.limit == nil || limit < w.limit.most {
		w.limit = &tooLong{s, limit}
	}
	return true
}

// A tooLong is the limit that an exception exceeds.
type tooLong struct {
	severity finding.Severity
	most     time.Duration
}

// text ends the sentence "The exception … runs until …, ".
func (t *tooLong) text() string {
	rated := t.severity.String()
	if !slices.Contains([]finding.Severity{finding.Info, finding.Low, finding.Moderate, finding.High, finding.Critical}, t.severity) {
		rated = "unrated"
	}
	if t.most == 0 {
		return fmt.Sprintf("but exceptions-max allows none from %s findings", rated)
	}
	return fmt.Sprintf("more than the %s that exceptions-max allows from %s findings", roughly(t.most), rated)
}
