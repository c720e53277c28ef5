package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// Incidents is what the records of incidents in the commit say about the package.
type Incidents struct {
	Why     string     // why there are none, as a clause; empty: the folder was read
	Records []Incident // in the order of their files
}

// An Incident is one record that concerns the package.
type Incident struct {
	File   string // slash path from the checkout's root
	Why    string // why it cannot be judged, as a clause; empty: it can
	About  string // "token @acme/widget@*"
	Began  time.Time
	Latest time.Time // when it says that something last happened
	Left   []IncidentStep
	Again  string    // the command that looks again
	Change *Incident // the same file in the change under test; nil: there is no change, or it has none
}

// An IncidentStep is left to do.
type IncidentStep struct {
	ID, What, By string    // By is empty where anybody may
	Due          time.Time // zero: nobody says until when
	Release      bool      // a release does it, so it holds none
}

var incidentOverdue = finding.Rule{
	ID:    "incident-overdue",
	Title: "A step of an incident is not done, and its time is over.",
	Why: "A token that leaked and still lives, or a version that is compromised and still installs, does harm until somebody acts. " +
		"Who releases meanwhile may release with the same token, to the same people.",
	Help: "Do the step, then look again with the command in the message and commit the record: what the registry shows is found done by " +
		"itself, `-done STEP` says so of what nothing can show, and `-drop STEP=WHY` says why a step is not done.",
	Severity: finding.High,
	Tags:     []string{"security", "policy", "incident"},
}

var incidentOpen = finding.Rule{
	ID:       "incident-open",
	Title:    "Steps of an incident are left, and there is time for them.",
	Why:      "An incident is over when nothing is left of it. What is forgotten until its time is over holds every release.",
	Help:     "Do what is left, then look again with the command in the message and commit the record.",
	Severity: finding.Moderate,
	Tags:     []string{"security", "policy", "incident"},
}

var incidents = Check{
	Rules: []finding.Rule{incidentOverdue, incidentOpen},
	Run: func(s *Subject) (found []finding.Finding) {
		p, all := &s.Policy.Records, s.Incidents
		if p.Folder == "" || all == nil {
			return nil
		}
		now, err := time.Parse(time.RFC3339, s.Now)
		switch {
		case all.Why != "":
			return []finding.Finding{setIn(p.File, s.inPolicy(&incidentOverdue, finding.Always, p.Line, "incident.records",
				"Whether an incident is open cannot be seen: %s, which is for the records of incidents, %s.", p.Folder, all.Why))}
		case err != nil:
			return []finding.Finding{setIn(p.File, s.inPolicy(&incidentOverdue, finding.Always, p.Line, "incident.records",
				"Whether an incident is overdue cannot be judged: what day it is is not known."))}
		}
		for i := range all.Records {
			one := &all.Records[i]
			of := s.heldBy(one, now)
			if one.Change != nil && !slices.ContainsFunc(s.heldBy(one.Change, now), blocks) {
				for j := range of {
					if blocks(of[j]) {
						of[j].Level = finding.Advice
						of[j].Message += " By the record of this change nothing holds any more: that counts once it is merged."
					}
				}
			}
			found = append(found, of...)
		}
		return found
	},
}

func blocks(f finding.Finding) bool { return f.Level == finding.Always }

// heldBy says what one record holds the package for.
func (s *Subject) heldBy(one *Incident, now time.Time) (found []finding.Finding) {
	p := &s.Policy.Records
	add := func(rule *finding.Rule, level finding.Level, id, format string, args ...any) {
		f := s.inPolicy(rule, level, p.Line, one.File+id, format, args...)
		found = append(found, setIn(p.File, f))
	}
	switch {
	case one.Why != "":
		add(&incidentOverdue, finding.Always, "", "%s, which is among the records of incidents, %s: whether a step is overdue "+
			"cannot be seen.", one.File, one.Why)
		return found
	case one.Latest.After(now.Add(policy.Ahead)):
		add(&incidentOverdue, finding.Always, "", "The record of an incident, %s, tells of %s, which is to come.", one.File,
			minute(one.Latest))
		return found
	}
	open := 0
	var next time.Time
	for _, step := range one.Left {
		if step.Release {
			add(&incidentOpen, finding.Advice, " "+step.ID, "Of the incident %s, which began on %s, the step %s is left: %s. A release does it, "+
				"so it holds none. Then run %s.", one.About, minute(one.Began), step.ID, step.What, one.Again)
			continue
		}
		if step.Due.IsZero() || !now.After(step.Due) {
			open++
			if next.IsZero() || !step.Due.IsZero() && step.Due.Before(next) {
				next = step.Due
			}
			continue
		}
		by := ""
		if step.By != "" {
			by = ", by " + step.By
		}
		add(&incidentOverdue, finding.Always, " "+step.ID, "Of the incident %s, which began on %s, the step %s is overdue since %s: %s%s. "+
			"Then run %s.", one.About, minute(one.Began), step.ID, minute(step.Due), step.What, by, one.Again)
	}
	if open > 0 {
		level, until := finding.Advice, "nobody says until when"
		if p.Blocks {
			level = finding.Always
		}
		if !next.IsZero() {
			until = "the next is due on " + minute(next)
		}
		add(&incidentOpen, level, "", "Of the incident %s, which began on %s, %s left; %s. Look again with %s.", one.About,
			minute(one.Began), map[bool]string{true: "one step is", false: fmt.Sprintf("%d steps are", open)}[open == 1], until, one.Again)
	}
	return found
}
