package report

import (
	"slices"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// done says what was done, and what was not, in order.
func (p *page) done() {
	p.h2("What was done", 0)
	p.raw(`<ol class="acts">`, "\n")
	for i := range p.d.Run.Acts {
		a := &p.d.Run.Acts[i]
		kind, icon, word := markup("none"), markup("none"), "not done"
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
		p.raw(`<li class="`, kind, `"><b>`)
		p.icon(icon)
		p.own(a.Said())
		p.raw(`<span class="vh">: `)
		p.own(word)
		p.raw("</span></b><p>")
		p.prose(a.Text, maxMessage)
		p.raw("</p></li>\n")
	}
	p.raw("</ol>\n")
	if lines := p.d.approval(); len(lines) > 0 {
		p.command("It waits at the registry. Look whether it has these bytes, then approve it:", lines)
	}
}

// lookedAt says what the verdict is based on. What was not looked at is marked, and
// never folded; the digests are.
func (p *page) lookedAt() {
	p.h2("What was looked at", 0)
	p.raw(`<dl class="facts">`, "\n")
	fs := p.d.basis()
	for i, f := range fs {
		switch f.label {
		case "sha256", "integrity":
			continue
		}
		if i == 0 || fs[i-1].label != f.label {
			p.raw("<dt>")
			if f.label == "skipped" {
				p.raw(`<span class="warn nb">`)
				p.icon("warn")
				p.own(" not looked at")
				p.raw("</span>")
			} else {
				p.own(f.label)
			}
			p.raw("</dt>")
		}
		p.raw("<dd>")
		p.parts(f.parts)
		p.raw("</dd>\n")
		if f.label == "tarball" && len(fs) > i+1 && fs[i+1].label == "sha256" {
			p.raw(`<dt class="vh">digests</dt><dd><details class="more"><summary>Digests</summary>`)
			for _, f := range fs[i+1:] {
				if f.label == "sha256" || f.label == "integrity" {
					p.raw(`<p class="hash">`)
					p.own(f.label + " ")
					p.parts(f.parts)
					p.raw("</p>")
				}
			}
			p.raw(`</details><p class="only-print">sha256 `)
			p.parts(fs[i+1].parts)
			p.raw("</p></dd>\n")
		}
	}
	p.raw("</dl>\n")
}

// A tally is a row of the table of findings.
type tally struct {
	state finding.State
	of    [finding.Critical + 1]int
	all   int
}

func (p *page) tallies() (rows []*tally, columns []finding.Severity) {
	all := []*tally{{state: finding.Block}, {state: finding.Warn}, {state: finding.Waived}}
	var any [finding.Critical + 1]bool
	for i := range p.d.Verdict.Judged {
		j := &p.d.Verdict.Judged[i]
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

// counts writes the findings by state and severity, as a bar and as a table.
func (p *page) counts() {
	p.h2("Findings by severity", len(p.d.Verdict.Judged))
	rows, columns := p.tallies()
	if len(rows) == 0 {
		if p.d.Problem != "" {
			p.lead("Nothing was decided, so nothing was counted.")
		} else {
			p.lead("Nothing was found.")
		}
		return
	}
	p.raw(`<svg class="bar" aria-hidden="true">`)
	at, whole := 0.0, float64(len(p.d.Verdict.Judged))
	for _, r := range rows {
		for _, s := range columns {
			share := float64(r.of[s]) / whole
			if share == 0 {
				continue
			}
			p.raw(`<svg x="`)
			p.percent(at)
			p.raw(`" width="`)
			p.percent(share)
			p.raw(`" height="100%"><rect class="`, [...]markup{"b1", "w1", "n1"}[r.state], `" width="100%" height="100%"/>`)
			if share > 0.03 {
				p.raw(`<text x="9" y="17">`)
				p.own(thousands(int64(r.of[s])))
				if share > 0.12 {
					p.raw(`<tspan class="opt"> `)
					p.own(s.String())
					p.raw("</tspan>")
				}
				p.raw("</text>")
			}
			p.raw("</svg>")
			at += share
		}
	}
	p.raw("</svg>\n<table>\n<thead><tr><th scope=\"col\">state</th>")
	for _, s := range columns {
		p.raw(`<th scope="col" class="num"><span class="sev"><svg class="m" aria-hidden="true"><use href="#s`, meter(s), `"/></svg>`)
		p.own(s.String())
		p.raw("</span></th>")
	}
	p.raw(`<th scope="col" class="num">all</th></tr></thead>`, "\n<tbody>\n")
	for _, r := range rows {
		kind, word := stateOf(r.state)
		p.raw(`<tr><th scope="row"><span class="nb `, kind, `">`)
		p.icon(kind)
		p.own(" " + word)
		p.raw("</span></th>")
		for _, s := range columns {
			if r.of[s] == 0 {
				p.raw(`<td class="num zero">0</td>`)
				continue
			}
			p.raw(`<td class="num">`)
			p.own(thousands(int64(r.of[s])))
			p.raw("</td>")
		}
		p.raw(`<td class="num"><b>`)
		p.own(thousands(int64(r.all)))
		p.raw("</b></td></tr>\n")
	}
	p.raw("</tbody>\n</table>\n")
}

// fixPlan writes what to do: the commands to copy, then each step.
func (p *page) fixPlan() {
	d := p.d
	p.h2("Fix plan", 0)
	if r := d.recipe(); len(r.lines) > 0 {
		p.command(r.title(len(d.Plan.Steps))+": "+r.where(), r.lines)
	}
	shown := d.planned(nil)
	p.raw(`<ol class="steps">`, "\n")
	for i, s := range shown.steps {
		if i == openSteps && len(shown.steps) > openSteps+2 {
			p.raw("</ol>\n", `<details class="more"><summary>`)
			p.own(thousands(int64(len(shown.steps)-i)) + " more steps")
			p.raw("</summary>\n", `<ol class="steps">`, "\n")
		}
		p.step(s)
	}
	p.raw("</ol>\n")
	if len(shown.steps) > openSteps+2 {
		p.raw("</details>\n")
	}
	if shown.more > 0 {
		p.raw("<p>")
		p.own(count(shown.more, "more step", "more steps") + ": see `verdict.json`.")
		p.raw("</p>\n")
	}
	lines := d.patchLines()
	if len(lines) == 0 {
		return
	}
	p.raw(`<details class="more patch"><summary>The same as a patch, `)
	p.codeOf(patchName)
	p.raw("</summary>\n", `<figure class="cmd">`, "\n<figcaption>As a patch, ")
	p.codeOf(patchName)
	p.raw(" in the evidence</figcaption>\n", `<pre tabindex="0">`)
	for _, l := range lines {
		kind := markup("")
		if l != "" && l[0] == '+' {
			kind = "add"
		} else if l != "" && l[0] == '-' {
			kind = "del"
		}
		if kind != "" {
			p.raw(`<span class="`, kind, `">`)
		}
		p.escape(l)
		if kind != "" {
			p.raw("</span>")
		}
		p.raw("\n")
	}
	p.raw("</pre>\n</figure></details>\n")
}

// step writes one step: what to do and what it ends, and its notes folded.
func (p *page) step(s shownStep) {
	p.raw(`<li id="step-`)
	p.number(s.number)
	p.raw(`"><span class="n">`)
	p.number(s.number)
	p.raw("</span><div><p>")
	p.parts(sentenceCase(stepHead(s.Step)))
	p.raw("</p>")
	var notes []fact
	for _, f := range stepFacts(s.Step) {
		if f.label == "note" {
			notes = append(notes, f)
			continue
		}
		p.raw(`<p class="soft">`)
		p.own(f.label + " ")
		p.parts(f.parts)
		p.raw("</p>")
	}
	if s.Do > upgrade.Prune {
		p.raw(`<p class="soft">needs a person</p>`)
	}
	fold := len(notes) > 1
	if fold {
		p.raw(`<details class="more"><summary>`)
		p.own(thousands(int64(len(notes))) + " notes")
		p.raw("</summary>")
	}
	for _, f := range notes {
		p.raw(`<p class="soft">`)
		p.parts(f.parts)
		p.raw("</p>")
	}
	if fold {
		p.raw("</details>")
	}
	p.raw("</div></li>\n")
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

// diff writes the changes since the last release, as a table.
func (p *page) diff() {
	d := p.d.Diff
	p.raw("<h2>")
	p.parts(diffTitle(d))
	p.raw("</h2>\n<table>\n", `<thead><tr><th scope="col">what</th><th scope="col" class="opt">was</th>`,
		`<th scope="col">is</th><th scope="col">change</th></tr></thead>`, "\n<tbody>\n")
	for _, r := range diffRows(d) {
		p.raw(`<tr><th scope="row">`)
		p.own(r.what)
		p.raw(`</th><td class="opt">`)
		p.parts(r.was)
		p.raw("</td><td>")
		p.parts(r.now)
		p.raw("</td><td>")
		p.parts(r.shown())
		p.raw("</td></tr>\n")
	}
	p.raw("</tbody>\n</table>\n")
}

// verify writes how to see that this page is about one's own bytes.
func (p *page) verify() {
	p.h2("How to verify", 0)
	lead, lines := p.d.verification()
	p.lead(lead)
	p.command("In the folder of the evidence", lines)
}
