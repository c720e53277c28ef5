package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/upgrade"
	"github.com/publishgate/publishgate/internal/written"
)

var hostile = []string{
	"\n::set-output name=x::y", "\r::add-mask::e", "x ##[add-path]/tmp/evil", "\u2028::error::x", "::error::x",
	"\x1b[2J\x1b[31m", "user\u202eexe", "\x00", "\xff",
	"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'onmouseover='x", "<!--", "-->", "<details>",
	"</code></td>", "![](http://h.example/x.png)", "[ok](javascript:alert(1))",
	"`", "``` \n# x", "`` `", "a`|`b", "| a | b |", `\|`, "@everyone", "#1", "</style>", "{{.}}", "&lt;script&gt;",
	"]]>", strings.Repeat("`", 5000), strings.Repeat("x", 1<<14),
}

// poison returns a document that has s in every place where foreign text can be.
func poison(s string) *Document {
	f := finding.Finding{Rule: s, Severity: finding.High, Scope: npm.Scope(s), Package: s, Name: s, Version: s,
		IDs: []string{s, s}, Paths: [][]string{{s, s}, {}}, File: s, Line: 1, Message: s, Fix: s, Published: s,
		Advisory: &finding.Advisory{Link: s, Score: "7.5", Fixed: s}}
	w := &policy.Exception{ID: s, Reason: s, Justification: s, Owner: s, Document: s}
	nameless := f
	nameless.Name, nameless.Version = "", ""
	packed := finding.Finding{Rule: s, File: s, InTarball: true, Message: s}
	plan := &upgrade.Plan{Patch: "diff\n--- a/package.json\n" + s + "\n+" + s + "\n"}
	for do := upgrade.Update; do <= upgrade.Nothing; do++ {
		plan.Steps = append(plan.Steps, upgrade.Step{Do: do, Name: s, To: s, File: s, Key: s, Old: s, New: s, Command: s,
			Removes: []upgrade.Removal{{Package: s, IDs: []string{s}}}, Notes: []string{s}})
	}
	return &Document{
		Plan: plan,
		Verdict: policy.Verdict{Result: policy.Block,
			Judged: []policy.Judged{{Finding: f}, {Finding: nameless, State: finding.Warn}, {Finding: packed}, {Finding: f, State: finding.Waived,
				Waiver: w}}, Counts: policy.Counts{Block: 1}},
		Problem: s, Package: Package{s, s, s, s, s, "high"},
		Tarball: &Tarball{File: s, SHA256: s, Integrity: s, Files: []PackedFile{{s, 2}, {s + "/" + s, 1}}},
		At:      now, Verify: s,
		Run: &Run{Reason: Findings, Acts: []Act{{What: "sign", State: Done, Text: s}, {What: "publish", State: Failed, Text: s}}},
		LookedAt: LookedAt{Commit: &Commit{SHA: s, Tag: s}, Sources: []advisory.Status{{Name: s}, {Name: s, Error: s}},
			Skipped: []Skip{{s, s}}, VEX: []VEX{{File: s, Format: "OpenVEX", Author: s}}}, Policy: s, ToolVersion: s,
		Written: &Written{Prose: s, Lines: s, Coverage: &written.Coverage{Rows: []written.Row{
			{Statement: written.Statement{Line: 1, Text: s, Digest: s}, Class: written.Enforced, Targets: []string{s, s}, Reason: s},
			{Statement: written.Statement{Line: 2, Text: s, Digest: s}, Class: written.Uncovered, Reason: s, Before: s}}}},
	}
}

var (
	codeBlock   = regexp.MustCompile("\n```(sh|mermaid)\n((?s:.*?))\n```\n")
	mermaidLine = regexp.MustCompile(`^(flowchart LR|  n\d+ --> n\d+|  class(Def)? [-a-z0-9:,# ]+|` +
		`  n\d+\["([-A-Za-z0-9@/._+ ]|[^\x00-\x7f]|#\d+;|<br/>|, )*"\])\n?$`)
)

var tag = regexp.MustCompile(`<[^>]*>`)

