package report

import (
	"fmt"
	"path"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// patchName is the evidence file that holds the complete patch of the plan.
const patchName = "fix.patch"

// Limits of what is shown of a plan; verdict.json and the patch file contain
// all of it.
const (
	maxSteps      = 50
	maxPatchLines = 200
)

// A shownStep is a step and its number in the plan.
type shownStep struct {
	upgrade.Step
	number int
}

// A shownPlan is the part of a plan that is shown: steps, with the number of
// further steps (more) and of steps that were shown with another member of the
// workspace before (again). earlier is the member of the first of those.
type shownPlan struct {
	steps       []shownStep
	more, again int
	earlier     string
}

// note returns the line about the steps that were shown with another member.
func (p shownPlan) note() []part {
	return []part{own("%s told of ", count(p.again, "step is", "steps are")), foreign(p.earlier), own(" already")}
}

// A toldPlan remembers the steps and the problems that the reports of other members
// showed, because what is the same for several members of a workspace is shown once.
// Nil: there is only one report.
type toldPlan struct {
	name     string            // of the current member, for people
	folder   string            // its directory; empty: it is not known
	of       map[string]string // step with all its facts → the member it was shown with
	problems map[string]string // problem → the member it was shown with
}

func newToldPlan() *toldPlan {
	return &toldPlan{of: map[string]string{}, problems: map[string]string{}}
}

// sameProblem returns what is the same of a problem in several members: one of a
// dependency, or of a file that the workspace has for all. It is empty for a problem of
// the package itself.
func sameProblem(g *policy.Group, folder string) string {
	f := g.Of()
	same := []string{g.State().String(), f.Rule, about(g), g.Says()}
	switch outside := !f.InTarball && strings.HasPrefix(f.File, "../"); {
	case f.Name != "":
	case outside && folder != "":
		same = append(same, path.Join(folder, f.File))
	default:
		return ""
	}
	for _, j := range g.Findings { // two advisories that block are not the same as two others
		same = append(same, j.State.String()+strings.Join(j.Finding.IDs, ","))
	}
	return strings.Join(same, "\x00")
}

// fresh returns the groups that no other member's report showed, how many it did
// show, and with which member the first of them. It remembers the others.
func (t *toldPlan) fresh(list []*policy.Group) (rest []*policy.Group, again int, earlier string) {
	if t == nil {
		return list, 0, ""
	}
	for _, g := range list {
		key := sameProblem(g, t.folder)
		with, told := t.problems[key]
		switch {
		case key == "" || !told || with == t.name:
			t.problems[key] = t.name
			rest = append(rest, g)
		default:
			if again++; earlier == "" {
				earlier = with
			}
		}
	}
	return rest, again, earlier
}

// againNote returns the line about problems that were shown with another member.
func againNote(n int, earlier string) []part {
	return []part{own("%s told of ", count(n, "problem is", "problems are")), foreign(earlier), own(" already")}
}

// again reports whether the step was shown before, and with which member. If not,
// it remembers the step.
func (t *toldPlan) again(s upgrade.Step) (earlier string, told bool) {
	if t == nil {
		return "", false
	}
	switch {
	case s.File == "":
	case t.folder != "":
		s.File = path.Join(t.folder, s.File)
	default: // whose workspace it is in is not known
		s.File = t.name + "\x00" + s.File
	}
	key := plain(stepHead(s))
	for _, f := range stepFacts(s) {
		key += "\n" + f.label + " " + plain(f.parts)
	}
	if earlier, told = t.of[key]; !told {
		t.of[key] = t.name
	}
	return earlier, told
}

// planned returns the part of the plan that is shown.
func (d *Document) planned(told *toldPlan) (p shownPlan) {
	if d.Plan == nil {
		return p
	}
	for i, s := range d.Plan.Steps {
		if earlier, again := told.again(s); again {
			if p.again++; p.earlier == "" {
				p.earlier = earlier
			}
			continue
		}
		if len(p.steps) == maxSteps {
			p.more++
			continue
		}
		p.steps = append(p.steps, shownStep{s, i + 1})
	}
	return p
}

// stepHead describes a step in one line.
func stepHead(s upgrade.Step) []part {
	switch s.Do {
	case upgrade.Update:
		parts := []part{own("run "), foreign(s.Command)}
		if s.To != "" {
			parts = append(parts, own(" for "), foreign(s.Name), own(" "), foreign(s.To), own(" or later"))
		}
		return parts
	case upgrade.Raise:
		return []part{own("in "), foreign(s.File), own(" write "), foreign(s.New), own(" at "), foreign(s.Key),
			own(" in place of "), foreign(s.Old), own(", then run "), foreign(s.Command)}
	case upgrade.Override:
		parts := []part{own("in "), foreign(s.File), own(" write "), foreign(s.New), own(" at "), foreign(s.Key)}
		if n := len(s.Also); n > 0 {
			parts = append(parts, own(" and %s", count(n, "more key", "more keys")))
		}
		if s.Old != "" {
			parts = append(parts, own(" in place of "), foreign(s.Old))
		}
		return append(parts, own(", then run "), foreign(s.Command))
	case upgrade.Prune:
		return []part{own("run "), foreign(s.Command), own(": nothing asks for "), foreign(s.Name)}
	case upgrade.Remove:
		return []part{own("remove "), foreign(s.Name)}
	}
	return []part{own("no change of this project's own helps for "), foreign(s.Name)}
}

// stepFacts returns the lines below the head of a step.
func stepFacts(s upgrade.Step) []fact {
	label := "removes"
	if s.Do > upgrade.Prune {
		label = "about"
	}
	fs := append(removalFacts(label, s.Removes), removalFacts("in part", s.Part)...)
	for _, n := range s.Notes {
		fs = append(fs, fact{"note", []part{sentence(n)}})
	}
	if !s.Verified && s.Do <= upgrade.Prune {
		fs = append(fs, fact{"note", []part{own("not verified: audit again after it")}})
	}
	return fs
}

func removalFacts(label string, list []upgrade.Removal) []fact {
	var fs []fact
	for i, r := range list {
		if i == maxIDs {
			fs = append(fs, fact{label, []part{own("%s", count(len(list)-maxIDs, "more version", "more versions"))}})
			break
		}
		fs = append(fs, fact{label, idParts([]part{foreign(r.Package), own(": ")}, r.IDs)})
	}
	return fs
}

// patchLines returns the patch as escaped lines, without the first.
func (d *Document) patchLines() []string {
	if d.Plan == nil || d.Plan.Patch == "" {
		return nil
	}
	all := strings.Split(strings.TrimSuffix(d.Plan.Patch, "\n"), "\n")[1:]
	lines := make([]string, 0, len(all))
	for i, l := range all {
		if i == maxPatchLines {
			lines = append(lines, fmt.Sprintf("… %s", count(len(all)-i, "more line", "more lines")))
			break
		}
		lines = append(lines, display.Cap(strings.ReplaceAll(strings.TrimSuffix(l, "\r"), "\t", "  "), maxField))
	}
	return lines
}

// planIsAside reports whether the plan is about nothing that ships or blocks.
func (d *Document) planIsAside() bool {
	for i := range d.Verdict.Judged {
		j := &d.Verdict.Judged[i]
		if len(j.Finding.IDs) > 0 && (j.State == finding.Block || !buildOnly(&j.Finding)) {
			return false
		}
	}
	return true
}

func (m *markdownWriter) plan(d *Document) {
	p, hand := d.planned(m.plans), d.byHand()
	if len(p.steps)+p.again+len(hand) == 0 {
		return
	}
	m.item([]byte("\n### Fix plan\n\n"))
	end := ""
	if r := d.recipe(); len(r.lines) > 0 && p.again == 0 {
		m.item([]byte(r.title(len(d.Plan.Steps)) + ": " + r.where() + "\n\n```sh\n" + fenced(r.lines) + "\n```\n\n"))
		if m.put([]byte("<details><summary>Step by step</summary>\n\n")) {
			end = "\n</details>\n"
		}
	}
	for _, s := range p.steps {
		text := append(spans(fmt.Appendf(nil, "%d. ", s.number), stepHead(s.Step), display.Markdown), '\n')
		for _, f := range stepFacts(s.Step) {
			text = append(spans(append(text, "   - "+f.label+": "...), f.parts, display.Markdown), '\n')
		}
		m.item(text)
	}
	if p.more > 0 {
		m.item(fmt.Appendf(nil, "\n%s: see `verdict.json`.\n", count(p.more, "more step", "more steps")))
	}
	if p.again > 0 {
		m.item(append(spans([]byte("\n"), p.note(), display.Markdown), ".\n"...))
	}
	m.b = append(m.b, end...) // close what is open, even beyond the budget
	m.byHand(hand)
	if lines := d.patchLines(); len(lines) > 0 {
		m.item(fmt.Appendf(nil, "\n<details><summary>As a patch, %s in the evidence</summary>\n\n```diff\n%s\n```\n\n</details>\n",
			patchName, fenced(lines)))
	}
}

// byHand appends the steps by hand as a table, whose numbers go on from the plan's.
func (m *markdownWriter) byHand(hand []handStep) {
	if len(hand) == 0 {
		return
	}
	m.item([]byte("\n| step | by hand | removes |\n|--:|:--|:--|\n"))
	for i, s := range hand {
		if i == maxSteps {
			m.item(fmt.Appendf(nil, "\n%s by hand: see `verdict.json`.\n", count(len(hand)-i, "more step", "more steps")))
			return
		}
		text := spans(fmt.Appendf(nil, "| %d | ", s.number), []part{s.fix}, display.Cell)
		text = spans(append(text, " | "...), s.rules(), display.Cell)
		text = spans(append(text, ": "...), s.about(), display.Cell)
		m.item(append(text, " |\n"...))
	}
}
