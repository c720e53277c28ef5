package vex

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	openvex "github.com/openvex/go-vex/pkg/vex"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

func issue() Issue {
	return Issue{
		PURL: "pkg:npm/widget@1.0.0", Author: "Acme", Tool: "publishgate 1.0.0",
		Time: time.Date(2026, 6, 1, 2, 0, 0, 0, time.FixedZone("", 7200)),
		Assertions: []Assertion{
			{IDs: []string{"GHSA-bbbb-bbbb-bbbb"}, Part: "pkg:npm/widget@1.0.0", Status: "affected", Reason: "accepted until there is a fix"},
			{IDs: []string{"GHSA-aaaa-aaaa-aaaa", "CVE-2026-1"}, URL: "https://github.com/advisories/GHSA-aaaa-aaaa-aaaa",
				Part: "pkg:npm/left@1.0.0", Status: "not_affected",
				Justification: "vulnerable_code_not_in_execute_path", Reason: "never called \u202e<b>",
				Notes: "An exception of @lead, until 2026-12-31."},
			{IDs: []string{"CVE-2026-3"}, Part: "pkg:npm/left@1.0.0", Status: "fixed", Reason: "patched",
				Notes: "Said by Left in l.json.", Said: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		},
	}
}

func written(t *testing.T, d Issue) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What we write is valid to OpenVEX's own library, and means to its matcher,
// which is that of vexctl and trivy, what it means to us.
func TestWriteForOthers(t *testing.T) {
	data := written(t, issue())
	doc, err := openvex.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range doc.Statements {
		if err := doc.Statements[i].Validate(); err != nil {
			t.Errorf("%s: %v", doc.Statements[i].Vulnerability.Name, err)
		}
	}
	if doc.Author != "Acme" || doc.ID == "" || doc.Context != "https://openvex.dev/ns/v0.2.0" || doc.Version != 1 ||
		!doc.Timestamp.Equal(issue().Time) || doc.Tooling != "publishgate 1.0.0" {
		t.Errorf("%+v", doc.Metadata)
	}
	for _, tt := range []struct{ id, product, part, want string }{
		{"CVE-2026-1", "pkg:npm/widget@1.0.0", "pkg:npm/left@1.0.0", "not_affected"},
		{"GHSA-aaaa-aaaa-aaaa", "pkg:npm/widget@1.0.0", "pkg:npm/left@1.0.0", "not_affected"},
		{"GHSA-aaaa-aaaa-aaaa", "pkg:npm/widget@1.0.1", "pkg:npm/left@1.0.0", ""},
		{"GHSA-aaaa-aaaa-aaaa", "pkg:npm/widget@1.0.0", "pkg:npm/left@1.0.1", ""},
		{"GHSA-aaaa-aaaa-aaaa", "pkg:npm/left@1.0.0", "", ""}, // we say nothing about left as others use it
		{"GHSA-bbbb-bbbb-bbbb", "pkg:npm/widget@1.0.0", "", "affected"},
		{"CVE-2026-3", "pkg:npm/widget@1.0.0", "pkg:npm/left@1.0.0", "fixed"},
	} {
		got := ""
		if m := doc.Matches(tt.id, tt.product, []string{tt.part}); len(m) > 0 {
			got = string(m[len(m)-1].Status)
		}
		if got != tt.want {
			t.Errorf("%s in %s of %s is %q, want %q", tt.id, tt.part, tt.product, got, tt.want)
		}
	}
}

// The same input gives the same bytes in any order, other input another name.
func TestWriteIsReproducible(t *testing.T) {
	d := issue()
	first := written(t, d)
	d.Assertions[0], d.Assertions[2] = d.Assertions[2], d.Assertions[0]
	if again := written(t, d); !bytes.Equal(first, again) {
		t.Errorf("another order, other bytes:\n%s\n%s", first, again)
	}
	name := func(data []byte) string { _, s, _ := strings.Cut(string(data), `"@id": "`); return s[:80] }
	d.Assertions[1].Reason = "another"
	if name(written(t, d)) == name(first) || !strings.HasPrefix(name(first), "https://openvex.dev/docs/public/vex-") {
		t.Errorf("named %s", name(first))
	}
	if !json.Valid(first) || !bytes.HasSuffix(first, []byte("\n")) || bytes.Contains(first, []byte("\u202e")) {
		t.Errorf("%s", first)
	}
	for _, d := range []Issue{{}, {PURL: "p", Author: "a"}, {PURL: "p", Time: now}, {Author: "a", Time: now}} {
		if err := Write(&bytes.Buffer{}, d); err == nil {
			t.Errorf("%+v is written", d)
		}
	}
}

// What we write we read back: what was waived is lifted, what was accepted is not.
func TestReadBack(t *testing.T) {
	d, err := Read(written(t, issue()), "openvex.json")
	if err != nil {
		t.Fatal(err)
	}
	left, widget := about("left"), about("widget")
	widget.Subject, widget.IDs = "GHSA-bbbb-bbbb-bbbb", []string{"GHSA-bbbb-bbbb-bbbb"}
	o := Weigh([]*Document{d}, subject(), []finding.Finding{left, widget})
	x := o.Vouched(&left)
	if x == nil || x.Justification != "vulnerable_code_not_in_execute_path" ||
		!strings.HasPrefix(x.Reason, "never called") || !x.Expires.Equal(time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", x)
	}
	if o.Vouched(&widget) != nil {
		t.Error("an accepted risk is read as none")
	}
	third := about("left")
	third.Subject, third.IDs = "CVE-2026-3", []string{"CVE-2026-3"}
	if x := Weigh([]*Document{d}, subject(), []finding.Finding{third}).Vouched(&third); x == nil ||
		!x.Expires.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("passing a statement on makes it younger: %+v", x)
	}
}

