package check

import (
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

func TestAdvisories(t *testing.T) {
	hit := func(s *Subject, name string, rec advisory.Record, fixed string) {
		rec.Package = name
		s.Advisories = append(s.Advisories, advisory.Match{Record: &rec, Package: pkg(s, name), Fixed: fixed})
	}
	high := advisory.Record{ID: "GHSA-1", Severity: finding.High}
	table(t, advisories, []row{
		{"vulnerable", func(s *Subject) { hit(s, "b", high, "2.0.1") }, []string{"vulnerable-dependency b severity"}},
		{"malware", func(s *Subject) {
			hit(s, "tool", advisory.Record{ID: "MAL-1", Kind: advisory.Malware, Severity: finding.Low}, "")
		}, []string{"malware tool always"}},
		{"two advisories", func(s *Subject) {
			hit(s, "b", high, "2.0.1")
			hit(s, "b", advisory.Record{ID: "GHSA-2"}, "")
		}, []string{"vulnerable-dependency b severity", "vulnerable-dependency b severity"}},
		{"two copies are one finding", func(s *Subject) {
			other := *pkg(s, "b")
			other.Location = "node_modules/tool/node_modules/b"
			s.Graph.Packages = append(s.Graph.Packages, &other)
			hit(s, "b", high, "2.0.1")
			s.Advisories = append(s.Advisories, advisory.Match{Record: &high, Package: &other})
		}, []string{"vulnerable-dependency b severity"}},
		{"scope left out", func(s *Subject) {
			s.Policy.Omit = map[npm.Scope]bool{npm.Dev: true}
			hit(s, "tool", high, "")
		}, nil},
		{"of another workspace", func(s *Subject) { pkg(s, "b").Scope = ""; hit(s, "b", high, "") }, nil},
		{"extraneous", func(s *Subject) {
			pkg(s, "b").Scope, pkg(s, "b").Extraneous = "", true
			hit(s, "b", high, "")
		}, []string{"vulnerable-dependency b severity"}},
		{"the package itself", func(s *Subject) { hit(s, "app", high, "") }, []string{"vulnerable-dependency app severity"}},
	})
}

func TestAffectedFinding(t *testing.T) {
	s := clean()
	rec := advisory.Record{ID: "GHSA-x", Aliases: []string{"CVE-1", "CVE-1", "SNYK-1"}, Severity: finding.Moderate,
		Title: "Hole.", Published: "2026-01-01T00:00:00Z"}
	other := *pkg(s, "b")
	other.Location, other.Scope = "node_modules/tool/node_modules/b", npm.Dev
	link(pkg(s, "tool"), &other, "^2.0.0", npm.EdgeProd)
	s.Graph.Packages = append(s.Graph.Packages, &other)
	s.Advisories = []advisory.Match{{Record: &rec, Package: &other}, {Record: &rec, Package: pkg(s, "b"), Fixed: "2.1.0"}}
	found := advisories.Run(s)
	if len(found) != 1 {
		t.Fatalf("%d findings, want 1", len(found))
	}
	f := found[0]
	wantPaths := [][]string{{"app@1.0.0", "a@1.2.3", "b@2.0.0"}, {"app@1.0.0", "tool@3.0.0", "b@2.0.0"}}
	if !slices.EqualFunc(f.Paths, wantPaths, slices.Equal) {
		t.Errorf("paths %v, want %v", f.Paths, wantPaths)
	}
	if want := []string{"GHSA-x", "CVE-1", "SNYK-1"}; !slices.Equal(f.IDs, want) {
		t.Errorf("ids %v, want %v", f.IDs, want)
	}
	if f.Scope != npm.Prod || f.Severity != finding.Moderate || f.Published != rec.Published || f.Package != "pkg:npm/b@2.0.0" {
		t.Errorf("scope %q severity %v published %q package %q", f.Scope, f.Severity, f.Published, f.Package)
	}
	if f.File != "package-lock.json" || f.Line != 10 {
		t.Errorf("at %s:%d", f.File, f.Line)
	}
	if want := "b@2.0.0 has a known vulnerability: GHSA-x, Hole. It comes in through a@1.2.3, tool@3.0.0. 2 copies are " +
		"installed."; f.Message != want {
		t.Errorf("message %q, want %q", f.Message, want)
	}
}

// What is asked for directly and comes in by others as well is said to be both.
func TestDirectToo(t *testing.T) {
	rec := advisory.Record{ID: "GHSA-x"}
	p := &npm.Package{Name: "b", Version: "2.0.0"}
	f := finding.Finding{IDs: []string{"GHSA-x"}, Paths: [][]string{{"app@1.0.0", "a@1.2.3", "b@2.0.0"}, {"app@1.0.0", "b@2.0.0"}}}
	got := affectedMessage(f, &rec, []advisory.Match{{Record: &rec, Package: p}})
	if want := "It is asked for directly, and comes in through a@1.2.3."; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want … %q", got, want)
	}
}

