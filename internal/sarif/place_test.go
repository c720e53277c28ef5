package sarif

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// A file whose name nobody can read is named once, escaped and cut, and the alert
// lies on package.json.
func TestHostileFile(t *testing.T) {
	for name, file := range map[string]string{
		"1 MB": strings.Repeat("a", 1<<20), "newlines": "a\n::error::b\r\nc", "bidi": "a\u202eb", "commands": "::error::x",
		"link": "a](http://x)", "zero width": "a\u200bb", "not UTF-8": "a\xffb", "a NUL": "a\x00b",
		"1 MB packed":     "package/" + strings.Repeat("é", 1<<19),
		"packed newlines": "package/a\nb", "packed bidi": "package/\u2066x",
	} {
		for _, packed := range []bool{false, true} {
			in := example()
			in.Same = func(string, string) bool { return true }
			in.Verdict.Judged = []policy.Judged{{Finding: finding.Finding{Rule: "forbidden-file", Severity: finding.High, File: file, Line: 7,
				InTarball: packed, Message: file + " is forbidden."}}}
			r := results(t, in)[0]
			at, text := r.Locations[0].PhysicalLocation, r.Message.Text
			uri := at.ArtifactLocation.URI
			if name == "link" { // that can be read
				if strings.Contains(text, "](") {
					t.Errorf("%s: %q", name, text)
				}
				continue
			}
			if uri != "packages/app/package.json" || at.Region.StartLine != 1 {
				t.Errorf("%s: at %.100s:%d", name, uri, at.Region.StartLine)
			}
			lines := strings.Split(text, "\n")
			if len(lines) != 2 || utf8.RuneCountInString(text) > maxMessage+maxField+50 || !strings.Contains(lines[1], ", line 7") {
				t.Errorf("%s: %d lines, %d characters: %.300s", name, len(lines), utf8.RuneCountInString(text), text)
			}
			if strings.Contains(text, `\u{5c}`) || strings.Contains(text, "::error") || strings.ContainsAny(text, "\u202e\u200b\u2066\x00\r") {
				t.Errorf("%s: %q", name, text)
			}
		}
	}
}

// GitHub's limits for a result's parts.
func TestPartsWithinLimits(t *testing.T) {
	in := example()
	long := strings.Repeat("x", 1<<20)
	var chains [][]string
	for i := range 500 {
		chains = append(chains, []string{"", fmt.Sprint("p", i), long})
	}
	in.PolicyFile, in.Package, in.Category = long, long, long
	in.Verdict.Judged = []policy.Judged{{State: finding.Waived, Waiver: &policy.Exception{Reason: long, Owner: long, Document: long},
		Due: "2d left", Finding: finding.Finding{Rule: "vulnerable-dependency", Severity: finding.High, Name: long, Version: long,
			Package: long, IDs: []string{long, long}, Message: long, Fix: long, Ends: long, Title: long, Paths: chains, File: long, Subject: long,
			Advisory: &finding.Advisory{Link: long, Score: long, Fixed: long}}}}
	l, doc := run(t, in)
	r := l.Runs[0].Results[0]
	if len(doc) > 40_000 || len(r.Locations) != 1 || len(r.Message.Text) > 10_000 || len(l.Runs[0].AutomationDetails.ID) > 500 {
		t.Errorf("%d bytes, %d locations, a message of %d", len(doc), len(r.Locations), len(r.Message.Text))
	}
	for _, rule := range l.Runs[0].Tool.Driver.Rules {
		if len(rule.Name) > 255 || len(rule.ID) > 255 {
			t.Errorf("a rule's name has %d bytes, its id %d", len(rule.Name), len(rule.ID))
		}
	}
}

// The category is never empty, and no two packages of a repository share one.
func TestCategory(t *testing.T) {
	for _, c := range []struct{ name, folder, added, want string }{
		{"@acme/a", "packages/a", "", "publishgate/@acme/a"},
		{"@acme/a", "", "node 22", "publishgate/@acme/a/node 22"},
		{"", "packages/a", "", "publishgate/packages/a"},
		{"", "", "", "publishgate"},
		{"", "", "x", "publishgate/x"},
		{"a\u202e", "", "", `publishgate/a\u{202e}`},
	} {
		if got := Category(c.name, c.folder, c.added); got != c.want {
			t.Errorf("%q in %q with %q: %q", c.name, c.folder, c.added, got)
		}
		in := example()
		in.Package, in.Root, in.Category = c.name, c.folder, c.added
		if l, _ := run(t, in); l.Runs[0].AutomationDetails.ID != c.want+"/" {
			t.Errorf("the run is %q", l.Runs[0].AutomationDetails.ID)
		}
	}
}
