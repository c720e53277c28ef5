package report

import (
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/written"
)

// maxPolicyRows is the number of lines of a written policy that the page shows.
const maxPolicyRows = 1000

// The data of the section about the written policy: a folded table for each
// class of answer.
type (
	pageWritten struct {
		Lead  []piece
		Kinds []pageWrittenKind
		Left  string // number of lines not shown
	}
	pageWrittenKind struct {
		Title string // "170 enforced"
		Rows  []pageWrittenRow
	}
	pageWrittenRow struct {
		Line    int
		Text    string // foreign, capped
		Answers []piece
	}
)

// pageWritten lists what answers each line of the written policy, by class, in
// the order of the prose. Lines that ask for nothing are left out.
func (d *Document) pageWritten() (out pageWritten) {
	w := d.Written
	out.Lead = textOf(foreign(w.Prose), own(": %s.", CoverageCounts(w.Coverage)))
	room := maxPolicyRows
	for _, class := range written.Classes {
		if class == written.Silent || w.Coverage.Count(class) == 0 {
			continue
		}
		kind := pageWrittenKind{Title: thousands(int64(w.Coverage.Count(class))) + " " + string(class)}
		for i := range w.Coverage.Rows {
			r := &w.Coverage.Rows[i]
			if r.Class != class || room == 0 {
				continue
			}
			room--
			row := pageWrittenRow{Line: r.Line, Text: display.Cap(r.Text, maxPolicyLine)}
			if said := answerOf(r); said != "" {
				row.Answers = textOf(part{text: said, cap: maxAnswer, sentence: true})
			}
			kind.Rows = append(kind.Rows, row)
		}
		if len(kind.Rows) > 0 {
			out.Kinds = append(out.Kinds, kind)
		}
	}
	if left := w.Coverage.Demands() - maxPolicyRows; left > 0 {
		out.Left = count(left, "line is", "lines are")
	}
	return out
}
