package incident

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
)

// maxCell is the longest text of a cell of a table, in characters.
const maxCell = 300

// Markdown writes a record as a page for an issue or the summary of a job.
func (r *Record) Markdown(w io.Writer) error {
	var b strings.Builder
	md := func(s string) string { return display.Markdown(s, maxCell) }
	fmt.Fprintf(&b, "## Incident (%s): %s\n\n", r.Kind, md(r.Package+"@"+r.Range))
	fmt.Fprintf(&b, "%s. %s.\n\n", sentence(r.times()), sentence(r.heading()))
	b.WriteString("| clock | due | left |\n| --- | --- | --- |\n")
	for _, c := range r.Clocks {
		due, _ := time.Parse(time.RFC3339, c.Due)
		late := map[bool]string{true: ", **overdue**"}[c.Overdue]
		fmt.Fprintf(&b, "| %s (%s) | %s | %s%s |\n", c.Name, c.After, shown(due), left(due, r.looked()), late)
	}
	fmt.Fprintf(&b, "\n%s\n\n", sentence(r.counted()))
	for i := range r.Affected {
		if i == maxNamed {
			fmt.Fprintf(&b, "- and %d more\n", len(r.Affected)-i)
			break
		}
		fmt.Fprintf(&b, "- %s\n", md(r.Affected[i].text()))
	}
	b.WriteString("\n### What to do now\n\n")
	n := 0
	for i := range r.Steps {
		if s := &r.Steps[i]; s.State == Open {
			n++
			s.markdown(&b, n)
		}
	}
	if n == 0 {
		b.WriteString("Nothing is left.\n")
	}
	if n < len(r.Steps) {
		b.WriteString("\n### Done\n\n")
	}
	for i := range r.Steps {
		if s := &r.Steps[i]; s.State != Open {
			fmt.Fprintf(&b, "- %s, %s since %s: %s\n", s.ID, s.State, shownStamp(s.Done), md(s.Proof))
		}
	}
	for _, list := range []struct {
		title string
		lines []string
	}{{"Whom to reach", r.Contacts}, {"If it does not move", r.Escalation}, {"What could not be looked at", r.Missed}} {
		if len(list.lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n", list.title)
		for _, one := range list.lines {
			fmt.Fprintf(&b, "- %s\n", md(one))
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}

func (s *Step) markdown(b *strings.Builder, n int) {
	overdue := ""
	if s.Overdue {
		overdue = "**overdue:** "
	}
	fmt.Fprintf(b, "%d. %s%s (step %s)\n", n, overdue, display.Markdown(s.What, maxCell), s.ID)
	fmt.Fprintf(b, "   - by: %s\n", s.By.Words())
	if s.Due != "" {
		fmt.Fprintf(b, "   - due: %s\n", shownStamp(s.Due))
	}
	for _, c := range s.Commands {
		fmt.Fprintf(b, "   - run: %s\n", display.Markdown(c, 0))
	}
	for _, note := range s.Notes {
		fmt.Fprintf(b, "   - note: %s\n", display.Markdown(note, maxCell))
	}
}

// sentence begins a text with a capital letter.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
