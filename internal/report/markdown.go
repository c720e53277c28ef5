package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/say"
)

// The runner drops a job summary of more than 1 MiB as a whole and says so in an
// error nobody reads (actions/runner, FileCommandManager.cs). Several steps may
// share a job, each with a summary of its own, so the limit is for ours alone.
const (
	markdownBudget = 900 << 10 // bytes
	markdownTail   = 1 << 10   // of these, kept for the last line
)

// Markdown writes report.md, which is also the job summary: the verdict on the
// first line, foreign text only in code spans, at most 900 KiB. What did not fit
// is counted in the last line. An error is one of w.
func Markdown(w io.Writer, d *Document) error {
	if _, err := io.WriteString(w, markdown(d, markdownBudget)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func markdown(d *Document, budget int) string {
	m := marker{room: budget - markdownTail}
	m.put("## " + mark(d.Result()) + " " + spans(d.headline(), say.Markdown) + "\n\n")
	m.put("| | |\n|---|---|\n")
	for _, f := range d.facts() {
		m.item("| " + f.label + " | " + spans(f.parts, say.Cell) + " |\n")
	}
	rules := d.rules()
	for _, g := range d.groups() {
		m.put(fmt.Sprintf("\n### %s (%s)\n\n| severity | what | why | where |\n|---|---|---|---|\n", strings.ToUpper(g.title[:1])+g.title[1:], thousands(int64(len(g.findings)))))
		for _, j := range g.findings {
			m.item(row(j, rules[j.Finding.Rule]))
		}
	}
	m.plan(d)
	tail := "\nEverything is in `verdict.json`; `publishgate explain RULE` says more about a rule.\n"
	if m.left > 0 {
		tail = fmt.Sprintf("\n**%s left out here for want of room.**", count(m.left, "line is", "lines are")) + " " + tail[1:]
	}
	return m.b.String() + tail
}

// A marker writes whole pieces as long as there is room.
type marker struct {
	b    strings.Builder
	room int
	left int // items that found no room
}

func (m *marker) put(s string) bool {
	if m.left > 0 || m.b.Len()+len(s) > m.room {
		return false
	}
	m.b.WriteString(s)
	return true
}

// item is a piece whose absence is counted. After the first that does not fit
// none is written, so that what is shown is the most important and in order.
func (m *marker) item(s string) {
	if !m.put(s) {
		m.left++
	}
}

func mark(r policy.Result) string {
	switch r {
	case policy.Pass:
		return "✅"
	case policy.Block:
		return "❌"
	}
	return "⚠️"
}

// row is one finding in a table.
func row(j policy.Judged, rule finding.Rule) string {
	f := j.Finding
	what := say.Cell(about(f), maxField) + "<br>" + say.Cell(f.Rule, maxField)
	var why []string
	if rule.Title != "" {
		why = append(why, ours(rule.Title))
	}
	if f.Message != "" {
		why = append(why, say.Cell(f.Message, maxMessage))
	}
	var where []string
	for _, x := range details(j, rule) {
		line := spans(x.parts, say.Cell)
		switch x.label {
		case "at":
			where = append(where, line)
		case "via":
			where = append(where, "via "+line)
		default:
			why = append(why, "**"+x.label+":** "+line)
		}
	}
	return fmt.Sprintf("| **%s** | %s | %s | %s |\n", f.Severity, what, strings.Join(why, "<br>"), strings.Join(where, "<br>"))
}

// ours makes our own words fit for a table; they may hold `code`, in which
// GitHub takes an escaped bar for a bar.
func ours(s string) string { return oursInTables.Replace(s) }

var oursInTables = strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ") // built at its first use

// spans writes parts with foreign text as code.
func spans(parts []part, code func(string, int) string) string {
	var b strings.Builder
	for _, p := range parts {
		if p.cap > 0 {
			b.WriteString(code(p.text, p.cap))
		} else {
			b.WriteString(ours(p.text))
		}
	}
	return b.String()
}
