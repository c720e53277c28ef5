package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/release"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/upgrade"
)

var update = flag.Bool("update", false, "rewrite the goldens")

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// outputs are the four outputs, by the name of their golden file.
var outputs = []struct {
	name  string
	write func(io.Writer, *Document) error
}{
	{"verdict.json", JSON},
	{"report.txt", func(w io.Writer, d *Document) error { return Text(w, d, false) }},
	{"color.txt", func(w io.Writer, d *Document) error { return Text(w, d, true) }},
	{"report.md", Markdown},
	{"report.html", HTML},
}

func render(t testing.TB, write func(io.Writer, *Document) error, d *Document) string {
	var b bytes.Buffer
	if err := write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var effective = policy.Effective{
	Thresholds: map[npm.Scope]policy.Threshold{npm.Prod: {Severity: finding.High}, npm.Dev: {Severity: finding.Critical}},
	SLA:        map[finding.Severity]policy.Deadline{finding.High: {Within: 72 * time.Hour}},
	Exceptions: []policy.Exception{{ID: "GHSA-4444-4444-4444", Package: "minimist", Reason: "only used by the build",
		Owner: "@security-lead", Expires: now.AddDate(0, 1, 0)}},
}

// minimist is the finding that the exception waives.
var minimist = finding.Finding{Rule: "vulnerable-dependency", Severity: finding.Critical, Level: finding.BySeverity,
	Scope: npm.Prod, Shipped: true, Name: "minimist", Version: "1.2.5",
	IDs: []string{"GHSA-4444-4444-4444"}, File: "package-lock.json", Line: 200, Message: "minimist 1.2.5 is vulnerable.", Subject: "y"}

func decide(fs ...finding.Finding) policy.Verdict {
	return policy.Decide(&effective, fs, policy.Context{Now: now, Version: "1.2.3"})
}

var rules = []finding.Rule{
	{ID: "vulnerable-dependency", Title: "A dependency has a known vulnerability.",
		Why:  "It is installed with every copy of this package.",
		Help: "Update to a fixed version, or waive it in `.publishgate.yml` with a reason and a date.", Severity: finding.High},
	{ID: "secret", Title: "A packed file holds what looks like a credential.",
		Why: "What is published cannot be taken back.", Help: "Revoke it first, then remove the file.", Severity: finding.Critical},
	{ID: "range", Title: "A dependency is not pinned: `*` | `latest`.", Severity: finding.Moderate},
}

// blocked returns a document with a finding in each state.
func blocked() *Document {
	return &Document{
		Verdict: decide(
			finding.Finding{Rule: "vulnerable-dependency", Severity: finding.Critical, Level: finding.BySeverity,
				Scope: npm.Prod, Shipped: true, Package: "pkg:npm/lodash@4.17.15", Name: "lodash", Version: "4.17.15",
				IDs: []string{"GHSA-1111-1111-1111", "CVE-2020-8203"},
				Advisory: &finding.Advisory{Link: "https://github.com/advisories/GHSA-1111-1111-1111", Score: "7.4",
					Fixed: "4.17.21", Exploited: true}, Paths: [][]string{{"@acme/app@1.2.3", "async@2.6.3", "lodash@4.17.15"},
					{"@acme/app@1.2.3", "lodash@4.17.15"}, {"a"}, {"b"}, {"c"}},
				File: "package-lock.json", Line: 812, Column: 5,
				Message: "lodash 4.17.15 lets an attacker change the prototype of all objects.", Fix: "Update lodash to 4.17.21.",
				Subject: "GHSA-1111-1111-1111", Published: "2020-07-15T19:15:48Z"},
			finding.Finding{Rule: "secret", Severity: finding.Critical, InTarball: true, File: "package/config/deploy.env",
				Line: 3, Column: 9, Message: "An npm access token.", Fix: "Revoke it, then add the file to .npmignore.", Subject: "npm-access-token"},
			finding.Finding{Rule: "vulnerable-dependency", Severity: finding.High, Level: finding.BySeverity, Scope: npm.Dev,
				Name: "semver", Version: "5.7.1", File: "package-lock.json", Line: 99,
				Message: "semver 5.7.1 is slow on hostile ranges.", Published: "2026-11-20T12:00:00Z", Subject: "x"},
			finding.Finding{Rule: "range", Severity: finding.Moderate, Level: finding.Advice, File: "package.json", Line: 14,
				Column: 5, Message: "left-pad is wanted as ^1 || ^2.", Name: "left-pad"},
			minimist,
		),
		At:      now,
		Package: Package{Name: "@acme/app", Version: "1.2.3", PURL: "pkg:npm/%40acme/app@1.2.3", Manager: "npm", Lockfile: "package-lock.json"},
		Tarball: &Tarball{File: "acme-app-1.2.3.tgz", Size: 43_700_000, Unpacked: 192_345, Entries: 1,
			SHA1: strings.Repeat("a", 40), SHA256: strings.Repeat("b", 64), SHA512: strings.Repeat("c", 128), Integrity: "sha512-abc==",
			Files: []PackedFile{{"package/package.json", 900}, {"package/lib/index.js", 12_000}, {"package/config/deploy.env", 45}}},
		LookedAt: LookedAt{Dependencies: 1321, Prod: 900, Dev: 400, Optional: 20, Peer: 1,
			Commit: &Commit{SHA: strings.Repeat("d", 40), Date: now, Tag: "v1.2.3", Identical: 1, Built: 1234, Modified: 2},
			Sources: []advisory.Status{{Name: "npm", Advisories: 1, AsOf: now}, {Name: "snapshot", Advisories: 659,
				AsOf: now.AddDate(0, -1, 0), Partial: true}, {Name: "osv", Error: "read https://api.osv.dev: timeout"}},
			Skipped: []Skip{{"dev dependencies", "-omit dev"}},
			Licences: []Licence{{"MIT", 1000, false, false}, {"ISC", 200, false, false},
				{"", 100, false, true}, {"GPL-3.0-only", 21, true, false}}},
		Diff: &release.Diff{
			From:    release.Side{Version: "1.2.2", Packed: 20_000, Unpacked: 60_000, Files: 3, License: "MIT", Provenance: release.Yes},
			To:      release.Side{Version: "1.2.3", Packed: 43_700_000, Unpacked: 192_345, Files: 4, License: "MIT | <b>", Provenance: release.No},
			Added:   []release.File{{Path: "a|b.js", Now: 9}, {Path: "lib/`x`.js", Now: 1}},
			Removed: []release.File{{Path: "old.js", Was: 3}}, Changed: []release.File{{Path: "package.json", Was: 8, Now: 9}},
			Grown: []release.File{{Path: "a|b.js", Now: 9}},
			Dependencies: release.Dependencies{Added: []release.Dependency{{Name: "left-pad", Asked: "^1", Kind: "prod",
				First: now}}, Removed: []release.Dependency{{Name: "right-pad", Asked: "^1", Kind: "prod"}}},
			Scripts: []release.Script{{Name: "postinstall", Now: "node <x>.js"}, {Name: "install", Was: "a", Now: "b",
				Files: []string{"c"}}, {Name: "prepare", Was: "tsc"}, {Name: "preinstall", Was: "d", Now: "d", Files: []string{"d.js"}}},
			Bins:    release.Names{Added: []string{"git"}},
			Exports: release.Names{Added: []string{"./a", "./b", "./c", "./d", "./e", "./f", "./g", "./h", "./i"}},
			Env:     release.Mentions{Removed: []string{"HOME"}},
			Hosts:   release.Mentions{Added: []tarball.Mention{{Name: "h.example", Path: "package/a.js", Line: 3}}},
		},
		Plan: &upgrade.Plan{
			Steps: []upgrade.Step{
				{Do: upgrade.Update, Name: "semver", To: "5.7.2", Command: "npm update semver",
					Removes: []upgrade.Removal{{Package: "semver@5.7.1", IDs: []string{"GHSA-2"}}}, Verified: true},
				{Do: upgrade.Raise, Name: "lodash", To: "4.17.21", File: "package.json", Key: "dependencies > lodash",
					Old: "^4.17.15", New: "^4.17.21", Command: "npm install",
					Removes: []upgrade.Removal{{Package: "lodash@4.17.15", IDs: []string{"GHSA-1111-1111-1111"}}}, Verified: true},
				{Do: upgrade.Override, Name: "lodash", To: "4.17.21", File: "package.json", Key: "overrides > async > lodash",
					Old: "4.17.15", New: "4.17.21", Command: "npm install",
					Removes: []upgrade.Removal{{Package: "lodash@4.17.15", IDs: []string{"GHSA-1111-1111-1111"}}},
					Notes:   []string{"async@2.6.3 asks for lodash ^4.17.10"}},
				{Do: upgrade.Prune, Name: "old", Command: "npm prune", Verified: true},
				{Do: upgrade.Remove, Name: "evil", Notes: []string{"it is malware"}},
				{Do: upgrade.Nothing, Name: "left-pad", Notes: []string{"no fixed version is known"}},
			},
			Patch: "diff a/package.json b/package.json\n--- a/package.json\n+++ b/package.json\n@@ -1,3 +1,3 @@\n {\n" +
				"-\t\"lodash\": \"^4.17.15\"\n+\t\"lodash\": \"^4.17.21\"\n" +
				"+\t\"overrides\": {\n+\t\t\"async\": {\n+\t\t\t\"lodash\": \"4.17.21\"\n+\t\t}\n+\t}\n }\n",
		},
		Rules: rules, Policy: ".publishgate.yml", PolicyOf: strings.Repeat("e", 40), ToolVersion: "0.0.1",
	}
}

func passed() *Document {
	return &Document{Verdict: decide(minimist), Package: Package{Name: "left-pad", Version: "1.3.0", Manager: "npm"}}
}

func undecided() *Document {
	return &Document{Verdict: policy.Verdict{}, Problem: "read package-lock.json:3: unknown lockfileVersion 9",
		Package: Package{Manager: "npm"}}
}

func TestGolden(t *testing.T) {
	for name, d := range map[string]*Document{"blocked": blocked(), "passed": passed(), "undecided": undecided()} {
		for _, o := range outputs {
			if name != "blocked" && o.name == "color.txt" {
				continue
			}
			file := filepath.Join("testdata", name, o.name)
			got := render(t, o.write, d)
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
			}
			if again := render(t, o.write, d); again != got {
				t.Errorf("%s: two runs differ", file)
			}
			if !strings.HasSuffix(got, "\n") {
				t.Errorf("%s does not end in a newline", file)
			}
		}
	}
}

