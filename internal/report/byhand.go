package report

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// A handStep is what a person has to do about problems that block and that no step
// of the plan ends. Steps by hand are numbered after those of the plan.
type handStep struct {
	number int
	fix    part
	groups []*policy.Group
}

// byHand returns the steps by hand, each remedy once.
func (d *Document) byHand() []handStep {
	var steps []handStep
	at := map[string]int{}
	number := 0
	if d.Plan != nil {
		number = len(d.Plan.Steps)
	}
	planned, rules := d.stepsOf(), d.rules()
	groups := d.Verdict.Groups()
	for i := range groups {
		g := &groups[i]
		f := g.Of()
		if g.State() == finding.Warn || g.State() == finding.Waived || planned[vulnerable(g)] > 0 {
			continue
		}
		fix := sentence(f.Fix)
		if f.Fix == "" {
			fix = plainly(rules.of(g).Help)
		}
		if fix.text == "" {
			continue
		}
		n, known := at[fix.text]
		if !known {
			n, at[fix.text] = len(steps), len(steps)
			number++
			steps = append(steps, handStep{number: number, fix: fix})
		}
		steps[n].groups = append(steps[n].groups, g)
	}
	return steps
}

// about names what a step by hand is about, the first few by name.
func (s handStep) about() []part {
	const few = 3
	var parts []part
	for i, g := range s.groups[:min(len(s.groups), few)] {
		if i > 0 {
			parts = append(parts, plainly(", "))
		}
		parts = append(parts, foreign(about(g)))
	}
	if more := len(s.groups) - few; more > 0 {
		parts = append(parts, own(" and %s more", thousands(int64(more))))
	}
	return parts
}

// rules names the rules of a step by hand, each once.
func (s handStep) rules() []part {
	var parts []part
	var told []string
	for _, g := range s.groups {
		if id := g.Of().Rule; !slices.Contains(told, id) {
			if told = append(told, id); len(told) > 1 {
				parts = append(parts, plainly(", "))
			}
			parts = append(parts, foreign(id))
		}
	}
	return parts
}

// stepNumbers returns the number of the step about each group that has one.
func (d *Document) stepNumbers() map[*policy.Group]int {
	of := map[*policy.Group]int{}
	planned, groups := d.stepsOf(), d.Verdict.Groups()
	for i := range groups {
		if n := planned[vulnerable(&groups[i])]; n > 0 {
			of[&groups[i]] = n
		}
	}
	for _, s := range d.byHand() {
		for _, g := range s.groups {
			of[g] = s.number
		}
	}
	return of
}

// fix writes what to do: the commands to copy, then what they do not do.
func (t *texter) fix(d *Document) {
	p, hand := d.planned(t.plans), d.byHand()
	if len(p.steps)+p.again+len(hand) == 0 {
		return
	}
	t.title("FIX")
	r := d.recipe()
	if len(r.lines) > 0 && p.again == 0 {
		t.b.WriteString("  ")
		lead := strings.ReplaceAll(r.title(len(d.Plan.Steps))+": "+r.where(), "`", "")
		t.flow(5, 5, strings.ToLower(lead[:1])+lead[1:])
		for _, l := range r.lines {
			t.b.WriteString("  " + l + "\n")
		}
		t.reservations(d.Plan.Steps, r.steps)
	} else {
		r.steps = nil
		t.b.WriteString("\n")
	}

	switch aside := len(r.steps) > 0 && d.planIsAside(); {
	case aside:
		t.line("  ", count(len(d.Plan.Steps), "step is", "steps are")+" about what does not ship: see report.md")
	default:
		t.steps(p, r.steps)
	}
	if d.Plan != nil && d.Plan.Patch != "" && len(p.steps) > 0 {
		t.line("  ", "as a patch: "+patchName+" in the evidence")
	}
	for i, s := range hand {
		if i == maxSteps {
			t.left(len(hand)-i, "step")
			break
		}
		text := append(append([]part{plainly("[")}, s.rules()...), plainly("] "))
		text = append(append(append(text, s.about()...), plainly(": ")), s.fix)
		t.line(number(s.number), plain(text))
	}
}