func TestMessageSaysWhatIsUnknown(t *testing.T) {
	for _, tt := range []struct {
		rec  advisory.Record
		want bool
	}{
		{advisory.Record{ID: "GHSA-1"}, true},
		{advisory.Record{ID: "GHSA-1", Severity: finding.Low}, false},
		{advisory.Record{ID: "MAL-1", Kind: advisory.Malware}, false},
	} {
		s := clean()
		s.Advisories = []advisory.Match{{Record: &tt.rec, Package: pkg(s, "b")}}
		f := advisories.Run(s)[0]
		if got := strings.Contains(f.Message, "nobody rated"); got != tt.want {
			t.Errorf("%+v: %q", tt.rec, f.Message)
		}
	}
}

func TestFix(t *testing.T) {
	tests := []struct {
		name, pkg, fixed string
		change           func(*Subject)
		want             string
	}{
		{"in range", "b", "2.1.0", nil, "Run `npm update b`"},
		{"direct, out of range", "a", "2.0.0", nil, "Raise a to 2.0.0"},
		{"deep, out of range", "b", "3.0.0", nil, "Upgrade a@1.2.3 to a release that asks for b 3.0.0 or later; until there " +
			"is one, add `\"overrides\": {\"b\": \"3.0.0\"}`"},
		{"no fix", "b", "", nil, "No fixed version is known"},
		{"aliased range", "b", "2.1.0", func(s *Subject) { pkg(s, "a").Deps[0].Range = "npm:b@^2.0.0" }, "Run `npm update b`"},
		{"the package itself", "app", "", nil, "Publish a version"},
		{"unreadable range", "b", "2.1.0", func(s *Subject) { pkg(s, "a").Deps[0].Range = "beta" }, "Upgrade a@1.2.3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := clean()
			if tt.change != nil {
				tt.change(s)
			}
			s.Advisories = []advisory.Match{{Record: &advisory.Record{ID: "GHSA-1"}, Package: pkg(s, tt.pkg), Fixed: tt.fixed}}
			if got := advisories.Run(s)[0].Fix; !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, want %q…", got, tt.want)
			}
		})
	}
}

func TestUnauditable(t *testing.T) {
	table(t, unauditable, []row{
		{"git", func(s *Subject) {
			p := pkg(s, "b")
			p.Source, p.Resolved, p.Integrity = npm.SourceGit, "git+ssh://git@github.com/o/b.git#"+strings.Repeat("a", 40), ""
		}, []string{"unauditable-dependency b severity"}},
		{"url", func(s *Subject) { pkg(s, "b").Source = npm.SourceURL }, []string{"unauditable-dependency b severity"}},
		{"file", func(s *Subject) { pkg(s, "b").Source = npm.SourceFile }, []string{"unauditable-dependency b severity"}},
		{"unknown", func(s *Subject) { pkg(s, "b").Source = npm.SourceUnknown }, []string{"unauditable-dependency b severity"}},
		{"unreadable version", func(s *Subject) { pkg(s, "b").Version = "01.x" }, []string{"unauditable-dependency b severity"}},
		{"workspace", func(s *Subject) { pkg(s, "b").Source = npm.SourceLocal }, nil},
	})
}
