package report

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// crowd returns a run over n members. Every 20th from the second is blocked by the
// same secret, every 20th from the third has a warning of its own, and all have one
// warning about the workspace's lockfile.
func crowd(n int) *Whole {
	w := &Whole{Run: &Run{}}
	for i := range n {
		d := *passed()
		d.Package.Name, d.Run = fmt.Sprintf("@acme/m%03d", i), &Run{}
		d.LookedAt.Skipped = []Skip{{What: "network", Why: "-offline"}}
		judged := []policy.Judged{{State: finding.Warn, Finding: finding.Finding{Rule: "license-unknown", Severity: finding.Low,
			File: "../../pnpm-lock.yaml", Message: "No licence is known."}}}
		switch i % 20 {
		case 1:
			judged = append([]policy.Judged{{Finding: finding.Finding{Rule: "secret", Severity: finding.High, File: "package/.env",
				InTarball: true, Message: fmt.Sprintf("A token of m%03d.", i)}}}, judged...)
			d.Run, w.Run.Reason = &Run{Reason: Findings}, Findings
		case 2:
			judged = append(judged, policy.Judged{State: finding.Warn, Finding: finding.Finding{Rule: "lifecycle-script",
				Severity: finding.Moderate, File: "package.json", Message: fmt.Sprintf("A script of m%03d.", i)}})
		}
		verdict := policy.Verdict{Judged: judged}
		for _, j := range judged {
			if j.State == finding.Warn {
				verdict.Counts.Warn++
			} else {
				verdict.Counts.Block++
			}
		}
		if verdict.Counts.Block > 0 {
			verdict.Result = policy.Block
			d.Verdict = verdict
		} else {
			d.Verdict.Judged, d.Verdict.Counts = judged, verdict.Counts
		}
		w.Members = append(w.Members, Member{Folder: fmt.Sprintf("packages/m%03d", i), Evidence: fmt.Sprintf("@acme+m%03d", i), Document: &d})
	}
	return w
}

func shown(t *testing.T, w *Whole) (text, markdown, page string) {
	t.Helper()
	text = render(t, func(out io.Writer, _ *Document) error { return MembersText(out, w, false) }, nil)
	markdown = render(t, func(out io.Writer, _ *Document) error { return MembersMarkdown(out, w) }, nil)
	page = render(t, func(out io.Writer, _ *Document) error { return MembersHTML(out, w) }, nil)
	if problem := unbalanced(page); problem != "" {
		t.Error(problem)
	}
	return text, markdown, page
}

// However many members there are, each that blocks is told in full and before all
// others; what several have is told once, and who has nothing to tell is counted.
func TestMembersMany(t *testing.T) {
	for _, c := range []struct{ members, blocked, own, lines int }{
		{1, 0, 0, 30}, {3, 1, 1, 50}, {40, 2, 2, 80}, {300, 15, 15, 330},
	} {
		text, markdown, page := shown(t, crowd(c.members))
		plainMarkdown := strings.ReplaceAll(markdown, "`", "")
		if n := strings.Count(text, "\n"); n > c.lines {
			t.Errorf("%d members: %d lines of text:\n%s", c.members, n, text)
		}
		for name, got := range map[string]string{"text": text, "markdown": plainMarkdown} {
			if n := strings.Count(got, "\nblocked: ") + strings.Count(got, "\n## ❌ blocked: "); n != c.blocked {
				t.Errorf("%s of %d members: %d are told in full, expected %d:\n%s", name, c.members, n, c.blocked, got)
			}
			if c.members < 3 {
				continue
			}
			for i := range c.blocked {
				if said := fmt.Sprintf("A token of m%03d.", 1+20*i); !strings.Contains(got, said) {
					t.Errorf("%s of %d members lacks %s", name, c.members, said)
				}
			}
			n := strings.Count(strings.Join(strings.Fields(got), " "), "its own by lifecycle-script: @acme+m")
			if n != c.own && (name != "text" || n != someWarned) {
				t.Errorf("%s of %d members: %d lines of warnings of one member:\n%s", name, c.members, n, got)
			}
			if n := strings.Count(got, "license-unknown"); n > 2 {
				t.Errorf("%s of %d members: %d times the same warning:\n%s", name, c.members, n, got)
			}
			if !strings.Contains(got, "network: -offline") {
				t.Errorf("%s of %d members does not say what was not looked at:\n%s", name, c.members, got)
			}
		}
		if c.members == 300 && !strings.Contains(text, "packages/m000,\n             packages/m003, packages/m004 and 267 more") {
			t.Error(text)
		}
		for i := range c.members {
			if link := fmt.Sprintf(`href="./@acme&#43;m%03d/report.html"`, i); !strings.Contains(page, link) {
				t.Errorf("the page of %d members lacks %s", c.members, link)
			}
		}
		blocks, members := strings.Index(page, `<section id="shared"`), strings.Index(page, `<section id="members"`)
		if c.blocked > 0 && (blocks < 0 || blocks > members) {
			t.Errorf("%d members: what blocks is not before the members", c.members)
		}
		if folded := strings.Contains(page, "more members that passed"); folded != (c.members > 30) {
			t.Errorf("%d members: folded: %t", c.members, folded)
		}
	}
}

