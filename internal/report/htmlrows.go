package report

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// maxListedAdvisories is the number of advisories that a row shows; verdict.json
// has all.
const maxListedAdvisories = 12

// groups adds a section for each state: what blocks, the warnings, what is waived.
func (p *page) groups(add func(bool, ...pageSection)) {
	shown := 0
	for i, x := range p.d.sections() {
		from := shown
		shown += len(x.groups)
		add(true, pageSection{[...]markup{"state-1", "state-2", "state-3", "state-4", "state-5"}[i],
			strings.ToUpper(x.title[:1]) + x.title[1:], len(x.groups), func() { p.section(&x, max(maxPage-from, 0)) }})
	}
}

// section writes the groups of one state, the worst first. Of those that do not
// block, the first are open to the eye and the rest is folded; far down, a group
// is one line, and its insides are left to verdict.json.
func (p *page) section(x *section, most int) {
	p.h2(strings.ToUpper(x.title[:1])+x.title[1:], len(x.groups))
	if x.lead != "" {
		p.lead(x.lead)
	}
	blocks, folded, left := x.state == finding.Block, false, 0
	p.raw(`<div class="ghead" aria-hidden="true"><span></span><span>worst</span><span>what</span><span>found</span>`,
		`<span>fixed in</span><span>where</span></div>`, "\n")
	for i, g := range x.groups {
		if i >= most || len(p.b) > roomAll {
			left = len(x.groups) - i
			break
		}
		if fold := x.fold && i == 0 || !x.fold && !blocks && i == maxOpen && len(x.groups) > maxOpen+1; fold {
			if folded = true; i > 0 {
				p.raw("</ul>\n")
			}
			p.raw(`<details class="more"><summary>`)
			p.own(count(len(x.groups)-i, "problem that does not block", "problems that do not block"))
			p.raw("</summary>\n", `<ul class="groups">`, "\n")
		} else if i == 0 {
			p.raw(`<ul class="groups">`, "\n")
		}
		if blocks && len(p.b) > roomFull || !blocks && i >= maxInside {
			p.short(g)
		} else {
			p.row(g, blocks && i == 0)
		}
	}
	if left < len(x.groups) {
		p.raw("</ul>\n")
	}
	if folded {
		p.raw("</details>\n")
	}
	if left > 0 {
		p.raw("<p><strong>")
		p.own(count(left, "problem is", "problems are") + " not shown.")
		p.raw("</strong> ")
		p.own("They are in `verdict.json`.")
		p.raw("</p>\n")
	}
}

// short writes a group in one line.
func (p *page) short(g *policy.Group) {
	f := g.Of()
	p.raw(`<li class="short"><b>`)
	p.foreign(about(g), maxField)
	p.raw("</b> ")
	p.own(f.Severity.String() + ", ")
	p.found(g)
	if f.Ends != "" {
		p.own(", fixed in ")
		p.foreign(f.Ends, maxField)
	}
	p.raw("</li>\n")
}

// found says what was found: a number of advisories, or the rule.
func (p *page) found(g *policy.Group) {
	if !g.Advisories() {
		p.code(g.Of().Rule)
		return
	}
	p.own(count(len(g.Findings), "advisory", "advisories"))
	if b := g.Blocking(); b > 0 && b < len(g.Findings) {
		p.own(", " + thousands(int64(b)) + " blocking")
	}
	if slices.ContainsFunc(g.Findings, func(j *policy.Judged) bool { a := j.Finding.Advisory; return a != nil && a.Exploited }) {
		p.raw(` <b class="block nb">`)
		p.icon("warn")
		p.own(" exploited")
		p.raw("</b>")
	}
}

