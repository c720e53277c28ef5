package check

import (
	"fmt"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/forge"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/workflow"
)

const released = "0123456789abcdef0123456789abcdef01234567"

// asksSource sets what the policy asks of the source, and what GitHub said.
func asksSource(p policy.Source, e forge.Evidence) func(*Subject) {
	return func(s *Subject) {
		s.Policy.File, s.Policy.Source = ".publishgate.yml", p
		e.SHA = released
		s.Source = &e
	}
}

func TestSource(t *testing.T) {
	main := forge.Branch{Name: "main", Rules: []string{"pull_request"}}
	good := forge.Pull{Number: 7, Author: "bob", Base: "main", Head: "aa", Merged: true, Writers: []string{"bob"},
		Reviews: []forge.Review{{By: "ann", Person: true, Writer: true, State: "APPROVED", SHA: "aa"}}}
	review := func(p forge.Pull) func(*Subject) {
		return asksSource(policy.Source{Review: true}, forge.Evidence{Branch: main, Pulls: []forge.Pull{p}})
	}
	branch := func(b forge.Branch) func(*Subject) {
		return asksSource(policy.Source{Protected: true}, forge.Evidence{Branch: b})
	}
	bad := good
	bad.Merged = false
	one := func(rule string, level string) []string { return []string{rule + " .publishgate.yml " + level} }
	table(t, sourceReview, []row{
		{"not asked", func(s *Subject) { s.Policy.Source.Review = true }, nil},
		{"reviewed", review(good), nil},
		{"not merged", review(bad), one("commit-unreviewed", "always")},
		{"pushed", asksSource(policy.Source{Review: true}, forge.Evidence{Branch: main}), one("commit-unreviewed", "always")},
		{"review not asked", asksSource(policy.Source{Protected: true}, forge.Evidence{Branch: main}), nil},
		{"protected", branch(main), nil},
		{"protected in the older way", branch(forge.Branch{Name: "main", Classic: true}), nil},
		{"unprotected", branch(forge.Branch{Name: "main", Rules: []string{"deletion", "non_fast_forward"}}), one("branch-unprotected", "always")},
		{"no branch", branch(forge.Branch{}), one("branch-unprotected", "always")},
		{"a VSA answers both", func(s *Subject) {
			asksSource(policy.Source{Review: true, Protected: true, VSA: &policy.SourceVSA{Level: 4}}, forge.Evidence{})(s)
		}, nil},
		{"a VSA answers protected alone", func(s *Subject) {
			asksSource(policy.Source{Review: true, Protected: true, VSA: &policy.SourceVSA{Level: 3}}, forge.Evidence{})(s)
		}, one("commit-unreviewed", "always")},
	})
	vsa := func(acts bool, said SourceVSA) func(*Subject) {
		return func(s *Subject) {
			asksSource(policy.Source{VSA: &policy.SourceVSA{Level: 3}}, forge.Evidence{})(s)
			s.Acts, s.SourceVSA = acts, &said
		}
	}
	table(t, sourceVSA, []row{
		{"not looked at", func(s *Subject) { s.Policy.Source.VSA = &policy.SourceVSA{Level: 3} }, nil},
		{"verified", vsa(true, SourceVSA{Commit: "0123456"}), nil},
		{"not there", vsa(true, SourceVSA{Missing: true}), one("source-unverified", "always")},
		{"not there, nothing is released", vsa(false, SourceVSA{Missing: true}), one("source-unverified", "advice")},
		{"does not verify", vsa(false, SourceVSA{Why: "it is another's"}), one("source-unverified", "always")},
	})
}

func TestSourceEnvironment(t *testing.T) {
	in := func(name string) func(*Subject) {
		return func(s *Subject) {
			asksSource(policy.Source{Env: "release"}, forge.Evidence{})(s)
			s.Environment = &name
		}
	}
	one := []string{"source-environment .publishgate.yml always"}
	table(t, sourceEnvironment, []row{
		{"not asked", func(s *Subject) { in("other")(s); s.Policy.Source.Env = "" }, nil},
		{"no token", func(s *Subject) { in("")(s); s.Environment = nil }, nil},
		{"the one", in("release"), nil},
		{"none", in(""), one},
		{"another", in("staging"), one},
		{"in another case", in("Release"), one},
		{"longer", in("release2"), one},
	})
}

