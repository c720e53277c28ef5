package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// Limits for a terminal: people read no more, and a hostile lockfile must not
// flood a CI log.
const (
	textWidth  = 80   // columns; only a name, an address or a command is longer
	maxShown   = 2000 // groups that block, in one list
	maxWarned  = 15   // groups that do not block in one list; if there are more, someWarned of them are shown
	someWarned = 10
)

// Text writes the report for a terminal of 80 columns: the verdict and why, what
// it is based on, what to do, then one line for each problem. report.md has the
// rest. With color, the words that say a state are coloured (ANSI); nothing
// depends on it. It returns w's error.
func Text(w io.Writer, d *Document, color bool) error {
	t := texter{color: color}
	t.document(d)
	t.close()
	return t.write(w)
}

type texter struct {
	b     strings.Builder
	color bool
	plans *toldPlan // the plan steps that an earlier member's report showed; nil: there is one report
}

func (t *texter) write(w io.Writer) error {
	if _, err := io.WriteString(w, t.b.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func (t *texter) document(d *Document) {
	t.headline(d.Ending(), d.headline())
	if why := plain(d.because()); why != "" {
		t.line("  ", why)
	}
	for _, f := range d.textFacts() {
		t.fact(f)
	}
	t.fix(d)
	vulnerable, others, waived := d.lists()
	again, earlier := 0, ""
	for _, list := range []*[]*policy.Group{&vulnerable, &others, &waived} {
		rest, n, first := t.plans.fresh(*list)
		*list, again, earlier = rest, again+n, cmp.Or(earlier, first)
	}
	t.vulnerable(d, vulnerable)
	t.others(d, others)
	if again > 0 {
		t.b.WriteString("\n")
		t.line("", plain(againNote(again, earlier)))
	}
	t.diff(d)
	t.waived(waived)
	t.policy(d)
}

// close says where the rest is.
func (t *texter) close() {
	t.b.WriteString("\nAll of it: report.html in the evidence. A rule: publishgate explain RULE\n")
}

// ANSI colours by meaning.
const (
	red, yellow, green, dim = "31;1", "33;1", "32;1", "2"
)

func (t *texter) paint(code, s string) string {
	if !t.color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// headline writes the first line: the state, and what it is about. The counts are on
// it too where there is room.
func (t *texter) headline(r policy.Result, parts []part) {
	code := yellow
	switch r {
	case policy.Pass:
		code = green
	case policy.Block:
		code = red
	}
	whole := plain(parts)
	state, rest, _ := strings.Cut(whole, ":")
	t.b.WriteString(t.paint(code, state+":"))
	if utf8.RuneCountInString(whole) <= textWidth {
		t.b.WriteString(rest + "\n")
		return
	}
	last := len(parts) - 1 // the counts
	t.b.WriteString(strings.TrimPrefix(plain(parts[:last]), state+":") + " –\n")
	t.line("  ", strings.TrimPrefix(plain(parts[last:]), " – "))
}

// line writes text after a lead, wrapped below it.
func (t *texter) line(lead, text string) {
	t.b.WriteString(lead)
	at := utf8.RuneCountInString(lead)
	t.flow(at, at, text)
}

// fact writes "  label      text", and what is wrapped below the text.
func (t *texter) fact(f fact) {
	label := pad(f.label, 11)
	t.b.WriteString("  " + label)
	at := 2 + utf8.RuneCountInString(label)
	if !strings.HasSuffix(label, " ") {
		t.b.WriteString(" ")
		at++
	}
	t.flow(at, 13, plain(f.parts))
}

// flow writes text from a column on, to the end of the line. What does not fit is
// wrapped between words and indented; a longer word has a line of its own.
func (t *texter) flow(at, indent int, text string) {
	begun := false
	for word := range strings.SplitSeq(text, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case !begun:
		case at+1+n > textWidth && at > indent:
			t.b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		default:
			t.b.WriteString(" ")
			at++
		}
		t.b.WriteString(word)
		at, begun = at+n, true
	}
	t.b.WriteString("\n")
}

// tail adds pieces to a line that is at a column, and ends it. One that does not fit
// is put below, indented.
func (t *texter) tail(at, indent int, pieces ...string) {
	for _, piece := range pieces {
		n := utf8.RuneCountInString(piece)
		switch {
		case piece == "":
			continue
		case at+2+n > textWidth:
			t.b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		default:
			t.b.WriteString("  ")
			at += 2
		}
		t.b.WriteString(piece)
		at += n
	}
	t.b.WriteString("\n")
}

// title begins a section. What follows on its line begins at the returned column.
func (t *texter) title(words string) (at int) {
	t.b.WriteString("\n" + words)
	return utf8.RuneCountInString(words)
}

// textFacts returns the lines below the verdict. The policy comes last of all, and
// the tarball is known by one digest.
func (d *Document) textFacts() []fact {
	fs := slices.DeleteFunc(d.facts(), func(f fact) bool {
		return slices.Contains([]string{"integrity", "policy", "dev"}, f.label)
	})
	if d.Problem != "" {
		fs = slices.Insert(fs, 1, fact{"next", []part{own("%s", strings.ReplaceAll(d.whatNext(), "`", ""))}})
	}
	for i := range fs {
		if fs[i].label == skippedLabel {
			fs[i].label = "not looked"
			fs[i].parts = append([]part{own("at ")}, fs[i].parts...)
		}
	}
	return fs
}

// policy says which policy applied, and what it lets block.
func (t *texter) policy(d *Document) {
	at := t.title("POLICY")
	text := plain(d.policy())
	if l := d.Levels; l != nil {
		text += "; blocks from " + l.words()
	}
	t.b.WriteString("  ")
	t.flow(at+2, 8, text)
	if l := d.Levels; l != nil && l.DevUnset && d.LookedAt.Dev > 0 && d.Problem == "" {
		t.line("  dev   ", strings.ReplaceAll(d.dev(), "`", ""))
	}
}

// words names the levels: "high (prod, peer), none (dev)".
func (l *Levels) words() string {
	var levels []string
	scopes := map[string][]string{}
	for _, x := range [][2]string{{l.Prod, "prod"}, {l.Optional, "optional"}, {l.Peer, "peer"}, {l.Dev, "dev"}} {
		if scopes[x[0]] == nil {
			levels = append(levels, x[0])
		}
		scopes[x[0]] = append(scopes[x[0]], x[1])
	}
	for i, level := range levels {
		levels[i] += " (" + strings.Join(scopes[level], ", ") + ")"
	}
	return strings.Join(levels, ", ")
}

// stateWord returns a state in five columns.
func (t *texter) stateWord(s finding.State) string {
	word := pad(strings.ToUpper(s.String()), 5)
	switch s {
	case finding.Warn:
		return t.paint(yellow, word)
	case finding.Waived:
		return t.paint(dim, word)
	}
	return t.paint(red, word)
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
