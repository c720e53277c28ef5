package vex

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// tree is widget@1.0.0 > a@1.0.0 > left@1.0.0 and widget > b@1.0.0 > c@1.0.0 > left.
func tree() *npm.Graph {
	pkg := func(name string, deps ...*npm.Package) *npm.Package {
		p := &npm.Package{Name: name, Version: "1.0.0", Location: "node_modules/" + name, Source: npm.SourceRegistry}
		for _, d := range deps {
			p.Deps = append(p.Deps, npm.Edge{Name: d.Name, To: d})
		}
		return p
	}
	left, alone := pkg("left"), pkg("alone")
	a, c := pkg("a", left), pkg("c", left)
	b := pkg("b", c)
	root := pkg("widget", a, b)
	root.Location, root.Source = "", npm.SourceLocal
	return &npm.Graph{Root: root, Packages: []*npm.Package{root, a, alone, b, c, left}}
}

func about(name string) finding.Finding {
	return finding.Finding{
		Rule: "vulnerable-dependency", Severity: finding.High, Level: finding.BySeverity, Name: name, Version: "1.0.0",
		Package: "pkg:npm/" + name + "@1.0.0",
		Subject: "GHSA-aaaa-aaaa-aaaa", IDs: []string{"GHSA-aaaa-aaaa-aaaa", "CVE-2026-1"},
	}
}

func subject() Subject {
	return Subject{PURL: "pkg:npm/widget@1.0.0", Graph: tree(), Now: now, Max: func(s finding.Severity) time.Duration {
		if s == finding.Critical {
			return 30 * 24 * time.Hour
		}
		return 365 * 24 * time.Hour
	}}
}

// says is one statement in short: status, date, products such as widget>left,
// further fields.
func says(status, date, products string, more ...string) string {
	var list []string
	for p := range strings.FieldsSeq(products) {
		name, parts, _ := strings.Cut(p, ">")
		text := `{"@id": "pkg:npm/` + name + `"`
		if parts != "" {
			text += `, "subcomponents": [{"@id": "pkg:npm/` + parts + `"}]`
		}
		list = append(list, text+"}")
	}
	id := `"vulnerability": {"name": "CVE-2026-1"}`
	reason := `, "impact_statement": "it is not"`
	extra := ""
	for _, m := range more {
		switch {
		case strings.HasPrefix(m, `"vulnerability"`):
			id = m
		case m == "no reason":
			reason = ""
		default:
			extra += ", " + m
		}
	}
	return `{` + id + `, "status": "` + status + `", "timestamp": "` + date + `T00:00:00Z", "products": [` +
		strings.Join(list, ", ") + `]` + reason + extra + `}`
}