// Every output names the VEX documents. The text says what they matched, and
// which document waived a finding.
func TestVEX(t *testing.T) {
	d := passed()
	d.LookedAt.VEX = []VEX{{File: "a.vex.json", Format: "OpenVEX", Author: "Acme", Statements: 1200, Matched: 3},
		{File: "b.json", Format: "CycloneDX"}}
	for i := range d.Verdict.Judged {
		if w := d.Verdict.Judged[i].Waiver; w != nil {
			w.Document = "a.vex.json"
		}
	}
	for _, o := range outputs {
		if got := render(t, o.write, d); !strings.Contains(got, "a.vex.json") || !strings.Contains(got, "b.json") {
			t.Errorf("%s does not name the documents", o.name)
		}
	}
	text := render(t, func(w io.Writer, d *Document) error { return Text(w, d, false) }, d)
	for _, want := range []string{
		"vex        a.vex.json, OpenVEX of Acme, 1,200 statements, 3 about what was\n             found\n",
		"vex        b.json, CycloneDX, 0 statements, 0 about what was found\n",
		"  by the VEX document a.vex.json\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Only a verdict that policy.Decide let pass is shown as a pass.
func TestClosed(t *testing.T) {
	forged := policy.Verdict{Result: policy.Pass}
	failed := passed()
	failed.Problem = "x"
	for name, d := range map[string]*Document{"zero": {}, "forged": {Verdict: forged}, "problem": failed, "blocked": blocked()} {
		for _, o := range outputs {
			first, _, _ := strings.Cut(render(t, o.write, d), "\n")
			if o.name == "verdict.json" || o.name == "report.html" {
				first = render(t, o.write, d)
			}
			if strings.Contains(first, "passed:") || strings.Contains(first, `"result": "pass"`) || strings.Contains(first,
				"✅") || strings.Contains(first, "class=\"verdict pass\"") {
				t.Errorf("%s: %s reads as passed: %s", name, o.name, first)
			}
		}
	}
	for _, o := range outputs {
		if got := render(t, o.write, passed()); !strings.Contains(got, "pass") {
			t.Errorf("%s does not say that it passed: %s", o.name, got)
		}
	}
}

// The verdict is on the first line of every output for people.
func TestVerdictFirst(t *testing.T) {
	d := blocked()
	d.Package.Name = strings.Repeat("`<h1>|#x\u202e\n", 1<<12)
	for _, o := range outputs {
		first, _, _ := strings.Cut(render(t, o.write, d), "\n")
		if strings.HasSuffix(o.name, ".txt") || o.name == "report.md" {
			if !strings.Contains(strings.Replace(first, "\x1b[0m", "", 1), "blocked: ") || len(first) > 3000 {
				t.Errorf("%s begins %.300q", o.name, first)
			}
		}
	}
}

func TestListsAreNeverNull(t *testing.T) {
	d := &Document{Verdict: policy.Verdict{Judged: []policy.Judged{{}}}}
	got := render(t, JSON, d)
	for _, want := range []string{`"ids": []`, `"paths": []`, `"advisory_sources": []`, `"skipped": []`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if got := render(t, JSON, &Document{}); !strings.Contains(got, `"findings": []`) ||
		!strings.Contains(got, `"groups": []`) || strings.Count(got, "null") != 5 {
		t.Errorf("%s", got)
	}
	if got := render(t, JSON, &Document{Diff: &release.Diff{Scripts: []release.Script{{}}}}); strings.Count(got,
		"null") != 4 || !strings.Contains(got, `"from"`) {
		t.Errorf("%s", got)
	}
}

func TestJSONKeepsWhatItIsGiven(t *testing.T) {
	d := blocked()
	d.Verdict.Judged[0].Finding.Message = "a\u202e::error::##[group]\n<b>&"
	var got struct {
		Findings []struct{ Message string }
	}
	if err := json.Unmarshal([]byte(render(t, JSON, d)), &got); err != nil || got.Findings[0].Message != d.Verdict.Judged[0].Finding.Message {
		t.Errorf("%v %q", err, got.Findings)
	}
}

func TestNoTarballIsSaidOnce(t *testing.T) {
	d := passed()
	for _, skipped := range [][]Skip{nil, {{"tarball", "nobody gave one"}}, {{"network", "-offline"}}} {
		d.LookedAt.Skipped = skipped
		got := render(t, outputs[1].write, d)
		if n := strings.Count(got, "tarball: nobody gave one") + strings.Count(got, "tarball    none was given"); n != 1 {
			t.Errorf("%v: it is said %d times: %s", skipped, n, got)
		}
	}
}

func TestChain(t *testing.T) {
	for want, path := range map[string][]string{"this package > b": {"", "b"}, "a > b": {"a", "b"}, "": nil} {
		if got := chain(path); got != want {
			t.Errorf("chain(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestSizes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_949: "999.9 kB", 999_950: "1.0 MB",
		43_700_000: "43.7 MB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, want %s", n, got, want)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fmt.Errorf("disk full") }

func TestWriteErrors(t *testing.T) {
	for _, o := range outputs {
		if err := o.write(failing{}, blocked()); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: %v", o.name, err)
		}
	}
}

func BenchmarkOutputs(b *testing.B) {
	d := blocked()
	for _, o := range outputs {
		b.Run(o.name, func(b *testing.B) {
			for b.Loop() {
				if err := o.write(io.Discard, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