// Of many members that ended for the same reasons the text tells one in full, and names
// the others; not one that has a step or a reason of its own.
func TestMembersBriefly(t *testing.T) {
	alike := func(members int) *Whole {
		w := crowd(members)
		for i := range w.Members {
			if judged := w.Members[i].Document.Verdict.Judged; judged[0].Finding.Rule == "secret" {
				judged[0].Finding.Message = "A token."
			}
		}
		return w
	}
	told := func(w *Whole, full, named int) {
		t.Helper()
		text, markdown, _ := shown(t, w)
		flat := strings.Join(strings.Fields(text), " ")
		said := fmt.Sprintf("blocked: %s for the same reasons as packages/m001: packages/m", count(named, "member", "members"))
		if n := strings.Count(text, "\nblocked: "); n != full || strings.Contains(flat, said) != (named > 0) {
			t.Errorf("%d are told in full, %d named:\n%s", n, named, text)
		}
		if n := strings.Count(markdown, "\n## ❌ blocked: "); n != full+named {
			t.Errorf("the summary tells %d in full", n)
		}
		if section := strings.Contains(flat, "[secret] A token. 6 members: packages/m001,"); section != (named > 0) {
			t.Errorf("what blocks several is told: %t\n%s", section, text)
		}
	}
	told(alike(80), 4, 0) // few enough
	told(alike(120), 1, 5)
	w := alike(120)
	d := w.Members[41].Document
	d.Plan = &upgrade.Plan{Steps: []upgrade.Step{{Do: upgrade.Raise, Name: "a", File: "package.json", Key: "dependencies > a", New: "2"}}}
	told(w, 2, 4)
	d = w.Members[101].Document
	more := policy.Judged{Finding: finding.Finding{Rule: "file", Severity: finding.High, Message: "A dump."}}
	d.Verdict.Judged = append(d.Verdict.Judged, more)
	told(w, 3, 3)
	w.Members[61].Document.Run = &Run{Reason: Refused}
	w.Members[81].Document.Problem = "it could not be written"
	text, _, _ := shown(t, w)
	if !strings.Contains(strings.Join(strings.Fields(text), " "), "1 member for the same reasons as packages/m001: packages/m021;") {
		t.Error(text)
	}

	// One act mends how packages are packed, whatever each lacks; all else is told.
	for rule, full := range map[string]int{"entry-missing": 1, "secret": 40, "manifest-mismatch": 40} {
		w = crowd(40)
		w.Run.Reason = Findings
		for i := range w.Members {
			d := w.Members[i].Document
			d.Run, d.Verdict = &Run{Reason: Findings}, policy.Verdict{Result: policy.Block, Counts: policy.Counts{Block: 1},
				Judged: []policy.Judged{{Finding: finding.Finding{Rule: rule, Severity: finding.High, InTarball: true,
					File: "package/package.json", Message: fmt.Sprint("It lacks ", i), Fix: "Build it."}}}}
		}
		text, _, _ = shown(t, w)
		section := strings.Contains(strings.Join(strings.Fields(text), " "), "["+rule+"] Build it. 40 members: packages/m000,")
		if n := strings.Count(text, "\nblocked: "); n != full || section != (full == 1) {
			t.Errorf("%s: %d are told in full, and of several: %t\n%s", rule, n, section, text)
		}
	}

	// One server was down for all but one of them, which did not reach it.
	w = crowd(40)
	w.Run.Reason = SourceDown
	for i := range w.Members {
		d := w.Members[i].Document
		d.Verdict, d.Run, d.Problem = policy.Verdict{}, &Run{Reason: SourceDown}, "npm: 500 (tried 4 times)"
	}
	w.Members[7].Document.Run = &Run{Reason: Input}
	w.Members[9].Document.Run.Acts = []Act{{What: "upload", State: Failed, Text: "the server said 413"}}
	text, _, _ = shown(t, w)
	said := "not decided, a source is down: 37 members for the same reasons as packages/m000: packages/m001, packages/m002,"
	if n := strings.Count(text, "\nnot decided"); n != 3 || !strings.Contains(strings.Join(strings.Fields(text), " "), said) {
		t.Errorf("%d are told in full:\n%s", n, text)
	}
}

