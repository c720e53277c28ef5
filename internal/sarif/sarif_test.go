package sarif

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// log is what the tests read of a SARIF file.
type log struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		AutomationDetails struct{ ID string }
		Tool              struct {
			Driver struct {
				Name, Version, SemanticVersion, InformationURI string

				Rules []struct {
					ID, Name, HelpURI                 string
					ShortDescription, FullDescription struct{ Text string }
					Help                              struct{ Text, Markdown string }
					Properties                        map[string]any
				}
			}
		}
		Results []res
	}
}

type res struct {
	RuleID    string
	RuleIndex int
	Level     string
	Message   struct {
		Text     string
		Markdown *string
	}
	Locations []struct {
		PhysicalLocation struct {
			ArtifactLocation struct{ URI string }
			Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
		}
	}
	PartialFingerprints map[string]string
	Suppressions        []struct{ Justification string }
}

func data(t testing.TB) string {
	dir := os.Getenv("PUBLISHGATE_DATA")
	if dir == "" {
		t.Skip("PUBLISHGATE_DATA is not set: the published schema is not at hand")
	}
	return dir
}

func schema(t testing.TB) *jsonschema.Schema {
	f, err := os.Open(filepath.Join(data(t), "sarif/sarif-schema-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t testing.TB, s *jsonschema.Schema, doc []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Error(err)
	}
}

var rules = []finding.Rule{
	{ID: "vulnerable-dependency", Title: "A dependency has a known vulnerability.", Why: "It ships with the package.",
		Help: "Update to a `fixed` version.", Severity: finding.High, Tags: []string{"security", "supply-chain"}},
	{ID: "forbidden-file", Title: "A file must not be packed.", Help: strings.Repeat("h", 3000),
		Why: strings.Repeat("ü", 3000), Severity: finding.Moderate,
		Tags: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}},
	{ID: "note", Severity: finding.Info},
	{ID: "unused-rule", Title: "Never seen.", Severity: finding.Low},
}

func example() Input {
	waiver := &policy.Exception{Reason: "not reachable", Owner: "@lead", Expires: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Line: 7}
	judged := []policy.Judged{
		{State: finding.Block, Due: "overdue by 3d", Why: "high reaches audit-level high",
			Finding: finding.Finding{Rule: "vulnerable-dependency", Severity: finding.Critical,
				Package: "pkg:npm/lodash@4.17.15", Name: "lodash", Version: "4.17.15",
				IDs: []string{"GHSA-1"}, Advisory: &finding.Advisory{Link: "https://github.com/advisories/GHSA-1", Score: "7.4",
					Fixed: "5.0.0", Exploited: true}, Paths: [][]string{{"", "a@1", "lodash@4"}, {"b"}, {"c"}, {"d"}},
				File: "package-lock.json", Line: 12, Column: 5, Message: "lodash 4.17.15 is vulnerable.", Fix: "Update.",
				Scope: npm.Prod, Subject: "GHSA-1"}},
		{State: finding.Block, Finding: finding.Finding{Rule: "vulnerable-dependency", Severity: finding.Unknown, Name: "x",
			File: "../../package-lock.json", Line: 3, Message: "m", Subject: "GHSA-2"}},
		{State: finding.Block, Finding: finding.Finding{Rule: "forbidden-file", Severity: finding.Moderate, InTarball: true,
			File: "package/src/a b:ü.js", Line: 9, Column: 2, Message: "packed"}},
		{State: finding.Warn, Finding: finding.Finding{Rule: "forbidden-file", Severity: finding.Moderate, InTarball: true,
			File: "package/dist/x.js", Line: 9, Message: "not in the repository"}},
		{State: finding.Warn, Finding: finding.Finding{Rule: "forbidden-file", Severity: finding.Moderate, InTarball: true,
			File: "package/../../../etc/passwd", Line: 9, Message: "traversal"}},
		{State: finding.Warn, Finding: finding.Finding{Rule: "nobody knows\u202e", Severity: finding.Low,
			File: "/etc/passwd", Line: 4, Message: "see [x](javascript:1) ##[error]y"}},
		{State: finding.Warn, Finding: finding.Finding{Rule: "note", Severity: finding.Info, File: `a\b`}},
		{State: finding.Warn, Finding: finding.Finding{}},
		{State: finding.Waived, Waiver: waiver, Finding: finding.Finding{Rule: "vulnerable-dependency",
			Severity: finding.High, Name: "y", File: "package-lock.json", Line: 1, Message: "waived"}},
		{State: finding.Waived, Finding: finding.Finding{Rule: "vulnerable-dependency", Severity: finding.High, Name: "y",
			File: "package-lock.json", Line: 2, Message: "the same again"}},
	}
	return Input{Rules: rules, Verdict: policy.Verdict{Result: policy.Block, Judged: judged}, Package: "@acme/app",
		ToolVersion: "0.0.1", Root: "packages/app", PolicyFile: "../../.publishgate.yml",
		Same: func(_, p string) bool { return p == "packages/app/src/a b:ü.js" || p == "etc/passwd" }}
}