// Random documents mean to us what they mean to OpenVEX's library, where both
// have an answer: the library takes any of several statements of one time, and
// lets a product with parts stand for the whole when it is asked about no part.
func TestAgreesWithLibrary(t *testing.T) {
	purls := []string{"widget@1.0.0", "widget", "left@1.0.0", "left", "left@2.0.0", "other@1.0.0",
		"left@1.0.0?repository_url=https://e.example", "a@1.0.0", "Left@1.0.0"}
	days := []string{"2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"}
	lifted := 0
	for n := range uint64(2000) {
		r := rand.New(rand.NewPCG(n, 7))
		r.Shuffle(len(days), func(i, j int) { days[i], days[j] = days[j], days[i] })
		var list []string
		for i := range 1 + r.IntN(4) {
			product := purls[r.IntN(len(purls))]
			if r.IntN(2) == 0 {
				product += ">" + purls[r.IntN(len(purls))]
			}
			list = append(list, says([]string{"not_affected", "fixed", "affected", "under_investigation"}[r.IntN(4)], days[i], product))
		}
		text := open(strings.Join(list, ","))
		f := about("left")
		ours := Weigh(docs(t, text), subject(), []finding.Finding{f}).Vouched(&f) != nil
		if theirs := byLibrary(t, text); ours != theirs {
			t.Errorf("world %d: lifted %t, by the library %t:\n%s", n, ours, theirs, strings.Join(list, "\n"))
		}
		if ours {
			lifted++
		}
	}
	if lifted < 200 || lifted > 1800 {
		t.Errorf("%d of 2000 lifted: the property is hardly tried", lifted)
	}
}

// byLibrary asks the library about left in widget and about left itself, lets
// the latest answer count, and takes what trivy takes for not affected.
func byLibrary(t *testing.T, text string) bool {
	doc, err := openvex.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	const leaf = "pkg:npm/left@1.0.0"
	all := append(doc.Matches("CVE-2026-1", "pkg:npm/widget@1.0.0", []string{leaf}), doc.Matches("CVE-2026-1", leaf, []string{leaf})...)
	openvex.SortStatements(all, *doc.Timestamp)
	if len(all) == 0 {
		return false
	}
	last := all[len(all)-1]
	return last.Status == openvex.StatusNotAffected || last.Status == openvex.StatusFixed
}

// One package URL covers another as the library has it.
func TestCoversAsLibrary(t *testing.T) {
	purls := []string{
		"pkg:npm/a", "pkg:npm/a@1.0.0", "pkg:npm/a@2.0.0", "pkg:npm/A@1.0.0", "pkg:npm/%40s/a@1.0.0", "pkg:npm/@s/a@1.0.0",
		"pkg:npm/%40s/a", "pkg:npm/%40S/a@1.0.0",
		"pkg:npm/a@1.0.0?repository_url=https%3A%2F%2Fe.example", "pkg:npm/a@1.0.0?repository_url=https%3A%2F%2Ff.example",
		"pkg:npm/a?repository_url=https%3A%2F%2Fe.example",
		"pkg:npm/a@1.0.0?arch=x&repository_url=https%3A%2F%2Fe.example", "pkg:npm/a@1.0.0%2Bb", "pkg:golang/a@1.0.0",
		"pkg:npm/", "npm/a", "", "a@1.0.0", "pkg:npm/a@",
	}
	covered := 0
	for _, a := range purls {
		for _, b := range purls {
			want := openvex.PurlMatches(a, b) && strings.HasPrefix(a, "pkg:npm/") // those of others no finding of ours has
			if got := npm.PURLCovers(a, b); got != want {
				t.Errorf("%s covers %s: %t, want %t", a, b, got, want)
			} else if got {
				covered++
			}
		}
	}
	if covered < 20 {
		t.Errorf("only %d pairs", covered)
	}
	if npm.PURLCovers("pkg:npm/a@1.0.0#lib/x", "pkg:npm/a@1.0.0") || !npm.PURLCovers("pkg:npm/a@1.0.0", "pkg:npm/a@1.0.0#lib/x") {
		t.Error("a file stands for its package")
	}
}