// row writes a group: its summary, and all else folded in it.
func (p *page) row(g *policy.Group, open bool) {
	f := g.Of()
	p.raw("<li><details")
	if open && len(g.Findings) <= 5 {
		p.raw(" open")
	}
	p.raw(`><summary><svg class="chev" viewBox="0 0 12 12" aria-hidden="true"><use href="#chev"/></svg><span class="st">`)
	p.severity(f.Severity, g.State())
	p.raw(`</span> <span class="pk"><b>`)
	switch name, version := g.Package(); {
	case g.Advisories() && version == "":
		p.foreign(name, maxField)
		p.raw("</b>")
		p.own(" range")
	case name != "" && version != "":
		p.foreign(name, maxField)
		p.raw("</b> ")
		p.foreign(version, maxField)
	default:
		p.foreign(about(g), maxField)
		p.raw("</b>")
	}
	p.raw(`</span> <span class="cells"><span class="cell">`)
	p.found(g)
	p.raw(`</span> <span class="cell">`)
	if f.Ends != "" {
		p.raw(`<span class="lbl">fixed in </span><b>`)
		p.foreign(f.Ends, maxField)
		p.raw("</b>")
	}
	step := p.steps[f.Name+"@"+f.Version]
	if step > 0 {
		if f.Ends != "" {
			p.own(", ")
		}
		p.own("step ")
		p.number(step)
	}
	p.raw(`</span> <span class="cell">`)
	p.where(g)
	p.raw("</span></span>")
	if g.Advisories() {
		p.raw(`<span class="only-print">`)
		p.printed(g)
		p.raw("</span>")
	}
	p.raw("</summary>\n", `<div class="in">`, "\n")
	p.inside(g, step)
	p.raw("</div></details></li>\n")
}

// printed names the advisories on paper, where nothing unfolds.
func (p *page) printed(g *policy.Group) {
	for i, j := range g.Findings {
		if i == maxIDs {
			p.own(" and " + thousands(int64(len(g.Findings)-i)) + " more")
			return
		}
		if i > 0 {
			p.own(", ")
		}
		p.foreign(j.Finding.IDs[0], maxField)
		if a := j.Finding.Advisory; a != nil && a.Score != "" {
			p.own(" ")
			p.foreign(a.Score, maxField)
		}
	}
}

// where says what brings the package in, or where the file is.
func (p *page) where(g *policy.Group) {
	f := g.Of()
	said := false
	say := func(words string) {
		if said {
			p.own(", ")
		}
		said = true
		p.own(words)
	}
	if j := g.Findings[0]; j.Waiver != nil {
		say("until " + j.Waiver.Expires.UTC().Format("2006-01-02"))
	}
	if f.Scope != "" {
		say("")
		p.foreign(string(f.Scope), maxField)
		if !f.Shipped {
			say("not shipped")
		}
	}
	switch direct := through(f.Paths); {
	case g.Many():
	case f.Name != "" && len(direct) > 0:
		say("via ")
		p.foreign(direct[0], maxField)
		if more := len(f.Paths) - 1; more > 0 {
			p.own(" and " + count(more, "other path", "other paths"))
		}
	case f.Name != "" && len(f.Paths) > 0:
		say("direct")
	case f.File != "":
		say("")
		p.code(f.File)
		if f.Line > 0 {
			p.own(":")
			p.number(f.Line)
		}
	}
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

// inside writes what a row folds: the advisories or what all findings say, then
// why, where and what to do.
func (p *page) inside(g *policy.Group, step int) {
	f, rule := g.Of(), p.rules.of(g)
	if says := g.Says(); says != "" {
		p.raw("<p>")
		p.prose(says, maxMessage)
		p.raw("</p>\n")
	}
	if why := strings.TrimSpace(rule.Title + " " + rule.Why); why != "" && !p.told[f.Rule] {
		p.told[f.Rule] = true
		p.raw(`<p class="soft small">`)
		p.own(why)
		p.raw("</p>\n")
	}
	if g.Advisories() {
		p.raw(`<ul class="adv">`, "\n")
		for i, j := range g.Findings {
			if i == maxListedAdvisories {
				p.raw(`<li><span></span><p class="soft">`)
				p.own(count(len(g.Findings)-i, "more", "more") + ": see `verdict.json`.")
				p.raw("</p></li>\n")
				break
			}
			p.advisory(j)
		}
		p.raw("</ul>\n")
	}
	p.raw(`<dl class="notes">`, "\n")
	for _, x := range p.sheet.details(g, rule) {
		if g.Advisories() && slices.Contains([]string{"about", "ids", "advisory", "and", "sla"}, x.label) {
			continue
		}
		p.raw("<dt>")
		p.own(x.label)
		p.raw("</dt><dd>")
		p.parts(x.parts)
		if x.label == "fix" && step > 0 && step <= maxSteps {
			p.raw(` <a href="#step-`)
			p.number(step)
			p.raw(`">`)
			p.own("Step ")
			p.number(step)
			p.raw("</a>")
		}
		p.raw("</dd>\n")
	}
	p.raw("</dl>\n")
}
