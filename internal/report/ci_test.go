package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/testserver/cireport"
)

// ran returns a run over documents that ended three seconds after it began.
func ran(reason Reason, ds ...*Document) *CI {
	r := &Run{Reason: reason}
	for _, d := range ds {
		if d.Run == nil {
			d.Run = r
		}
	}
	return &CI{Documents: ds, Run: r, Began: now, Ended: now.Add(3 * time.Second), Version: "1.0.0"}
}

// ciReports returns both reports, which servers must take, and how many tests are
// red.
func ciReports(t *testing.T, c *CI) (gitLab, junit string, red int) {
	t.Helper()
	text := func(write func(io.Writer, *CI) error) string {
		var b, again bytes.Buffer
		if err := write(&b, c); err != nil {
			t.Fatal(err)
		}
		if err := write(&again, c); err != nil || b.String() != again.String() {
			t.Errorf("two runs differ, %v", err)
		}
		return b.String()
	}
	gitLab, junit = text(GitLab), text(JUnit)
	if err := cireport.GitLab([]byte(gitLab)); err != nil {
		t.Errorf("%v of %s", err, gitLab)
	}
	red, err := cireport.JUnit([]byte(junit))
	if err != nil {
		t.Errorf("%v of %s", err, junit)
	}
	return gitLab, junit, red
}

// Whatever becomes of a run, a test is red if and only if it did not pass, and the
// scan is a failure if and only if something was not judged.
func TestRedIfNotPassed(t *testing.T) {
	reasons := []Reason{Fine, "a reason nobody knows"}
	for _, e := range endings {
		reasons = append(reasons, e.reason)
	}
	documents := map[string]func() *Document{
		"passed": passed, "blocked": blocked, "undecided": undecided, "zero": func() *Document { return &Document{} },
		"waived":    func() *Document { d := passed(); d.Verdict = decide(minimist); return d },
		"unmade":    func() *Document { return &Document{Verdict: policy.Verdict{Result: policy.Pass}} },
		"untrusted": func() *Document { d := blocked(); d.Verdict.Result = policy.Pass; return d },
	}
	for name, make := range documents {
		for _, reason := range reasons {
			for _, act := range []State{Done, Skipped, Failed, Unsure, Noted} {
				d := make()
				d.Run = &Run{Reason: reason, Acts: []Act{{What: "upload", State: act, Text: "text"}}}
				c := ran(reason, d)
				gitLab, junit, red := ciReports(t, c)
				if pass := d.Ending() == policy.Pass; pass != (red == 0) {
					t.Errorf("%s, %q, %s: it ends with %s, and %d tests are red\n%s", name, reason, act, d.Ending(), red, junit)
				}
				if strings.Count(junit, "<testsuite ") != 1 {
					t.Errorf("%s, %q, %s: not the package's own suite says it\n%s", name, reason, act, junit)
				}
				judged := d.Result() != policy.Unknown
				if judged != strings.Contains(gitLab, `"status": "success"`) {
					t.Errorf("%s: judged is %v, and the scan is\n%s", name, judged, gitLab)
				}
			}
		}
	}
	for _, c := range []*CI{{}, {Run: &Run{Reason: Usage}, Trouble: "no workspace"}, ran(Deadline, passed())} {
		for _, d := range c.Documents {
			d.Run = &Run{} // the members ended well, the run did not
		}
		gitLab, junit, red := ciReports(t, c)
		if red == 0 || len(c.Documents) == 0 && !strings.Contains(gitLab, `"status": "failure"`) {
			t.Errorf("a run without an end is\n%s\n%s", junit, gitLab)
		}
	}
}

