package report

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// maxListedAdvisories is the number of advisories that a row shows; verdict.json
// has all.
const maxListedAdvisories = 12

// The data of the groups of a state.
type (
	pageList struct {
		Fold string // what the folded groups are; empty: they are open to the eye
		Rows iter.Seq[*pageRow]
	}
	pageRow struct {
		Short, Open   bool
		Severity      pageSeverity
		Name, Version string // Version may be "range"
		Rule, Found   string // one of the two: what was found
		Exploited     bool
		Ends          string
		Step          int
		Where         []piece
		Printed       string // the advisories on paper, where nothing unfolds
		Says, Why     []piece
		Advisories    []pageAdvisory
		More          string // advisories that are not listed
		Notes         []pageLine
	}
	// A pageSeverity is a meter of four steps and a word, in the colour of a state.
	pageSeverity struct {
		Warns, Waived bool // else it blocks
		Meter         int
		Word          string
	}
)

// pageGroups are the groups of one state, the worst first. Each is made when the
// template comes to it, which depends on the room that is left then.
type pageGroups struct {
	p     *page
	of    section
	most  int // groups
	shown int
}

// Lead says what the groups have in common; it may be empty.
func (g *pageGroups) Lead() string { return g.of.lead }

// Left says how many groups found no room. It is asked last.
func (g *pageGroups) Left() string {
	if left := len(g.of.groups) - g.shown; left > 0 {
		return count(left, "problem is", "problems are")
	}
	return ""
}

// Lists yields the groups. Of those that do not block, the first are open to the
// eye and the rest is folded.
func (g *pageGroups) Lists() iter.Seq[pageList] {
	return func(yield func(pageList) bool) {
		all := len(g.of.groups)
		open := all
		switch {
		case g.of.fold:
			open = 0
		case g.of.state != finding.Block && all > maxOpen+1:
			open = maxOpen
		}
		if g.room(open) && !yield(pageList{"", g.rows(open)}) {
			return
		}
		if g.room(all) {
			yield(pageList{count(all-g.shown, "problem that does not block", "problems that do not block"), g.rows(all)})
		}
	}
}

// room reports whether there is a next group before the one at to, and room for it.
func (g *pageGroups) room(to int) bool { return g.shown < min(to, g.most) && g.p.b.Len() <= roomAll }

// rows yields the groups up to one. Far down, a group is one line, and its insides
// are left to verdict.json.
func (g *pageGroups) rows(to int) iter.Seq[*pageRow] {
	return func(yield func(*pageRow) bool) {
		blocks := g.of.state == finding.Block
		for g.room(to) {
			i, of := g.shown, g.of.groups[g.shown]
			g.shown++
			row := g.p.short(of)
			if blocks && g.p.b.Len() <= roomFull || !blocks && i < maxInside {
				row = g.p.row(of, blocks && i == 0)
			}
			if !yield(row) {
				return
			}
		}
	}
}

// short returns a group in one line.
func (p *page) short(g *policy.Group) *pageRow {
	f := g.Of()
	r := &pageRow{Short: true, Name: display.Cap(about(g), maxField), Severity: severityOf(f.Severity, g.State()),
		Ends: display.Cap(f.Ends, maxField)}
	if !g.Advisories() {
		r.Rule = display.Cap(f.Rule, maxField)
		return r
	}
	r.Found = count(len(g.Findings), "advisory", "advisories")
	if b := g.Blocking(); b > 0 && b < len(g.Findings) {
		r.Found += ", " + thousands(int64(b)) + " blocking"
	}
	r.Exploited = slices.ContainsFunc(g.Findings, func(j *policy.Judged) bool { a := j.Finding.Advisory; return a != nil && a.Exploited })
	return r
}

func severityOf(s finding.Severity, state finding.State) pageSeverity {
	return pageSeverity{state == finding.Warn, state == finding.Waived, meter(s), s.String()}
}

