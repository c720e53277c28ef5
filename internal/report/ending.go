package report

import (
	"strings"

	"github.com/publishgate/publishgate/internal/policy"
)

// firstWords returns the first words of a report: the final result, which
// differs from the verdict if an act failed.
func (d *Document) firstWords() string {
	if d.Only == "" {
		return d.ended()
	}
	return d.ended() + ", " + d.Only
}

func (d *Document) ended() string {
	reason := Fine
	if d.Run != nil {
		reason = d.Run.Reason
	}
	switch {
	case d.Ending() == policy.Pass:
		return strings.Join(append([]string{"passed"}, d.Caveats...), ", ")
	case d.Run == nil && d.Result() == policy.Block:
		return "blocked"
	case reason == NotPublished && d.Run.Out == Coming:
		return "accepted, and not visible yet"
	case reason == NotPublished && d.Run.Out == Staged:
		return "staged, and then not as it should be"
	case reason == Undeprecated && (d.Run.Out == Published || d.Run.Out == There):
		return "published, but not deprecated"
	case reason == Fine, d.Result() == policy.Unknown && reason.Exit() == 3:
		return "not decided" + reason.ending().doubt
	}
	return reason.ending().firstWords
}

// aftermath says what happened to the package, if the counts do not show it.
func (d *Document) aftermath() []string {
	passed, out := d.Result() == policy.Pass, Kept
	if d.Run != nil {
		out = d.Run.Out
	}
	var s []string
	switch {
	case d.Ending() == policy.Pass:
		return map[Out][]string{Published: {"published"}, There: {"published before"},
			Coming: {"the registry accepted it"}, Staged: {"staged, and public once somebody approves it"}}[out]
	case d.Run != nil && d.Run.Reason == Undeprecated && (out == Published || out == There): // the first words say so
	case out == Staged:
		s = append(s, "but it was staged")
	case out == Stopped:
		s = append(s, "the registry's own checks said no to it")
	case out == Published:
		s = append(s, "but it was published")
	case out == Coming && d.Ending() == policy.Block:
		s = append(s, "but the registry had accepted it")
	case out == Coming:
		s = append(s, "run again: it settles")
	case out == Doubtful:
		s = append(s, "whether it was published is not known")
	case out == There:
		s = append(s, "the registry has had these very bytes before")
	case passed:
		s = append(s, "nothing was let through")
	case d.Ending() == policy.Unknown, d.Result() == policy.Unknown:
		s = append(s, "nothing may be published")
	}
	if passed {
		s = append(s, "the package itself passed")
	}
	return s
}

// acts returns the lines about what was done.
func (d *Document) acts() []fact {
	if d.Run == nil {
		return nil
	}
	var fs []fact
	for i := range d.Run.Acts {
		a := &d.Run.Acts[i]
		label := "done"
		switch a.State {
		case Noted:
			label = "note"
		case Skipped:
			label = "not done"
		case Failed:
			label = "failed"
		case Unsure:
			label = "unsure"
		}
		fs = append(fs, fact{label, []part{own("%s: ", a.Said()), sentence(a.Text)}})
	}
	return fs
}