// Where no member has more to say than the others, their rows are open, below what they
// share.
func TestMembersAllAlike(t *testing.T) {
	w := crowd(40)
	for i := range w.Members {
		w.Members[i].Document = w.Members[0].Document
	}
	w.Run = &Run{}
	text, _, page := shown(t, w)
	warnings, members := strings.Index(page, `<section id="warnings"`), strings.Index(page, `<section id="members"`)
	if warnings < 0 || warnings > members || strings.Contains(page, "more members that passed") {
		t.Errorf("warnings at %d, members at %d", warnings, members)
	}
	if n := strings.Count(text, "\n"); n > 20 {
		t.Errorf("%d lines:\n%s", n, text)
	}
}

// The report of a member that has much to tell is not cut while the others leave room:
// neither those that passed, nor those of which there is little to tell.
func TestMembersMarkdownBlocksStay(t *testing.T) {
	w := crowd(300)
	d := w.Members[1].Document
	d.Verdict.Judged = nil
	for i := range 1500 {
		d.Verdict.Judged = append(d.Verdict.Judged, policy.Judged{Finding: finding.Finding{Rule: "secret", Severity: finding.High,
			InTarball: true, File: fmt.Sprintf("package/f%03d", i), Message: fmt.Sprintf("token %03d", i), Fix: fmt.Sprint("remove ", i)}})
	}
	d.Verdict.Counts = policy.Counts{Block: 1500}
	_, markdown, _ := shown(t, w)
	for i := range 1500 {
		if !strings.Contains(markdown, fmt.Sprintf("**fix:** `remove %d`", i)) {
			t.Fatalf("token %03d is cut", i)
		}
	}
	if len(markdown) > markdownBudget || strings.Contains(markdown, "left out here") && !strings.Contains(markdown, "lines are left out") {
		t.Errorf("%d bytes", len(markdown))
	}
}

// A problem that several have in other words, or with other advisories, is not the
// same.
func TestMembersOtherProblem(t *testing.T) {
	w := family()
	for i, id := range []string{"GHSA-bbbb-bbbb-bbbb", "GHSA-cccc-cccc-cccc"} {
		d := w.Members[i].Document
		d.Verdict.Judged = nil
		for _, one := range []string{id, "GHSA-dddd-dddd-dddd"} {
			d.Verdict.Judged = append(d.Verdict.Judged, policy.Judged{Finding: finding.Finding{Rule: "vulnerable-dependency",
				Severity: finding.High, Name: "left", Version: "1.0.0", IDs: []string{one}, Message: "left has a hole."}})
		}
		d.Verdict.Counts = policy.Counts{Block: 2}
	}
	text, markdown, _ := shown(t, w)
	for _, id := range []string{"GHSA-bbbb-bbbb-bbbb", "GHSA-cccc-cccc-cccc"} {
		if !strings.Contains(text, id) || !strings.Contains(markdown, id) {
			t.Errorf("%s is not told:\n%s", id, text)
		}
	}
}

