package gate

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/report"
)

// A note is an annotation with what several members' are put in order by.
type note struct {
	action.Annotation
	about string // what it is about: equal for the same finding in two members; empty: its text says
	rank  int    // of its severity; first: it is about the run
}

// first is a rank above that of every severity.
const first = 100

// maxSaid is how much of a finding's message, and of its remedy, an annotation
// shows, in characters. The runner keeps 4,096 of both and the file's name.
const maxSaid = 1000

// annotations returns the annotations of the run, the worst first. In a run over
// several members, what two of them share is told once: the runner keeps ten of
// each kind, for all members together.
func (o *Outcome) annotations() []action.Annotation {
	all := append(o.notes(), o.parts...)
	if o.Whole != nil {
		slices.SortStableFunc(all, func(a, b note) int { return cmp.Compare(b.rank, a.rank) })
	}
	var told []action.Annotation
	seen := map[string]bool{}
	for _, n := range all {
		about := cmp.Or(n.about, n.Kind+n.Title+"\x00"+n.Message)
		if o.Whole == nil || !seen[about] {
			told = append(told, n.Annotation)
		}
		seen[about] = true
	}
	return told
}

// notes returns annotations for what was left undone, and then for each
// finding that blocks or warns, at the line that it is about.
func (o *Outcome) notes() []note {
	d := &o.Document
	var all []note
	add := func(a action.Annotation) { all = append(all, note{Annotation: a, rank: first}) }
	if d.Problem != "" {
		title := "publishgate could not decide"
		if o.Run.Reason == report.Usage {
			title = "publishgate: wrong use"
		}
		add(action.Annotation{Kind: "error", Title: title, Message: display.Text(d.Problem)})
	}
	for i := range o.Run.Acts {
		a := &o.Run.Acts[i]
		kind := "warning"
		switch {
		case (a.What == "upload" || a.What == "submit" || a.What == "comment" && o.onPull) && a.State == report.Skipped:
			kind = "notice"
		case !a.Warns():
			continue
		case a.State == report.Failed, a.State == report.Unsure && o.Run.Reason != report.Fine:
			kind = "error" // also where the run may pass without: an annotation changes no exit code
		}
		add(action.Annotation{Kind: kind, Title: "publishgate: " + a.Said(), Message: display.Text(a.Text)})
	}
	for _, g := range d.Verdict.Groups() {
		f := g.Of()
		a := action.Annotation{Kind: "error", Title: "publishgate: " + f.Rule, Message: display.Cap(g.Says(), maxSaid)}
		if g.State() == finding.Waived {
			continue
		}
		if g.State() == finding.Warn {
			a.Kind = "warning"
		}
		if f.Fix != "" {
			a.Message += " – " + display.Cap(f.Fix, maxSaid)
		}
		// A file whose name needs escaping would not be found anyway.
		switch source := o.sources[f.File]; {
		case f.File == "":
		case !f.InTarball && !f.OfTarball() && display.Cap(f.File, maxShownPath) == f.File:
			a.File, a.Line, a.Column = path.Join(o.prefix, f.File), f.Line, f.Column
		case f.InTarball && source != "" && display.Cap(source, maxShownPath) == source:
			a.File, a.Line, a.Column = source, f.Line, f.Column
		default:
			a.File = path.Join(o.prefix, "package.json")
			a.Message = fmt.Sprintf("%s: %s", display.Cap(f.File, maxShownName), a.Message)
		}
		about := f.Name + "@" + f.Version
		if f.Name == "" || g.Many() {
			about = a.Message
		}
		all = append(all, note{a, fmt.Sprint(a.Kind, a.Title, "\x00", a.File, ":", a.Line, ":", a.Column, "\x00", about), f.Severity.Rank()})
	}
	if o.Run.Reason != report.Fine && !slices.ContainsFunc(all, func(n note) bool { return n.Kind == "error" }) {
		add(action.Annotation{Kind: "error", Title: "publishgate: " + string(o.Run.Reason), Message: display.Text(o.trouble)})
	}
	return all
}
