package policy

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// vuln is a vulnerable dependency, lodash@4.17.15 unless changed.
func vuln(change func(*finding.Finding)) finding.Finding {
	f := finding.Finding{
		Rule: "vulnerable-dependency", Severity: finding.High, Level: finding.BySeverity, Scope: npm.Prod,
		Package: "pkg:npm/lodash@4.17.15", Name: "lodash", Version: "4.17.15",
		IDs:       []string{"GHSA-aaaa-bbbb-cccc", "CVE-2026-0001"},
		Paths:     [][]string{{"root@1.0.0", "request@2.88.2", "lodash@4.17.15"}},
		Published: "2026-01-01T00:00:00Z",
	}
	if change != nil {
		change(&f)
	}
	return f
}

func decide(t *testing.T, text string, f finding.Finding) Judged {
	t.Helper()
	v := Decide(parse(t, text).For("root", Flags{}), []finding.Finding{f}, Context{Now: now, Version: "1.0.1"})
	for _, j := range v.Judged {
		if j.Finding.Rule == f.Rule {
			if pass := j.State != finding.Block; pass != v.Passed() || pass != (v.Result == Pass) {
				t.Errorf("state %v, result %v, passed %v", j.State, v.Result, v.Passed())
			}
			return j
		}
	}
	t.Fatalf("the finding is not in the verdict: %+v", v)
	return Judged{}
}

