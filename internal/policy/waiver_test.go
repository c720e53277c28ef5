package policy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// exception is a policy with one exception that covers vuln, its lines changed
// or added to.
func exception(lines ...string) string {
	fields := map[string]string{"id": "GHSA-aaaa-bbbb-cccc", "package": "lodash", "reason": "not reachable",
		"owner": "'@lead'", "expires": "2026-12-31"}
	order := []string{"id", "package", "reason", "owner", "expires"}
	for _, l := range lines {
		k, v, _ := strings.Cut(l, ": ")
		if _, known := fields[k]; !known {
			order = append(order, k)
		}
		fields[k] = v
	}
	var b strings.Builder
	b.WriteString("exceptions:\n-\n")
	for _, k := range order {
		if fields[k] != "" {
			b.WriteString("  " + k + ": " + fields[k] + "\n")
		}
	}
	return b.String()
}

func TestExceptions(t *testing.T) {
	two := func(f *finding.Finding) {
		f.Paths = append(f.Paths, []string{"root@1.0.0", "grunt@1.0.0", "lodash@4.17.15"})
	}
	malware := func(f *finding.Finding) {
		f.Rule, f.Level, f.IDs = "malware", finding.Always, []string{"MAL-2026-1", "GHSA-mmmm-mmmm-mmmm"}
	}
	file := func(f *finding.Finding) {
		*f = finding.Finding{Rule: "forbidden-file", Severity: finding.High, File: "package/.env"}
	}
	tests := []struct {
		name   string
		text   string
		change func(*finding.Finding)
		waived bool
		rules  string // of the findings about exceptions
	}{
		{"exact", exception("package: lodash@4.17.15"), nil, true, ""},
		{"any version", exception(), nil, true, ""},
		{"purl", exception("package: pkg:npm/lodash@4.17.15"), nil, true, ""},
		{"purl without version", exception("package: pkg:npm/lodash"), nil, true, ""},
		{"scoped purl", exception("package: pkg:npm/%40a/b"), func(f *finding.Finding) { f.Name = "@a/b" }, true, ""},
		{"scoped name", exception("package: '@a/b@4.17.15'"), func(f *finding.Finding) { f.Name = "@a/b" }, true, ""},
		{"alias", exception("id: CVE-2026-0001"), nil, true, ""},
		{"id in another letter case", exception("id: ghsa-AAAA-bbbb-cccc"), nil, true, ""},
		{"no package", exception("package: "), nil, true, "exception-too-wide"},
		{"rule and package", exception("id: vulnerable-dependency"), nil, true, "exception-too-wide"},

		{"other version", exception("package: lodash@4.17.16"), nil, false, "unused-exception"},
		{"other package", exception("package: lodash-es"), nil, false, "unused-exception"},
		{"package in another letter case", exception("package: Lodash"), nil, false, "unused-exception"},
		{"other id", exception("id: CVE-2026-00010"), nil, false, "unused-exception"},
		{"start of an id", exception("id: GHSA"), nil, false, "unused-exception"},
		{"rule without package", exception("id: vulnerable-dependency", "package: "), nil, false, "exception-too-wide unused-exception"},
		{"rule in another letter case", exception("id: Vulnerable-Dependency"), nil, false, "unused-exception"},

		{"an hour left", exception("expires: 2026-06-01T13:00:00Z"), nil, true, ""},
		{"a second left", exception("expires: 2026-06-01T12:00:01Z"), nil, true, ""},
		{"expires now", exception("expires: 2026-06-01T12:00:00Z"), nil, false, "expired-exception"},
		{"a second late", exception("expires: 2026-06-01T11:59:59Z"), nil, false, "expired-exception"},
		{"a second late elsewhere", exception("expires: 2026-06-01T13:59:59+02:00"), nil, false, "expired-exception"},
		{"ends as its day begins", exception("expires: 2026-06-01"), nil, false, "expired-exception"},
		{"the day before", exception("expires: 2026-06-02"), nil, true, ""},
		{"a year", exception("expires: 2027-06-01T12:00:00Z"), nil, true, ""},
		{"a year and a second", exception("expires: 2027-06-01T12:00:01Z"), nil, false, "exception-too-long"},
		{"for ever", exception("expires: 9999-12-31"), nil, false, "exception-too-long"},

		{"path", exception("path: '*>request>lodash'"), nil, true, ""},
		{"path from the root", exception("path: root>request>lodash"), nil, true, ""},
		{"path from the first dependency", exception("path: request>lodash"), nil, true, ""},
		{"path with versions", exception("path: '*>request@2.88.2>lodash@4.17.15'"), nil, true, ""},
		{"path of another parent", exception("path: '*>grunt>lodash'"), nil, false, "unused-exception"},
		{"path that ends early", exception("path: '*>request'"), nil, false, "unused-exception"},
		{"path in the middle", exception("path: 'lodash'"), nil, false, "unused-exception"},
		{"one of two paths", exception("path: '*>request>lodash'"), two, false, "unused-exception"},
		{"both paths", exception("path: '*>lodash'"), two, true, ""},
		{"two exceptions for two paths",
			exception("path: '*>request>lodash'") + strings.TrimPrefix(exception("path: '*>grunt>lodash'"), "exceptions:\n"), two, true, ""},
		{"path of what has none", exception("path: '*>lodash'"), func(f *finding.Finding) { f.Paths = nil }, false, "unused-exception"},

		{"malware, exact", exception("id: MAL-2026-1", "package: lodash@4.17.15"), malware, true, ""},
		{"malware by alias, exact", exception("id: GHSA-mmmm-mmmm-mmmm", "package: lodash@4.17.15"), malware, true, ""},
		{"malware by alias, any version", exception("id: GHSA-mmmm-mmmm-mmmm"), malware, false, "unused-exception"},
		{"malware by alias, no package", exception("id: GHSA-mmmm-mmmm-mmmm", "package: "), malware, false,
			"exception-too-wide unused-exception"},
		{"malware by its rule alone", exception(), func(f *finding.Finding) { f.Rule, f.Level = "malware", finding.Always },
			false, "unused-exception"},
		{"malware under another rule", exception("id: vulnerable-dependency"),
			func(f *finding.Finding) { f.IDs = []string{"mal-2026-1"} }, false, "unused-exception"},

		{"a file", exception("id: forbidden-file", "package: "), file, true, "exception-too-wide"},
		{"a purl is a package", exception("id: forbidden-file", "package: "),
			func(f *finding.Finding) { file(f); f.Package = "pkg:npm/a" }, false, "exception-too-wide unused-exception"},
		{"a file is no package", exception("id: forbidden-file"), file, false, "unused-exception"},

		{"versions", exception("versions: '>=4 <4.17.21'"), nil, true, ""},
		{"versions, the lower end", exception("versions: '>=4.17.15 <4.17.16'"), nil, true, ""},
		{"versions, the upper end", exception("versions: '<4.17.15'"), nil, false, "unused-exception"},
		{"versions of another major", exception("versions: ^3.0.0"), nil, false, "unused-exception"},
		{"versions, one of two runs", exception("versions: '^3.0.0 || ~4.17.0'"), nil, true, ""},
		{"versions without end", exception("versions: '>=4'"), nil, true, "exception-too-wide"},
		{"versions, one run without end", exception("versions: '3.x || >=4.17'"), nil, true, "exception-too-wide"},
		{"versions, a prerelease", exception("versions: '<4.17.21'"), func(f *finding.Finding) { f.Version = "4.17.21-rc.1" },
			false, "unused-exception"},
		{"versions, what is none", exception("versions: '<5'"), func(f *finding.Finding) { f.Version = "git" }, false, "unused-exception"},
		{"versions of malware", exception("id: GHSA-mmmm-mmmm-mmmm", "versions: 4.17.15"), malware, false, "unused-exception"},
		{"other versions are no duplicate", exception("versions: ^4.0.0") + strings.TrimPrefix(exception("versions: ^5.0.0"),
			"exceptions:\n"), nil, true, "unused-exception"},

		{"within the severity's limit", "exceptions-max: {high: 30d}\n" + exception("expires: 2026-07-01"), nil, true, ""},
		{"beyond the severity's limit", "exceptions-max: {high: 30d}\n" + exception("expires: 2026-07-02"), nil, false, "exception-too-long"},
		{"another severity's limit", "exceptions-max: {critical: 1d}\n" + exception(), nil, true, ""},
		{"the next lower limit", "exceptions-max: {moderate: 30d}\n" + exception(), nil, false, "exception-too-long"},
		{"no exceptions at all", "exceptions-max: {high: 0d}\n" + exception("expires: 2026-06-02"), nil, false, "exception-too-long"},
		{"unrated is the worst", "exceptions-max: {critical: 1d, high: 365d}\n" + exception(),
			func(f *finding.Finding) { f.Severity = finding.Unknown }, false, "exception-too-long"},
		{"too long, about something else", "exceptions-max: {high: 30d}\n" + exception("package: lodash-es"), nil, false, "unused-exception"},
		{"too long, on another path", "exceptions-max: {high: 30d}\n" + exception("path: '*>grunt>lodash'"), nil, false, "unused-exception"},
		{"for this package", "packages: {root: {exceptions-max: {high: 30d}}}\n" + exception(), nil, false, "exception-too-long"},
		{"a file", "exceptions-max: {high: 30d}\n" + exception("id: forbidden-file", "package: "), file, false,
			"exception-too-long exception-too-wide"},

		{"duplicate", exception() + strings.TrimPrefix(exception("package: pkg:npm/lodash"), "exceptions:\n"), nil, true, "duplicate-exception"},
		{"renewed, old one left", exception("expires: 2026-01-01") + strings.TrimPrefix(exception(), "exceptions:\n"), nil,
			true, "expired-exception duplicate-exception"},
		{"another version is no duplicate", exception() + strings.TrimPrefix(exception("package: lodash@9.9.9"),
			"exceptions:\n"), nil, true, "unused-exception"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := vuln(tt.change)
			v := Decide(parse(t, tt.text).For("root", Flags{}), []finding.Finding{f}, Context{Now: now})
			var rules []string
			for _, j := range v.Judged {
				if j.Finding.Rule == f.Rule {
					if waived := j.State == finding.Waived; waived != tt.waived || waived != (j.Waiver != nil) || waived != v.Passed() {
						t.Errorf("%v, waiver %v, result %v; want waived %t", j.State, j.Waiver, v.Result, tt.waived)
					}
					continue
				}
				rules = append(rules, j.Finding.Rule)
				if j.State != finding.Warn || j.Finding.File != "policy.yml" || j.Finding.Line == 0 ||
					!strings.Contains(j.Finding.Message, "exception") {
					t.Errorf("%+v", j)
				}
			}
			slices.SortFunc(rules, func(a, b string) int { return ruleIndex(a) - ruleIndex(b) })
			want := strings.Fields(tt.rules)
			slices.SortFunc(want, func(a, b string) int { return ruleIndex(a) - ruleIndex(b) })
			if !slices.Equal(rules, want) {
				t.Errorf("rules %v, want %v", rules, want)
			}
		})
	}
}

