package sarif

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// linked is an advisory with a path whose lines are known, and with an edit.
func linked() Input {
	in := example()
	in.Verdict.Judged = []policy.Judged{{State: finding.Block, Finding: finding.Finding{Rule: "vulnerable-dependency",
		Severity: finding.High, Name: "left", Version: "1.0.0", IDs: []string{"GHSA-1"}, File: "package-lock.json", Line: 9,
		Message: "left is bad.", Paths: [][]string{{"", "mid@1.0.0", "left@1.0.0"}, {"", "a](b)@1", "left@1.0.0"}}}}}
	in.Step = func(from, to string) []Place {
		if from == "" {
			return []Place{{"package.json", 6, 5, to + " is asked for"}, {"../../package-lock.json", 8, 0, "](x) is locked"},
				{"/etc/passwd", 1, 1, "outside"}, {"yarn.lock", 0, 0, "no line"}, {"a\u202e", 1, 1, "hostile"}}
		}
		return []Place{{"package-lock.json", 9, 5, to + " is locked"}}
	}
	in.Fixes = map[string]Fix{"left@1.0.0": {Line: 6, End: 7, Width: 3, New: "\"left\": \"2\"\n  }", Text: "Write ](x)."}}
	return in
}

// A message leads along the path, to the lines where each package is asked for
// and locked; and what a plan writes into package.json is the alert's fix.
func TestRelated(t *testing.T) {
	_, doc := run(t, linked())
	var l struct {
		Runs []struct {
			Results []struct {
				Message          struct{ Text string }
				RelatedLocations []struct {
					ID               int
					Message          struct{ Text string }
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
				Fixes []struct {
					Description     struct{ Text string }
					ArtifactChanges []struct {
						ArtifactLocation struct{ URI string }
						Replacements     []struct {
							DeletedRegion   struct{ StartLine, StartColumn, EndLine, EndColumn int }
							InsertedContent struct{ Text string }
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(doc, &l); err != nil {
		t.Fatal(err)
	}
	r := l.Runs[0].Results[0]
	want := "left is bad.\nBrought in by: this package > [mid@1.0.0](1) > [left@1.0.0](3)\n" +
		`Brought in by: this package > a]\u{28}b)@1 > [left@1.0.0](6)`
	if r.Message.Text != want {
		t.Errorf("got  %q\nwant %q", r.Message.Text, want)
	}
	got := []string{}
	for _, at := range r.RelatedLocations {
		p := at.PhysicalLocation
		got = append(got, fmt.Sprintf("%d %s:%d:%d %s", at.ID, p.ArtifactLocation.URI, p.Region.StartLine, p.Region.StartColumn, at.Message.Text))
	}
	places := []string{"1 packages/app/package.json:6:5 mid@1.0.0 is asked for", `2 package-lock.json:8:1 ]\u{28}x) is locked`,
		"3 packages/app/package-lock.json:9:5 left@1.0.0 is locked", `4 packages/app/package.json:6:5 a]\u{28}b)@1 is asked for`,
		`5 package-lock.json:8:1 ]\u{28}x) is locked`, "6 packages/app/package-lock.json:9:5 left@1.0.0 is locked"}
	if a, b := strings.Join(got, "\n"), strings.Join(places, "\n"); a != b {
		t.Errorf("places\n%s\nwant\n%s", a, b)
	}
	fix := r.Fixes[0]
	change := fix.ArtifactChanges[0]
	if fix.Description.Text != `Write ]\u{28}x).` || change.ArtifactLocation.URI != "packages/app/package.json" ||
		fmt.Sprint(change.Replacements[0]) != "{{6 1 7 4} {\"left\": \"2\"\n  }}}" {
		t.Errorf("fix %+v", fix)
	}
	// What was waived needs no fix, and what names no version has none.
	in := linked()
	in.Verdict.Judged[0].State = finding.Waived
	if _, doc := run(t, in); bytes.Contains(doc, []byte(`"fixes"`)) {
		t.Error("a fix for what was waived")
	}
}

// Many and long paths stay within what GitHub shows, and the places go before any
// finding does.
func TestRelatedWithinLimits(t *testing.T) {
	in := linked()
	var long []string
	for i := range 60 {
		long = append(long, fmt.Sprintf("p%d@1", i))
	}
	in.Verdict.Judged[0].Finding.Paths = [][]string{long[:30], long[30:], long[:2], long[2:4]}
	for _, r := range results(t, in) {
		if !strings.Contains(r.Message.Text, "and by 1 more paths") || !strings.Contains(r.Message.Text, "](20)") ||
			strings.Contains(r.Message.Text, "](21)") {
			t.Errorf("%q", r.Message.Text)
		}
	}
	many := many(1000)
	many.Step = linked().Step
	whole, left, err := Packed(many, maxCompressed)
	if err != nil || left != 0 {
		t.Fatal(left, err)
	}
	if packed, left, err := Packed(many, len(whole)-1); err != nil || left != 0 || len(packed) >= len(whole) {
		t.Errorf("%d of %d bytes, %d left out, %v", len(packed), len(whole), left, err)
	}
}

var ourLink = regexp.MustCompile(`\]\((\d+)\)`)

// Whatever names and paths are: a link leads to a place of the result, nothing
// else reads as one, and nothing is a command or hides.
func FuzzResult(f *testing.F) {
	f.Add("left", "package-lock.json", "left is bad.", false)
	f.Add("a](1)", "../../x", "](http://x) [y](2)", true)
	f.Add("[a", "package/a:b", "::error::\n\u202e", true)
	f.Add(`a\](1)`, "/", "\xff", false)
	f.Fuzz(func(t *testing.T, name, file, message string, packed bool) {
		in := linked()
		in.Same = func(string, string) bool { return true }
		in.Verdict.Judged = []policy.Judged{{Finding: finding.Finding{Rule: "vulnerable-dependency", Severity: finding.High, Name: name,
			Version: "1", IDs: []string{name}, File: file, InTarball: packed, Line: 3, Message: message, Fix: message, Title: name,
			Paths: [][]string{{name, message, name + "@1"}, {"", file, name + "@1"}}}}}
		in.Step = func(from, to string) []Place { return []Place{{file, 4, 1, message}, {"package.json", 1, 1, to}} }
		in.Fixes = map[string]Fix{name + "@1": {Line: 1, End: 1, New: message, Text: message}}
		l, doc := run(t, in)
		r := l.Runs[0].Results[0]
		for _, link := range ourLink.FindAllStringSubmatch(r.Message.Text, -1) {
			if n, err := strconv.Atoi(link[1]); err != nil || n < 1 || n > bytes.Count(doc, []byte(`"id": `)) {
				t.Errorf("a link to %s in %q", link[1], r.Message.Text)
			}
		}
		if rest := ourLink.ReplaceAllString(r.Message.Text, ""); strings.Contains(rest, "](") ||
			strings.ContainsFunc(rest, func(c rune) bool { return c < ' ' && c != '\n' || c == '\u202e' }) {
			t.Errorf("%q", r.Message.Text)
		}
		uri := r.Locations[0].PhysicalLocation.ArtifactLocation.URI
		if uri == "" || uri[0] == '/' || strings.Contains(uri, ":") || strings.HasPrefix(uri, "../") {
			t.Errorf("%q is placed at %q", file, uri)
		}
	})
}
