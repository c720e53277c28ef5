package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/display"
)

// maxNotes is how many lines that hold for some members a terminal shows.
const maxNotes = 30

// MembersText writes the overall result, the report of each member that did not pass
// as Text does, and what the others have in common. Of many that the same blocks only
// the first is told in full. It returns out's error.
func MembersText(out io.Writer, w *Whole, color bool) error {
	t := texter{color: color, plans: newToldPlan()}
	t.headline(w.Ending(), w.headline())
	tell := w.telling()
	tell.briefly()
	warned := len(tell.warned)
	if warned > maxWarned {
		warned = someWarned
	}
	for _, f := range w.facts(tell, warned) {
		t.fact(f)
	}
	if len(tell.same) > 0 {
		t.shared("WHAT BLOCKS SEVERAL MEMBERS", w.reasons())
	}
	for _, m := range tell.full {
		t.plans.name, t.plans.folder = m.called(), m.Folder
		t.b.WriteString("\n")
		t.document(m.Document)
	}
	t.shared("WARNINGS OF SEVERAL MEMBERS", tell.shared)
	t.notes(tell.notes)
	t.close()
	return t.write(out)
}

// shared writes the problems of several members, and who has them.
func (t *texter) shared(title string, all []problem) {
	if len(all) == 0 {
		return
	}
	t.b.WriteString("\n" + title + "\n")
	n := len(all)
	if n > maxWarned {
		n = someWarned
	}
	for _, p := range all[:n] {
		g := p.group
		about := p.members[0].about(g)
		if blocks(g.State()) && g.Of().InTarball {
			about = g.Of().File
		}
		name := display.Cap(about, maxField)
		what, ends := "["+display.Cap(g.Of().Rule, maxField)+"]", ""
		if g.Advisories() {
			what = count(len(g.Findings), "advisory", "advisories")
		}
		if g.Of().Ends != "" {
			ends = "fixed in " + display.Cap(g.Of().Ends, maxField)
		}
		t.row(g, name)
		t.tail(rowStart+utf8.RuneCountInString(name), rowStart, what, ends)
		if blocks(g.State()) {
			t.line(strings.Repeat(" ", rowStart), display.Cap(cmp.Or(g.Of().Fix, g.Says()), maxMessage))
		}
		t.line(strings.Repeat(" ", rowStart), fmt.Sprintf("%s: %s", count(len(p.members), "member", "members"),
			plain(names(p.members, firstNames))))
	}
	t.left(len(all)-n, "problem")
}

// notes writes what was looked at, and what was not, of the members that are not
// told in full.
func (t *texter) notes(all []note) {
	if len(all) == 0 {
		return
	}
	t.b.WriteString("\nOF THE MEMBERS THAT PASSED\n")
	for i, n := range all {
		if i == maxNotes {
			fmt.Fprintf(&t.b, "  and %s: report.md\n", count(len(all)-i, "more line", "more lines"))
			return
		}
		if n.label == skippedLabel {
			n.label, n.parts = "not looked", append([]part{own("at ")}, n.parts...)
		}
		t.fact(n.fact)
	}
}