func ruleIndex(id string) int {
	return slices.IndexFunc(Rules, func(r finding.Rule) bool { return r.ID == id })
}

func TestExceptionMistakes(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"no reason", "reason: ", "exception: reason is missing"},
		{"blank reason", "reason: ' '", "exception.reason is empty"},
		{"no owner", "owner: ", "exception: owner is missing"},
		{"no expiry", "expires: ", "exception: expires is missing"},
		{"no id", "id: ", "exception: id is missing"},
		{"star id", "id: '*'", "exception.id: names one advisory or rule, no pattern"},
		{"pattern id", "id: GHSA-*", "exception.id: names one advisory or rule, no pattern"},
		{"two ids", "id: 'GHSA-a, GHSA-b'", `exception.id: "GHSA-a, GHSA-b" is no id of an advisory or rule`},
		{"star package", "package: '*'", `exception.package: "*" does not name one package`},
		{"scope", "package: '@a/*'", `exception.package: "@a/*" does not name one package`},
		{"versions: everything, star", "versions: '*'", `exception.versions: "*" covers every version there is and will be; ` +
			`leave it out, or say up to which`},
		{"versions: everything, x", "versions: 'x'", `exception.versions: "x" covers every version there is and will be; ` +
			`leave it out, or say up to which`},
		{"versions: everything, from nought", "versions: '>=0'",
			`exception.versions: ">=0" covers every version there is and will be; leave it out, or say up to which`},
		{"versions: everything, from 0.0.0", "versions: '>=0.0.0'",
			`exception.versions: ">=0.0.0" covers every version there is and will be; leave it out, or say up to which`},
		{"versions: everything, from the lowest", "versions: '>=0.0.0-0'",
			`exception.versions: ">=0.0.0-0" covers every version there is and will be; leave it out, or say up to which`},
		{"versions: everything, one of two", "versions: '* || 1.2.3'",
			`exception.versions: "* || 1.2.3" covers every version there is and will be; leave it out, or say up to which`},
		{"versions: everything, in two", "versions: '>=2 || <2'",
			`exception.versions: ">=2 || <2" covers every version there is and will be; leave it out, or say up to which`},
		{"versions: everything, in three", "versions: '^0 || 3 - 4 || >=1.0.0'",
			`exception.versions: "^0 || 3 - 4 || >=1.0.0" covers every version there is and will be; leave it out, or say up to which`},
		{"versions: everything, parts", "versions: '*.*.*'",
			`exception.versions: "*.*.*" covers every version there is and will be; leave it out, or say up to which`},
		{"star version", "package: lodash@*", `exception.package: "lodash@*" does not name one version; write 1.2.3, or a range in versions`},
		{"range", "package: lodash@^4.17.0", `exception.package: "lodash@^4.17.0" does not name one version; write 1.2.3, ` +
			`or a range in versions`},
		{"partial version", "package: lodash@4", `exception.package: "lodash@4" does not name one version; write 1.2.3, or a range in versions`},
		{"tag", "package: lodash@latest", `exception.package: "lodash@latest" does not name one version; write 1.2.3, or a range in versions`},
		{"range in a purl", "package: 'pkg:npm/lodash@%5E4'", "exception.package: "},
		{"purl of others", "package: 'pkg:golang/a/b@v1.0.0'", "exception.package: "},
		{"nothing after the at", "package: lodash@", `exception.package: "lodash@" has no version after @`},
		{"path of stars", "path: '*>*'", `exception.path: "*>*" covers every path; leave it out`},
		{"path with a gap", "path: a>>b", `exception.path: "a>>b": write names with > between them, without blanks`},
		{"path with blanks", "path: a > b", `exception.path: "a > b": write names with > between them, without blanks`},
		{"bad pattern", "path: 'a>[b'", `exception.path: "a>[b": "[b" is no name pattern`},
		{"justification", "justification: not_affected", `exception.justification: "not_affected" is not one of`},
		{"expiry", "expires: soon", `exception.expires: "soon" is no date; write year-month-day: 2026-12-31`},
		{"expiry without zone", "expires: 2026-12-31T00:00:00", `exception.expires: "2026-12-31T00:00:00" is no date`},
		{"unknown key", "expiry: 2026-12-31", `unknown key "expiry" in exception; did you mean expires?`},
		{"malware without version", "id: MAL-2026-1", "exception: malware is waived only for one package and version"},
		{"no range", "versions: soon", `exception.versions: "soon" is no range of versions`},
		{"an empty range", "versions: '>5 <4'", `exception.versions: ">5 <4" is no range of versions`},
		{"unknown status", "status: fixed", `exception.status: "fixed" is not one of`},
		{"reason is a list", "reason: [a]", "exception.reason: one value expected, found a list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(exception(tt.line)), "p")
			if err == nil || !strings.Contains(err.Error(), ": "+tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	for _, lines := range [][]string{
		{"package: ", "versions: <5"}, {"package: lodash@4.17.15", "versions: <5"},
		{"id: MAL-2026-1", "versions: 4.17.15"}, {"status: affected", "justification: component_not_present"},
	} {
		if _, err := Parse([]byte(exception(lines...)), "p"); err == nil {
			t.Errorf("%q is read", lines)
		}
	}
	for _, max := range []string{"366d", "53w", "9000h", "soon", "next-release"} {
		if _, err := Parse([]byte("exceptions-max: {high: "+max+"}\n"), "p"); err == nil {
			t.Errorf("exceptions-max of %s is read", max)
		}
	}
	if _, err := Parse([]byte("exceptions: {id: a}\n"), "p"); err == nil {
		t.Error("exceptions that are no list are read")
	}
}

// Exceptions made by hand rather than by Parse cover nothing they cannot name.
func TestExceptionsByHand(t *testing.T) {
	e := Default().For("root", Flags{})
	for _, x := range []Exception{
		{},
		{ID: "GHSA-aaaa-bbbb-cccc"}, // no expiry
		{ID: "GHSA-aaaa-bbbb-cccc", Package: "*", Expires: now.Add(time.Hour)},
		{ID: "GHSA-aaaa-bbbb-cccc", Package: "lodash@*", Expires: now.Add(time.Hour)},
		{ID: "GHSA-aaaa-bbbb-cccc", Path: "*", Expires: now.Add(time.Hour)},
		{ID: "", Package: "lodash", Expires: now.Add(time.Hour)},
		{ID: "*", Expires: now.Add(time.Hour)},
	} {
		e.Exceptions = []Exception{x}
		if v := Decide(e, []finding.Finding{vuln(nil)}, Context{Now: now}); v.Passed() {
			t.Errorf("%+v opens the gate", x)
		}
	}
	e.Exceptions = []Exception{{ID: "", Expires: now.Add(time.Hour)}}
	if v := Decide(e, []finding.Finding{{IDs: []string{""}}}, Context{Now: now}); v.Passed() {
		t.Error("nothing names nothing")
	}
}

func TestTooLongSaysTheLimit(t *testing.T) {
	for max, want := range map[string]string{
		"30d": "The exception GHSA-aaaa-bbbb-cccc for lodash runs until 2026-12-31, more than the 30d that exceptions-max " +
			"allows from high findings, and does not count there.",
		"0d": "The exception GHSA-aaaa-bbbb-cccc for lodash runs until 2026-12-31, but exceptions-max allows none from high " +
			"findings, and does not count there.",
	} {
		v := Decide(parse(t, "exceptions-max: {high: "+max+"}\n"+exception()).For("root", Flags{}),
			[]finding.Finding{vuln(nil)}, Context{Now: now})
		if got := v.Judged[1].Finding.Message; got != want {
			t.Errorf("%s: %s", max, got)
		}
	}
}

// What a VEX document says is held to the policy too.
func TestVouched(t *testing.T) {
	const day = 24 * time.Hour
	tests := []struct {
		name   string
		policy string
		left   time.Duration
		change func(*finding.Finding)
		waived bool
	}{
		{"a day left", "", day, nil, true},
		{"a year left", "", 365 * day, nil, true},
		{"more than a year left", "", 366 * day, nil, false},
		{"run out", "", 0, nil, false},
		{"the policy gives more", "vex: {max-age: 730d}", 730 * day, nil, true},
		{"the policy gives less", "vex: {max-age: 30d}", 31 * day, nil, false},
		{"less than exceptions", "exceptions-max: {high: 90d}\nvex: {max-age: 30d}", 31 * day, nil, false},
		{"exceptions get less", "exceptions-max: {high: 30d}", 31 * day, nil, false},
		{"exceptions get none", "exceptions-max: {high: 0d}", time.Second, nil, false},
		{"malware", "", day, func(f *finding.Finding) { f.Rule, f.IDs = "malware", []string{"MAL-2026-1"} }, false},
		{"malware by its id", "", day, func(f *finding.Finding) { f.IDs = append(f.IDs, "mal-2026-1") }, false},
		{"no advisory", "", day, func(f *finding.Finding) { f.Rule, f.IDs = "license-denied", nil }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			said := &Exception{ID: "GHSA-aaaa-bbbb-cccc", Owner: "Acme", Expires: now.Add(tt.left), Document: "a.vex.json"}
			ctx := Context{Now: now, Vouched: func(*finding.Finding) *Exception { return said }}
			j := Decide(parse(t, tt.policy).For("root", Flags{}), []finding.Finding{vuln(tt.change)}, ctx).Judged[0]
			if waived := j.State == finding.Waived; waived != tt.waived || waived != (j.Waiver == said) {
				t.Errorf("%v, %+v", j.State, j.Waiver)
			}
		})
	}
	ctx := Context{Now: now, Vouched: func(*finding.Finding) *Exception { t.Error("asked though an exception covers it"); return nil }}
	Decide(parse(t, exception()).For("root", Flags{}), []finding.Finding{vuln(nil)}, ctx)
}

