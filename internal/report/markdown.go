package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// GitHub's runner discards a job summary above 1 MiB and reports that in an
// error that is easily missed (actions/runner, FileCommandManager.cs). Every
// step has a summary of its own, so the limit is for ours alone.
const (
	markdownBudget = 900 << 10 // bytes
	markdownTail   = 1 << 10   // reserved for the last line
)

// Markdown writes report.md, which is also the job summary: the verdict on the
// first line, foreign text only in code spans, at most 900 KiB. The last line
// counts what was left out. It returns w's error.
func Markdown(w io.Writer, d *Document) error {
	if _, err := w.Write(markdown(d, markdownBudget)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func markdown(d *Document, budget int) []byte { return markdownAfter(nil, d, budget) }

// markdownAfter is Markdown without the plan steps that an earlier member's
// report showed.
func markdownAfter(plans *toldPlan, d *Document, budget int) []byte {
	m := markdownWriter{room: budget - markdownTail, told: map[string]bool{}, plans: plans, sheet: sheet{links: true},
		b: make([]byte, 0, min(budget, 4<<10+512*len(d.Verdict.Judged)))}
	m.put(append(spans([]byte("## "+Mark(d.Ending())+" "), d.headline(), display.Markdown), '\n'))
	// What was looked at comes late, but it is never left out for the findings.
	last := m.sibling()
	last.facts("What was looked at", d.basis())
	last.verify(d)
	keep := min(len(last.b), m.room/2)
	m.room -= keep
	if d.Problem != "" {
		m.item(spans([]byte("\n"), []part{sentence(d.Problem)}, display.Markdown))
		m.item([]byte("\n\n" + d.whatNext() + "\n"))
	}
	m.counts(d)
	m.facts("What was done", d.acts())
	if lines := d.approval(); len(lines) > 0 {
		m.item([]byte("\nIt waits at the registry. Look whether it has these bytes, then approve it:\n\n```sh\n" + fenced(lines) + "\n```\n"))
	}
	m.plan(d)
	rules := d.rules()
	for _, x := range d.sections() {
		m.section(&x, rules)
	}
	m.graph(d)
	m.diff(d)
	m.licences(d)
	if m.left += last.left; len(last.b) <= keep {
		m.b = append(m.b, last.b...)
	}
	tail := "\nEverything is in `verdict.json`; `publishgate explain RULE` says more about a rule.\n"
	if m.left > 0 {
		tail = fmt.Sprintf("\n**%s left out here for want of room.**", count(m.left, "line is", "lines are")) + " " + tail[1:]
	}
	return append(m.b, tail...)
}

// counts appends why it blocks, and a table of the findings by state and severity.
func (m *markdownWriter) counts(d *Document) {
	if why := d.because(); len(why) > 0 {
		m.put(append(spans([]byte("\n> [!CAUTION]\n> "), why, display.Markdown), '\n'))
	}
	rows, columns := d.tallies()
	if len(rows) == 0 {
		return
	}
	head, line, body := "\n| |", "|:--|", ""
	for _, s := range columns {
		head, line = head+" "+s.String()+" |", line+"--:|"
	}
	for _, r := range rows {
		_, word := stateOf(r.state)
		body += "| " + word + " |"
		for _, s := range columns {
			body += " " + thousands(int64(r.of[s])) + " |"
		}
		body += " **" + thousands(int64(r.all)) + "** |\n"
	}
	m.put([]byte(head + " all |\n" + line + "--:|\n" + body))
}

// sibling returns a writer with the same room, for a piece that is put elsewhere.
func (m *markdownWriter) sibling() *markdownWriter { return &markdownWriter{room: m.room} }

// facts appends a table of lines.
func (m *markdownWriter) facts(title string, fs []fact) {
	if len(fs) == 0 {
		return
	}
	if !m.put([]byte("\n### " + title + "\n\n| | |\n|---|---|\n")) {
		m.left += len(fs)
		return
	}
	for _, f := range fs {
		m.item(append(spans([]byte("| "+f.label+" | "), f.parts, display.Cell), " |\n"...))
	}
}

// verify appends the commands that verify the evidence.
func (m *markdownWriter) verify(d *Document) {
	if d.Tarball == nil {
		return
	}
	lead, lines := d.verification()
	m.item([]byte("\n" + lead + "\n\n```sh\n" + fenced(shellLines(lines)) + "\n```\n"))
}

// fenced returns lines that do not end the block of code that they are in.
func fenced(lines []string) string {
	return strings.ReplaceAll(strings.Join(lines, "\n"), "```", `\u{60}\u{60}\u{60}`)
}

// A markdownWriter appends whole pieces as long as there is room.
type markdownWriter struct {
	b    []byte
	room int
	left int // items left out

	sheet            sheet
	plans            *toldPlan
	told             map[string]bool // rules whose title was written
	line, why, where []byte          // buffers of a row, reused
}

func (m *markdownWriter) put(s []byte) bool {
	if m.left > 0 || len(m.b)+len(s) > m.room {
		return false
	}
	m.b = append(m.b, s...)
	return true
}

// item appends a piece that is counted if it is left out. After the first that
// does not fit, no more are written, so that what is shown is the most
// important and in order.
func (m *markdownWriter) item(s []byte) {
	if !m.put(s) {
		m.left++
	}
}

// section appends a table of groups. The table is folded if the section says so.
func (m *markdownWriter) section(x *section, rules ruleBook) {
	groups, again, earlier := m.plans.fresh(x.groups)
	if again > 0 {
		defer func() { m.item(append(spans([]byte("\n"), againNote(again, earlier), display.Markdown), ".\n"...)) }()
	}
	if len(groups) == 0 {
		return
	}
	title := strings.ToUpper(x.title[:1]) + x.title[1:]
	open, end := fmt.Sprintf("\n### %s (%s)\n\n", title, thousands(int64(len(groups)))), ""
	if x.fold {
		open, end = fmt.Sprintf("\n<details><summary>%s (%s)</summary>\n\n", title, thousands(int64(len(groups)))),
			"\n</details>\n"
	}
	if !m.put([]byte(open + "| severity | what | why | where |\n|---|---|---|---|\n")) {
		m.left += len(groups)
		return
	}
	for _, g := range groups {
		if m.left > 0 {
			m.left++ // later ones are left out even if they would fit
			continue
		}
		m.item(m.row(g, rules.of(g)))
	}
	m.b = append(m.b, end...) // close what is open, even beyond the budget
}

// Mark returns the symbol at the start of a markdown report.
func Mark(r policy.Result) string {
	switch r {
	case policy.Pass:
		return "✅"
	case policy.Block:
		return "❌"
	}
	return "⚠️"
}

// row returns one group as a table row. It is valid until the next call.
func (m *markdownWriter) row(g *policy.Group, rule *finding.Rule) []byte {
	f := g.Of()
	why, where := m.why[:0], m.where[:0]
	message := g.Says()
	if rule.Title != "" && (message == "" || !m.told[f.Rule]) {
		m.told[f.Rule] = true
		why = append(why, ours(rule.Title)...)
	}
	if message != "" {
		why = append(below(why), display.Cell(message, maxMessage)...)
	}
	for _, x := range m.sheet.details(g, rule) {
		switch x.label {
		case "at":
			where = spans(below(where), x.parts, display.Cell)
		case "via":
			where = spans(append(below(where), "via "...), x.parts, display.Cell)
		default:
			why = append(append(append(below(why), "**"...), x.label...), ":** "...)
			why = spans(why, x.parts, display.Cell)
		}
	}
	b := append(append(append(m.line[:0], "| **"...), f.Severity.String()...), "** | "...)
	b = append(append(append(b, display.Cell(about(g), maxField)...), "<br>"...), display.Cell(f.Rule, maxField)...)
	b = append(append(b, " | "...), why...)
	b = append(append(b, " | "...), where...)
	m.line, m.why, m.where = append(b, " |\n"...), why, where
	return m.line
}

// below starts a new line in a cell.
func below(cell []byte) []byte {
	if len(cell) == 0 {
		return cell
	}
	return append(cell, "<br>"...)
}

// ours escapes our own text for a table. It may contain `code`, in which GitHub
// reads an escaped bar as a bar.
func ours(s string) string { return oursInTables.Replace(s) }

var oursInTables = strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ") // built at its first use

// spans appends parts, foreign text as code.
func spans(b []byte, parts []part, code func(string, int) string) []byte {
	for _, p := range parts {
		if to := linkOf(p.text); p.id && to != "" {
			b = append(b, "["+p.text+"]("+to+")"...)
		} else if p.cap > 0 {
			b = append(b, code(p.text, p.cap)...)
		} else {
			b = append(b, ours(p.text)...)
		}
	}
	return b
}
