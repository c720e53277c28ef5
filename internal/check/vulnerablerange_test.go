package check

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// told is a source of a few records; versionsOnly makes it answer as npm does.
type told struct {
	records      []advisory.Record
	versionsOnly bool
}

func (told) Name() string { return "told" }

func (t told) Answer(context.Context, []advisory.Asked) ([]advisory.Record, advisory.Status, error) {
	if t.versionsOnly {
		return t.records, advisory.Status{}, nil
	}
	return t.records, advisory.Status{Depth: advisory.OfAll}, nil
}

// learn looks the subject's packages up.
func learn(t *testing.T, s *Subject, source told) {
	t.Helper()
	known, _, err := advisory.Gather(t.Context(), []advisory.Source{source}, s.Ask(), false)
	if err != nil {
		t.Fatal(err)
	}
	s.Known, s.Advisories = known, known.Match(s.Graph)
}

func old(pkg, fixed string) advisory.Record {
	return advisory.Record{ID: "GHSA-" + pkg, Package: pkg, Severity: finding.High, Ranges: []advisory.Range{{Introduced: "0", Fixed: fixed}}}
}

func TestVulnerableRange(t *testing.T) {
	about := func(change func(*Subject), records ...advisory.Record) func(*Subject) {
		return func(s *Subject) {
			if change != nil {
				change(s)
			}
			learn(t, s, told{records: records})
		}
	}
	ask := func(kind npm.EdgeKind, name, rng string) func(*Subject) {
		return func(s *Subject) {
			s.Manifest.Dependencies = append(s.Manifest.Dependencies, npm.Dependency{Name: name, Range: rng, Kind: kind, Line: 5, Column: 5})
		}
	}
	hit := []string{"vulnerable-range a severity"}
	malware := advisory.Record{ID: "MAL-1", Kind: advisory.Malware, Package: "a", Versions: []string{"1.5.0"}}
	table(t, vulnerableRange, []row{
		{"nothing known", func(*Subject) {}, nil},
		{"the range admits", about(nil, old("a", "1.2.0")), hit},
		{"the range does not", about(nil, old("a", "1.0.0")), nil},
		{"installed is affected itself", about(nil, old("a", "1.2.4")), nil},
		{"only development", about(nil, old("tool", "3.0.0")), nil},
		{"not direct", about(nil, old("b", "2.0.0")), nil},
		{"a later one is affected", about(nil, advisory.Record{ID: "GHSA-9", Package: "a",
			Ranges: []advisory.Range{{Introduced: "1.9.0"}}}), hit},
		{"malware inside", about(nil, malware), []string{"vulnerable-range a always"}},
		{"warn", about(func(s *Subject) { s.Policy.Dependencies.VulnerableRange = policy.RangeWarn }, old("a", "1.2.0")),
			[]string{"vulnerable-range a advice"}},
		{"warn, malware", about(func(s *Subject) { s.Policy.Dependencies.VulnerableRange = policy.RangeWarn }, malware),
			[]string{"vulnerable-range a always"}},
		{"ignore, malware", about(func(s *Subject) { s.Policy.Dependencies.VulnerableRange = policy.RangeIgnore }, malware),
			[]string{"vulnerable-range a always"}},
		{"ignore", about(func(s *Subject) { s.Policy.Dependencies.VulnerableRange = policy.RangeIgnore }, old("a", "1.2.0")), nil},
		{"private", about(func(s *Subject) { s.Manifest.Private = true }, old("a", "1.2.0")), nil},
		{"bundled", about(func(s *Subject) { s.Manifest.BundleDependencies = []string{"a"} }, old("a", "1.2.0")), nil},
		{"bundled, all", about(func(s *Subject) { s.Manifest.BundleAll = true }, old("a", "1.2.0")), nil},
		{"scope left out", about(func(s *Subject) {
			s.Policy.Omit = map[npm.Scope]bool{npm.Peer: true}
			ask(npm.EdgePeer, "react", "^18.0.0")(s)
		}, old("react", "18.2.0")), nil},
		{"peer that is not installed", about(ask(npm.EdgePeer, "react", "^17 || ^18"), old("react", "18.2.0")),
			[]string{"vulnerable-range react severity"}},
		{"optional peer of any version", about(func(s *Subject) {
			s.Policy.Dependencies.VulnerableRange = policy.RangeWarn
			ask(npm.EdgePeerOptional, "x", "*")(s)
		}, old("x", "1.1.5")), nil},
		{"optional peer of any version, malware", about(func(s *Subject) {
			s.Policy.Dependencies.VulnerableRange = policy.RangeWarn
			ask(npm.EdgePeerOptional, "a", "*")(s)
		}, malware), []string{"vulnerable-range a always", "vulnerable-range a always"}},
		{"optional peer of some versions", about(func(s *Subject) {
			s.Policy.Dependencies.VulnerableRange = policy.RangeWarn
			ask(npm.EdgePeerOptional, "x", "^1.0.0")(s)
		}, old("x", "1.1.5")), []string{"vulnerable-range x advice"}},
		{"optional", about(ask(npm.EdgeOptional, "x", "~1.1.0"), old("x", "1.1.5")), []string{"vulnerable-range x severity"}},
		{"alias", about(ask(npm.EdgeProd, "x", "npm:real@^1"), old("real", "1.1.5")), []string{"vulnerable-range real severity"}},
		{"tag", about(ask(npm.EdgeProd, "x", "latest"), old("x", "1.1.5")), nil},
		{"git", about(ask(npm.EdgeProd, "x", "github:o/x"), old("x", "1.1.5")), nil},
		{"a member of that name that nobody reaches", about(func(s *Subject) {
			s.Graph.Packages = append(s.Graph.Packages, &npm.Package{Name: "x", Workspace: true})
			ask(npm.EdgeProd, "x", "^1.0.0")(s)
		}, old("x", "1.1.5")), []string{"vulnerable-range x severity"}},
		{"two advisories", about(nil, old("a", "1.2.0"), advisory.Record{ID: "GHSA-0", Package: "a",
			Ranges: []advisory.Range{{Introduced: "1.1.0", Fixed: "1.1.1"}}}), slices.Repeat(hit, 2)},
		{"withdrawn", about(nil, advisory.Record{ID: "GHSA-0", Package: "a", Withdrawn: true, Ranges: []advisory.Range{{Introduced: "0"}}}), nil},
	})
}

