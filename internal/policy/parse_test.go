package policy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// parse is Parse for text that is meant to be right.
func parse(t *testing.T, text string) *Policy {
	t.Helper()
	p, err := Parse([]byte(text), "policy.yml")
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, text)
	}
	return p
}

func TestParseMistakes(t *testing.T) {
	deep := strings.Repeat("[", 20000)
	tests := []struct {
		name, text, want string // want: the whole error; a final … cuts the comparison there
	}{
		{"unknown key", "audit-levle: high\n", `policy.yml:1: unknown key "audit-levle"; did you mean audit-level?`},
		{"letter case", "Licenses: {}\n", `policy.yml:1: unknown key "Licenses"; did you mean licenses?`},
		{"underscore", "audit_level: high\n", `policy.yml:1: unknown key "audit_level"; did you mean audit-level?`},
		{"unknown below", "licenses:\n  denny: [GPL-*]\n", `policy.yml:2: unknown key "denny" in licenses; did you mean deny?`},
		{"key of elsewhere", "readme-sections: []\n", `policy.yml:1: unknown key "readme-sections"; did you mean docs.readme-sections?`},
		{"nothing near", "sla: {whatever: 24h}\n", `policy.yml:1: unknown key "whatever" in sla; known here: critical, high,` +
			` moderate, low, info`},
		{"unknown in package", "packages:\n  a:\n    licences: {}\n", `policy.yml:3: unknown key "licences"; did you mean licenses?`},
		{"merge key", "<<: {audit-level: none}\n", `policy.yml:1: unknown key "<<"`},
		{"top only", "packages:\n  a: {version: 1}\n", `policy.yml:2: version cannot be set for single packages, only at the top`},
		{"exceptions in package", "packages:\n  a: {exceptions: []}\n", `policy.yml:2: unknown key "exceptions"`},
		{"package only", "risk: low\n", `policy.yml:1: risk cannot be set at the top, only in an entry of packages`},
		{"star is no name", "dependencies: {overrides: {reasons: {jose: {wy: x}}}}\n",
			`policy.yml:1: unknown key "wy" in dependencies.overrides.reasons.*; did you mean why?`},

		{"duplicate", "audit-level: high\naudit-level: none\n", `policy.yml:2: "audit-level" is already set on line 1; keep one`},
		{"duplicate below", "sla:\n  high: 1h\n  high: 90d\n", `policy.yml:3: "high" is already set on line 2; keep one`},
		{"duplicate by quoting", "audit-level: high\n'audit-level': none\n", `policy.yml:2: "audit-level" is already set on line 1; keep one`},
		{"anchor and alias", "docs: {require: &a [x]}\nsecrets: {allow: *a}\n",
			"policy.yml:1: anchors are not read; write the value out\npolicy.yml:2: aliases are not read; write the value out"},
		{"bomb", "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n", "policy.yml:1: anchors are not read…"},
		{"self alias", "audit-level: &a [*a]\n", "policy.yml:1: …"},
		{"tag", "audit-level: !!str high\n", "policy.yml:1: tags are not read; write the value without one"},
		{"binary tag", "audit-level: !!binary aGlnaA==\n", "policy.yml:1: tags are not read; write the value without one"},
		{"tab", "sla:\n\thigh: 24h\n", "policy.yml:2: a tab in the indentation; use spaces"},
		{"tab after blanks", "sla:\n  \thigh: 24h\n", "policy.yml:2: a tab in the indentation; use spaces"},
		{"two documents", "audit-level: high\n---\naudit-level: none\n", "policy.yml:2: a second document starts here; keep one"},
		{"broken second document", "audit-level: high\n---\n]\n", "policy.yml:2: not YAML: …"},
		{"not YAML", "audit-level: [\n", "policy.yml:1: not YAML: …"},
		{"at sign", "packages:\n  @bizai/a: {}\n", `policy.yml:2: not YAML: found character that cannot start any token; ` +
			`put values that begin with @ or * in quotes`},
		{"unquoted star", "licenses: {deny: [*]}\n", `policy.yml:1: not YAML: did not find expected alphabetic or numeric ` +
			`character; put values that begin with @ or * in quotes`},
		{"not UTF-8", "audit-level: \xff\n", "policy.yml:1: the file is not UTF-8"},
		{"NUL", "audit-level: high\x00\n", "policy.yml:1: not YAML: …"},
		{"too large", strings.Repeat("#", maxFile+1), "policy.yml:1: the file has 1048577 bytes, more than the 1048576 a policy may have"},
		{"deep", deep, "policy.yml:1: not YAML: …"},
		{"a list", "- audit-level\n", "policy.yml:1: the policy: keys with values expected, found a list"},
		{"a word", "high\n", `policy.yml:1: the policy: keys with values expected, found "high"`},
		{"key is a list", "[a]: b\n", `policy.yml:1: the policy: a key must be a word, found a list`},

		{"level with blank", "audit-level: 'Critical '\n",
			`policy.yml:1: audit-level: "Critical " is not one of info, low, moderate, high, critical, none; did you mean critical?`},
		{"level in capitals", "audit-level: HIGH\n", `policy.yml:1: audit-level: "HIGH" is not one of info, low, moderate, ` +
			`high, critical, none; did you mean high?`},
		{"level medium", "audit-level: medium\n", `policy.yml:1: audit-level: "medium" is not one of info, low, moderate, high, critical, none`},
		{"level empty", "audit-level:\n", "policy.yml:1: audit-level: one value expected, found nothing"},
		{"level list", "audit-level: [high]\n", "policy.yml:1: audit-level: one value expected, found a list"},
		{"level bool", "audit-level: true\n", `policy.yml:1: audit-level: text expected, found "true"; if it is meant, put it in quotes`},
		{"unknown scope", "scopes: {production: high}\n",
			`policy.yml:1: unknown key "production" in scopes; known here: prod, optional, peer, dev`},
		{"scopes scalar", "scopes: high\n", `policy.yml:1: scopes: keys with values expected, found "high"`},
		{"span without unit", "sla: {high: '24'}\n", `policy.yml:1: sla.high: "24" is no time span; write hours, days or ` +
			`weeks: 24h, 90d, 2w, or next-release, or next-minor`},
		{"cadence", "monitor: {tags: hourly}\n", `policy.yml:1: monitor.tags: "hourly" is no cadence; …`},
		{"cadence, misspelt", "monitor: {tags: dayly}\n", `policy.yml:1: monitor.tags: "dayly" is no cadence; did you mean daily?`},
		{"cadence of nothing", "monitor: {tags: 0d}\n", `policy.yml:1: monitor.tags: "0d" is no cadence; ignore says that nobody looks`},
		{"a topic that is none", "monitor: {tag: daily}\n", `policy.yml:1: unknown key "tag" in monitor; did you mean tags?`},
		{"built nowhere", "monitor: {built-by: [widget]}\n", `policy.yml:1: monitor.built-by: "widget" names no repository and no workflow; …`},
		{"built by plain text", "monitor: {built-by: ['http://github.com/a/b']}\n", `policy.yml:1: monitor.built-by: "http://github.com/a/b" …`},
		{"built on any host", "monitor: {built-by: ['https://*/a/b']}\n", `policy.yml:1: monitor.built-by: "https://*/a/b" …`},
		{"state outside", "monitor: {state: ../x.json}\n", `policy.yml:1: monitor.state: "../x.json" must be …`},
		{"span minutes", "sla: {high: 24m}\n", `policy.yml:1: sla.high: "24m" is no time span; …`},
		{"span negative", "sla: {high: -24h}\n", `policy.yml:1: sla.high: "-24h" is no time span; …`},
		{"span overflow", "sla: {high: 99999999999999999999h}\n", `policy.yml:1: sla.high: "99999999999999999999h" is more than ten years…`},
		{"span one past", "advisories: {max-age: 3651d}\n", `policy.yml:1: advisories.max-age: "3651d" is more than ten years`},
		{"fallback slip", "advisories: {fallback: snapshoot}\n",
			`policy.yml:1: advisories.fallback: "snapshoot" is not one of none, snapshot, file:PATH; did you mean snapshot?`},
		{"fallback outside", "advisories: {fallback: 'file:../db.cdb'}\n",
			`policy.yml:1: advisories.fallback: "../db.cdb" must be a relative path…`},
		{"deadline slip", "sla: {high: next-relase}\n", `policy.yml:1: sla.high: "next-relase" is no deadline; did you mean next-release?`},
		{"size without unit", "files: {max-size: '20'}\n", `policy.yml:1: files.max-size: "20" is no size; …`},
		{"size number", "files: {max-size: 20}\n", `policy.yml:1: files.max-size: text expected, found "20"…`},
		{"size overflow", "files: {max-size: 9223372036854775807GB}\n", `policy.yml:1: files.max-size: …`},
		{"size zero", "files: {max-size: 0MB}\n", `policy.yml:1: files.max-size: …`},
		{"date of no calendar", "about: {next-review: 2025-02-30}\n",
			`policy.yml:1: about.next-review: "2025-02-30" is no date; write year-month-day: 2026-12-31`},
		{"list item number", "env: {declared: [1]}\n", `policy.yml:1: env.declared: text expected, found "1"; if it is meant, put it in quotes`},
		{"list of one string", "licenses: {deny: GPL-3.0}\n",
			`policy.yml:1: licenses.deny: a list expected, found "GPL-3.0"; write [a, b], or [] for none`},
		{"list null", "licenses: {deny: }\n", `policy.yml:1: licenses.deny: a list expected, found nothing; write [a, b], or [] for none`},
		{"licence that is none", "licenses:\n  deny:\n    - GPL\n    - GPLv3\n    - GPL-*\n",
			"policy.yml:3: licenses.deny: \"GPL\" names no licence; did you mean GPL-*?\npolicy.yml:4: licenses.deny: " +
				"\"GPLv3\" names no licence; did you mean GPL-3.0-only?"},
		{"licence that is none, allowed", "packages: {a: {licenses: {allow: [MIT, Apache2]}}}\n",
			`policy.yml:1: licenses.allow: "Apache2" names no licence; did you mean Apache-2.0?`},
		{"pattern of no licence", "licenses: {deny: ['GPLv*']}\n", `policy.yml:1: licenses.deny: "GPLv*" names no licence; did you mean …`},
		{"expression in a list", "licenses: {allow: [MIT OR ISC]}\n", `policy.yml:1: licenses.allow: "MIT OR ISC" names no licence…`},
		{"no licence in a list", "licenses: {deny: [NOASSERTION]}\n",
			`policy.yml:1: licenses.deny: "NOASSERTION" names no licence; what states no licence is the matter of licenses.unknown`},
		{"override that names none", "licenses: {overrides: [{package: a, license: Custom, reason: r}]}\n",
			`policy.yml:1: licenses.overrides: "Custom" names no licence; write an SPDX expression, or LicenseRef- and a name of your own`},
		{"ref that is short", "publish: {refs: [main]}\n",
			`policy.yml:1: publish.refs: "main" is neither protected nor a pattern of whole refs; did you mean refs/heads/main or refs/tags/main?`},
		{"ref that is no pattern", "publish: {refs: ['refs/heads/[']}\n", `policy.yml:1: publish.refs: "refs/heads/[" is no pattern of refs`},
		{"no ref", "publish: {refs: [refs/tags/]}\n", `policy.yml:1: publish.refs: "refs/tags/" is no pattern of refs`},
		{"event of strangers", "publish: {events: [push, pull_request_target]}\n", `policy.yml:1: publish.events: "pull_request_target" …`},
		{"blank item", "licenses: {deny: [' ']}\n", `policy.yml:1: licenses.deny: an empty item`},
		{"outage in words", "signing: {outage: ignore}\n", `policy.yml:1: signing.outage: "ignore" is not one of block, degrade`},
		{"thing to sign", "signing: {require: [tarball, readme]}\n",
			`policy.yml:1: signing.require: "readme" is not one of tarball, sums, provenance, sbom, vsa`},
		{"bool in words", "publish: {require-2fa: 'yes'}\n", `policy.yml:1: publish.require-2fa: "yes" is not one of true, false`},
		{"baseline outside", "secrets: {baseline: ../../etc/passwd}\n",
			`policy.yml:1: secrets.baseline: "../../etc/passwd" must be a relative path inside the folder, with /`},
		{"baseline outside by a way round", "secrets: {baseline: a/../../b}\n", `policy.yml:1: secrets.baseline: "a/../../b" must be …`},
		{"baseline absolute", "secrets: {baseline: /proc/self/environ}\n",
			`policy.yml:1: secrets.baseline: "/proc/self/environ" must be a relative path inside the folder, with /`},
		{"baseline backslash", `secrets: {baseline: '..\x'}`, `policy.yml:1: secrets.baseline: …`},
		{"registry http", "dependencies: {registries: ['http://example.com/']}\n",
			`policy.yml:1: dependencies.registries: "http://example.com/" is neither npm nor an https address`},
		{"registry with a password", "dependencies: {registries: ['https://a:b@example.com/']}\n", `policy.yml:1: dependencies.registries: …`},
		{"range", "dependencies: {require: {lodash: four}}\n", `policy.yml:1: dependencies.require.*: "four" is no range of versions`},
		{"override without reason", "licenses: {overrides: [{package: a, license: MIT}]}\n",
			`policy.yml:1: licenses.overrides: reason is missing`},
		{"version", "version: 2\n", `policy.yml:1: version: "2" is not one of 1`},
		{"pattern with a blank", "packages: {'a ': {}}\n", `policy.yml:1: packages: "a " is no name pattern`},
		{"empty pattern", "packages: {'': {}}\n", `policy.yml:1: packages: "" is no name pattern`},
		{"bad pattern", "packages: {'[': {}}\n", `policy.yml:1: packages: "[" is no name pattern`},

		{"all at once", "audit-level: hi\nfoo: 1\nsla: {high: x}\nexceptions:\n  - id: a\n", strings.Join([]string{
			`policy.yml:1: audit-level: "hi" is not one of info, low, moderate, high, critical, none`,
			`policy.yml:2: unknown key "foo"`,
			`policy.yml:3: sla.high: "x" is no time span; write hours, days or weeks: 24h, 90d, 2w, or next-release, or next-minor`,
			`policy.yml:5: exception: reason is missing`,
			`policy.yml:5: exception: owner is missing`,
			`policy.yml:5: exception: expires is missing`,
		}, "\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse([]byte(tt.text), "policy.yml")
			if err == nil || p != nil {
				t.Fatalf("Parse = %v, %v; want nil and an error", p, err)
			}
			var ms Mistakes
			if !errors.As(err, &ms) || len(ms) == 0 {
				t.Fatalf("error is a %T, want Mistakes with something in them", err)
			}
			got, want := err.Error(), tt.want
			if cut, ok := strings.CutSuffix(want, "…"); ok {
				want = cut
				got = got[:min(len(got), len(want))]
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", err, tt.want)
			}
		})
	}
}