func TestMatchPath(t *testing.T) {
	tests := []struct {
		pattern, chain string
		want           bool
	}{
		{"*>b", "r@1>a@1>b@1", true},
		{"*>a>*>d", "r@1>a@1>b@1>c@1>d@1", true},
		{"*>a>*>d", "r@1>a@1>d@1", true},
		{"a>*", "r@1>a@1>d@1", true},
		{"a>*", "r@1>x@1>a@1>d@1", false},
		{"*>@s/*>d", "r@1>@s/x@1>d@1", true},
		{"*>@s/*>d", "r@1>@t/x@1>d@1", false},
		{"*>x*>d", "r@1>xyz@1>d@1", true},
		{"*>d", "d@1", true},
		{"*>d>d", "d@1", false},
		{"*>a@2>b", "r@1>a@1>b@1", false},
		{"*>a@1.*>b", "r@1>a@1.5.0>b@1", true},
		{"*>a>b>*>a>b", "r>a>b>a>b>a>b", true},
		{"d", "r", false},
	}
	for _, tt := range tests {
		p, err := parsePath(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := matchPath(p, strings.Split(tt.chain, ">")); got != tt.want {
			t.Errorf("%s on %s: %t, want %t", tt.pattern, tt.chain, got, tt.want)
		}
	}
	if matchPath([]string{"*", "a"}, nil) {
		t.Error("a pattern covers no chain")
	}
	// Many stars against a long chain: quadratic, not exponential.
	long := slices.Repeat([]string{"a@1"}, 2000)
	start := time.Now()
	matchPath(append(slices.Repeat([]string{"*", "a"}, 500), "b"), long)
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules {
		if r.ID == "" || r.Title == "" || r.Why == "" || r.Help == "" || r.Severity == finding.Unknown || len(r.Tags) == 0 ||
			len(r.Tags) > 10 || seen[r.ID] {
			t.Errorf("incomplete or repeated: %+v", r)
		}
		seen[r.ID] = true
	}
}
