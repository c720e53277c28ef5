package policy

import (
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// The advisory of these tables is public since 1 May 2026; now is 1 June.
func TestDueByRelease(t *testing.T) {
	const published = "2026-05-01T00:00:00Z"
	before, after := day("2026-04-20"), day("2026-05-20")
	nobody := Release{}
	first := Release{Known: true}
	last := func(version string, at time.Time) Release { return Release{true, version, at} }
	const (
		here  = "due in this release"
		minor = "due by the next minor or major release"
		patch = "due in the release after this patch"
		late  = "overdue: it was public when 1.2.3 was released"
	)
	tests := []struct {
		name, sla, version string
		previous           Release
		published          string
		overdue            bool
		words              string
	}{
		{"a patch may go first", "next-release", "1.2.4", last("1.2.3", before), published, false, patch},
		{"only once", "next-release", "1.2.4", last("1.2.3", after), published, true, late},
		{"the same moment", "next-release", "1.2.4", last("1.2.3", day("2026-05-01")), published, true, late},
		{"a minor is due", "next-release", "1.3.0", last("1.2.3", before), published, true, here},
		{"a major is due", "next-release", "2.0.0", last("1.2.3", before), published, true, here},
		{"a prerelease is due", "next-release", "1.2.4-rc.1", last("1.2.3", before), published, true, here},
		{"nobody knows", "next-release", "1.2.4", nobody, published, true, here},
		{"the first", "next-release", "1.2.4", first, published, true, here},
		{"no date of the release", "next-release", "1.2.4", last("1.2.3", time.Time{}), published, true, here},
		{"no date of the advisory", "next-release", "1.2.4", last("1.2.3", before), "", true,
			"due at once: the advisory has no date that can be read"},
		{"advisory of the future", "next-release", "1.2.4", last("1.2.3", before), "2027-01-01T00:00:00Z", true,
			"due at once: the advisory's date is in the future"},
		{"not below", "next-release", "1.2.3", last("1.2.3", before), published, true, here},
		{"after a prerelease", "next-release", "1.2.4", last("1.2.4-rc.1", before), published, true, here},
		{"not said to be known", "next-release", "1.2.4", Release{Version: "1.2.3", Published: before}, published, true, here},

		{"patch", "next-minor", "1.2.4", last("1.2.3", after), published, false, minor},
		{"patch x.y.0 of another line", "next-minor", "1.2.0", last("1.2.0-rc.1", after), published, true, here},
		{"minor", "next-minor", "1.3.0", last("1.2.3", after), published, true, here},
		{"minor that skips 0", "next-minor", "1.3.1", last("1.2.3", after), published, true, here},
		{"major that skips 0", "next-minor", "2.2.4", last("1.2.3", after), published, true, here},
		{"prerelease of a minor", "next-minor", "1.3.0-rc.1", last("1.2.3", after), published, false, minor},
		{"first, with a patch number", "next-minor", "0.0.1", first, published, true, here},
		{"nobody knows, patch", "next-minor", "1.2.4", nobody, published, false, minor},
		{"nobody knows, minor", "next-minor", "1.3.0", nobody, published, true, here},
		{"not below, minor", "next-minor", "1.3.0", last("1.3.0", after), published, true, here},
		{"unreadable, patch", "next-minor", "1.2.4", last("one", after), published, false, minor},
		{"no date", "next-minor", "1.2.4", last("1.2.3", time.Time{}), "", false, minor},
	}
	for _, tt := range tests {
		t.Run(tt.sla+" "+tt.name, func(t *testing.T) {
			e := parse(t, "audit-level: none\nsla: {high: "+tt.sla+"}").For("a", Flags{})
			f := vuln(func(f *finding.Finding) { f.Published = tt.published })
			overdue, words := e.due(&f, Context{Now: now, Version: tt.version, Previous: tt.previous})
			if overdue != tt.overdue || words != tt.words {
				t.Errorf("got %t, %q; want %t, %q", overdue, words, tt.overdue, tt.words)
			}
		})
	}
}

func TestByRelease(t *testing.T) {
	e := parse(t, "sla: {critical: 24h, moderate: next-release, low: next-minor}").For("a", Flags{})
	for s, want := range map[finding.Severity]bool{
		finding.Unknown: false, finding.Critical: false, finding.High: true, finding.Moderate: true, finding.Low: true, finding.Info: false,
	} {
		if got := e.ByRelease(s); got != want {
			t.Errorf("%s: %t", s, got)
		}
	}
}

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}