func TestParseManyMistakes(t *testing.T) {
	_, err := Parse([]byte(strings.Repeat("- x\n", 3)+"k: v"), "")
	if err == nil || !strings.HasPrefix(err.Error(), ".publishgate.yml:") {
		t.Errorf("without a file name: %v", err)
	}
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "key%d: x\n", i)
	}
	_, err = Parse([]byte(text.String()), "p")
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != maxMistakes+1 || lines[maxMistakes] != "p:51: and 950 more from here on" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

// A file at the edge of every limit is answered quickly.
func TestParseHostileSizes(t *testing.T) {
	fill := func(unit string) string { return strings.Repeat(unit, (maxFile-100)/len(unit)) }
	for name, text := range map[string]string{
		"nested lists": fill("["),
		"nested maps":  fill("{a: "),
		"blocks":       fill("- "),
		"one long key": fill("k") + ": x\n",
		"many items":   "licenses: {deny: [" + fill("a, ") + "]}\n",
		"many keys": func() string {
			var b strings.Builder
			for i := 0; b.Len() < maxFile-100; i++ {
				fmt.Fprintf(&b, "k%d: \n", i)
			}
			return b.String()
		}(),
		"many documents": fill("---\n"),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := Parse([]byte(text), "p")
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %v, err %.100v", took, err)
			}
		})
	}
}

