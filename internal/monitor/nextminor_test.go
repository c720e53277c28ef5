package monitor

import "testing"

// An advisory that must be fixed by the next minor release is overdue once that went
// out without a fix: not before it, not by a patch, nor by another major line.
func TestNextMinor(t *testing.T) {
	for _, c := range []struct {
		name, version, rival string // what is released after the advisory, and the version that it reaches then
		overdue              bool
	}{
		{"nothing", "", "2.11.0", false},
		{"a patch", "2.11.1", "2.11.1", false},
		{"a minor release", "2.12.0", "2.12.0", true},
		{"a prerelease of one", "2.12.0-rc.1", "2.11.0", false},
		{"a minor release of another line", "2.12.0", "1.11.0", false},
		{"a major release", "3.0.0", "3.0.0", true},
		{"a major release that is free of it", "3.0.0", "2.11.0", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, ask := quiet(), asks(t, "version: 1\nsla: {high: next-minor}\naudit-level: high\n")
			_, s := run(t, New(), w.look(day0), ask)
			hole := Vulnerable{ID: "GHSA-1", Severity: "high", Package: "lodash@4.17.15", Published: day0}
			for _, v := range []string{"1.11.0", "2.11.0"} {
				w.audits[v] = Audit{Licenses: []string{"MIT"}, Vulnerable: []Vulnerable{hole}}
			}
			r, s := run(t, s, w.look(day0.AddDate(0, 0, 1)), ask)
			if len(r.New) != 1 || r.New[0].Judged.Overdue {
				t.Fatalf("%q, overdue %v", told(r.New), r.New[0].Judged.Overdue)
			}
			if c.version != "" {
				w.publish(c.version, day0.AddDate(0, 0, 2))
			}
			clear(w.audits)
			w.audits[c.rival] = Audit{Licenses: []string{"MIT"}, Vulnerable: []Vulnerable{hole}}
			r, s = run(t, s, w.look(day0.AddDate(0, 0, 3), Vulnerabilities), ask)
			if got := append(r.New, r.Open...); len(got) != 1 || got[0].Judged.Overdue != c.overdue || (len(r.New) == 1) != c.overdue {
				t.Errorf("new %q, open %q, overdue %v", told(r.New), told(r.Open), len(got) == 1 && got[0].Judged.Overdue)
			}
			if r, _ = run(t, s, w.look(day0.AddDate(0, 0, 4), Vulnerabilities), ask); len(r.New) > 0 {
				t.Errorf("told again: %q", told(r.New))
			}
		})
	}
}