// Hostile text is inert in both reports, and neither schema minds it.
func TestInertForCI(t *testing.T) {
	more := append([]string{"[[ATTACHMENT|/etc/passwd]]", "\ufffe\uffff\x0b", "]]>&<x a='1'/>", "../../etc", "a..b",
		"##vso[task.complete result=Succeeded]"}, hostile...)
	for _, s := range more {
		d := poison(s)
		for i := range d.Verdict.Judged {
			d.Verdict.Judged[i].Finding.Rule = "vulnerable-dependency"
		}
		d.Problem, d.Root = "", s
		again := poison(s)
		again.LookedAt.Skipped = append(again.LookedAt.Skipped, Skip{s, s}) // two tests of one name
		c := ran(Findings, d, again)
		c.Trouble, c.Version, c.LeftOut = s, s, []Skip{{s, s}}
		gitLab, junit, _ := ciReports(t, c)
		for name, text := range map[string]string{"gitlab": gitLab, "junit": junit} {
			for _, r := range text {
				if r != '\n' && !unicode.IsPrint(r) {
					t.Errorf("%s: %.40q leaves %U", name, s, r)
					break
				}
			}
			for l := range strings.Lines(text) {
				if strings.HasPrefix(strings.TrimSpace(l), "::") || strings.Contains(l, "##[") || strings.Contains(l, "##vso[") {
					t.Errorf("%s: %.40q gives the runner %.200q", name, s, l)
				}
			}
			if len(text) > 1<<20 {
				t.Errorf("%s: %.40q makes %d bytes", name, s, len(text))
			}
		}
		var report gitLabReport
		if err := json.Unmarshal([]byte(gitLab), &report); err != nil {
			t.Fatal(err)
		}
		for _, v := range report.Vulnerabilities {
			for _, text := range []string{v.Description, v.Solution} { // GitLab reads them as markdown
				if text != "" && (!strings.HasPrefix(text, "`") || !strings.HasSuffix(text, "`")) {
					t.Errorf("%.40q is no code in %.200q", s, text)
				}
			}
			for _, l := range v.Links {
				if !strings.HasPrefix(l.URL, "http") {
					t.Errorf("%.40q links to %.200q", s, l.URL)
				}
			}
			if strings.HasPrefix(v.Location.File, "../") || strings.HasPrefix(v.Location.File, "/") {
				t.Errorf("%.40q lies at %.200q", s, v.Location.File)
			}
		}
	}
}

// An alert is one advisory about one package of one lockfile: lines, versions,
// other members and the order of the findings make no other of it.
func TestAlertsStay(t *testing.T) {
	hole := func(version, file, id string, line int) finding.Finding {
		return finding.Finding{Rule: "vulnerable-dependency", Severity: finding.High, Level: finding.BySeverity, Name: "left",
			Version: version, File: file, Line: line, IDs: []string{id, "CVE-1"}, Subject: id, Message: "left is vulnerable."}
	}
	ids := func(root string, fs ...finding.Finding) string {
		d := passed()
		d.Root, d.Verdict = root, decide(fs...)
		gitLab, _, _ := ciReports(t, ran(Findings, d))
		var report gitLabReport
		if err := json.Unmarshal([]byte(gitLab), &report); err != nil {
			t.Fatal(err)
		}
		all := ""
		for _, v := range report.Vulnerabilities {
			all += v.ID + " " + v.Location.File + "\n"
		}
		return all
	}
	first := ids("", hole("1.0.0", "package-lock.json", "GHSA-1", 7))
	for name, same := range map[string]string{
		"another line":      ids("", hole("1.0.0", "package-lock.json", "GHSA-1", 700)),
		"another version":   ids("", hole("1.0.1", "package-lock.json", "GHSA-1", 7)),
		"two versions":      ids("", hole("1.0.1", "package-lock.json", "GHSA-1", 7), hole("0.9.0", "package-lock.json", "GHSA-1", 9)),
		"a member's member": ids("packages/a", hole("1.0.0", "../../package-lock.json", "GHSA-1", 7)),
	} {
		if same != first {
			t.Errorf("%s: %q, not %q", name, same, first)
		}
	}
	for name, other := range map[string]string{
		"another advisory": ids("", hole("1.0.0", "package-lock.json", "GHSA-2", 7)),
		"another lockfile": ids("packages/a", hole("1.0.0", "package-lock.json", "GHSA-1", 7)),
	} {
		if other == first || other == "" {
			t.Errorf("%s: %q", name, other)
		}
	}
	ranged := hole("", "package.json", "GHSA-1", 3)
	ranged.Rule = "vulnerable-range"
	if none := ids("", ranged); none != "" {
		t.Errorf("what a range admits is an alert: %s", none)
	}
}

