package migrate

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

var update = flag.Bool("update", false, "rewrite the expected results in testdata")

var now = time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)

// TestGolden converts a file of each tool, written to its documentation, and
// counts: each entry is either converted or noted.
func TestGolden(t *testing.T) {
	entries := map[string]int{ // in the files, counted by hand; a setting is one, a licence too
		"nsprc/.nsprc":                                   14,
		"nsprc/.nsprc.json":                              3,
		"audit-ci/audit-ci.jsonc":                        21, // the allow-list has 16
		"audit-ci/audit-ci.json5":                        4,
		"osv-scanner/osv-scanner.toml":                   15, // lodash and axios are two each
		"trivy/.trivyignore":                             7,
		"trivy/.trivyignore.yaml":                        15, // two with paths or purls are more
		"snyk/.snyk":                                     13,
		"pnpm/pnpm-workspace.yaml":                       8,
		"pnpm/package.json":                              3,
		"yarn/.yarnrc.yml":                               7,
		"dependency-review/dependency-review-config.yml": 17,
		"grype/.grype.yaml":                              10,
	}
	files, err := filepath.Glob("testdata/*/*")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		name := filepath.ToSlash(strings.TrimPrefix(file, "testdata"+string(filepath.Separator)))
		if strings.HasSuffix(name, ".golden") || slices.Contains([]string{".", ".."}, filepath.Base(name)) || strings.HasPrefix(name, "fuzz/") {
			continue
		}
		seen++
		t.Run(name, func(t *testing.T) {
			f, found := Find("", name)
			if !found {
				t.Fatal("no format goes by this name")
			}
			r := convert(t, f, file)
			if got := r.Converted + len(r.Notes); got != entries[name] {
				t.Errorf("%d entries converted and %d noted, %d expected together", r.Converted, len(r.Notes), entries[name])
			}
			if got := strings.Count(string(r.YAML), "not converted: ") + strings.Count(string(r.YAML), "# left out: "); got != len(r.Notes) {
				t.Errorf("%d comments for %d notes", got, len(r.Notes))
			}
			golden := file + ".golden"
			if *update {
				if err := os.WriteFile(golden, r.YAML, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(r.YAML, want) {
				t.Errorf("got:\n%s\nwant:\n%s", r.YAML, want)
			}
		})
	}
	if seen != len(entries) {
		t.Errorf("%d files found, %d expected", seen, len(entries))
	}
	for _, f := range Formats() {
		for _, pattern := range f.Files {
			if name := strings.ReplaceAll(pattern, "*", "-x"); !goes(f, name) {
				t.Errorf("%s goes to another format than %s", name, f.Name)
			}
		}
	}
}

func goes(f Format, name string) bool { g, _ := Find("", "a/b/"+name); return g.Name == f.Name }

func convert(t *testing.T, f Format, file string) Result {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Convert(data, Options{File: filepath.Base(file), Owner: "@security", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestExceptionsCount holds the exceptions of every golden against the policy:
// none may be expired, too long or a duplicate to it, whatever the source says.
func TestExceptionsCount(t *testing.T) {
	goldens, _ := filepath.Glob("testdata/*/*.golden")
	if len(goldens) < 10 {
		t.Fatalf("%d goldens", len(goldens))
	}
	for _, file := range goldens {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.Parse(data, file)
		if err != nil {
			t.Fatal(err)
		}
		v := policy.Decide(p.For("x", policy.Flags{}), nil, policy.Context{Now: now})
		for _, j := range v.Judged {
			if slices.Contains([]string{"expired-exception", "exception-too-long", "duplicate-exception"}, j.Finding.Rule) {
				t.Errorf("%s: %s", file, j.Finding.Message)
			}
		}
	}
}

// TestWaives takes one list the whole way: the advisory it let pass is waived
// by the policy it became, another one is not.
func TestWaives(t *testing.T) {
	f, _ := Find("audit-ci", "")
	r, err := f.Convert([]byte(`{"allowlist": ["GHSA-74fj-2j2h-c42q|*>follow-redirects"]}`), Options{File: "f", Owner: "o", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse(r.YAML, "")
	if err != nil {
		t.Fatal(err)
	}
	about := func(id string, chain ...string) finding.Finding {
		return finding.Finding{Rule: "vulnerable-dependency", Severity: finding.Critical, Scope: npm.Prod, IDs: []string{id},
			Subject: id, Name: "follow-redirects", Version: "1.0.0", Package: "pkg:npm/follow-redirects@1.0.0", Paths: [][]string{chain}}
	}
	for _, test := range []struct {
		f    finding.Finding
		want finding.State
	}{
		{about("GHSA-74fj-2j2h-c42q", "root@1.0.0", "axios@1.0.0", "follow-redirects@1.0.0"), finding.Waived},
		{about("GHSA-cxjh-pqwp-8mfp", "root@1.0.0", "axios@1.0.0", "follow-redirects@1.0.0"), finding.Block},
	} {
		v := policy.Decide(p.For("x", policy.Flags{}), []finding.Finding{test.f}, policy.Context{Now: now})
		i := slices.IndexFunc(v.Judged, func(j policy.Judged) bool { return j.Finding.Rule == test.f.Rule })
		if i < 0 || v.Judged[i].State != test.want {
			t.Errorf("%s: %+v", test.f.Subject, v.Judged)
		}
	}
}

// TestOddities: what is not as documented is noted, never passed over.
func TestOddities(t *testing.T) {
	for _, test := range []struct{ format, text, want string }{
		{"osv-scanner", "[IgnoredVulns]\nid = 'CVE-2020-1234'\n", "1 not converted: IgnoredVulns: a list is expected"},
		{"osv-scanner", "PackageOverrides = 1\n", "1 not converted: PackageOverrides: a list is expected"},
		{"osv-scanner", "IgnoredVulns = [{id = 'CVE-2020-1234', reason = 'x'}]\n", "1 CVE-2020-1234"},
		{"osv-scanner", "IgnoredVulnIds = ['CVE-2020-1234', 'CVE-2020-1235']\n", "1 CVE-2020-1234\n1 CVE-2020-1235"},
		{"snyk", "ignore: [a]\n", "1 not converted: ignore: keys with values are expected"},
		{"snyk", "ignore:\n  CVE-2020-1234:\n    '*': {reason: x}\n", "2 not converted: CVE-2020-1234: a list is expected"},
		{"snyk", "ignore:\n  SNYK-JS-A-1:\n    - a: {reason: CVE-2020-1234 or CVE-2020-1235}\n",
			"3 not converted: SNYK-JS-A-1 by way of a: Snyk's ids are in no public advisory; put the GHSA or CVE id that Snyk's page of it shows"},
		{"snyk", "failThreshold: medium\n", "audit-level moderate"},
		{"audit-ci", `{"skip-dev": 1}`, "1 not converted: skip-dev: true or false is expected"},
		{"audit-ci", `{"allowlist": {"CVE-2020-1234": "x"}}`, "1 not converted: allowlist: a list is expected"},
		{"audit-ci", `{"high": true, "l": true}`, "audit-level low"},
		{"audit-ci", `{"allowlist": ["a>b"]}`, "1 vulnerable-dependency for b by way of a>b"},
		{"pnpm", "auditLevel: low\naudit: {level: high}\n", "audit-level high\n1 not converted: the level low: the file sets another before"},
		{"pnpm", "auditConfig: [CVE-2020-1234]\n", "1 not converted: auditConfig: keys with values are expected"},
		{"pnpm", "auditLevel: none\n", "1 not converted: the level none: it is none of info, low, moderate, high, critical"},
		{"trivyignore-yaml", "vulnerabilities:\n- {id: CVE-2020-1234, paths: [yarn.lock], purls: ['pkg:npm/a']}\n",
			"2 not converted: CVE-2020-1234: it is for files and packages at once"},
		{"trivyignore-yaml", "vulnerabilities: [CVE-2020-1234]\n", "1 not converted: vulnerabilities CVE-2020-1234: it has no id"},
		{"nsprc", `{"https://github.com/advisories/GHSA-aaaa-bbbb-cccc/GHSA-aaaa-bbbb-dddd": "x"}`,
			"1 not converted: https://github.com/advisories/GHSA-aaaa-bbbb-cccc/GHSA-aaaa-bbbb-dddd: the address names no single GHSA or CVE id"},
		{"nsprc", `{"GHSA-aaaa-bbbb-cccc": []}`, "1 not converted: GHSA-aaaa-bbbb-cccc: its value is neither notes nor {active, notes, expiry}"},
		{"nsprc", `{}`, ""},
		{"dependency-review", "jobs:\n  a:\n    steps:\n    - uses: actions/checkout@v6\n" +
			"    - uses: actions/dependency-review-action@v4\n      with:\n        allow-ghsas: GHSA-aaaa-bbbb-cccc, " +
			"GHSA-aaaa-bbbb-dddd\n        config-file: ./x.yml\n        warn-only: 'true'\n",
			"7 GHSA-aaaa-bbbb-cccc\n7 GHSA-aaaa-bbbb-dddd\n8 not converted: config-file ./x.yml: what that file says has to be " +
				"imported from it\n9 not converted: warn-only: a gate that only warns is none"},
		{"dependency-review", "fail-on-scopes: development\n", "scopes map[optional:none peer:none prod:none]"},
		{"yarn", "npmAuditIgnoreAdvisories: CVE-2020-1234\n", "1 CVE-2020-1234"},
	} {
		f, found := Find(test.format, "")
		if !found {
			t.Fatal(test.format)
		}
		root, err := f.read([]byte(test.text))
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		c := &conversion{format: f, options: Options{Now: now, Expires: now.AddDate(0, 1, 0)}, seen: map[string]int{}}
		f.convert(c, root)
		if got := strings.Join(c.lines(), "\n"); got != test.want {
			t.Errorf("%q\n got %s\nwant %s", test.text, got, test.want)
		}
	}
}

// lines is what became of a file, in short.
func (c *conversion) lines() []string {
	var all []string
	if c.settings.level != "" {
		all = append(all, "audit-level "+c.settings.level)
	}
	if c.settings.scopes != nil {
		all = append(all, fmt.Sprint("scopes ", c.settings.scopes))
	}
	for _, i := range c.items {
		text := i.note.String()
		if i.exception != nil {
			text = i.exception.what()
		}
		all = append(all, fmt.Sprint(i.line(), " ", text))
	}
	return all
}

// TestUnreadable gives no result at all where the file cannot be read.
func TestUnreadable(t *testing.T) {
	for _, test := range []struct{ format, text, want string }{
		{"nsprc", `{"a": "x", "a": "y"}`, "read f: 1:12"},
		{"nsprc", "{\n\"a\": 'x\n}", "read f: 2:"},
		{"nsprc", `[]`, "expected an object"},
		{"nsprc", strings.Repeat(" ", MaxBytes+1), "more than 1048576"},
		{"osv-scanner", "[[IgnoredVulns]]\nid = \n", "read f: 2:"},
		{"osv-scanner", "[[IgnoredVulns]]\nid = \"a\"\nid = \"b\"\n", "id"},
		{"osv-scanner", "a = " + strings.Repeat("[", 49_999) + "\n", "read f"},
		{"osv-scanner", "a = " + strings.Repeat("[", 49_000) + strings.Repeat("]", 49_000) + "\n", "read f"},
		{"osv-scanner", "a = " + strings.Repeat("{a=", 50_001) + "\n", "brackets"},
		{"snyk", strings.Repeat("[", 500_000), "read f"},
		{"snyk", "a: " + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000), "nested"},
		{"nsprc", strings.Repeat("/*", MaxBytes/2), "read f"},
		{"nsprc", strings.Repeat("[", MaxBytes), "read f"},
		{"trivyignore", "CVE-\xff\n", "not UTF-8"},
		{"trivyignore-yaml", "a: &x 1\nb: *x\n", "line 2: an alias"},
		{"trivyignore-yaml", "a: 1\na: 2\n", "twice"},
		{"trivyignore-yaml", "a: 1\n---\nb: 2\n", "more than one document"},
		{"snyk", "- a\n", "keys with values expected"},
		{"snyk", "ignore: [\n", "line "},
		{"pnpm", `{"name": "x"}`, "holds no ignore list"},
		{"dependency-review", "jobs: {a: {steps: [{run: ls}]}}\n", "holds no ignore list"},
		{"yarn", "nodeLinker: pnp\n", "holds no ignore list"},
		{"trivyignore", strings.Repeat("CVE-2020-10000\n", 40000), "the result"},
	} {
		f, found := Find(test.format, "")
		if !found {
			t.Fatal(test.format)
		}
		r, err := f.Convert([]byte(test.text), Options{File: "f", Now: now})
		if err == nil || !strings.Contains(err.Error(), test.want) || r.YAML != nil {
			t.Errorf("%s %.40q: %v, expected %q", test.format, test.text, err, test.want)
		}
	}
	if _, err := (Format{Tool: "t", read: readYAML, convert: yarn, part: true}).Convert(nil, Options{Now: now}); !errors.Is(err, ErrNothing) {
		t.Error(err)
	}
}

// TestMoment reads the dates people write; all but one mean the same day.
func TestMoment(t *testing.T) {
	want := time.Date(2027, 1, 30, 0, 0, 0, 0, time.UTC)
	for _, s := range []string{
		"2027-01-30", "2027/01/30", "2027/1/30", "01/30/2027", "30 Jan 2027", "30 January 2027", "30 January, 2027", "Jan 30, 2027",
		"January 30, 2027", "2027-01-30T00:00:00Z", "2027-01-30T00:00:00.000Z", "2027-01-30 00:00:00", "2027-01-30T01:00:00+01:00",
		"Sat, 30 Jan 2027 00:00:00 GMT", "1801267200000", "Sat Jan 30 2027",
	} {
		if got, err := moment(value{kind: text, text: s}); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "soon", "1801267200", "30/01/2027", "2027-02-30", "true", "-1", "1e12", "99999999999999999999"} {
		if got, err := moment(value{kind: text, text: s}); err == nil {
			t.Errorf("%q: read as %v", s, got)
		}
	}
}

// TestScalar: YAML must read every text back as it was meant.
func TestScalar(t *testing.T) {
	for _, s := range []string{
		"null", "true", "yes", "on", "y", "NULL", "~", ".inf", "0x10", "1e5", "2026-01-01", "a: b", "a #b", "- a", "*a",
		"&a", "!a", "%a", "@a", "`a",
		"[a]", "{a}", "'a'", `"a"`, `a\`, "a\tb", "a\u0085b", "a\u2028b", "\u202ea", "\ufeffa", "a\x7fb", "a\x00b", "😀",
		"::error::x", "<<", "=", "",
	} {
		e := exception{id: "GHSA-35jh-r3h4-6jhm", reason: "x" + s, path: "lodash", line: 1}
		var b strings.Builder
		b.WriteString("exceptions:\n")
		e.write(&b, &conversion{options: Options{Owner: s + "x", Expires: now, File: s}})
		p, err := policy.Parse([]byte(b.String()), "")
		if err != nil {
			t.Errorf("%q: %v\n%s", s, err, b.String())
			continue
		}
		if got := p.For("x", policy.Flags{}).Exceptions[0].Reason; got != "x"+s {
			t.Errorf("%q came back as %q", "x"+s, got)
		}
	}
}

// TestOwnerIsAnything: flags are bytes.
func TestOwnerIsAnything(t *testing.T) {
	f, _ := Find("nsprc", "")
	r, err := f.Convert([]byte(`{"CVE-2020-1234": "x"}`), Options{File: "\xff\n", Owner: "\xff\nme", Now: now})
	if err != nil || !strings.Contains(string(r.YAML), "    owner: \"\uFFFD me\"\n") {
		t.Errorf("%v\n%s", err, r.YAML)
	}
}

// FuzzConvert: any text is an error, or a policy file, the same one each time,
// with no more exceptions than are said.
func FuzzConvert(f *testing.F) {
	formats := Formats()
	files, _ := filepath.Glob("testdata/*/*")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		g, found := Find("", file)
		if i := slices.IndexFunc(formats, func(h Format) bool { return h.Name == g.Name }); found {
			f.Add(byte(i), data)
		}
	}
	f.Add(byte(2), []byte("a.b = 1\n[a]\n[[a.c]]\n[a.c.d]\n\"\\u0041\" = [{x=1}, {}]\n"))
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		format := formats[int(which)%len(formats)]
		o := Options{File: "f\n#::x", Owner: "o", Now: now}
		r, err := format.Convert(data, o)
		if err != nil {
			return
		}
		p, err := policy.Parse(r.YAML, "")
		if err != nil {
			t.Fatalf("%v\n%s", err, r.YAML)
		}
		if n := len(p.For("x", policy.Flags{}).Exceptions); n > r.Converted {
			t.Errorf("%d exceptions, %d converted\n%s", n, r.Converted, r.YAML)
		}
		for _, n := range r.Notes {
			if n.Line < 1 || n.Line > bytes.Count(data, []byte("\n"))+1 {
				t.Errorf("line %d of %d: %s", n.Line, bytes.Count(data, []byte("\n"))+1, n)
			}
		}
		again, _ := format.Convert(data, o)
		if !bytes.Equal(again.YAML, r.YAML) {
			t.Error("a second run gives other bytes")
		}
	})
}

// TestNoCommands: what an entry says comes through whole, and holds nothing that
// a runner which prints the result would obey.
func TestNoCommands(t *testing.T) {
	const reason = "a ##[add-path]/tmp ::error::x"
	f, _ := Find("trivyignore", "")
	r, err := f.Convert([]byte("CVE-2021-1234 # "+reason+"\n##[x]::y\n"), Options{File: ".trivyignore",
		Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(r.YAML); strings.Contains(text, "##[") || strings.Contains(text, "::") {
		t.Errorf("%s", text)
	}
	p, err := policy.Parse(r.YAML, "x")
	if err != nil {
		t.Fatal(err)
	}
	if es := p.For("x", policy.Flags{}).Exceptions; len(es) != 1 || !strings.Contains(es[0].Reason, reason) {
		t.Errorf("%+v", es)
	}
}
