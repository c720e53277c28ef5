package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

func level(t *testing.T, word string) *Threshold {
	t.Helper()
	l, err := ParseThreshold(word)
	if err != nil {
		t.Fatal(err)
	}
	return &l
}

func TestThresholds(t *testing.T) {
	tests := []struct {
		name, text, pkg, flag, want string // want: prod optional peer dev
	}{
		{"built in", "", "a", "", "high high high none"},
		{"level holds for all scopes", "audit-level: moderate", "a", "", "moderate moderate moderate moderate"},
		{"one scope", "scopes: {dev: none}", "a", "", "high high high none"},
		{"level and scope", "audit-level: low\nscopes: {dev: none}", "a", "", "low low low none"},
		{"scope before level", "scopes: {dev: none}\naudit-level: low", "a", "", "low low low none"},

		{"flag alone", "", "a", "low", "low low low low"},
		{"flag alone loosens the built-in", "", "a", "none", "none none none none"},
		{"flag cannot loosen the file", "audit-level: moderate", "a", "none", "moderate moderate moderate moderate"},
		{"file cannot loosen the flag", "audit-level: none", "a", "high", "high high high high"},
		{"scopes cannot loosen the flag", "scopes: {prod: none, dev: none}", "a", "high", "high high high high"},
		{"flag meets each scope", "scopes: {prod: low, dev: none}", "a", "high", "low high high high"},

		{"package", "audit-level: high\npackages: {a: {audit-level: low}}", "a", "", "low low low low"},
		{"other package", "audit-level: high\npackages: {a: {audit-level: low}}", "b", "", "high high high high"},
		{"package's level takes back scopes", "scopes: {prod: none}\npackages: {a: {audit-level: low}}", "a", "", "low low low low"},
		{"package's scope keeps the level", "audit-level: moderate\npackages: {a: {scopes: {dev: none}}}", "a", "",
			"moderate moderate moderate none"},
		{"package cannot loosen the flag", "packages: {a: {audit-level: none}}", "a", "high", "high high high high"},
		{"the more specific pattern wins", "packages: {'@x/ab': {audit-level: info}, '@x/*': {audit-level: low}, '@x/a*': " +
			"{audit-level: moderate}}", "@x/ab", "", "info info info info"},
		{"whatever the order", "packages: {'@x/*': {audit-level: low}, '@x/a*': {audit-level: moderate}}", "@x/ab", "",
			"moderate moderate moderate moderate"},
		{"a name beats a longer pattern", "packages: {'@x/ab': {audit-level: info}, '@x/[a][b]*': {audit-level: low}}",
			"@x/ab", "", "info info info info"},
		{"a name beats the same with a star", "packages: {'@x/ab': {audit-level: info}, '@x/ab*': {audit-level: low}}",
			"@x/ab", "", "info info info info"},
		{"a class is not as specific as a letter",
			"packages: {'@x/[abc]b': {audit-level: info}, '@x/?[abcdef]': {audit-level: low}, '@x/a*': {audit-level: none}}",
			"@x/ab", "", "none none none none"},
		{"package's scope before its level", "packages: {a: {scopes: {dev: none}, audit-level: low}}", "a", "", "low low low none"},
		{"a star stops at the scope", "packages: {'*': {audit-level: none}}", "@x/a", "", "high high high none"},
		{"names are case-sensitive", "packages: {'@X/a': {audit-level: none}}", "@x/a", "", "high high high none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var flags Flags
			if tt.flag != "" {
				flags.AuditLevel = level(t, tt.flag)
			}
			e := parse(t, tt.text).For(tt.pkg, flags)
			var got []string
			for _, s := range npm.Scopes {
				got = append(got, e.Thresholds[s].String())
			}
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("got %s, want %s", g, tt.want)
			}
		})
	}
}

func TestForMerges(t *testing.T) {
	p := parse(t, `
files: {forbid: [a], warn: [w]}
dependencies: {require: {x: "1", y: "1"}, signatures: required}
env: {declared: [A]}
packages:
  p:
    risk: high
    files: {forbid: [b]}
    dependencies: {require: {x: "2"}, signatures: ignore}
    env: {declared: []}
    docs: {readme-sections: [S]}
`)
	e := p.For("p", Flags{Omit: []npm.Scope{npm.Dev}})
	if got := e.Files.Forbid[len(builtinForbid):]; fmt.Sprint(got) != "[b]" {
		t.Errorf("forbid = %v, want the package's own list after the built-in one", got)
	}
	if fmt.Sprint(e.Files.Warn) != "[w]" || fmt.Sprint(e.Docs.ReadmeSections) != "[S]" || e.Risk != "high" {
		t.Errorf("warn %v, sections %v, risk %q", e.Files.Warn, e.Docs.ReadmeSections, e.Risk)
	}
	if got := fmt.Sprint(e.Dependencies.Require); got != "map[x:2 y:1]" {
		t.Errorf("require = %v", got)
	}
	if fmt.Sprint(*e.Env.Declared) != "[]" || fmt.Sprint(*p.For("q", Flags{}).Env.Declared) != "[A]" {
		t.Errorf("declared = %v, and of another package %v", e.Env.Declared, p.For("q", Flags{}).Env.Declared)
	}
	if !e.Omit[npm.Dev] || e.Omit[npm.Prod] {
		t.Errorf("omit = %v", e.Omit)
	}

	// What one caller does to an Effective policy reaches no other.
	e.Files.Forbid[0], e.Files.Warn[0] = "changed", "changed"
	e.Dependencies.Require["x"] = "changed"
	Default().For("p", Flags{}).Files.Forbid[0] = "changed"
	again := p.For("p", Flags{})
	if again.Files.Forbid[0] == "changed" || again.Files.Warn[0] == "changed" ||
		again.Dependencies.Require["x"] == "changed" || builtinForbid[0] == "changed" {
		t.Error("two Effective policies share memory")
	}
}