func TestParseEmpty(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "{}\n", "exceptions:\npackages:\nlicenses:\n",
		"\ufeff", "\ufeffversion: 1\n", "version: 1\r\n"} {
		p, err := Parse([]byte(text), "p.yml")
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got, want := p.For("a", Flags{}), Default().For("a", Flags{})
		got.File = ""
		if g, w := fmt.Sprintf("%+v", *got), fmt.Sprintf("%+v", *want); g != w {
			t.Errorf("%q: got\n%s\nwant the built-in policy\n%s", text, g, w)
		}
	}
}

// The two policies this gate was made for: what they set, and that nothing in them goes unchecked.
func TestRealPolicies(t *testing.T) {
	files, err := filepath.Glob("../starter/policies/*/publishgate.yml")
	if err != nil || len(files) != 2 {
		t.Fatalf("found %v, %v; want two policies", files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Parse(data, f)
		if err != nil {
			t.Error(err)
			continue
		}
		say := func(pkg string) string {
			e := p.For(pkg, Flags{})
			return fmt.Sprintln(e.Thresholds[npm.Prod], e.SLA[finding.Critical].Within, e.SLA[finding.Moderate].NextRelease,
				e.SLA[finding.Low].NextMinor,
				len(e.Dependencies.Require), e.Publish.Access, e.Risk, e.Docs.ReadmeSections)
		}
		for pkg, want := range map[string]map[string]string{
			"bizai": {
				"@bizai/other":    "high 24h0m0s true true 0 restricted  []",
				"@bizai/shared":   "high 24h0m0s true true 0 public low []",
				"@bizai/database": "high 24h0m0s true true 0 restricted medium [SQL injection]",
				"@bizai/ai-core":  "high 24h0m0s true true 0 restricted high []",
			},
			"integration-gateway": {"integration-gateway": "high 24h0m0s true true 5   []"},
		}[filepath.Base(filepath.Dir(f))] {
			if got := strings.TrimSuffix(say(pkg), "\n"); got != want {
				t.Errorf("%s, %s: %s, want %s", f, pkg, got, want)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, glob := range []string{"testdata/*.yml", "../starter/policies/*/publishgate.yml"} {
		files, _ := filepath.Glob(glob)
		if len(files) == 0 {
			f.Fatalf("no seeds in %s", glob)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("exceptions:\n- id: x\n  package: 'pkg:npm/%40a/b@1.0.0'\n  reason: r\n  owner: o\n  expires: 2026-01-01T00:00:00Z\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(data, "p")
		q, err2 := Parse(data, "p")
		if fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("two errors for one file:\n%v\n%v", err, err2)
		}
		if err != nil {
			if p != nil {
				t.Fatal("a policy came with an error")
			}
			return
		}
		e := p.For("@a/b", Flags{})
		if g, w := fmt.Sprintf("%+v", e.Thresholds), fmt.Sprintf("%+v", q.For("@a/b", Flags{}).Thresholds); g != w {
			t.Fatalf("two policies from one file: %s, %s", g, w)
		}
		for _, x := range e.Exceptions {
			if x.ID == "" || x.Reason == "" || x.Owner == "" || x.Expires.IsZero() || strings.Contains(x.ID+x.Package, "*") {
				t.Fatalf("an exception that should be refused: %+v", x)
			}
		}
	})
}
