package report

import (
	"slices"
	"strconv"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// The data of the sections before and after the findings.
type (
	pageDone struct {
		Acts     []pageAct
		Approval *pageCommand
	}
	pageAct struct {
		Kind, Icon, Word string
		Said, Text       []piece
	}
	pageFact struct {
		Label   string // empty: the one before goes on
		Skipped bool
		Text    []piece
		Digests []pageLine
	}
	pageCounts struct {
		None    string // why there is nothing to count
		Bar     []pageBar
		Columns []pageSeverity
		Rows    []pageTally
	}
	pageBar   struct{ X, Width, Class, Count, Word string }
	pageTally struct {
		Kind, Word, All string
		Cells           []string
	}
	pageFix struct {
		Recipe        *pageCommand
		Steps, Folded []pageStep
		More, Left    string // numbers of folded steps, and of steps not shown
		PatchName     string
		Patch         []pagePatch
		Hand          []pageStep
		HandLeft      string
		all           int // steps of the plan and by hand
	}
	pageStep struct {
		Number       int
		Head         []piece
		Person       bool
		Facts, Notes []pageLine
		Fold         string // number of notes, if they are folded
	}
	pagePatch struct{ Kind, Text string }
	pageDiff  struct {
		Title []piece
		Rows  []pageChange
	}
	pageChange struct {
		What             string
		Was, Now, Change []piece
	}
)

// pageDone says what was done, and what was not, in order.
func (d *Document) pageDone() pageDone {
	var out pageDone
	for i := range d.Run.Acts {
		a := &d.Run.Acts[i]
		kind, icon, word := "none", "none", "not done"
		switch a.State {
		case Done, Already:
			kind, icon, word = "done", "done", "done"
		case Noted:
			kind, icon, word = "wait", "warn", "done, with a note"
		case Accepted:
			kind, icon, word = "wait", "wait", "accepted"
		case Unsure:
			kind, icon, word = "wait", "unknown", "unsure"
		case Failed:
			kind, icon, word = "fail", "fail", "failed"
		}
		out.Acts = append(out.Acts, pageAct{kind, icon, word, textOf(plainly(a.Said())), textOf(sentence(a.Text))})
	}
	if lines := d.approval(); len(lines) > 0 {
		out.Approval = commandOf("It waits at the registry. Look whether it has these bytes, then approve it:", lines)
	}
	return out
}

// pageFacts says what the verdict is based on. What was not looked at is marked,
// and never folded; the digests are.
func (d *Document) pageFacts() (out []pageFact) {
	last := ""
	for _, f := range d.basis() {
		if f.label == "sha256" || f.label == "integrity" {
			of := &out[len(out)-1] // the tarball
			of.Digests = append(of.Digests, pageLine{Label: f.label, Text: textOf(f.parts...)})
			continue
		}
		line := pageFact{Text: textOf(f.parts...)}
		if f.label != last {
			line.Label, line.Skipped = f.label, f.label == skippedLabel
		}
		last = f.label
		out = append(out, line)
	}
	return out
}

// A tally counts the findings of a state.
type tally struct {
	state finding.State
	of    [finding.Critical + 1]int
	all   int
}

func (d *Document) tallies() (rows []*tally, columns []finding.Severity) {
	all := []*tally{{state: finding.Block}, {state: finding.Warn}, {state: finding.Waived}}
	var any [finding.Critical + 1]bool
	for i := range d.Verdict.Judged {
		j := &d.Verdict.Judged[i]
		s := j.Finding.Severity
		if s <= finding.Unknown || s > finding.Critical {
			s = finding.Critical // it counts as the worst
		}
		row := all[0]
		if j.State == finding.Warn || j.State == finding.Waived {
			row = all[j.State]
		}
		row.of[s]++
		row.all++
		any[s] = true
	}
	for s := finding.Critical; s > finding.Unknown; s-- {
		if any[s] || s != finding.Info {
			columns = append(columns, s)
		}
	}
	return slices.DeleteFunc(all, func(t *tally) bool { return t.all == 0 }), columns
}

// pageCounts shows the findings by state and severity, as a bar and as a table.
func (d *Document) pageCounts() (out pageCounts) {
	rows, columns := d.tallies()
	switch {
	case len(rows) == 0 && d.Problem != "":
		out.None = "Nothing was decided, so nothing was counted."
	case len(rows) == 0:
		out.None = "Nothing was found."
	}
	for _, s := range columns {
		out.Columns = append(out.Columns, pageSeverity{Meter: meter(s), Word: s.String()})
	}
	at, whole := 0.0, float64(len(d.Verdict.Judged))
	for _, r := range rows {
		row := pageTally{All: thousands(int64(r.all))}
		row.Kind, row.Word = stateOf(r.state)
		for _, s := range columns {
			n := thousands(int64(r.of[s]))
			row.Cells = append(row.Cells, n)
			if r.of[s] == 0 {
				continue
			}
			share := float64(r.of[s]) / whole
			bar := pageBar{X: percent(at), Width: percent(share), Class: [...]string{"b1", "w1", "n1"}[r.state]}
			if share > 0.03 {
				bar.Count = n
			}
			if share > 0.12 {
				bar.Word = s.String()
			}
			out.Bar = append(out.Bar, bar)
			at += share
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 2, 64) + "%" }

// pageFix says what to do: the commands to copy, then each step, then what is to be
// done by hand.
func (d *Document) pageFix() pageFix {
	out := pageFix{PatchName: patchName}
	if d.Plan != nil {
		out.all = len(d.Plan.Steps)
	}
	if r := d.recipe(); len(r.lines) > 0 {
		out.Recipe = commandOf(r.title(len(d.Plan.Steps))+": "+r.where(), r.lines)
	}
	shown := d.planned(nil)
	for _, s := range shown.steps {
		out.Steps = append(out.Steps, stepOf(s))
	}
	if more := len(out.Steps) - openSteps; more > 2 {
		out.Steps, out.Folded, out.More = out.Steps[:openSteps], out.Steps[openSteps:], thousands(int64(more))
	}
	if shown.more > 0 {
		out.Left = count(shown.more, "more step", "more steps")
	}
	hand := d.byHand()
	out.all += len(hand)
	for _, s := range hand[:min(len(hand), maxSteps)] {
		out.Hand = append(out.Hand, pageStep{Number: s.number, Head: textOf(s.fix),
			Facts: []pageLine{{Label: "for", Text: textOf(append(append(s.about(), plainly(": ")), s.rules()...)...)}}})
	}
	if more := len(hand) - maxSteps; more > 0 {
		out.HandLeft = count(more, "more step by hand", "more steps by hand")
	}
	for _, l := range d.patchLines() {
		line := pagePatch{Text: l}
		if l != "" && l[0] == '+' {
			line.Kind = "add"
		} else if l != "" && l[0] == '-' {
			line.Kind = "del"
		}
		out.Patch = append(out.Patch, line)
	}
	return out
}

// stepOf returns one step: what to do and what it ends, and its notes.
func stepOf(s shownStep) pageStep {
	out := pageStep{Number: s.number, Head: textOf(sentenceCase(stepHead(s.Step))...), Person: s.Do > upgrade.Prune}
	for _, f := range stepFacts(s.Step) {
		line := pageLine{Label: f.label, Text: textOf(f.parts...)}
		if f.label == "note" {
			out.Notes = append(out.Notes, line)
		} else {
			out.Facts = append(out.Facts, line)
		}
	}
	if n := len(out.Notes); n > 1 {
		out.Fold = thousands(int64(n))
	}
	return out
}

// sentenceCase returns a line of our own words with a capital at its start.
func sentenceCase(parts []part) []part {
	if len(parts) == 0 || parts[0].cap > 0 || parts[0].text == "" {
		return parts
	}
	parts = slices.Clone(parts)
	parts[0].text = string(parts[0].text[0]-'a'+'A') + parts[0].text[1:]
	return parts
}

// pageDiff returns the changes since the last release, as a table.
func (d *Document) pageDiff() pageDiff {
	out := pageDiff{Title: textOf(diffTitle(d.Diff)...)}
	for _, r := range diffRows(d.Diff) {
		out.Rows = append(out.Rows, pageChange{r.what, textOf(r.was...), textOf(r.now...), textOf(r.shown()...)})
	}
	return out
}