func TestSourceChecks(t *testing.T) {
	run := func(acts bool, entry string, all ...forge.Check) func(*Subject) {
		return func(s *Subject) {
			asksSource(policy.Source{Checks: []string{entry}}, forge.Evidence{Checks: all})(s)
			s.Acts = acts
		}
	}
	ended := func(name, how string) forge.Check {
		return forge.Check{Name: name, Status: "completed", Conclusion: how}
	}
	one := func(rule, level string) []string { return []string{rule + " .publishgate.yml " + level} }
	rows := []row{
		{"passed", run(true, "test", ended("test", "success")), nil},
		{"neutral", run(true, "test", ended("test", "neutral")), nil},
		{"matrix passed", run(true, "test", ended("test (18)", "success"), ended("test (20)", "success")), nil},
		{"matrix failed in one", run(true, "test", ended("test (18)", "success"), ended("test (20)", "failure")), one("check-failed", "always")},
		{"another's name begins so", run(true, "test", ended("testing", "success")), one("check-missing", "always")},
		{"pattern", run(true, "* / test", ended("ci / test", "success")), nil},
		{"none", run(true, "test"), one("check-missing", "always")},
		{"none, nothing is released", run(false, "test"), one("check-missing", "advice")},
		{"runs", run(true, "test", forge.Check{Name: "test", Status: "in_progress"}), one("check-missing", "always")},
		{"runs, nothing is released", run(false, "test", forge.Check{Name: "test", Status: "queued"}), one("check-missing", "advice")},
		{"skipped", run(false, "test", ended("test", "skipped")), one("check-missing", "always")},
		{"ended without saying how", run(true, "test", ended("test", "")), one("check-failed", "always")},
	}
	for _, how := range []string{"failure", "cancelled", "timed_out", "action_required", "stale", "startup_failure", "error", "new-word"} {
		rows = append(rows, row{how, run(false, "test", ended("test", how)), one("check-failed", "always")})
	}
	table(t, sourceChecks, rows)
}

func TestSourceScans(t *testing.T) {
	main := forge.Branch{Name: "main"}
	week := 7 * 24 * time.Hour
	scan := func(age time.Duration, scans ...forge.Scan) func(*Subject) {
		return asksSource(policy.Source{Scans: map[string]time.Duration{"CodeQL": age}}, forge.Evidence{Branch: main, Scans: scans})
	}
	at := func(day, sha, ref, failed string) forge.Scan {
		return forge.Scan{Tool: "CodeQL", At: on(day), SHA: sha, Ref: ref, Error: failed}
	}
	alerts := func(n int, tool string) func(*Subject) {
		var all []forge.Alert
		for i := range n {
			all = append(all, forge.Alert{Kind: "code scanning", Number: i + 1, Tool: tool, Rule: "bad", Severity: "high"})
		}
		return asksSource(policy.Source{Alerts: true}, forge.Evidence{Branch: main, Alerts: all})
	}
	one := func(rule string) []string { return []string{rule + " .publishgate.yml always"} }
	many := []string{}
	for range maxAlerts {
		many = append(many, one("alert-open")...)
	}
	table(t, sourceScans, []row{
		{"of the commit", scan(0, at("2020-01-01", released, "refs/heads/main", "")), nil},
		{"of the branch alone", scan(0, at("2026-06-01", "ff", "refs/heads/main", "")), one("scan-missing")},
		{"of the branch, fresh", scan(week, at("2026-05-27", "ff", "refs/heads/main", "")), nil},
		{"of the branch, old", scan(week, at("2026-05-01", "ff", "refs/heads/main", "")), one("scan-stale")},
		{"an old and a fresh one", scan(week, at("2026-05-01", "ff", "refs/heads/main", ""), at("2026-05-30", "ee", "refs/heads/main", "")), nil},
		{"of a pull request", scan(week, at("2026-05-30", "ff", "refs/pull/1/merge", "")), one("scan-missing")},
		{"failed", scan(week, at("2026-05-30", released, "refs/heads/main", "out of memory")), one("scan-missing")},
		{"none", scan(week), one("scan-missing")},
		{"nothing was ever scanned", asksSource(policy.Source{Alerts: true}, forge.Evidence{Unscanned: true}), one("scan-missing")},
		{"no alert", alerts(0, ""), nil},
		{"an alert", alerts(1, "CodeQL"), one("alert-open")},
		{"an alert of ours", alerts(1, "publishgate"), nil},
		{"very many", alerts(maxAlerts+9, "CodeQL"), many},
	})
	for word, want := range map[string]string{"critical": "critical", "medium": "moderate", "error": "high", "warning": "moderate",
		"note": "low", "none": "info", "": "unknown", "x": "unknown"} {
		if got := fmt.Sprint(alertSeverity(word)); got != want {
			t.Errorf("%q is %s, expected %s", word, got, want)
		}
	}
}

func TestBypass(t *testing.T) {
	beside := func(b policy.Bypass) func(*Subject) {
		return func(s *Subject) {
			s.Policy.Publish.Bypass = b
			s.Workflows = Workflows{Up: func(p string) string { return "../" + p },
				Publishes: []workflow.Publish{{File: "w.yml", Line: 3, Job: "a", What: "npm publish"}}}
		}
	}
	table(t, bypass, []row{
		{"none", func(*Subject) {}, nil},
		{"warns", beside(policy.BypassWarn), []string{"publish-bypass ../w.yml advice"}},
		{"blocks", beside(policy.BypassBlock), []string{"publish-bypass ../w.yml always"}},
		{"ignored", beside(policy.BypassIgnore), nil},
		{"nobody publishes it", func(s *Subject) { beside(policy.BypassBlock)(s); s.Manifest.Private = true }, nil},
	})
}
