package report

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// family returns a run over members, two of which have the same problem.
func family() *Whole {
	shared := policy.Judged{Finding: finding.Finding{Rule: "vulnerable-dependency", Severity: finding.High, Name: "left", Version: "1.0.0",
		IDs: []string{"GHSA-aaaa-aaaa-aaaa"}, Message: "left has a hole.", Ends: "1.0.1"}}
	own := policy.Judged{Finding: finding.Finding{Rule: "secret", Severity: finding.Critical,
		File: "package/.env", InTarball: true, Message: "A token."}}
	a, b, c, d := *passed(), *passed(), *passed(), *undecided()
	a.Package.Name, b.Package.Name = "@acme/a", "@acme/b"
	for _, x := range []struct {
		d      *Document
		judged []policy.Judged
	}{{&a, []policy.Judged{shared}}, {&b, []policy.Judged{own, shared}}} {
		x.d.Verdict = policy.Verdict{Result: policy.Block, Judged: x.judged, Counts: policy.Counts{Block: len(x.judged)}}
		x.d.Run = &Run{Reason: Findings}
	}
	c.Run, d.Run = &Run{}, &Run{Reason: Input}
	return whole(Findings, a, b, c, d)
}

// The page of a workspace leads to each member's own page, and says what blocks once.
func TestMembersPage(t *testing.T) {
	page := render(t, func(w io.Writer, _ *Document) error { return MembersHTML(w, family()) }, nil)
	if problem := unbalanced(page); problem != "" {
		t.Error(problem)
	}
	for want, times := range map[string]int{
		`<h1>blocked <span>4 members of the workspace`:            1,
		`2 blocked, 1 not decided, 1 passed.`:                     1,
		`<a href="./@acme&#43;a/report.html">packages/a</a>`:      2,
		`<a href="./@acme&#43;b/report.html">packages/b</a>`:      3,
		`<a href="./@acme&#43;d/report.html">packages/d</a>`:      1,
		`<th scope="row">left@1.0.0`:                              1,
		`unknown lockfileVersion 9`:                               1,
		`packages/x</code>: it is private`:                        1,
		`<meta http-equiv="Content-Security-Policy" content="def`: 1,
	} {
		if n := strings.Count(page, want); n != times {
			t.Errorf("%d times %q, expected %d:\n%s", n, want, times, page[strings.Index(page, "<main"):])
		}
	}
	if secret, left := strings.Index(page, "package/.env"), strings.Index(page, "left@1.0.0"); secret > left {
		t.Error("the worst is not first")
	}
}

// In every output over several members, the same problem of two of them is told once.
func TestMembersProblemOnce(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *Whole) error{"markdown": MembersMarkdown,
		"text": func(w io.Writer, x *Whole) error { return MembersText(w, x, false) }} {
		got := render(t, func(w io.Writer, _ *Document) error { return write(w, family()) }, nil)
		if n := strings.Count(got, "GHSA-aaaa-aaaa-aaaa"); n > 1 && name == "text" {
			t.Errorf("%s tells an advisory %d times:\n%s", name, n, got)
		}
		words := strings.ReplaceAll(got, "`", "")
		if !strings.Contains(words, "1 problem is told of packages/a already") || !strings.Contains(words, "package/.env") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

// A hostile folder leads nowhere else, and thousands of members have room.
func TestMembersPageHostile(t *testing.T) {
	w := family()
	for i, folder := range []string{"javascript:alert(1)", "'\"><script>x</script>", "../../\u202e//evil.example", "%2e%2e/?#"} {
		w.Members[i].Folder = folder
	}
	page := render(t, func(out io.Writer, _ *Document) error { return MembersHTML(out, w) }, nil)
	if strings.Contains(page, "<script") || strings.Contains(page, `href="javascript`) || strings.Contains(page, `href="//`) {
		t.Error(page)
	}
	if problem := unbalanced(page); problem != "" {
		t.Error(problem)
	}
	for i := range 3000 {
		m := w.Members[0]
		m.Folder = fmt.Sprint("packages/", i)
		w.Members = append(w.Members, m)
	}
	if page := render(t, func(out io.Writer, _ *Document) error { return MembersHTML(out, w) }, nil); len(page) > 3<<20 ||
		!strings.Contains(page, "1,004 members are not shown") {
		t.Errorf("%d bytes", len(page))
	}
}