func TestJudge(t *testing.T) {
	sev := func(s finding.Severity) func(*finding.Finding) { return func(f *finding.Finding) { f.Severity = s } }
	tests := []struct {
		name, text string
		change     func(*finding.Finding)
		want       finding.State
		why, due   string
	}{
		{"at the level", "audit-level: high", nil, finding.Block, "high reaches the level high for prod dependencies", ""},
		{"below the level", "audit-level: critical", nil, finding.Warn, "high is below the level critical for prod dependencies", ""},
		{"unrated", "audit-level: critical", sev(finding.Unknown), finding.Block,
			"an unrated severity, which counts as the worst, reaches the level critical for prod dependencies", ""},
		{"severity of no scale", "audit-level: critical", sev(77), finding.Block,
			"an unrated severity, which counts as the worst, reaches the level critical for prod dependencies", ""},
		{"none", "audit-level: none", sev(finding.Critical), finding.Warn, "critical is below the level none for prod dependencies", ""},
		{"none and malware", "audit-level: none", func(f *finding.Finding) { f.Level = finding.Always; f.Rule = "malware" },
			finding.Block, "blocks at any level", ""},
		{"level of nobody", "audit-level: none", func(f *finding.Finding) { f.Level = 9 }, finding.Block, "blocks at any level", ""},
		{"advice", "audit-level: info", func(f *finding.Finding) { f.Level = finding.Advice }, finding.Warn, "advice", ""},
		{"dev", "", func(f *finding.Finding) { f.Scope = npm.Dev }, finding.Warn, "high is below the level none for dev dependencies", ""},
		{"no scope is prod", "scopes: {prod: high, dev: none}", func(f *finding.Finding) { f.Scope = "" }, finding.Block,
			"high reaches the level high", ""},
		{"scope of nobody", "audit-level: none", func(f *finding.Finding) { f.Scope = "x"; f.Severity = finding.Info },
			finding.Block, "info reaches the level any", ""},

		{"sla over, below the level", "audit-level: critical\nsla: {high: 72h}", nil, finding.Block, "the sla has run out",
			"overdue by 148d 12h"},
		{"sla over, level none", "audit-level: none\nsla: {high: 72h}", nil, finding.Block, "the sla has run out", "overdue by 148d 12h"},
		{"sla running, below the level", "audit-level: critical\nsla: {high: 72h}", pub("2026-05-31T00:00:00Z"),
			finding.Warn, "high is below the level critical for prod dependencies", "1d 12h left"},
		{"sla running does not loosen", "audit-level: high\nsla: {high: 72h}", pub("2026-05-31T00:00:00Z"), finding.Block,
			"high reaches the level high for prod dependencies", "1d 12h left"},
		{"sla ends", "audit-level: critical\nsla: {high: 72h}", pub("2026-05-29T12:00:00Z"), finding.Block,
			"the sla has run out", "overdue by under a minute"},
		{"sla a second before", "audit-level: critical\nsla: {high: 72h}", pub("2026-05-29T12:00:01Z"), finding.Warn,
			"high is below the level critical for prod dependencies", "under a minute left"},
		{"sla offset form", "audit-level: critical\nsla: {high: 72h}", pub("2026-05-29T14:00:01+02:00"), finding.Warn,
			"high is below the level critical for prod dependencies", "under a minute left"},
		{"sla leap second", "audit-level: critical\nsla: {high: 90d}", pub("2026-05-29T23:59:60Z"), finding.Block,
			"the sla has run out", "due at once: the advisory has no date that can be read"},
		{"sla without date", "audit-level: critical\nsla: {high: 90d}", pub(""), finding.Block, "the sla has run out",
			"due at once: the advisory has no date that can be read"},
		{"sla day only", "audit-level: critical\nsla: {high: 90d}", pub("2026-05-29"), finding.Block, "the sla has run out",
			"due at once: the advisory has no date that can be read"},
		{"sla in the future", "audit-level: critical\nsla: {high: 90d}", pub("2099-01-01T00:00:00Z"), finding.Block,
			"the sla has run out", "due at once: the advisory's date is in the future"},
		{"sla of the next lower", "audit-level: none\nsla: {low: 72h}", nil, finding.Block, "the sla has run out", "overdue by 148d 12h"},
		{"sla of a higher one", "audit-level: none\nsla: {critical: 72h}", nil, finding.Warn,
			"high is below the level none for prod dependencies", ""},
		{"sla of unrated", "audit-level: none\nsla: {critical: 72h}", sev(finding.Unknown), finding.Block,
			"the sla has run out", "overdue by 148d 12h"},
		{"next release", "audit-level: critical\nsla: {high: next-release}", nil, finding.Block, "the sla has run out", "due in this release"},
		{"next minor, in a patch", "audit-level: critical\nsla: {high: next-minor}", nil, finding.Warn,
			"high is below the level critical for prod dependencies", "due by the next minor or major release"},
		{"sla is about advisories", "audit-level: critical\nsla: {high: 1h}",
			func(f *finding.Finding) { f.IDs, f.Published = nil, "" }, finding.Warn, "high is below the level critical for prod dependencies", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := decide(t, tt.text, vuln(tt.change))
			if j.State != tt.want || j.Why != tt.why || j.Due != tt.due {
				t.Errorf("got %v, %q, %q\nwant %v, %q, %q", j.State, j.Why, j.Due, tt.want, tt.why, tt.due)
			}
		})
	}
}

func pub(date string) func(*finding.Finding) {
	return func(f *finding.Finding) { f.Published = date }
}

func TestNextMinor(t *testing.T) {
	for version, want := range map[string]Result{
		"1.2.0": Block, "2.0.0": Block, "0.0.0": Block, "1.2.3": Pass, "1.2.0-rc.1": Pass, "1.2.0+build": Block,
		"": Block, "x": Block, "1.2": Block,
	} {
		e := parse(t, "audit-level: none\nsla: {low: next-minor}").For("a", Flags{})
		v := Decide(e, []finding.Finding{vuln(func(f *finding.Finding) { f.Severity = finding.Low })}, Context{Now: now, Version: version})
		if v.Result != want {
			t.Errorf("%q: %v, want %v", version, v.Result, want)
		}
	}
}

