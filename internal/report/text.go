package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// Limits for a terminal: people read no more, and a hostile lockfile must not
// flood a CI log.
const (
	maxShown   = 100 // groups of one state
	maxAlike   = 3   // groups of one rule shown in full, if they do not block
	maxWarned  = 15  // groups that do not block; if there are more, someWarned of them are shown
	someWarned = 10
)

// Text writes the report for a terminal: the verdict on the first line, what
// was checked, then the findings. With color, the important words are coloured
// (ANSI); nothing depends on it. It returns w's error.
func Text(w io.Writer, d *Document, color bool) error { return textAfter(nil, w, d, color) }

// textAfter is Text without the plan steps that an earlier member's report
// showed.
func textAfter(plans *toldPlan, w io.Writer, d *Document, color bool) error {
	t := texter{color: color, sheet: sheet{brief: true}, plans: plans}
	t.headline(d)
	for _, f := range d.facts() {
		t.fact("  ", f)
	}
	rules := d.rules()
	for _, x := range d.sections() {
		t.section(&x, rules)
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
	plans *toldPlan
}

// ANSI colours by meaning.
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

// section writes the groups of one state. Groups that block are written in full.
// Of the others, the first maxAlike of each rule are written in full, and the
// rest in one line each. A folded section has one line for each group.
func (t *texter) section(x *section, rules ruleBook) {
	t.b.WriteString("\n")
	shown := x.groups[:min(len(x.groups), maxShown)]
	if x.state != finding.Block && len(x.groups) > maxWarned {
		shown = x.groups[:someWarned]
	}
	if x.fold {
		fmt.Fprintf(&t.b, "%s  %s about what only this project's own build and tests have: none of them blocks\n",
			t.paint(dim, pad("DEV", 6)), count(x.count, "warning", "warnings"))
	}
	alike := map[string]int{}
	for _, g := range shown {
		rule := g.Of().Rule
		if alike[rule]++; x.fold || x.state != finding.Block && alike[rule] > maxAlike {
			t.line(g)
		} else {
			t.group(g, rules.of(g))
		}
	}
	if n := len(x.groups) - len(shown); n > 0 {
		fmt.Fprintf(&t.b, "%s  %s (%s): see verdict.json\n", t.state(x.state),
			count(n, "more is not shown", "more are not shown"), x.title)
	}
}

func (t *texter) heading(g *policy.Group) {
	f := g.Of()
	fmt.Fprintf(&t.b, "%s  %s  %s  %s", t.state(g.State()), pad(f.Severity.String(), 8),
		t.paint(bold, display.Cap(about(g), maxField)), t.paint(dim, "["+display.Cap(f.Rule, maxField)+"]"))
}

// line writes a group in one line.
func (t *texter) line(g *policy.Group) {
	t.heading(g)
	f := g.Of()
	switch {
	case len(g.Findings) > 1 && g.Advisories():
		t.b.WriteString("  " + count(len(g.Findings), "advisory", "advisories"))
		if f.Ends != "" {
			t.b.WriteString(", " + display.Cap(f.Ends, maxField) + " ends all")
		}
	case f.File != "" && !g.Many():
		t.b.WriteString("  " + plain(place(nil, f)))
	}
	if due := g.Findings[0].Due; due != "" && g.State() != finding.Waived {
		t.b.WriteString("  " + display.Text(due))
	}
	t.b.WriteString("\n")
}

func (t *texter) group(g *policy.Group, rule *finding.Rule) {
	t.heading(g)
	t.b.WriteString("\n")
	message := g.Says()
	if message == "" {
		message = rule.Title
	}
	if message != "" {
		t.b.WriteString("        " + display.Cap(message, maxMessage) + "\n")
	}
	for _, x := range t.sheet.details(g, rule) {
		t.b.WriteString("        " + t.paint(dim, pad(x.label, 9)) + plain(x.parts) + "\n")
	}
}

// plain formats parts for a terminal.
func plain(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.cap > 0 {
			b.WriteString(display.Cap(p.text, p.cap))
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(n-utf8.RuneCountInString(s), 0))
}
