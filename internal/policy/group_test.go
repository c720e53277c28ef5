package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

func advisoryAbout(name, version, id string, s finding.Severity) finding.Finding {
	return finding.Finding{Rule: "vulnerable-dependency", Severity: s, Level: finding.BySeverity, Scope: npm.Prod,
		Shipped: true, Name: name, Version: version,
		IDs: []string{id}, Subject: id, File: "package-lock.json", Message: name + " has " + id + ".",
		Fix: "Update " + name + ".", Ends: "4.18.0"}
}

func weak(name string) finding.Finding {
	return finding.Finding{Rule: "integrity-weak", Severity: finding.Moderate, Level: finding.BySeverity,
		Scope: npm.Prod, Shipped: true, Name: name, Version: "1.0.0", File: "package-lock.json",
		Message: name + "@1.0.0 is weak.", Fix: "Run it."}
}

// outline is the groups of a verdict in short.
func outline(v Verdict) string {
	var lines []string
	for _, g := range v.Groups() {
		name, version := g.Package()
		lines = append(lines, fmt.Sprintf("%s %s %d %s@%s", g.State(), g.Of().Rule, len(g.Findings), name, version))
	}
	return strings.Join(lines, "; ")
}

func TestGroups(t *testing.T) {
	high, low := finding.High, finding.Low
	secret := finding.Finding{Rule: "secret", Severity: finding.Critical, File: "package/a", InTarball: true, Fix: "Renew it."}
	line := finding.Finding{Rule: "entry-missing", Severity: finding.High, File: "package.json", Fix: "Build it."}
	packed := func(f finding.Finding) finding.Finding {
		f.File, f.InTarball = "package/package.json", true
		return f
	}
	always := func(f finding.Finding) finding.Finding { f.Level = finding.Always; return f }
	dev := func(f finding.Finding) finding.Finding { f.Scope, f.Shipped = npm.Dev, false; return f }
	fix := func(f finding.Finding, text string) finding.Finding { f.Fix = text; return f }
	for _, tt := range []struct {
		name, text string
		fs         []finding.Finding
		want       string
	}{
		{"none", "", nil, ""},
		{"advisories about one version, what blocks and what warns", "",
			[]finding.Finding{advisoryAbout("lodash", "4.17.15", "GHSA-1", low), advisoryAbout("lodash", "4.17.15", "GHSA-2",
				high)}, "block vulnerable-dependency 2 lodash@4.17.15"},
		{"two versions", "", []finding.Finding{advisoryAbout("lodash", "4.17.15", "GHSA-1", high), advisoryAbout("lodash",
			"3.0.0", "GHSA-1", high)}, "block vulnerable-dependency 1 lodash@3.0.0; block vulnerable-dependency 1 lodash@4.17.15"},
		{"two remedies", "", []finding.Finding{advisoryAbout("lodash", "4.17.15", "GHSA-1", high),
			fix(advisoryAbout("lodash", "4.17.15", "GHSA-2", high), "Else.")},
			"block vulnerable-dependency 1 lodash@4.17.15; block vulnerable-dependency 1 lodash@4.17.15"},
		{"one rule, one remedy, many packages", "", []finding.Finding{weak("a"), weak("b"), weak("c")}, "warn integrity-weak 3 @"},
		{"what ships and what does not", "", []finding.Finding{weak("a"), dev(weak("b")), weak("c")},
			"warn integrity-weak 2 @; warn integrity-weak 1 b@1.0.0"},
		{"what blocks and what warns", "", []finding.Finding{weak("a"), always(weak("b")), weak("c")},
			"block integrity-weak 1 b@1.0.0; warn integrity-weak 2 @"},
		{"no remedy is named", "", []finding.Finding{fix(weak("a"), ""), fix(weak("b"), "")},
			"warn integrity-weak 1 a@1.0.0; warn integrity-weak 1 b@1.0.0"},
		{"lines of one file, one remedy", "", []finding.Finding{line, line}, "block entry-missing 2 @"},
		{"lines of the packed package.json", "", []finding.Finding{packed(line), packed(line)}, "block entry-missing 2 @"},
		{"credentials in it", "", []finding.Finding{packed(secret), packed(secret)}, "block secret 1 @; block secret 1 @"},
		{"files are told by themselves", "", []finding.Finding{secret, secret}, "block secret 1 @; block secret 1 @"},
		{"an exception lifts one out", "exceptions: [{id: integrity-weak, package: b, reason: r, owner: o, expires: " +
			"2026-07-01}]", []finding.Finding{weak("a"), weak("b"), weak("c")}, "warn integrity-weak 2 @; waived integrity-weak 1 b@1.0.0"},
		{"an exception of one advisory", "exceptions: [{id: GHSA-2, package: lodash, reason: r, owner: o, expires: " +
			"2026-07-01}]", []finding.Finding{advisoryAbout("lodash", "4.17.15", "GHSA-1", low), advisoryAbout("lodash",
			"4.17.15", "GHSA-2", high)}, "warn vulnerable-dependency 1 lodash@4.17.15; waived vulnerable-dependency 1 lodash@4.17.15"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := Decide(parse(t, tt.text).For("a", Flags{}), tt.fs, Context{Now: now})
			warned := slices.DeleteFunc(v.Judged, func(j Judged) bool { return j.Finding.Rule == "exception-too-wide" })
			v.Judged = warned
			if got := outline(v); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestGroupSays(t *testing.T) {
	v := Decide(Default().For("a", Flags{}), []finding.Finding{advisoryAbout("lodash", "4.17.15", "GHSA-1", finding.Low),
		advisoryAbout("lodash", "4.17.15", "GHSA-2", finding.High)}, Context{Now: now})
	if got, want := v.Groups()[0].Says(), "lodash 4.17.15: 2 advisories, worst high, 1 of them blocks; 4.18.0 ends all."; got != want {
		t.Errorf("got %s", got)
	}
	v = Decide(Default().For("a", Flags{}), []finding.Finding{weak("a"), weak("b")}, Context{Now: now})
	if got, want := v.Groups()[0].Says(), "2 packages, such as: a@1.0.0 is weak."; got != want {
		t.Errorf("got %s", got)
	}
}

// What an alert is known by: rule, package and file; not the advisories, their
// number, versions or lines, nor the folder.
func TestGroupFingerprint(t *testing.T) {
	print := func(fs ...finding.Finding) string {
		v := Decide(Default().For("a", Flags{}), fs, Context{Now: now})
		gs := v.Groups()
		if len(gs) != 1 {
			t.Fatalf("%d groups", len(gs))
		}
		return gs[0].Fingerprint()
	}
	change := func(f finding.Finding, how func(*finding.Finding)) finding.Finding { how(&f); return f }
	one, two, three := advisoryAbout("lodash", "4.17.15", "GHSA-1", finding.High), advisoryAbout("lodash", "4.17.15",
		"GHSA-2", finding.High), advisoryAbout("lodash", "4.17.15", "GHSA-3", finding.Low)
	alone := finding.Finding{Rule: "secret", Severity: finding.Critical, File: "package/a", InTarball: true, Subject: "x", Fix: "Renew it."}
	for _, c := range []struct {
		name string
		a, b []finding.Finding
		same bool
	}{
		{"in another order", []finding.Finding{one, two}, []finding.Finding{two, one}, true},
		{"one advisory more", []finding.Finding{one}, []finding.Finding{one, two}, true},
		{"two more", []finding.Finding{one, two}, []finding.Finding{one, two, three}, true},
		{"another advisory", []finding.Finding{one}, []finding.Finding{three}, true},
		{"another version and remedy", []finding.Finding{one}, []finding.Finding{change(one, func(f *finding.Finding) {
			f.Version, f.Line, f.Message, f.Fix, f.Ends = "4.17.16", 900, "else", "Update lodash to 5.", "5.0.0"
		})}, true},
		{"another folder", []finding.Finding{change(one, func(f *finding.Finding) { f.File = "../../package-lock.json" })},
			[]finding.Finding{change(one, func(f *finding.Finding) { f.File = "../package-lock.json" })}, true},
		{"another package", []finding.Finding{one}, []finding.Finding{change(one, func(f *finding.Finding) { f.Name = "left" })}, false},
		{"another file", []finding.Finding{one}, []finding.Finding{change(one, func(f *finding.Finding) { f.File = "yarn.lock" })}, false},
		{"another rule", []finding.Finding{one}, []finding.Finding{change(one, func(f *finding.Finding) { f.Rule = "malware" })}, false},
		{"one package more for a rule", []finding.Finding{weak("a")}, []finding.Finding{weak("a"), weak("b")}, true},
		{"another remedy for it", []finding.Finding{weak("a")}, []finding.Finding{change(weak("a"),
			func(f *finding.Finding) { f.Fix = "Else." })}, false},
		{"the remedy names the package", []finding.Finding{change(weak("left"), func(f *finding.Finding) { f.Fix = "Update left." })},
			[]finding.Finding{change(weak("left"), func(f *finding.Finding) { f.Fix = "Update left to 2." })}, true},
		{"or another", []finding.Finding{change(weak("left"), func(f *finding.Finding) { f.Fix = "Update left." })},
			[]finding.Finding{change(weak("right"), func(f *finding.Finding) { f.Fix = "Update right." })}, false},
		{"another subject in a file", []finding.Finding{alone}, []finding.Finding{change(alone,
			func(f *finding.Finding) { f.Subject = "y" })}, false},
		{"the next version's tarball", []finding.Finding{{Rule: "tarball-gzip", File: "dist/a-1.0.0.tgz", Fix: "x"}},
			[]finding.Finding{{Rule: "tarball-gzip", File: "a-1.0.1.tgz", Fix: "x"}}, true},
		{"a tarball in the tarball", []finding.Finding{change(alone, func(f *finding.Finding) { f.File = "package/a.tgz" })},
			[]finding.Finding{change(alone, func(f *finding.Finding) { f.File = "package/b.tgz" })}, false},
		{"another line of it", []finding.Finding{alone}, []finding.Finding{change(alone, func(f *finding.Finding) { f.Line = 7 })}, true},
	} {
		if a, b := print(c.a...), print(c.b...); (a == b) != c.same {
			t.Errorf("%s: %s and %s", c.name, a, b)
		}
	}
}

// What findings with one remedy are about is named, where their messages do.
func TestGroupNamesSubjects(t *testing.T) {
	of := func(subjects ...string) string {
		g := &Group{}
		for _, s := range subjects {
			g.Findings = append(g.Findings, &Judged{Finding: finding.Finding{Rule: "r", Subject: s, Message: "It lacks " +
				strings.TrimPrefix(s, "controls.") + "."}})
		}
		return g.subjects()
	}
	for _, c := range []struct{ got, want string }{
		{of("a", "b"), ": a, b"},
		{of("a", "a", "b"), ": a, b"},
		{of("a", "b", "c", "d"), ": a, b, c, d"},
		{of("a", "b", "c", "d", "e"), ": a, b, c and 2 more"},
		{of("controls.a", "controls.b"), ": a, b"},
		{of("a", ""), ""},
		{of("a", strings.Repeat("b", 41)), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	told := &Group{Findings: []*Judged{{Finding: finding.Finding{Subject: "npm-token 1234", Message: "It holds a credential."}}}}
	if s := told.subjects(); s != "" {
		t.Errorf("%q: the message does not name it", s)
	}
}
