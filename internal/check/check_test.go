package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A checksum of the right length.
var goodIntegrity = "sha512-" + strings.Repeat("A", 86) + "=="

// clean is a package in which no check finds anything: app asks for a, which
// asks for b; tool is a development dependency.
func clean() *Subject {
	a, b, tool := installed("a", "1.2.3"), installed("b", "2.0.0"), installed("tool", "3.0.0")
	tool.Scope, tool.Dev = npm.Dev, true
	root := &npm.Package{Name: "app", Version: "1.0.0", Source: npm.SourceLocal, Scope: npm.Prod}
	link(root, a, "^1.0.0", npm.EdgeProd)
	link(root, tool, "^3.0.0", npm.EdgeDev)
	link(a, b, "^2.0.0", npm.EdgeProd)
	manifest := func() *npm.Manifest {
		return &npm.Manifest{
			File: "package.json", Name: "app", Version: "1.0.0",
			Dependencies: []npm.Dependency{
				{Name: "a", Range: "^1.0.0", Kind: npm.EdgeProd, Line: 4, Column: 5},
				{Name: "tool", Range: "^3.0.0", Kind: npm.EdgeDev, Line: 7, Column: 5},
			},
		}
	}
	e := &policy.Effective{}
	e.Licenses.Unknown = finding.Advice
	e.Dependencies.Pinned = policy.ExactOrLocked
	return &Subject{
		Manifest: manifest(),
		Graph:    &npm.Graph{Manager: "npm", Lockfile: "package-lock.json", Version: "3", Root: root, Packages: []*npm.Package{root, a, b, tool}},
		Policy:   e,
		Tarball: &tarball.Tarball{
			File: "app-1.0.0.tgz", Manifest: manifest(), Readme: "# app\n",
			Entries: []tarball.Entry{
				{Path: "package/package.json", Size: 10}, {Path: "package/index.js", Size: 10},
				{Path: "package/README.md", Size: 10}, {Path: "package/LICENSE", Size: 10},
			},
		},
		Now: "2026-06-01T00:00:00Z",
	}
}

func installed(name, version string) *npm.Package {
	base := name[strings.LastIndexByte(name, '/')+1:]
	return &npm.Package{
		Name: name, Version: version, Location: "node_modules/" + name, Source: npm.SourceRegistry, Scope: npm.Prod,
		Resolved:  npm.PublicRegistry + name + "/-/" + base + "-" + version + ".tgz",
		Integrity: goodIntegrity, License: "MIT", Line: 10, Column: 5,
	}
}

func link(from, to *npm.Package, rng string, kind npm.EdgeKind) {
	from.Deps = append(from.Deps, npm.Edge{Name: to.Name, Range: rng, Kind: kind, To: to, Valid: true})
}

// pkg finds a package of the subject by its real name.
func pkg(s *Subject, name string) *npm.Package {
	for _, p := range s.Graph.Packages {
		if p.Name == name {
			return p
		}
	}
	panic("no package " + name)
}

// summary is a finding as the tables write it: rule, what it is about, level.
func summary(f finding.Finding) string {
	what := f.Name
	if what == "" {
		what = f.File
	}
	return fmt.Sprintf("%s %s %s", f.Rule, what, [...]string{"always", "severity", "advice", "alarm"}[f.Level])
}

type row struct {
	name   string
	change func(*Subject)
	want   []string // summaries; nil: nothing found
}

// table changes a clean package and compares what one check finds in it. It
// also holds every finding to what outputs rely on.
func table(t *testing.T, c Check, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := clean()
			r.change(s)
			var got []string
			for _, f := range c.Run(s) {
				got = append(got, summary(f))
				sound(t, f, c)
				produced[f.Rule] = true
			}
			if !slices.Equal(got, r.want) {
				t.Errorf("got  %q\nwant %q", got, r.want)
			}
		})
	}
}

// produced remembers the rules that some table has seen.
var produced = map[string]bool{}

func sound(t *testing.T, f finding.Finding, c Check) {
	t.Helper()
	if !slices.ContainsFunc(c.Rules, func(r finding.Rule) bool { return r.ID == f.Rule }) {
		t.Errorf("%s is no rule of the check that reports it", f.Rule)
	}
	if f.File == "" && f.Rule != "policy-not-enforced" && f.Rule != "policy-review-overdue" {
		t.Errorf("%s has no file", f.Rule)
	}
	if f.Message == "" || f.Fix == "" && f.Level != finding.Advice {
		t.Errorf("%s lacks a message or a fix: %+v", f.Rule, f)
	}
	if strings.Contains(f.Message, "%!") || strings.Contains(f.Fix, "%!") {
		t.Errorf("%s has a broken format: %q %q", f.Rule, f.Message, f.Fix)
	}
}

func TestCleanPackage(t *testing.T) {
	for _, f := range Run(clean()) {
		t.Errorf("found %s: %s", summary(f), f.Message)
	}
}

func TestWithoutTarball(t *testing.T) {
	s := clean()
	s.Tarball = nil
	if got := Run(s); got == nil || len(got) != 0 {
		t.Errorf("got %v, want an empty list", got)
	}
}

// TestRulesAreDocumented holds the records to what SARIF, the report and
// explain make of them.
func TestRulesAreDocumented(t *testing.T) {
	seen := map[string]bool{}
	rules := Rules()
	if len(rules) == 0 {
		t.Fatal("no rules")
	}
	for _, r := range rules {
		if seen[r.ID] {
			t.Errorf("%s stands twice in the list", r.ID)
		}
		seen[r.ID] = true
		if strings.Trim(r.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || r.ID == "" {
			t.Errorf("%q is not kebab-case", r.ID)
		}
		for what, text := range map[string]string{"Title": r.Title, "Why": r.Why, "Help": r.Help} {
			if !strings.HasSuffix(text, ".") || len(text) > 1024 {
				t.Errorf("%s: %s is empty, too long or no sentence: %q", r.ID, what, text)
			}
		}
		if len(r.Tags) == 0 || len(r.Tags) > 10 {
			t.Errorf("%s has %d tags", r.ID, len(r.Tags))
		}
		if r.Severity == finding.Unknown && !strings.HasPrefix(r.ID, "vulnerable-") {
			t.Errorf("%s has no severity", r.ID)
		}
	}
}

// Checks only read the subject: run twice, they find the same.
func TestChecksOnlyRead(t *testing.T) {
	s := clean()
	pkg(s, "a").Integrity = ""
	pkg(s, "b").Resolved = "https://evil.dev/b/-/b-2.0.0.tgz"
	first := fmt.Sprint(Run(s))
	if second := fmt.Sprint(Run(s)); first != second {
		t.Errorf("first  %s\nsecond %s", first, second)
	}
}
