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
// 365 days. 0d means that no exception is allowed.
func parseLength(s string) (time.Duration, error) {
	d, err := parseSpan(s)
	if err == nil && d > maxException {
		return 0, errors.New("no exception runs for more than 365d")
	}
	return d, err
}

// exceptionMax returns how far ahead an exception for a finding of severity s
// may end, and whether the policy sets that limit. A severity without a limit
// takes that of the next lower severity with one: a worse finding never gets
// more time by omission. An unrated severity counts as the worst.
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

// VEXMax returns how long a VEX statement about a finding of severity s counts
// after it was made: vex.max-age, or less where the policy limits exceptions of
// that severity to less.
func (e *Effective) VEXMax(s finding.Severity) time.Duration {
	if limit, said := e.exceptionMax(s); said {
		return min(limit, e.VEX.MaxAge)
	}
	return e.VEX.MaxAge
}

// tooLong reports whether an exception runs for longer than it may for a
// finding of severity s, and keeps the tightest limit for the report.
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

// text returns the end of the sentence "The exception … runs until …, ".
func (t *tooLong) text() string {
	rated := t.severity.String()
	if !slices.Contains([]finding.Severity{finding.Info, finding.Low, finding.Moderate, finding.High,
		finding.Critical}, t.severity) {
		rated = "unrated"
	}
	if t.most == 0 {
		return fmt.Sprintf("but exceptions-max allows none from %s findings", rated)
	}
	return fmt.Sprintf("more than the %s that exceptions-max allows from %s findings", roughly(t.most), rated)
}