func TestMayBeYoung(t *testing.T) {
	f := parse(t, `dependencies: {min-release-age-exclude: ["@acme/*", esbuild@0.25.1 || 0.25.2, "@types/node@^22", lodash]}`).
		For("a", Flags{}).Dependencies
	for id, want := range map[string]bool{
		"@acme/a@1.0.0": true, "@acmes/a@1.0.0": false, "@acme@1.0.0": false, "esbuild@0.25.1": true, "esbuild@0.25.2": true,
		"esbuild@0.25.3": false, "@types/node@22.1.0": true, "@types/node@23.0.0": false, "lodash@4.0.0": true, "lodash.get@4.0.0": false,
	} {
		name, version := splitVersions(id)
		if got := f.MayBeYoung(name, version); got != want {
			t.Errorf("%s: %t", id, got)
		}
	}
	for _, wrong := range []string{`["*"]`, `["@*/*"]`, `["a@"]`, `["a@latest"]`, `["[a"]`, `[" a"]`, `[""]`, "a"} {
		if _, err := Parse([]byte("dependencies: {min-release-age-exclude: "+wrong+"}"), ""); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

func TestParseThreshold(t *testing.T) {
	for _, w := range []string{"Critical ", "", "none;rm", "HIGH", "medium", "unknown", "any", "high\n", "critical,high",
		strings.Repeat("x", 1<<20)} {
		if l, err := ParseThreshold(w); err == nil || len(err.Error()) > 400 || l != (Threshold{}) {
			t.Errorf("%.20q: %v, %.400v; want the threshold that blocks everything and a short error", w, l, err)
		}
	}
	last := Threshold{}
	for _, w := range levelWords {
		l := *level(t, w)
		if l.String() != w || !(last.rank() < l.rank()) || tighter(l, last) != last || tighter(last, l) != last {
			t.Errorf("%s reads as %s, after %s", w, l, last)
		}
		last = l
	}
	for _, s := range []finding.Severity{finding.Unknown, finding.Info, finding.Critical, -1, 99} {
		if !(Threshold{}).Blocks(s) {
			t.Errorf("the zero threshold lets %v through", s)
		}
	}
	if !(Threshold{Severity: 99}).Blocks(finding.Info) || (Threshold{Severity: 99}).String() != "any" {
		t.Error("a threshold off the scale lets something through")
	}
	if !(Threshold{Severity: finding.Critical}).Blocks(finding.Unknown) {
		t.Error("an unrated severity passes a level of critical")
	}
	if (Threshold{Never: true}).Blocks(finding.Critical) {
		t.Error("none blocks")
	}
}

func TestParseOmit(t *testing.T) {
	if got, err := ParseOmit("dev,optional,peer"); err != nil || fmt.Sprint(got) != "[dev optional peer]" {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := ParseOmit(""); err != nil || got != nil {
		t.Errorf("empty: %v, %v", got, err)
	}
	for _, list := range []string{"prod", "dev,", ",", "dev, optional", "Dev", "dev;optional"} {
		if _, err := ParseOmit(list); err == nil {
			t.Errorf("%q is read", list)
		}
	}
}

func TestSpecificityIsTotal(t *testing.T) {
	// Two patterns of equal weight: the alphabet decides, not the file.
	a := parse(t, "packages: {'a*': {risk: low}, '*b': {risk: high}}").For("ab", Flags{}).Risk
	b := parse(t, "packages: {'*b': {risk: high}, 'a*': {risk: low}}").For("ab", Flags{}).Risk
	if a != b || a != "low" {
		t.Errorf("%s and %s", a, b)
	}
	for _, pattern := range []string{"[", "a[", "]", "[]a]", "\\", "**"} {
		specificity(pattern) // ends
	}
}

// An entry of packages may ask for nothing, and a policy that asks what becomes of
// ended lines reads SECURITY.md.
func TestVersions(t *testing.T) {
	for text, want := range map[string]string{
		"versions: {supported: docs/support.md}":                                                 "docs/support.md [versions.supported]",
		"versions: {supported: docs/support.md}\npackages: {a: {versions: {supported: ignore}}}": " []",
		"versions: {end-of-life: {standing: true}}":                                              "SECURITY.md [versions.end-of-life]",
		"versions: {end-of-life: {deprecate: ignore}}":                                           " []",
		"versions: {supported: SECURITY.md, dist-tags: strict, end-of-life: {deprecate: required}, superseded: {deprecate: " +
			"required}}": "SECURITY.md " +
			"[versions.supported versions.dist-tags versions.end-of-life versions.superseded]",
	} {
		v := parse(t, text).For("a", Flags{}).Versions
		if got := fmt.Sprint(v.Table(), " ", v.Asks()); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	p := parse(t, "versions: {supported: ignore, dist-tags: strict, end-of-life: {standing: false, notice: 90d}}")
	for key, want := range map[string]bool{"versions.supported": false, "versions.dist-tags": true, "versions.end-of-life.standing": false,
		"versions.end-of-life.notice": true, "versions.end-of-life": true, "versions.superseded": false, "versions.step": false} {
		if _, wrong := p.Standing(key); (wrong == "") != want {
			t.Errorf("%s: %q, enforced %v", key, wrong, want)
		}
	}
}
