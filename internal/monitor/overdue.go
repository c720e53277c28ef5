package monitor

import (
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// overdue tells of looks that came too late, or did not come. While nothing could
// be looked at it is a condition; a gap that this look closes is told once.
func (j *judging) overdue() {
	m := &j.policy().Monitor
	level := finding.Advice
	if m.Blocks {
		level = finding.Always
	}
	var first time.Time // of all looks
	for _, last := range j.was.Looks {
		first = earlier(first, last)
	}
	for _, topic := range Topics {
		last := later(j.was.Looks[topic], first)
		if first.IsZero() || !m.Overdue(string(topic), last, j.at) {
			continue
		}
		every := fmt.Sprintf("every %s", roughly(m.Every[string(topic)]))
		switch _, looked := j.was.Looks[topic]; {
		case !j.good[topic] && !looked:
			j.add(topic, &policy.MonitorOverdue, level, "", string(topic), "The %s of %s were never looked at, since the first look on %s; "+
				"the policy asks for it %s.", topic, j.look.Package, when(first), every)
		case !j.good[topic]:
			j.add(topic, &policy.MonitorOverdue, level, "", string(topic), "The %s of %s were last looked at on %s; the policy asks for it %s.",
				topic, j.look.Package, when(last), every)
		case j.wasOverdue(topic): // told; it ends now
		default:
			j.happened(topic, &policy.MonitorOverdue, level, "", string(topic), "The %s of %s were not looked at from %s until now; the policy "+
				"asks for it %s.", topic, j.look.Package, when(last), every)
		}
	}
	for _, topic := range j.ahead {
		j.happened(topic, &policy.MonitorOverdue, finding.Always, "", string(topic)+" ahead", "The state says that the %s of %s were looked at "+
			"on a day to come: that is no look.", topic, j.look.Package)
	}
}

// wasOverdue reports whether it was told that a topic is overdue.
func (j *judging) wasOverdue(topic Topic) bool {
	f := finding.Finding{Rule: policy.MonitorOverdue.ID, Name: j.look.Package, Subject: string(topic)}
	old := j.was.Findings[f.Fingerprint()]
	return old.Open()
}

// roughly writes a cadence in days where it is some.
func roughly(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		if d == 24*time.Hour {
			return "day"
		}
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return fmt.Sprintf("%d hours", d/time.Hour)
}