func docs(t *testing.T, texts ...string) []*Document {
	t.Helper()
	var all []*Document
	for i, text := range texts {
		d, err := Read([]byte(text), fmt.Sprintf("%d.vex.json", i))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

func TestWeigh(t *testing.T) {
	const day = "2026-05-01"
	none := func(*finding.Finding) {}
	malware := func(f *finding.Finding) { f.Rule, f.IDs = "malware", []string{"MAL-2026-1", "CVE-2026-1"} }
	critical := func(f *finding.Finding) { f.Severity = finding.Critical }
	tests := []struct {
		name       string
		statements string
		change     func(*finding.Finding)
		lifted     bool
		ignored    string // what the report says does not count
	}{
		{"the package, and its part", says("not_affected", day, "widget@1.0.0>left@1.0.0"), none, true, ""},
		{"the package as a whole", says("not_affected", day, "widget@1.0.0"), none, true, ""},
		{"the package, any version", says("not_affected", day, "widget>left"), none, true, ""},
		{"the dependency itself", says("not_affected", day, "left@1.0.0"), none, true, ""},
		{"fixed", says("fixed", day, "left@1.0.0", "no reason"), none, true, ""},
		{"another product", says("not_affected", day, "other@1.0.0>left@1.0.0"), none, false, ""},
		{"another version of the package", says("not_affected", day, "widget@2.0.0>left@1.0.0"), none, false, ""},
		{"another part", says("not_affected", day, "widget@1.0.0>right@1.0.0"), none, false, ""},
		{"another version of the part", says("not_affected", day, "widget@1.0.0>left@1.0.1"), none, false, ""},
		{"a part of the dependency", says("not_affected", day, "left@1.0.0>inner@1.0.0"), none, false, ""},
		{"a copy from elsewhere", says("not_affected", day, "left@1.0.0?repository_url=https://npm.example.com"), none, false, ""},
		{"a part that has no package URL", `{"vulnerability": "CVE-2026-1", "status": "fixed", "products": [{"@id": ` +
			`"pkg:npm/widget@1.0.0", "subcomponents": [{"hashes": {"sha-256": "00"}}]}]}`, none, false, ""},
		{"affected", says("affected", day, "widget@1.0.0"), none, false, ""},
		{"under investigation", says("under_investigation", day, "widget@1.0.0"), none, false, ""},

		{"by its GHSA id", says("not_affected", day, "left@1.0.0", `"vulnerability": {"name": "ghsa-AAAA-aaaa-aaaa"}`), none, true, ""},
		{"by an alias", says("not_affected", day, "left@1.0.0",
			`"vulnerability": {"name": "SNYK-1", "aliases": ["CVE-2026-1"]}`), none, true, ""},
		{"by its address", says("not_affected", day, "left@1.0.0",
			`"vulnerability": {"@id": "https://nvd.nist.gov/vuln/detail/CVE-2026-1"}`), none, true, ""},
		{"another one", says("not_affected", day, "left@1.0.0", `"vulnerability": {"name": "CVE-2026-11"}`), none, false, ""},
		{"of another name, which GitHub gave another", says("not_affected", day, "left@1.0.0",
			`"vulnerability": {"name": "GHSA-bbbb-bbbb-bbbb", "aliases": ["GHSA-aaaa-aaaa-aaaa"]}`), none, false, ""},
		{"two of GitHub's names", says("not_affected", day, "left@1.0.0",
			`"vulnerability": {"name": "SNYK-1", "aliases": ["GHSA-bbbb-bbbb-bbbb", "GHSA-aaaa-aaaa-aaaa"]}`), none, false,
			"1 by an id that several advisories share"},

		{"later overrides", says("affected", "2026-04-01", "widget@1.0.0") + "," + says("not_affected", day,
			"widget@1.0.0>left@1.0.0"), none, true, ""},
		{"later takes back", says("not_affected", "2026-04-01", "widget@1.0.0") + "," + says("affected", day,
			"widget@1.0.0>left@1.0.0"), none, false, ""},
		{"later takes back, first in the file", says("affected", day, "widget@1.0.0") + "," + says("not_affected",
			"2026-04-01", "widget@1.0.0"), none, false, ""},
		{"later doubts", says("not_affected", "2026-04-01", "left@1.0.0") + "," + says("under_investigation", day,
			"widget@1.0.0"), none, false, ""},
		{"the stricter of one time", says("not_affected", day, "left@1.0.0") + "," + says("affected", day, "widget@1.0.0"), none, false, ""},
		{"the stricter of one time, the other way round", says("affected", day, "widget@1.0.0") + "," + says("not_affected",
			day, "left@1.0.0"), none, false, ""},
		{"of something else", says("not_affected", "2026-04-01", "left@1.0.0") + "," + says("affected", day,
			"widget@1.0.0>right@1.0.0"), none, true, ""},

		{"a day old", says("not_affected", "2026-05-31", "left@1.0.0"), none, true, ""},
		{"almost a year old", says("not_affected", "2025-06-02", "left@1.0.0"), none, true, ""},
		{"a year old", says("not_affected", "2025-06-01", "left@1.0.0"), none, false, "1 too old or past their end"},
		{"a year old, confirmed", says("not_affected", "2025-06-01", "left@1.0.0", `"last_updated": "2026-05-01T00:00:00Z"`), none, true, ""},
		{"older than a critical one may be", says("not_affected", "2026-05-01", "left@1.0.0"), critical, false, "1 too old or past their end"},
		{"young enough for a critical one", says("not_affected", "2026-05-03", "left@1.0.0"), critical, true, ""},
		{"from the future", says("not_affected", "2026-06-02", "left@1.0.0"), none, false, "1 dated in the future"},
		{"confirmed in the future", says("not_affected", "2026-05-01", "left@1.0.0", `"last_updated": "2027-01-01T00:00:00Z"`),
			none, false, "1 dated in the future"},
		{"the future takes back", says("not_affected", day, "left@1.0.0") + "," + says("affected", "2027-01-01", "left@1.0.0"), none, false, ""},
		{"without a reason", says("not_affected", day, "left@1.0.0", "no reason"), none, false, "1 without a justification or impact statement"},
		{"old, and taken back since", says("not_affected", "2025-01-01", "left@1.0.0") + "," + says("affected", day,
			"left@1.0.0"), none, false, ""},
		{"old, and said again", says("not_affected", "2025-01-01", "left@1.0.0") + "," + says("not_affected", day, "left@1.0.0"), none, true, ""},
		{"too old to take back", says("affected", "2026-04-01", "left@1.0.0") + "," + says("not_affected", "2027-01-01",
			"left@1.0.0"), none, false, "1 dated in the future"},
		{"malware", says("not_affected", day, "left@1.0.0") + "," + says("fixed", day, "widget@1.0.0"), malware, false,
			"2 about malware, which no VEX document lifts"},

		{"one of two ways", says("not_affected", day, "a@1.0.0>left@1.0.0"), none, false, ""},
		{"the other way", says("not_affected", day, "b@1.0.0>left@1.0.0"), none, false, ""},
		{"both ways", says("not_affected", day, "a@1.0.0>left@1.0.0 b@1.0.0>left@1.0.0"), none, true, ""},
		{"both ways, one further down", says("not_affected", day, "a@1.0.0 c@1.0.0>left@1.0.0"), none, true, ""},
		{"both ways, one affected", says("not_affected", day, "a@1.0.0 c@1.0.0") + "," + says("affected", "2026-05-02",
			"c@1.0.0"), none, false, ""},
		{"both ways, one of another version", says("not_affected", day, "a@1.0.0 c@2.0.0"), none, false, ""},
		{"both ways, and the package says otherwise", says("not_affected", day, "a@1.0.0 c@1.0.0") + "," + says("affected",
			"2026-01-01", "widget@1.0.0"), none, false, ""},
		{"both ways, about another part", says("not_affected", day, "a@1.0.0>right@1.0.0 b@1.0.0>right@1.0.0"), none, false, ""},
		{"both ways, one too old", says("not_affected", day, "a@1.0.0") + "," + says("not_affected", "2020-01-01", "c@1.0.0"),
			none, false, "1 too old or past their end"},
		{"what nothing leads to", says("not_affected", day, "a@1.0.0 b@1.0.0"), func(f *finding.Finding) { *f = about("alone") }, false, ""},
		{"what nothing leads to, itself", says("not_affected", day, "alone"), func(f *finding.Finding) { *f = about("alone") }, true, ""},
		{"the package's own hole", says("not_affected", day, "widget@1.0.0"), func(f *finding.Finding) { *f = about("widget") }, true, ""},
		{"what has no package URL", says("not_affected", day, "a@1.0.0 right@1.0.0"),
			func(f *finding.Finding) { f.Name, f.Package = "nowhere", "" }, false, ""},
		{"what is installed nowhere", says("not_affected", day, "a@1.0.0 b@1.0.0"),
			func(f *finding.Finding) { f.Version = "9.9.9"; f.Package = "pkg:npm/left@9.9.9" }, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := about("left")
			tt.change(&f)
			o := Weigh(docs(t, open(tt.statements)), subject(), []finding.Finding{f})
			x := o.Vouched(&f)
			if (x != nil) != tt.lifted {
				t.Errorf("lifted %t, want %t: %+v", x != nil, tt.lifted, x)
			}
			if x != nil && (x.Owner != "Acme" || x.Reason == "" || x.Document != "0.vex.json" || !x.Expires.After(now) || x.Package != f.Package) {
				t.Errorf("%+v", x)
			}
			got := ""
			for _, g := range o.Findings {
				_, got, _ = strings.Cut(g.Message, "not count: ")
			}
			if strings.TrimSuffix(got, ".") != tt.ignored {
				t.Errorf("reported %q, want %q", got, tt.ignored)
			}
		})
	}
}

// Documents stand beside each other: times decide, not their order.
func TestTwoDocuments(t *testing.T) {
	f := about("left")
	yes, no := open(says("not_affected", "2026-05-01", "left@1.0.0")), open(says("affected", "2026-05-02", "widget@1.0.0"))
	for _, texts := range [][]string{{yes, no}, {no, yes}} {
		o := Weigh(docs(t, texts...), subject(), []finding.Finding{f})
		if o.Vouched(&f) != nil || fmt.Sprint(o.Matched) != "[1 1]" {
			t.Errorf("%+v, matched %v", o.Vouched(&f), o.Matched)
		}
	}
	o := Weigh(docs(t, yes, open(says("not_affected", "2026-05-02", "other@1.0.0"))), subject(), []finding.Finding{f})
	if x := o.Vouched(&f); x == nil || x.Document != "0.vex.json" || x.Line == 0 || fmt.Sprint(o.Matched) != "[1 0]" {
		t.Errorf("%+v, matched %v", x, o.Matched)
	}
	if o := Weigh(nil, subject(), []finding.Finding{f}); o.Vouched != nil || o.Findings != nil {
		t.Errorf("without documents: %+v", o)
	}
}

// Nobody answers for what has no author, and what has no date is not young.
func TestNobodyAndUndated(t *testing.T) {
	for text, want := range map[string]string{
		`{"@context": "https://openvex.dev/ns", "timestamp": "2026-05-01T00:00:00Z", "statements": [{"vulnerability": ` +
			`"CVE-2026-1", "products": ["pkg:npm/left"], "status": "fixed"}]}`: "without an author",
		`{"@context": "https://openvex.dev/ns", "author": "Acme", "statements": [{"vulnerability": "CVE-2026-1", ` +
			`"products": ["pkg:npm/left"], "status": "fixed"}]}`: "without a date",
		cdx(`{"id": "CVE-2026-1", "analysis": {"state": "resolved", "lastUpdated": "2026-05-01T00:00:00Z"}, "affects": ` +
			`[{"ref": "l"}], "properties": [{"name": "publishgate:expires", "value": "2026-05-02T00:00:00Z"}]}`): "too old or past their end",
	} {
		f := about("left")
		o := Weigh(docs(t, text), subject(), []finding.Finding{f})
		if o.Vouched(&f) != nil || len(o.Findings) != 1 || !strings.HasSuffix(o.Findings[0].Message, "1 "+want+".") ||
			o.Findings[0].Level != finding.Advice {
			t.Errorf("want %s, got %+v", want, o.Findings)
		}
	}
}

// What takes back and has no date may be the latest of all.
func TestUndatedTakesBack(t *testing.T) {
	f := about("left")
	yes := open(says("not_affected", "2026-05-01", "left@1.0.0"))
	no := `{"bomFormat": "CycloneDX", "specVersion": "1.4", "vulnerabilities": [{"id": "CVE-2026-1", "analysis": ` +
		`{"state": "in_triage"}, "affects": [{"ref": "pkg:npm/left@1.0.0"}]}]}`
	if Weigh(docs(t, yes, no), subject(), []finding.Finding{f}).Vouched(&f) != nil {
		t.Error("lifted")
	}
}

// Two advisories that share a CVE are not lifted by it.
func TestSharedAlias(t *testing.T) {
	f, g := about("left"), about("left")
	g.Subject, g.IDs = "GHSA-bbbb-bbbb-bbbb", []string{"GHSA-bbbb-bbbb-bbbb", "CVE-2026-1"}
	o := Weigh(docs(t, open(says("not_affected", "2026-05-01", "left@1.0.0"))), subject(), []finding.Finding{f, g})
	if o.Vouched(&f) != nil || o.Vouched(&g) != nil || len(o.Findings) != 1 {
		t.Errorf("lifted by an alias of two: %+v", o.Findings)
	}
	o = Weigh(docs(t, open(says("not_affected", "2026-05-01", "left@1.0.0",
		`"vulnerability": {"name": "GHSA-bbbb-bbbb-bbbb", "aliases": ["CVE-2026-1"]}`))), subject(), []finding.Finding{f, g})
	if o.Vouched(&f) != nil || o.Vouched(&g) == nil {
		t.Error("the name of one lifts the other")
	}
}