func TestDecideClosed(t *testing.T) {
	if (Verdict{}).Passed() || (Verdict{Result: Pass}).Passed() || (Verdict{}).Result == Pass {
		t.Error("a verdict passes that nobody decided")
	}
	e := Default().For("a", Flags{})
	ok := Decide(e, nil, Context{Now: now})
	if !ok.Passed() || ok.Judged == nil {
		t.Errorf("nothing found: %+v", ok)
	}
	ok.Judged = append(ok.Judged, Judged{})
	if ok.Passed() {
		t.Error("a verdict passes that holds a blocking finding")
	}
	ok = Decide(e, nil, Context{Now: now})
	if ok.Counts.Block++; ok.Passed() {
		t.Error("a verdict passes that counts a blocking finding")
	}
	advice := []finding.Finding{{Rule: "x", Level: finding.Advice}}
	for name, v := range map[string]Verdict{
		"no policy": Decide(nil, advice, Context{Now: now}),
		"no time":   Decide(e, advice, Context{}),
	} {
		if v.Result != Unknown || v.Passed() || len(v.Judged) != 1 || v.Judged[0].State != finding.Block {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if v := Decide(&Effective{}, []finding.Finding{{Rule: "x", Level: finding.BySeverity, Severity: finding.Info}},
		Context{Now: now}); v.Result != Block {
		t.Errorf("an empty policy lets info through: %+v", v)
	}
	if v := Decide(e, []finding.Finding{{}}, Context{Now: now}); v.Result != Block || v.Counts.Critical != 1 {
		t.Errorf("the zero finding: %+v", v)
	}
}

func TestCountsAndOrder(t *testing.T) {
	p := parse(t, "exceptions:\n- {id: GHSA-w, package: lodash, reason: r, owner: o, expires: 2026-07-01}\n")
	mk := func(rule string, s finding.Severity, l finding.Level, pkg, file string, line int, ids ...string) finding.Finding {
		name := pkg
		return finding.Finding{Rule: rule, Severity: s, Level: l, Package: pkg, Name: name, File: file, Line: line, IDs: ids}
	}
	fs := []finding.Finding{
		mk("a", finding.Low, finding.BySeverity, "p", "f", 1),
		mk("b", finding.High, finding.BySeverity, "p", "f", 2),
		mk("b", finding.High, finding.BySeverity, "p", "f", 1),
		mk("b", finding.High, finding.BySeverity, "p", "e", 9),
		mk("b", finding.High, finding.BySeverity, "o", "z", 9),
		mk("a", finding.High, finding.BySeverity, "z", "z", 9),
		mk("z", finding.Unknown, finding.BySeverity, "z", "z", 9),
		mk("v", finding.Critical, finding.BySeverity, "lodash", "z", 9, "GHSA-w"),
		mk("m", finding.Moderate, finding.Always, "", "", 0),
		mk("i", finding.Info, finding.Advice, "", "", 0),
	}
	v := Decide(p.For("a", Flags{}), fs, Context{Now: now})
	var got []string
	for _, j := range v.Judged {
		got = append(got, j.State.String()+" "+j.Finding.Rule+" "+j.Finding.Package+" "+j.Finding.File)
	}
	want := []string{"block z z z", "block a z z", "block b o z", "block b p e", "block b p f", "block b p f",
		"block m  ", "warn a p f", "warn i  ", "waived v lodash z"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if v.Judged[4].Finding.Line != 1 {
		t.Error("lines are out of order")
	}
	if c := (Counts{Block: 7, Warn: 2, Waived: 1, Critical: 1, High: 5, Moderate: 1, Low: 1, Info: 1}); v.Counts != c {
		t.Errorf("counts %+v, want %+v", v.Counts, c)
	}
	e := p.For("a", Flags{})
	v = Decide(e, fs, Context{Now: now})
	if e.Exceptions[0].Owner = "changed"; v.Judged[9].Waiver.Owner == "changed" || p.exceptions[0].Owner == "changed" {
		t.Error("a verdict shares memory with its policy")
	}
	if w := v.Judged[9].Waiver; w == nil || w.Owner != "o" || w.Line == 0 {
		t.Errorf("waiver %+v", w)
	}
	if !reflect.DeepEqual(fs[0], mk("a", finding.Low, finding.BySeverity, "p", "f", 1)) {
		t.Error("Decide changed its input")
	}
}
