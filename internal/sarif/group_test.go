package sarif

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// grouped is three advisories about one package and one rule about many.
func grouped(packages int) Input {
	var fs []finding.Finding
	for i := range 3 {
		id := fmt.Sprintf("GHSA-aaaa-aaaa-aaa%d", i)
		fs = append(fs, finding.Finding{Rule: "vulnerable-dependency", Severity: finding.Severity(int(finding.Low) + i),
			Level: finding.BySeverity, Scope: npm.Prod, Shipped: true, Name: "lodash", Version: "4.17.15",
			Package: "pkg:npm/lodash@4.17.15", IDs: []string{id}, Subject: id, Title: "a ](b) hole", File: "package-lock.json",
			Line: 7, Message: "m", Fix: "Update lodash.", Ends: "4.18.0"})
	}
	for i := range packages {
		name := fmt.Sprintf("p%02d", i)
		fs = append(fs, finding.Finding{Rule: "note", Severity: finding.Info, Level: finding.Advice, Scope: npm.Prod,
			Shipped: true, Name: name, Version: "1.0.0", File: "package-lock.json", Line: i + 1, Message: name + "@1.0.0 is so.", Fix: "Mend it."})
	}
	v := policy.Decide(policy.Default().For("a", policy.Flags{}), fs, policy.Context{Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
	return Input{Rules: rules, Verdict: v, Package: "a"}
}

func results(t *testing.T, in Input) []res {
	t.Helper()
	var b bytes.Buffer
	if left, err := Write(&b, in); err != nil || left != 0 {
		t.Fatal(left, err)
	}
	var doc log
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Runs[0].Results
}

func TestGroups(t *testing.T) {
	got := results(t, grouped(25))
	if len(got) != 2 {
		t.Fatalf("%d results", len(got))
	}
	for i, want := range []string{
		"lodash 4.17.15: 3 advisories, worst high, 1 of them blocks; 4.18.0 ends all.\nAdvisory: GHSA-aaaa-aaaa-aaa2, high, " +
			"a ]\\u{28}b) hole\nAdvisory: GHSA-aaaa-aaaa-aaa1, moderate, warns, a ]\\u{28}b) hole\n" +
			"Advisory: GHSA-aaaa-aaaa-aaa0, low, warns, a ]\\u{28}b) hole\nFix: Update lodash.",
		"25 packages, such as: p00@1.0.0 is so.\nPackages: p00@1.0.0, p01@1.0.0, ",
	} {
		if text := got[i].Message.Text; !strings.HasPrefix(text, want) {
			t.Errorf("got  %q\nwant %q", text, want)
		}
	}
	if text := got[1].Message.Text; !strings.Contains(text, "p19@1.0.0 and 5 more") || strings.Contains(text, "p20") {
		t.Errorf("%q", text)
	}
	if got[0].Level != "error" || got[0].RuleID != "vulnerable-dependency" || got[1].Level != "warning" {
		t.Errorf("%+v", got)
	}
}

// An alert is the same one when the lockfile is written anew, when the package
// moves, and when its group grows.
func TestGroupAlertsStay(t *testing.T) {
	before, moved, more := results(t, grouped(2)), grouped(2), grouped(26)
	for i := range moved.Verdict.Judged {
		f := &moved.Verdict.Judged[i].Finding
		f.Line, f.File = f.Line+100, "../"+f.File
	}
	more.Verdict.Judged = append(more.Verdict.Judged, policy.Judged{State: finding.Warn, Finding: more.Verdict.Judged[0].Finding})
	more.Verdict.Judged[len(more.Verdict.Judged)-1].Finding.IDs = []string{"GHSA-bbbb-bbbb-bbbb"}
	for _, after := range [][]res{results(t, moved), results(t, more)} {
		for i, r := range after {
			for key, want := range before[i].PartialFingerprints {
				if r.PartialFingerprints[key] != want {
					t.Errorf("result %d: %s was %s, is %s", i, key, want, r.PartialFingerprints[key])
				}
			}
		}
	}
}

// Two versions of a package are two alerts, and which is which does not depend
// on how bad each is, nor on what was waived.
func TestVersionsKeepTheirNumbers(t *testing.T) {
	at := func(version string, severity finding.Severity, state finding.State) policy.Judged {
		return policy.Judged{State: state, Finding: finding.Finding{Rule: "vulnerable-dependency", Severity: severity, Name: "a",
			Version: version, IDs: []string{"GHSA-1"}, File: "package-lock.json", Message: version, Fix: "Update " + version}}
	}
	numbers := func(js ...policy.Judged) map[string]string {
		in := example()
		in.Verdict.Judged = js
		got := map[string]string{}
		for _, r := range results(t, in) {
			_, n, _ := strings.Cut(r.PartialFingerprints["primaryLocationLineHash"], ":")
			got[strings.Split(r.Message.Text, "\n")[0]] = n
		}
		return got
	}
	for _, js := range [][]policy.Judged{
		{at("2.0.0", finding.High, finding.Block), at("10.0.0", finding.Low, finding.Block)},
		{at("10.0.0", finding.Critical, finding.Block), at("2.0.0", finding.Low, finding.Block)},
	} {
		if got := numbers(js...); got["2.0.0"] != "1" || got["10.0.0"] != "2" {
			t.Errorf("%v", got)
		}
	}
	if got := numbers(at("10.0.0", finding.High, finding.Block), at("2.0.0", finding.High, finding.Waived)); got["10.0.0"] != "1" {
		t.Errorf("what is waived comes first: %v", got)
	}
}