func run(t testing.TB, in Input) (log, []byte) {
	var b bytes.Buffer
	if left, err := Write(&b, in); err != nil || left != 0 {
		t.Fatal(left, err)
	}
	var l log
	if err := json.Unmarshal(b.Bytes(), &l); err != nil {
		t.Fatal(err)
	}
	return l, b.Bytes()
}

func TestResults(t *testing.T) {
	l, _ := run(t, example())
	if len(l.Runs) != 1 || l.Version != "2.1.0" || l.Schema == "" || l.Runs[0].AutomationDetails.ID != "publishgate/@acme/app/" {
		t.Errorf("%+v", l)
	}
	got := []string{}
	for _, r := range l.Runs[0].Results {
		p := r.Locations[0].PhysicalLocation
		got = append(got, fmt.Sprintf("%s %s %s:%d:%d-%d:%d %d", r.RuleID, r.Level, p.ArtifactLocation.URI,
			p.Region.StartLine, p.Region.StartColumn, p.Region.EndLine, p.Region.EndColumn, len(r.Suppressions)))
		if r.Message.Text == "" || r.Message.Markdown != nil || strings.Contains(r.Message.Text, "](") {
			t.Errorf("message %q", r.Message.Text)
		}
		if rule := l.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID; rule != r.RuleID {
			t.Errorf("rule %s is at the index of %s", r.RuleID, rule)
		}
	}
	want := []string{
		"vulnerable-dependency/critical error packages/app/package-lock.json:12:5-12:6 0",
		"vulnerable-dependency error package-lock.json:3:1-3:2 0",
		"forbidden-file error packages/app/src/a%20b%3A%C3%BC.js:9:2-9:3 0",
		"forbidden-file warning packages/app/package.json:1:1-1:2 0",
		"forbidden-file warning packages/app/package.json:1:1-1:2 0",
		`nobody knows\u{202e} warning packages/app/package.json:1:1-1:2 0`,
		"note warning packages/app/package.json:1:1-1:2 0",
		"unnamed warning packages/app/package.json:1:1-1:2 0",
		"vulnerable-dependency note packages/app/package-lock.json:1:1-1:2 1",
		"vulnerable-dependency note packages/app/package-lock.json:2:1-2:2 1",
	}
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("results\n%s\nwant\n%s", a, b)
	}
	first := "lodash 4.17.15 is vulnerable.\nBrought in by: this package > a@1 > lodash@4\nBrought in by: b\n" +
		"Brought in by: c\nand by 1 more paths\nAdvisory: fixed in 5.0.0, known to be exploited, CVSS 7.4, " +
		"https://github.com/advisories/GHSA-1\nFix: Update.\nSLA: overdue by 3d"
	if m := l.Runs[0].Results[0].Message.Text; m != first {
		t.Errorf("message %q", m)
	}
	if m := l.Runs[0].Results[3].Message.Text; m != "not in the repository\nIn the tarball: package/dist/x.js, line 9" {
		t.Errorf("message %q", m)
	}
	if s := l.Runs[0].Results[8].Suppressions[0].Justification; s != "not reachable (@lead, until 2026-12-31)" {
		t.Errorf("justification %q", s)
	}
}

func TestFingerprints(t *testing.T) {
	l, _ := run(t, example())
	rs := l.Runs[0].Results
	first := example()
	fp := first.Verdict.Groups()[0].Fingerprint()
	if p := rs[0].PartialFingerprints; p["primaryLocationLineHash"] != fp+":1" || p["publishgate/v2"] != fp {
		t.Errorf("fingerprints %v", p)
	}
	if a, b := rs[8].PartialFingerprints["primaryLocationLineHash"],
		rs[9].PartialFingerprints["primaryLocationLineHash"]; a[:32] != b[:32] || a[33:] != "1" || b[33:] != "2" {
		t.Errorf("repeated findings have %s and %s", a, b)
	}
	moved := example()
	moved.Verdict.Judged[0].Finding.Line, moved.Verdict.Judged[0].Finding.Version = 400, "4.17.16"
	l, _ = run(t, moved)
	if got := l.Runs[0].Results[0].PartialFingerprints["primaryLocationLineHash"]; got != fp+":1" {
		t.Errorf("another line and version changed the fingerprint to %s", got)
	}
}

