package report

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

const mark = "<!-- publishgate:comment:0123 -->"

// changed returns a document with a finding in every list.
func changed() *Document {
	d := blocked()
	one := func(name string, state finding.State) policy.Judged {
		return policy.Judged{State: state, Finding: finding.Finding{Rule: "vulnerable-dependency", Name: name, Version: "1.0.0",
			Severity: finding.High, IDs: []string{"GHSA-aaaa-bbbb-ccc2"}, Message: name + " is bad", Fix: "Raise " + name + ".",
			File: "package-lock.json", Line: 7, Paths: [][]string{{"widget@1.0.0", name + "@1.0.0"}}}}
	}
	d.Change = &Change{Base: strings.Repeat("4b", 20), Change: policy.Change{New: []policy.Judged{one("fresh", finding.Block)},
		Still: []policy.Judged{one("stays", finding.Warn)}, Fixed: []policy.Judged{one("gone", finding.Block)}},
		Apart: []policy.Judged{{Finding: finding.Finding{Rule: "forbidden-file", File: "package/.env", InTarball: true,
			Severity: finding.High}}}}
	return d
}

func TestComment(t *testing.T) {
	got := string(Comment(changed(), mark, "https://github.com/acme/widget/actions/runs/7"))
	at := 0
	for _, want := range []string{mark + "\n## ❌ blocked: ", "\nCompared with the base commit `4b4b4b4`: **1 new**, 1 fixed, 1 still there.\n",
		"\n### New (1)\n", "| **blocks**<br>high | `fresh@1.0.0`<br>[GHSA-aaaa-bbbb-ccc2](https://github.com/advisories/GHSA-aaaa-bbbb-ccc2) | " +
			"`fresh is bad`<br>via `widget@1.0.0 > fresh@1.0.0`<br>at `package-lock.json`:7 | `Raise fresh.` |\n",
		"\n### Not compared (1)\n", "`package/.env`<br>`forbidden-file`", "\n### Fixed (1)\n", "- `gone@1.0.0` [GHSA-",
		"\n<details><summary>Still there (1)",
		"| **warns**<br>high | `stays@1.0.0`", "</details>\n", "\n[The run](https://github.com/acme/widget/actions/runs/7) has everything"} {
		next := strings.Index(got[at:], want)
		if next < 0 {
			t.Fatalf("no %q after byte %d of\n%s", want, at, got)
		}
		at += next
	}
	d := changed()
	d.Change = &Change{Base: d.Change.Base, Why: "it has no package.json: the change adds the package"}
	d.Verdict.Judged = changed().Change.New
	got = string(Comment(d, mark, ""))
	if !strings.Contains(got, "\n**Not compared with the base commit `4b4b4b4`:** `it has no package.json") ||
		!strings.Contains(got, "\n### Found (1)\n") ||
		strings.Contains(got, "### New") || strings.Contains(got, "still there") {
		t.Error(got)
	}
}

// Which changes are worth a first comment.
func TestWorth(t *testing.T) {
	warn := []policy.Judged{{State: finding.Warn}}
	for _, c := range []struct {
		name   string
		change *Change
		found  []policy.Judged
		want   bool
	}{
		{"not compared at all", nil, warn, false},
		{"nothing", &Change{}, nil, false},
		{"still there", &Change{Change: policy.Change{Still: warn}}, warn, false},
		{"new", &Change{Change: policy.Change{New: warn}}, warn, true},
		{"fixed", &Change{Change: policy.Change{Fixed: warn}}, nil, true},
		{"a warning that is not compared", &Change{Apart: warn}, warn, false},
		{"a block that is not compared", &Change{Apart: []policy.Judged{{}}}, warn, true},
		{"no base", &Change{Why: "x"}, warn, true},
		{"no base, nothing found", &Change{Why: "x"}, []policy.Judged{{State: finding.Waived}}, false},
	} {
		d := &Document{Change: c.change, Verdict: policy.Verdict{Judged: c.found}}
		if d.Worth() != c.want {
			t.Errorf("%s: %v", c.name, !c.want)
		}
	}
}