// Hostile text is inert in every output.
func TestInert(t *testing.T) {
	ordinary := map[string]int{} // the tags of the page when the text is harmless
	for _, x := range tag.FindAllString(render(t, HTML, poison("x")), -1) {
		ordinary[x]++
	}
	for _, s := range hostile {
		d := poison(s)
		for _, o := range outputs {
			got := render(t, o.write, d)
			if len(got) > 4<<20 && o.name != "verdict.json" {
				t.Errorf("%s has %d bytes", o.name, len(got))
			}
			clean := got
			if o.name == "color.txt" {
				clean = regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(got, "")
			}
			for _, r := range clean {
				if r != '\n' && r != '\ufe0f' && !unicode.IsPrint(r) {
					t.Errorf("%s: %.40q leaves %U", o.name, s, r)
					break
				}
			}
			for _, l := range strings.Split(clean, "\n") {
				if strings.HasPrefix(strings.TrimSpace(l), "::") || strings.Contains(l, "##[") {
					t.Errorf("%s: %.40q gives the runner %.200q", o.name, s, l)
				}
			}
			switch o.name {
			case "report.html":
				seen := map[string]int{}
				for _, x := range tag.FindAllString(got, -1) {
					seen[x]++
				}
				if problem := unbalanced(got); problem != "" {
					t.Errorf("%.40q: %s", s, problem)
				}
				for x, n := range seen { // two backticks in a sentence, and a line of the patch, may add tags
					if ordinary[x] != n && !strings.Contains(x, "code>") && !strings.Contains(x, "span") &&
						!strings.Contains(x, "aria-label=") {
						t.Errorf("%.40q gives %d × %s, not %d", s, n, x, ordinary[x])
					}
				}
			case "report.md":
				for _, x := range codeBlock.FindAllStringSubmatch(got, -1) {
					for l := range strings.Lines(x[2]) {
						if x[1] == "mermaid" && !mermaidLine.MatchString(l) {
							t.Errorf("%.40q: a line of the graph is %q", s, l)
						}
					}
				}
				got = codeBlock.ReplaceAllString(got, "")
				// The patch is in the only other block, from its fence to the next one.
				head, rest, _ := strings.Cut(got, "\n```diff\n")
				block, rest, closed := strings.Cut(rest, "\n```\n")
				if !closed || strings.Contains(block, "```") {
					t.Errorf("%.40q ends the block of the patch: %.2000s", s, block)
				}
				got = head + "\n" + rest
				got = strings.Replace(got, "\n> [!CAUTION]\n> ", "\n> ", 1) // our own
				if left := outside(got); strings.ContainsAny(left, "[]@\\`") || strings.Contains(left, "script") || strings.Contains(left, "<!") {
					t.Errorf("%.40q stands outside of code: %.2000s", s, left)
				}
				bars := 0 // of the table's head
				for _, l := range strings.Split(got, "\n") {
					n := strings.Count(l, "|") - strings.Count(l, `\|`)
					switch {
					case !strings.HasPrefix(l, "|"):
						bars = 0
					case bars == 0:
						bars = n
					case n != bars:
						t.Errorf("%.40q: a row has %d bars, its head %d: %.300s", s, n, bars, l)
					}
				}
			}
		}
	}
}

// unbalanced returns what is wrong with the nesting of a page's elements; "" if
// nothing is.
func unbalanced(page string) string {
	open := []string{"html", "head"} // before the style
	_, body, _ := strings.Cut(page, "</style>")
	for _, x := range tag.FindAllString(body, -1) {
		name := strings.TrimLeft(strings.FieldsFunc(x, func(r rune) bool { return strings.ContainsRune("<> ", r) })[0], "/")
		switch {
		case strings.HasSuffix(x, "/>"), name == "br":
		case !strings.HasPrefix(x, "</"):
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			return fmt.Sprintf("%s closes %q", x, open)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return fmt.Sprintf("%q is left open", open)
	}
	return ""
}

// outside is markdown without its code spans, as CommonMark finds them: a run of
// backticks ends at the next run of the same length.
func outside(md string) string {
	var b strings.Builder
	for i := 0; i < len(md); {
		n := 0
		for i+n < len(md) && md[i+n] == '`' {
			n++
		}
		if n > 80 { // GitHub shows longer ones as text
			b.WriteString(md[i : i+n])
			i += n
			continue
		}
		if n == 0 {
			b.WriteByte(md[i])
			i++
			continue
		}
		end := -1
		for j := i + n; j < len(md); {
			k := 0
			for j+k < len(md) && md[j+k] == '`' {
				k++
			}
			if k == n {
				end = j
				break
			}
			j += max(k, 1)
		}
		if end < 0 {
			b.WriteString(md[i : i+n])
			i += n
			continue
		}
		if strings.Contains(md[i:end], "\n") {
			b.WriteString("@a span over lines@")
		}
		i = end + n
	}
	return b.String()
}
