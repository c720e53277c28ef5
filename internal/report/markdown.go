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
	if _, err := w.Write(markdown(d, markdownBudget)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func markdown(d *Document, budget int) []byte {
	m := marker{room: budget - markdownTail, told: map[string]bool{}, b: make([]byte, 0, min(budget, 4<<10+512*len(d.Verdict.Judged)))}
	m.put(append(spans([]byte("## "+Mark(d.Ending())+" "), d.headline(), say.Markdown), "\n\n"...))
	m.put([]byte("| | |\n|---|---|\n"))
	for _, f := range d.facts() {
		m.item(append(spans([]byte("| "+f.label+" | "), f.parts, say.Cell), " |\n"...))
	}
	rules := d.rules()
	for _, x := range d.sections() {
		m.section(&x, rules)
	}
	m.diff(d)
	m.plan(d)
	tail := "\nEverything is in `verdict.json`; `publishgate explain RULE` says more about a rule.\n"
	if m.left > 0 {
		tail = fmt.Sprintf("\n**%s left out here for want of room.**", count(m.left, "line is", "lines are")) + " " + tail[1:]
	}
	return append(m.b, tail...)
}

// A marker writes whole pieces as long as there is room.
type marker struct {
	b    []byte
	room int
	left int // items that found no room

	sheet            sheet
	told             map[string]bool // rules whose title was told
	line, why, where []byte          // of a row, used again for the next
}

func (m *marker) put(s []byte) bool {
	if m.left > 0 || len(m.b)+len(s) > m.room {
		return false
	}
	m.b = append(m.b, s...)
	return true
}

// item is a piece whose absence is counted. After the first that does not fit
// none is written, so that what is shown is the most important and in order.
func (m *marker) item(s []byte) {
	if !m.put(s) {
		m.left++
	}
}

// section is a table of groups, folded where it is there for whoever asks.
func (m *marker) section(x *section, rules ruleBook) {
	title := strings.ToUpper(x.title[:1]) + x.title[1:]
	open, end := fmt.Sprintf("\n### %s (%s)\n\n", title, thousands(int64(len(x.groups)))), ""
	if x.fold {
		open, end = fmt.Sprintf("\n<details><summary>%s (%s)</summary>\n\n", title, thousands(int64(len(x.groups)))), "\n</details>\n"
	}
	if !m.put([]byte(open + "| severity | what | why | where |\n|---|---|---|---|\n")) {
		m.left += len(x.groups)
		return
	}
	for _, g := range x.groups {
		if m.left > 0 {
			m.left++ // it is not even looked whether it fits
			continue
		}
		m.item(m.row(g, rules.of(g)))
	}
	m.b = append(m.b, end...) // what is open is closed, whatever room there is
}

// Mark is the sign that a page of markdown begins with.
func Mark(r policy.Result) string {
	switch r {
	case policy.Pass:
		return "✅"
	case policy.Block:
		return "❌"
	}
	return "⚠️"
}

// row is one group in a table. It stands until the next call.
func (m *marker) row(g *policy.Group, rule *finding.Rule) []byte {
	f := g.Of()
	why, where := m.why[:0], m.where[:0]
	message := g.Says()
	if rule.Title != "" && (message == "" || !m.told[f.Rule]) {
		m.told[f.Rule] = true
		why = append(why, ours(rule.Title)...)
	}
	if message != "" {
		why = append(below(why), say.Cell(message, maxMessage)...)
	}
	for _, x := range m.sheet.details(g, rule) {
		switch x.label {
		case "at":
			where = spans(below(where), x.parts, say.Cell)
		case "via":
			where = spans(append(below(where), "via "...), x.parts, say.Cell)
		default:
			why = append(append(append(below(why), "**"...), x.label...), ":** "...)
			why = spans(why, x.parts, say.Cell)
		}
	}
	b := append(append(append(m.line[:0], "| **"...), f.Severity.String()...), "** | "...)
	b = append(append(append(b, say.Cell(about(g), maxField)...), "<br>"...), say.Cell(f.Rule, maxField)...)
	b = append(append(b, " | "...), why...)
	b = append(append(b, " | "...), where...)
	m.line, m.why, m.where = append(b, " |\n"...), why, where
	return m.line
}

// below begins a new line in a cell.
func below(cell []byte) []byte {
	if len(cell) == 0 {
		return cell
	}
	return append(cell, "<br>"...)
}

// ours makes our own words fit for a table; they may hold `code`, in which
// GitHub takes an escaped bar for a bar.
func ours(s string) string { return oursInTables.Replace(s) }

var oursInTables = strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ") // built at its first use

// spans appends parts with foreign text as code.
func spans(b []byte, parts []part, code func(string, int) string) []byte {
	for _, p := range parts {
		if p.cap > 0 {
			b = append(b, code(p.text, p.cap)...)
		} else {
			b = append(b, ours(p.text)...)
		}
	}
	return b
}
