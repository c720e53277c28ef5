package check

import (
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/policy"
)

// The clean package is judged on 2026-06-01.
func TestMonitored(t *testing.T) {
	now, err := time.Parse(time.RFC3339, clean().Now)
	if err != nil {
		t.Fatal(err)
	}
	state := func(w Watched) func(*Subject) {
		return func(s *Subject) {
			s.Policy.File, s.Watched = ".publishgate.yml", &w
			s.Policy.Monitor = policy.Monitor{State: "monitor.json", Every: map[string]time.Duration{"tags": 24 * time.Hour}}
		}
	}
	looked := func(at time.Time) func(*Subject) {
		return state(Watched{Looks: map[string]time.Time{"tags": at, "downloads": {}}})
	}
	with := func(base func(*Subject), change func(*policy.Monitor)) func(*Subject) {
		return func(s *Subject) { base(s); change(&s.Policy.Monitor) }
	}
	blocks := func(m *policy.Monitor) { m.Blocks = true }
	says := func(level string) []string { return []string{"monitor-overdue .publishgate.yml " + level} }
	table(t, monitored, []row{
		{"an hour ago", looked(now.Add(-time.Hour)), nil},
		{"late, within the grace", looked(now.Add(-36 * time.Hour)), nil},
		{"overdue", looked(now.Add(-36*time.Hour - time.Second)), says("advice")},
		{"overdue, blocks", with(looked(now.Add(-36*time.Hour-time.Second)), blocks), says("always")},
		{"the clock of the runner is behind", looked(now.Add(time.Hour)), nil},
		{"to come", looked(now.Add(time.Hour + time.Second)), says("always")},
		{"never", state(Watched{Looks: map[string]time.Time{}}), says("advice")},
		{"never, blocks", with(state(Watched{Looks: map[string]time.Time{}}), blocks), says("always")},
		{"another package's", state(Watched{}), says("advice")},
		{"another package's, blocks", with(state(Watched{}), blocks), says("always")},
		{"of a first release", with(state(Watched{First: true}), blocks), nil},
		{"no state", state(Watched{Why: "is not in commit 1234567"}), says("always")},
		{"no clock", func(s *Subject) { looked(now)(s); s.Now = "" }, says("always")},
		{"nobody asks", with(looked(now.AddDate(-1, 0, 0)), func(m *policy.Monitor) { m.State = "" }), nil},
		{"no cadence", with(looked(now.AddDate(-1, 0, 0)), func(m *policy.Monitor) { m.Every = nil }), nil},
		{"overdue by the minute, a week's look", with(looked(now.Add(-210*time.Hour-time.Second)), func(m *policy.Monitor) {
			m.Every["tags"] = 7 * 24 * time.Hour
		}), says("advice")},
		{"in time, a week's look", with(looked(now.Add(-210*time.Hour)), func(m *policy.Monitor) { m.Every["tags"] = 7 * 24 * time.Hour }), nil},
	})
}