func TestVulnerableRangeSays(t *testing.T) {
	s := clean()
	s.Manifest.Dependencies = append(s.Manifest.Dependencies, npm.Dependency{Name: "x", Range: "npm:real@^1.0.0",
		Kind: npm.EdgePeer, Line: 9, Column: 5})
	rec := old("a", "1.2.0")
	rec.Title, rec.Published, rec.Severity = "Hole.", "2026-01-01T00:00:00Z", finding.Moderate
	learn(t, s, told{records: []advisory.Record{rec, old("real", "2.0.0")}})
	found := vulnerableRange.Run(s)
	if len(found) != 2 {
		t.Fatalf("%d findings", len(found))
	}
	f := found[0]
	if want := `a is asked for as "^1.0.0". That admits 1.0.0, which has a known vulnerability: GHSA-a, Hole. Installed ` +
		`here is 1.2.3, which it does not affect; whoever installs this package may get either.`; f.Message != want {
		t.Errorf("message %q", f.Message)
	}
	if want := "Write \"^1.2.0\" for a in package.json, then run `npm install`."; f.Fix != want {
		t.Errorf("fix %q", f.Fix)
	}
	if f.Severity != finding.Moderate || f.Published != rec.Published || f.Scope != npm.Prod || f.File != "package.json" ||
		f.Line != 4 || f.Package != "pkg:npm/a" || f.Subject != "prod GHSA-a" {
		t.Errorf("%+v", f)
	}
	if f := found[1]; f.Scope != npm.Peer || !strings.Contains(f.Fix, `raise real to "npm:real@^2.0.0" or later`) {
		t.Errorf("%q %q", f.Scope, f.Fix)
	}
}

func TestAsk(t *testing.T) {
	s := clean()
	s.Manifest.Dependencies = append(s.Manifest.Dependencies, npm.Dependency{Name: "react", Range: "^17.0.2 || ^18", Kind: npm.EdgePeer})
	asked := s.Ask()
	var got []string
	for _, a := range asked {
		got = append(got, a.Name+" "+strings.Join(a.Versions, ","))
	}
	if want := []string{"a ,1.0.0,1.2.3", "b 2.0.0", "react ,17.0.2", "tool 3.0.0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for versionsOnly, want := range map[bool]int{false: 0, true: 2} {
		learn(t, s, told{versionsOnly: versionsOnly})
		if unknown, all := s.RangesUnknown(); unknown != want || all != 2 {
			t.Errorf("versions only %t: %d of %d unknown, want %d", versionsOnly, unknown, all, want)
		}
	}
}

// What the registry serves no more is not admitted, malware too; what it was not
// asked about, or shows nothing of, is as the advisory says.
func TestServed(t *testing.T) {
	version := func(text string) npm.Version {
		v, err := npm.ParseVersion(text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	malware := advisory.Record{ID: "MAL-1", Kind: advisory.Malware, Package: "a", Versions: []string{"1.5.0"}}
	for _, tt := range []struct {
		name   string
		served map[string][]npm.Version
		rec    advisory.Record
		want   string // the version that is named
	}{
		{"not asked", nil, old("a", "1.2.0"), "1.0.0"},
		{"another was", map[string][]npm.Version{"b": {version("1.0.0")}}, old("a", "1.2.0"), "1.0.0"},
		{"nothing is shown", map[string][]npm.Version{"a": nil}, old("a", "1.2.0"), "1.0.0"},
		{"there", map[string][]npm.Version{"a": {version("0.9.0"), version("1.1.0"), version("1.1.5"), version("1.3.0")}},
			old("a", "1.2.0"), "1.1.0"},
		{"gone", map[string][]npm.Version{"a": {version("0.9.0"), version("1.2.0"), version("1.3.0")}}, old("a", "1.2.0"), ""},
		{"malware that is there", map[string][]npm.Version{"a": {version("1.5.0")}}, malware, "1.5.0"},
		{"malware that is gone", map[string][]npm.Version{"a": {version("1.4.0"), version("1.5.1")}}, malware, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := clean()
			pkg(s, "a").Version = "1.4.0"
			learn(t, s, told{records: []advisory.Record{tt.rec}})
			if got := s.AskServed(); !slices.Equal(got, []string{"a"}) {
				t.Fatalf("asks %q", got)
			}
			for _, f := range vulnerableRange.Run(s) {
				if asks := strings.Contains(f.Message, "not learned from the registry"); asks != (tt.rec.Kind == advisory.Malware) {
					t.Errorf("before the registry was asked: %q", f.Message)
				}
			}
			s.Served = tt.served
			found := vulnerableRange.Run(s)
			switch {
			case tt.want == "" && len(found) != 0,
				tt.want != "" && (len(found) != 1 || !strings.Contains(found[0].Message, "That admits "+tt.want+",")):
				t.Errorf("%+v", found)
			}
		})
	}
}