// When members are published, one table says what became of each; those that were
// held back because of another are not told in full.
func TestMembersFates(t *testing.T) {
	w := crowd(1)
	for i := range 40 {
		d := *w.Members[0].Document
		d.Package.Name, d.Run = fmt.Sprintf("@acme/p%02d", i), &Run{Reason: NotPublished,
			Acts: []Act{{What: "publish", State: Skipped, Text: "not begun: publishing stopped at @acme/p02@1.3.0"}}}
		switch i {
		case 0:
			d.Run = &Run{Out: There, Acts: []Act{{What: "publish", State: Already, Text: "these very bytes"}}}
		case 1:
			d.Run = &Run{Out: Staged, Acts: []Act{{What: "stage", State: Done, Text: "at the registry"}}}
		case 2:
			d.Run = &Run{Reason: NotPublished, Acts: []Act{{What: "publish", State: Failed, Text: "the registry said 413"}}}
		}
		w.Members = append(w.Members, Member{Folder: fmt.Sprintf("packages/p%02d", i), Evidence: fmt.Sprintf("@acme+p%02d", i), Document: &d})
	}
	w.Members, w.Run = w.Members[1:], &Run{Reason: NotPublished}
	text, markdown, page := shown(t, w)
	flat := strings.Join(strings.Fields(text), " ")
	if n := strings.Count(text, "\nnot published: "); n != 1 || !strings.Contains(flat, "packages/p02 – not published: @acme/p02") ||
		!strings.Contains(flat, "stopped at @acme/p02@1.3.0 (packages/p03, packages/p04, packages/p05 and 34 more)") {
		t.Errorf("%d are told in full:\n%s", n, text)
	}
	for _, want := range []string{"<details><summary>What was done with each member (40)</summary>",
		"| published before | `these very bytes` |",
		"| `@acme/p01` | `1.3.0` | staged | `at the registry` |", "| not published | `the registry said 413` |"} {
		if !strings.Contains(markdown, want) {
			t.Errorf("%s is missing in:\n%s", want, markdown)
		}
	}
	if strings.Index(markdown, "413") > strings.Index(markdown, "these very bytes") {
		t.Error("what failed is not first")
	}
	for want, times := range map[string]int{"published before": 1, ">staged<": 1} {
		if n := strings.Count(page, want); n != times {
			t.Errorf("%d times %s in:\n%s", n, want, page)
		}
	}
}

// Names of members are foreign wherever they stand.
func TestMembersHostileNames(t *testing.T) {
	w := crowd(40)
	for i := range w.Members {
		w.Members[i].Folder = fmt.Sprintf("<img src=x onerror=alert(%d)>|`\u202e\x1b[31m\n::error::%d", i, i)
		w.Members[i].Evidence = "<b>`|\x1b[0m"
		w.Members[i].Document.Package.Name = "@x/<script>`|\x1b[0m"
		for n := range w.Members[i].Document.Verdict.Judged {
			j := &w.Members[i].Document.Verdict.Judged[n].Finding
			j.File, j.Rule, j.Message = "../../<script>`|\x1b[0m", "<script>`|", "<script>`|\x1b[0m\n## x"
		}
	}
	text, markdown, page := shown(t, w)
	for name, got := range map[string]string{"text": text, "markdown": markdown, "html": page} {
		if strings.ContainsAny(got, "\x1b\u202e") || strings.Contains(got, "\n::error::") || strings.Contains(got, "\n## x") {
			t.Errorf("%s:\n%q", name, got)
		}
	}
	if strings.Contains(page, "<img") || strings.Contains(page, "<script") {
		t.Error(page)
	}
	for line := range strings.Lines(markdown) {
		if strings.HasPrefix(line, "| member") && strings.Count(line, "|")-strings.Count(line, `\|`) != 3 {
			t.Errorf("a name makes a cell: %q", line)
		}
	}
}
