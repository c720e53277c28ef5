package check

import (
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// Watched is what the state of the monitor in the commit says about the package.
type Watched struct {
	Why   string               // why there is none, as a clause; empty: it was read
	Looks map[string]time.Time // the last good look at each of policy.MonitorTopics; nil: it does not know the package
	First bool                 // nothing of the package is published, so there was nothing to look at
}

var monitored = Check{
	Rules: []finding.Rule{policy.MonitorOverdue},
	Run: func(s *Subject) (found []finding.Finding) {
		m, w := &s.Policy.Monitor, s.Watched
		if m.State == "" || w == nil {
			return nil
		}
		add := func(level finding.Level, key, format string, args ...any) {
			found = append(found, setIn(m.File, s.inPolicy(&policy.MonitorOverdue, level, m.Line, "monitor."+key, format, args...)))
		}
		due := finding.Advice
		if m.Blocks {
			due = finding.Always
		}
		now, err := time.Parse(time.RFC3339, s.Now)
		switch {
		case w.Why != "":
			add(finding.Always, "state", "The state of the monitor, %s, %s.", m.State, w.Why)
			return found
		case err != nil:
			add(finding.Always, "state", "When it was last looked at what is published cannot be judged: what day it is is not known.")
			return found
		case w.Looks == nil && !w.First:
			add(due, "state", "The state of the monitor, %s, does not know %s: nobody has looked at what is published of it.", m.State,
				s.Manifest.Name)
		}
		for _, topic := range policy.MonitorTopics {
			last, looked := w.Looks[topic]
			switch {
			case m.Every[topic] == 0 || w.Looks == nil:
			case last.After(now.Add(policy.Ahead)):
				add(finding.Always, topic, "By %s, the %s of %s were last looked at on %s, which is to come.", m.State, topic, s.Manifest.Name,
					day(last))
			case !looked:
				add(due, topic, "By %s, the %s of %s were never looked at.", m.State, topic, s.Manifest.Name)
			case m.Overdue(topic, last, now):
				add(due, topic, "By %s, the %s of %s were last looked at on %s; that was due on %s.", m.State, topic, s.Manifest.Name, day(last),
					day(last.Add(m.Every[topic])))
			}
		}
		return found
	},
}