// number returns the number of a step, in front of its text.
func number(n int) string { return pad("  "+thousands(int64(n)), 4) + " " }

// steps writes the steps of a plan that the commands do not do.
func (t *texter) steps(p shownPlan, done []int) {
	for _, s := range p.steps {
		if slices.Contains(done, s.number) {
			continue
		}
		t.line(number(s.number), plain(stepHead(s.Step)))
		for _, f := range stepFacts(s.Step) {
			if f.label == "note" || s.Do > upgrade.Prune {
				t.line("     ", f.label+" "+plain(f.parts))
			}
		}
	}
	if p.more > 0 {
		t.left(p.more, "step")
	}
	if p.again > 0 {
		t.line("  ", plain(p.note()))
	}
}

// reservations says of which of the done steps one must not expect all.
func (t *texter) reservations(steps []upgrade.Step, done []int) {
	var unsure, here, outside []int
	for _, n := range done {
		s := &steps[n-1]
		if !s.Verified {
			unsure = append(unsure, n)
		}
		if slices.ContainsFunc(s.Notes, func(note string) bool { return strings.Contains(note, "helps in this checkout alone") }) {
			here = append(here, n)
		} else if len(s.Notes) > 0 {
			outside = append(outside, n)
		}
	}
	for _, x := range []struct {
		of   []int
		text string
	}{
		{here, " helps in this checkout alone: whoever installs the package still gets the affected version, until what asks for it is replaced"},
		{outside, " has notes in report.md: read them before the release"},
		{unsure, " is not verified: run the gate again after it"},
	} {
		if len(x.of) > 0 {
			text := x.text
			if len(x.of) > 1 {
				text = strings.NewReplacer(" helps", " help", " has", " have", " is not", " are not", "after it", "after them").Replace(text)
			}
			t.line("  note: ", numbers(x.of)+text)
		}
	}
}

// because says what blocks and, where that is so, that nothing was done for it.
func (d *Document) because() []part {
	parts := d.blocking()
	if len(parts) > 0 && d.Run != nil && d.Run.Out == Kept && !d.Run.has("sign") {
		parts = append(parts, plainly(" Nothing was signed, staged or published."))
	}
	return parts
}

// blocking says what blocks, by rule; nothing where nothing does.
func (d *Document) blocking() []part {
	type sum struct {
		rule     string
		findings int
		packages map[string]bool
	}
	var sums []*sum
	for i := range d.Verdict.Judged {
		j := &d.Verdict.Judged[i]
		if j.State == finding.Warn || j.State == finding.Waived {
			continue
		}
		at := slices.IndexFunc(sums, func(s *sum) bool { return s.rule == j.Finding.Rule })
		if at < 0 {
			at, sums = len(sums), append(sums, &sum{j.Finding.Rule, 0, map[string]bool{}})
		}
		sums[at].findings++
		sums[at].packages[j.Finding.Name+"@"+j.Finding.Version] = true
	}
	var parts []part
	for i, s := range sums {
		switch {
		case i > 0 && i == len(sums)-1:
			parts = append(parts, plainly(" and "))
		case i > 0:
			parts = append(parts, plainly(", "))
		}
		switch packages := count(len(s.packages), "package", "packages"); s.rule {
		case "vulnerable-dependency":
			parts = append(parts, own("%s in %s", count(s.findings, "vulnerability", "vulnerabilities"), packages))
		case "malware":
			parts = append(parts, own("malware in %s", packages))
		default:
			parts = append(parts, own("%s ", thousands(int64(s.findings))), foreign(s.rule))
		}
	}
	if len(parts) > 0 {
		parts = append(parts, plainly("."))
	}
	return parts
}
