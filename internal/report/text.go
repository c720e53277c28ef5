package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/say"
)

// What a terminal gets: nobody reads more, and a CI log must not be filled by a
// hostile lockfile.
const (
	maxShown = 100 // findings of one state
	maxAlike = 3   // findings of one rule told in full, if they do not block
)

// Text writes the report for a terminal: the verdict on the first line, what was
// looked at, then the findings. With color, the words that matter are coloured
// (ANSI); nothing depends on it. An error is one of w.
func Text(w io.Writer, d *Document, color bool) error {
	t := texter{color: color}
	t.headline(d)
	for _, f := range d.facts() {
		t.fact("  ", f)
	}
	rules := d.rules()
	for _, g := range d.groups() {
		t.b.WriteString("\n")
		shown := g.findings[:min(len(g.findings), maxShown)]
		alike := map[string]int{}
		for _, j := range shown {
			alike[j.Finding.Rule]++
			if g.state != finding.Block && alike[j.Finding.Rule] > maxAlike {
				t.line(j)
			} else {
				t.finding(j, rules.of(j))
			}
		}
		if n := len(g.findings) - len(shown); n > 0 {
			fmt.Fprintf(&t.b, "%s  %s (%s): see verdict.json\n", t.state(g.state), count(n, "more is not shown", "more are not shown"), g.title)
		}
	}
	t.diff(d)
	t.plan(d)
	if _, err := io.WriteString(w, t.b.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

type texter struct {
	b     strings.Builder
	color bool
	sheet sheet
}

// ANSI colours by what they say.
const (
	red, yellow, green, dim, bold = "31;1", "33;1", "32;1", "2", "1"
)

func (t *texter) paint(code, s string) string {
	if !t.color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *texter) headline(d *Document) {
	code := red
	if d.Ending() == policy.Pass {
		code = green
	}
	t.b.WriteString(t.paint(code, plain(d.headline())) + "\n")
}

// fact writes "  label      text".
func (t *texter) fact(indent string, f fact) {
	t.b.WriteString(indent + t.paint(dim, pad(f.label, 11)) + plain(f.parts) + "\n")
}

func (t *texter) state(s finding.State) string {
	word := pad(strings.ToUpper(s.String()), 6)
	switch s {
	case finding.Warn:
		return t.paint(yellow, word)
	case finding.Waived:
		return t.paint(dim, word)
	}
	return t.paint(red, word)
}

func (t *texter) heading(j *policy.Judged) {
	f := &j.Finding
	fmt.Fprintf(&t.b, "%s  %s  %s  %s", t.state(j.State), pad(f.Severity.String(), 8),
		t.paint(bold, say.Cap(about(f), maxField)), t.paint(dim, "["+say.Cap(f.Rule, maxField)+"]"))
}

// line tells a finding in one line.
func (t *texter) line(j *policy.Judged) {
	t.heading(j)
	if j.Finding.File != "" {
		t.b.WriteString("  " + plain(place(nil, &j.Finding)))
	}
	t.b.WriteString("\n")
}

func (t *texter) finding(j *policy.Judged, rule *finding.Rule) {
	f := &j.Finding
	t.heading(j)
	t.b.WriteString("\n")
	message := f.Message
	if message == "" {
		message = rule.Title
	}
	if message != "" {
		t.b.WriteString("        " + say.Cap(message, maxMessage) + "\n")
	}
	for _, x := range t.sheet.details(j, rule) {
		t.b.WriteString("        " + t.paint(dim, pad(x.label, 9)) + plain(x.parts) + "\n")
	}
}

// plain writes parts for a terminal.
func plain(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.cap > 0 {
			b.WriteString(say.Cap(p.text, p.cap))
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(n-utf8.RuneCountInString(s), 0))
}