// What a document holds is told: severities, vectors, sources, suites of members.
func TestCIReports(t *testing.T) {
	d := blocked()
	for i := range d.Verdict.Judged {
		if a := d.Verdict.Judged[i].Finding.Advisory; a != nil {
			a.Vector = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N" // no place for it in 15.2
		}
	}
	d.LookedAt.Sources = append(d.LookedAt.Sources, advisory.Status{Name: "file", Unasked: []string{"@acme/x"}})
	well := passed()
	well.Run = &Run{}
	gitLab, junit, red := ciReports(t, ran(Findings, d, well))
	if red != 2 {
		t.Errorf("%d tests are red", red)
	}
	for _, want := range []string{`"severity": "Critical"`, `"file": "package-lock.json"`, `"version": "4.17.15"`, `"direct": true`,
		`"value": "2 more paths"`, `"level": "warn"`, "osv could not answer: read https://api.osv.dev: timeout",
		`"start_time": "2026-11-21T12:00:00"`, `"end_time": "2026-11-21T12:00:03"`, `"type": "ghsa"`, `"type": "cve"`,
		`"url": "https://github.com/advisories/GHSA-1111-1111-1111"`, "dev dependencies: -omit dev"} {
		if !strings.Contains(gitLab, want) {
			t.Errorf("no %s in\n%s", want, gitLab)
		}
	}
	if strings.Contains(gitLab, "CVSS:4") || strings.Contains(gitLab, "npm access token") {
		t.Errorf("what has no place there is in\n%s", gitLab)
	}
	for _, want := range []string{`<testsuite name="@acme/app" package="@acme/app" id="0" timestamp="2026-11-21T12:00:00"`,
		`<testsuite name="left-pad" package="left-pad" id="1"`, `time="3.000"`, `<failure type="secret" message="An npm access token."`,
		"fix: Revoke it, then add the file to .npmignore.", `classname="left-pad.verdict" name="passed" time="0"/>`,
		`classname="@acme/app.looked at" name="advisories of npm" time="0"/>`, `message="not looked at: -omit dev"`} {
		if !strings.Contains(junit, want) {
			t.Errorf("no %s in\n%s", want, junit)
		}
	}
}

// What is taken for a CVSS 3 vector is what GitLab's schema takes for one.
func TestIsCVSS3(t *testing.T) {
	for vector, want := range map[string]bool{
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H":                          true,
		"CVSS:3.0/AV:P/AC:H/PR:H/UI:R/S:C/C:L/I:L/A:L/E:U/RL:O/RC:C/MAV:X/MS:X": true,
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N":       false,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/":                         false,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:HH":                         false,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:":                           false,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:h":                          false,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/B:H":                          false,
		"CVSS:3.1/AV:N/AC:L": false,
		"CVSS:3.1/" + strings.Repeat("AV:N/", 24) + "AV:N": false,
		"AV:N/AC:L/Au:N/C:P/I:P/A:P":                       false, "": false,
	} {
		f := finding.Finding{Rule: "vulnerable-dependency", Severity: finding.High, Level: finding.BySeverity, Name: "left", Version: "1.0.0",
			IDs: []string{"GHSA-1"}, Advisory: &finding.Advisory{Vector: vector}}
		d := passed()
		d.Verdict = decide(f)
		if gitLab, _, _ := ciReports(t, ran(Findings, d)); strings.Contains(gitLab, `"vector": "CVSS`) != want {
			t.Errorf("%q is not %v", vector, want)
		}
	}
}

// More problems than a suite lists are counted in one more test, which is red if
// they may block.
func TestMoreCasesThanListed(t *testing.T) {
	for _, level := range []finding.Level{finding.Always, finding.Advice} {
		var fs []finding.Finding
		for i := range maxCases + 7 {
			fs = append(fs, finding.Finding{Rule: "secret", Severity: finding.High, Level: level, InTarball: true,
				File: fmt.Sprintf("package/%d", i), Message: "A key."})
		}
		d := passed()
		d.Verdict = decide(fs...)
		_, junit, red := ciReports(t, ran(map[finding.Level]Reason{finding.Always: Findings}[level], d))
		if want := map[finding.Level]int{finding.Always: maxCases + 1}[level]; red != want {
			t.Errorf("%d tests are red, not %d", red, want)
		}
		if !strings.Contains(junit, " more problems are not listed here: see verdict.json") {
			t.Error("what is left out is not told")
		}
	}
}