func TestRules(t *testing.T) {
	l, _ := run(t, example())
	got := []string{}
	for _, r := range l.Runs[0].Tool.Driver.Rules {
		score, _ := r.Properties["security-severity"].(string)
		tags, _ := r.Properties["tags"].([]any)
		got = append(got, fmt.Sprintf("%s %s %s %d", r.ID, score, r.Properties["problem.severity"], len(tags)))
		if r.Name == "" || r.Name == r.ID || strings.ContainsFunc(r.Name, func(c rune) bool { return c == '-' || c == '/' || c > '~' }) {
			t.Errorf("%s has the name %q", r.ID, r.Name)
		}
		page, _, _ := strings.Cut(r.ID, "/")
		if want := finding.Manual + "#" + page; r.HelpURI != want && (r.HelpURI != finding.Manual || page == "vulnerable-dependency") {
			t.Errorf("%s has its help at %q", r.ID, r.HelpURI)
		}
		for name, s := range map[string]string{"short": r.ShortDescription.Text, "full": r.FullDescription.Text,
			"help": r.Help.Text, "markdown": r.Help.Markdown} {
			if s == "" || len([]rune(s)) > maxDescription && (name == "short" || name == "full") {
				t.Errorf("%s: %s has %d characters", r.ID, name, len([]rune(s)))
			}
		}
	}
	if d := l.Runs[0].Tool.Driver; d.InformationURI != finding.Home || d.Version != "0.0.1" || d.SemanticVersion != "0.0.1" {
		t.Errorf("the tool is %+v", d)
	}
	for version, want := range map[string]string{"v1.2.3": "1.2.3", "devel": "0.0.0-devel", "": "0.0.0-devel", "1.0.0-rc.1": "1.0.0-rc.1",
		"v0.0.0-20261130101010-abcdefabcdef+dirty": "0.0.0-20261130101010-abcdefabcdef"} {
		if got := semantic(version); got != want {
			t.Errorf("%q is %q, expected %q", version, got, want)
		}
	}
	want := []string{"vulnerable-dependency/critical 9.5 error 2", "vulnerable-dependency 8.0 error 2",
		"forbidden-file 5.5 warning 10", `nobody knows\u{202e} 2.0 recommendation 1`, "note  recommendation 0", "unnamed 9.5 error 1"}
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("rules\n%s\nwant\n%s", a, b)
	}
}

func TestValid(t *testing.T) {
	s := schema(t)
	empty := Input{}
	for _, in := range []Input{example(), empty, grouped(25)} {
		_, doc := run(t, in)
		validate(t, s, doc)
	}
}

// The schema must tell good from bad, or the test above shows nothing.
func TestSchemaTells(t *testing.T) {
	s := schema(t)
	for _, bad := range []string{`{"version":"2.1.0"}`, `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{}]}]}`,
		`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"message":{"text":"x"},"level":"high"}]}]}`} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("let through: %s", bad)
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	_, a := run(t, example())
	_, b := run(t, example())
	if !bytes.Equal(a, b) {
		t.Error("two runs differ")
	}
	if !bytes.HasSuffix(a, []byte("}\n")) || bytes.Contains(a, []byte("##[")) || bytes.Contains(a, []byte("\u202e")) {
		t.Error("no newline at the end, or hostile text as it came")
	}
	_, none := run(t, Input{})
	if !bytes.Contains(none, []byte(`"results": []`)) || !bytes.Contains(none, []byte(`"rules": []`)) {
		t.Errorf("empty lists are not []: %s", none)
	}
}

func FuzzPlace(f *testing.F) {
	f.Add("", "package/x", true)
	f.Add("a/b", "../../../x", false)
	f.Add(".", "/", true)
	f.Add(".", "a:b/%\\\x00", false)
	f.Fuzz(func(t *testing.T, root, file string, in bool) {
		root, _ = within("", root)
		w := newDescriber(Input{Root: root, Same: func(string, string) bool { return true }})
		got, _ := w.place(&finding.Finding{File: file, InTarball: in})
		uri := escape(got)
		if uri == "" || uri[0] == '/' || strings.Contains(uri, ":") || uri == ".." || strings.HasPrefix(uri, "../") ||
			strings.Contains(uri, "\\") {
			t.Errorf("%q in %q is placed at %q", file, root, uri)
		}
	})
}

// TestParts: no part of the file grows with the number of results.
func TestParts(t *testing.T) {
	in := many(1000)
	groups := in.Verdict.Groups()
	parts, err := encode(in, groups, identities(groups), len(groups))
	if err != nil || len(parts) < 8 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	for i, part := range parts {
		if len(part) > 100<<10 {
			t.Errorf("part %d of %d has %d bytes", i, len(parts), len(part))
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{10, 1000, 25_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			in := many(n)
			for b.Loop() {
				if _, err := Write(io.Discard, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