// row returns a group: its summary, and all else folded in it.
func (p *page) row(g *policy.Group, open bool) *pageRow {
	r := p.short(g)
	r.Short, r.Open, r.Step = false, open && len(g.Findings) <= 5, p.numbers[g]
	switch name, version := g.Package(); {
	case g.Advisories() && version == "":
		r.Name, r.Version = display.Cap(name, maxField), "range"
	case name != "" && version != "":
		r.Name, r.Version = display.Cap(name, maxField), display.Cap(version, maxField)
	}
	r.Where = where(g)
	p.inside(r, g)
	return r
}

// printed names the advisories on paper, where nothing unfolds.
func printed(g *policy.Group) string {
	var b strings.Builder
	for i, j := range g.Findings {
		if i == maxIDs {
			return b.String() + " and " + thousands(int64(len(g.Findings)-i)) + " more"
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(display.Cap(j.Finding.IDs[0], maxField))
		if a := j.Finding.Advisory; a != nil && a.Score != "" {
			b.WriteString(" " + display.Cap(a.Score, maxField))
		}
	}
	return b.String()
}

// where says what brings the package in, or where the file is.
func where(g *policy.Group) (out []piece) {
	f := g.Of()
	say := func(words string) {
		if len(out) > 0 {
			words = ", " + words
		}
		out = append(out, piece{words, false})
	}
	if j := g.Findings[0]; j.Waiver != nil {
		say("until " + j.Waiver.Expires.UTC().Format("2006-01-02"))
	}
	if f.Scope != "" {
		say(display.Cap(string(f.Scope), maxField))
		if !f.Shipped {
			say("not shipped")
		}
	}
	switch direct := through(f.Paths); {
	case g.Many():
	case f.Name != "" && len(direct) > 0:
		via := "via " + display.Cap(direct[0], maxField)
		if more := len(f.Paths) - 1; more > 0 {
			via += " and " + count(more, "other path", "other paths")
		}
		say(via)
	case f.Name != "" && len(f.Paths) > 0:
		say("direct")
	case f.File != "":
		say("")
		out = append(out, textOf(foreign(f.File))...)
		if f.Line > 0 {
			out = append(out, piece{":" + strconv.Itoa(f.Line), false})
		}
	}
	return out
}

// through returns the direct dependencies that bring a package in, in order; none
// where it is one itself.
func through(paths [][]string) []string {
	var direct []string
	for _, path := range paths {
		if len(path) > 2 && !slices.Contains(direct, path[1]) {
			direct = append(direct, path[1])
		}
	}
	return direct
}

// inside adds what a row folds: the advisories or what all findings say, then
// why, where and what to do.
func (p *page) inside(r *pageRow, g *policy.Group) {
	f, rule := g.Of(), p.rules.of(g)
	if says := g.Says(); says != "" {
		r.Says = textOf(sentence(says))
	}
	if why := strings.TrimSpace(rule.Title + " " + rule.Why); why != "" && !p.told[f.Rule] {
		p.told[f.Rule] = true
		r.Why = textOf(plainly(why))
	}
	if g.Advisories() {
		r.Printed = printed(g)
		for _, j := range g.Findings[:min(len(g.Findings), maxListedAdvisories)] {
			r.Advisories = append(r.Advisories, advisoryOf(j, p.d.At))
		}
		if more := len(g.Findings) - maxListedAdvisories; more > 0 {
			r.More = count(more, "more", "more")
		}
	}
	for _, x := range p.sheet.details(g, rule) {
		if g.Advisories() && slices.Contains([]string{"about", "ids", "advisory", "and", "sla"}, x.label) {
			continue
		}
		line := pageLine{Label: x.label, Text: textOf(x.parts...)}
		if x.label == "fix" && p.linked(r.Step) {
			line.Step = r.Step
		}
		r.Notes = append(r.Notes, line)
	}
}

// linked reports whether a step is shown, so that a link to it leads somewhere.
func (p *page) linked(step int) bool {
	planned := 0
	if p.d.Plan != nil {
		planned = len(p.d.Plan.Steps)
	}
	return step <= min(planned, maxSteps) || step > planned && step <= planned+maxSteps
}
