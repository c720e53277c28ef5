package check

import (
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/policy"
)

// The clean package is judged on 2026-06-01.
func TestIncidents(t *testing.T) {
	now, err := time.Parse(time.RFC3339, clean().Now)
	if err != nil {
		t.Fatal(err)
	}
	record := func(due ...time.Time) Incident {
		one := Incident{File: "incidents/a/incident.json", About: "token @acme/widget@*", Began: now.Add(-time.Hour), Latest: now,
			Again: "publishgate incident token '@acme/widget@*' -out incidents/a"}
		for i, at := range due {
			one.Left = append(one.Left, IncidentStep{ID: []string{"revoke", "report"}[i], What: "Revoke it", By: "a maintainer", Due: at})
		}
		return one
	}
	of := func(all ...Incident) func(*Subject) {
		return func(s *Subject) {
			s.Policy.File, s.Policy.Records = ".publishgate.yml", policy.Records{Folder: "incidents", Line: 3}
			s.Incidents = &Incidents{Records: all}
		}
	}
	strict := func(base func(*Subject)) func(*Subject) {
		return func(s *Subject) { base(s); s.Policy.Records.Blocks = true }
	}
	changed := func(base Incident, change Incident) Incident { base.Change = &change; return base }
	unread := Incident{File: "incidents/a/incident.json", Why: "is no record"}
	second := time.Second
	late, early := now.Add(-second), now.Add(second)
	releases := record(late)
	releases.Left[0].Release = true
	ahead := func(by time.Duration) Incident { one := record(); one.Latest = now.Add(by); return one }
	overdue, open := "incident-overdue .publishgate.yml ", "incident-open .publishgate.yml "
	table(t, incidents, []row{
		{"nobody asks", func(s *Subject) { of(record(late))(s); s.Policy.Records.Folder = "" }, nil},
		{"no incident", of(), nil},
		{"all done", of(record()), nil},
		{"due now", of(record(now)), []string{open + "advice"}},
		{"overdue by a second", of(record(late)), []string{overdue + "always"}},
		{"one overdue, one not", of(record(late, early)), []string{overdue + "always", open + "advice"}},
		{"open", of(record(early, early)), []string{open + "advice"}},
		{"open blocks", strict(of(record(early))), []string{open + "always"}},
		{"nobody says until when", of(record(time.Time{})), []string{open + "advice"}},
		{"a release does it", strict(of(releases)), []string{open + "advice"}},
		{"two records", of(record(late), record(late)), []string{overdue + "always", overdue + "always"}},
		{"no folder", func(s *Subject) { of()(s); s.Incidents.Why = "is not in commit 1234567" }, []string{overdue + "always"}},
		{"no clock", func(s *Subject) { of(record())(s); s.Now = "" }, []string{overdue + "always"}},
		{"cannot be read", of(unread), []string{overdue + "always"}},
		{"the clock of the runner is behind", of(ahead(policy.Ahead)), nil},
		{"to come", of(ahead(policy.Ahead + second)), []string{overdue + "always"}},
		{"done by the change", of(changed(record(late), record())), []string{overdue + "advice"}},
		{"left by the change", of(changed(record(late), record(late))), []string{overdue + "always"}},
		{"done by a change that cannot be read", of(changed(record(late), unread)), []string{overdue + "always"}},
		{"read by the change", of(changed(unread, record())), []string{overdue + "advice"}},
		{"undone by the change: it was all done before", of(changed(record(), record(late))), nil},
		{"open in both, which blocks", strict(of(changed(record(late), record(early)))), []string{overdue + "always"}},
	})
	s := clean()
	of(record(late))(s)
	for _, want := range []string{"token @acme/widget@*", "revoke is overdue since 2026-05-31 23:59 UTC: Revoke it, by a maintainer",
		"publishgate incident token '@acme/widget@*' -out incidents/a"} {
		if got := incidents.Run(s)[0].Message; !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}