// Hostile text mentions nobody, links nothing and shows no image, and each row
// stays a row.
func TestCommentInert(t *testing.T) {
	for _, s := range hostile {
		d := poison(s)
		all := d.Verdict.Judged[:3]
		d.Change = &Change{Base: s, Change: policy.Change{New: all, Still: all, Fixed: all}, Apart: all}
		why := poison(s)
		why.Change = &Change{Base: s, Why: s}
		whole := &Whole{Run: d.Run, Members: []Member{{s, s, s, d}, {s, s, s, why}}}
		for _, got := range [][]byte{Comment(d, mark, ""), Comment(why, mark, ""), MembersComment(whole, mark, "")} {
			if len(got) > MaxComment {
				t.Errorf("%.40q: %d bytes", s, len(got))
			}
			text, found := strings.CutPrefix(string(got), mark+"\n## ❌ blocked")
			if !found {
				t.Errorf("%.40q begins with %.100q", s, got)
			}
			for _, r := range text {
				if r != '\n' && r != '\ufe0f' && !unicode.IsPrint(r) {
					t.Errorf("%.40q leaves %U", s, r)
					break
				}
			}
			left := outside(text)
			for _, ours := range []string{"<details><summary>", "</summary>", "</details>", "<br>"} {
				left = strings.ReplaceAll(left, ours, "")
			}
			if strings.ContainsAny(left, "[]@\\`<>") || strings.Contains(left, "#1") || strings.Contains(left, "http") {
				t.Errorf("%.40q stands outside of code: %.2000s", s, left)
			}
			for l := range strings.Lines(text) {
				if n := strings.Count(l, "|") - strings.Count(l, `\|`); strings.HasPrefix(l, "|") && n != 5 {
					t.Errorf("%.40q: a row has %d bars: %.300s", s, n, l)
				}
			}
		}
	}
}

// However much there is, the comment fits, says what is left out, and shows the
// worst of each list.
func TestCommentLimit(t *testing.T) {
	many := func(name string, n int) (all []policy.Judged) {
		for i := range n {
			f := finding.Finding{Rule: "vulnerable-dependency", Name: fmt.Sprint(name, i), Version: "1.0.0", Severity: finding.High,
				IDs: []string{fmt.Sprintf("GHSA-aaaa-bbbb-%04d", i)}, Message: strings.Repeat("`\u202e€", 200), Fix: "Raise it."}
			all = append(all, policy.Judged{Finding: f})
		}
		return all
	}
	d := blocked()
	for _, n := range []int{0, 1, 100, 5000} {
		of := policy.Change{New: many("new", n), Fixed: many("fixed", n), Still: many("still", n)}
		d.Change = &Change{Base: strings.Repeat("4b", 20), Change: of, Apart: many("apart", n)}
		got := string(Comment(d, mark, ""))
		if len(got) > 65536 || len(got) > MaxComment {
			t.Errorf("%d of each: %d bytes", n, len(got))
		}
		shown := 0
		for _, name := range []string{"new", "apart", "fixed", "still"} {
			if n > 0 && !strings.Contains(got, "`"+name+"0@1.0.0`") {
				t.Errorf("%d of each: the worst %s is left out", n, name)
			}
			shown += strings.Count(got, "`"+name)
		}
		left := fmt.Sprintf("**%s left out here for want of room", count(4*n-shown, "line is", "lines are"))
		if (4*n > shown) != strings.Contains(got, left) {
			t.Errorf("%d of each: %d are shown, and %q is said otherwise: %s", n, shown, left, got[max(0, len(got)-200):])
		}
		if strings.Count(got, "<details>") != strings.Count(got, "</details>") {
			t.Error("a fold is left open")
		}
	}
	d.Change = &Change{Change: policy.Change{New: many("new", 9)}}
	whole := &Whole{Run: &Run{Reason: Findings}}
	for i := range 2000 {
		m := Member{Folder: fmt.Sprint("packages/p", i), Document: d}
		if i%2 == 0 {
			m.Document = passed()
			m.Document.Change = &Change{}
		}
		whole.Members = append(whole.Members, m)
	}
	got := string(MembersComment(whole, mark, ""))
	if len(got) > MaxComment || !strings.Contains(got, " left out here for want of room") {
		t.Errorf("%d bytes of 2,000 members: %s", len(got), got[len(got)-300:])
	}
}
