package report

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/say"
)

// How many groups the page shows, a browser copes, a person does not; and after
// how many that do not block the rest is folded.
const (
	maxPage = 5000
	maxOpen = 20
)

// piece is how much of a page is kept before it is written, in bytes.
const piece = 64 << 10

// HTML writes report.html: one page that stands alone, loads nothing, runs
// nothing and links nowhere, light or dark as the reader has it. Its content
// policy forbids all that too, should an escape ever be missed. An error is one
// of w.
func HTML(w io.Writer, d *Document) error {
	p := page{rules: d.rules(), why: map[string]bool{}}
	fmt.Fprintf(&p, pageHead, say.HTML(plainName(d), maxField), style)
	p.print(`<header class="`, d.Ending().String(), `"><h1>`)
	p.parts(d.headline())
	p.print("</h1></header>\n<main>\n")
	p.list(` class="facts"`, d.facts())
	for _, x := range d.sections() {
		if err := p.section(w, &x); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	if p.shown > maxPage {
		p.print("<p><strong>", count(p.shown-maxPage, "problem is", "problems are"), " not shown.</strong></p>\n")
	}
	p.diff(d)
	p.plan(d)
	p.print("<footer>Everything is in <code>verdict.json</code>; <code>publishgate explain RULE</code> says more about a rule.")
	if d.ToolVersion != "" {
		p.print(" Made by publishgate ", say.HTML(d.ToolVersion, maxField), ".")
	}
	p.print("</footer>\n</main>\n</body>\n</html>\n")
	if _, err := p.WriteTo(w); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func plainName(d *Document) string {
	return d.Ending().String() + " " + d.Package.Name + " " + d.Package.Version
}

// A page is the part of it that is written.
type page struct {
	bytes.Buffer
	rules ruleBook
	shown int             // groups, and those that would be but for maxPage
	why   map[string]bool // rules whose reason was told
	sheet sheet
}

// print writes pieces that are HTML.
func (p *page) print(pieces ...string) {
	for _, s := range pieces {
		p.WriteString(s)
	}
}

// section is a heading and an article for each group, or a fold of them; of
// many that do not block the rest is folded. What there is goes to w piece by
// piece.
func (p *page) section(w io.Writer, x *section) error {
	title := strings.ToUpper(x.title[:1]) + x.title[1:]
	if x.fold {
		p.print("<details class=\"section\"><summary>", title, " <small>", thousands(int64(len(x.groups))), "</small></summary>\n")
	} else {
		p.print("<h2>", title, " <small>", thousands(int64(len(x.groups))), "</small></h2>\n")
	}
	rest := false
	for i, g := range x.groups {
		if p.shown++; p.shown > maxPage {
			continue
		}
		if more := len(x.groups) - i; i == maxOpen && x.state != finding.Block && !x.fold && more > 1 {
			rest = true
			p.print("<details class=\"section\"><summary>", thousands(int64(more)), " more</summary>\n")
		}
		p.article(g)
		if p.Len() < piece {
			continue
		}
		if _, err := p.WriteTo(w); err != nil {
			return err
		}
	}
	if rest || x.fold {
		p.print("</details>\n")
	}
	return nil
}

// article is one group.
func (p *page) article(g *policy.Group) {
	f, rule := g.Of(), p.rules.of(g)
	severity := f.Severity.String()
	p.print(`<article class="`, g.State().String(), "\">\n<h3><span class=\"severity ", severity, `">`, severity,
		"</span> <code>", say.HTML(about(g), maxField), "</code> <small>", say.HTML(f.Rule, maxField), "</small></h3>\n")
	if message := g.Says(); message != "" {
		p.print("<p>", say.HTML(message, maxMessage), "</p>\n")
	}
	if why := strings.TrimSpace(rule.Title + " " + rule.Why); why != "" && !p.why[f.Rule] {
		p.why[f.Rule] = true // what a rule says of itself stands once
		p.print(`<p class="why">`, prose(why), "</p>\n")
	}
	var own, members []fact
	for _, x := range p.sheet.details(g, rule) {
		if x.label == memberLabel(g) {
			members = append(members, x)
		} else {
			own = append(own, x)
		}
	}
	p.list("", own)
	if len(members) > 0 {
		p.print("<details><summary>", memberCount(g), "</summary>\n<ul>\n")
		for _, x := range members {
			p.print("<li>")
			p.parts(x.parts)
			p.print("</li>\n")
		}
		p.print("</ul></details>\n")
	}
	p.print("</article>\n")
}

// list writes facts; attributes begin with a blank.
func (p *page) list(attributes string, facts []fact) {
	p.print("<dl", attributes, ">\n")
	for _, x := range facts {
		p.fact(x)
	}
	p.print("</dl>\n")
}

func (p *page) fact(x fact) {
	p.print("<dt>", x.label, "</dt><dd>")
	p.parts(x.parts)
	p.print("</dd>\n")
}

// parts writes them with foreign names as code.
func (p *page) parts(parts []part) {
	for _, x := range parts {
		switch {
		case x.sentence:
			p.print(say.HTML(x.text, x.cap))
		case x.cap > 0:
			p.print("<code>", say.HTML(x.text, x.cap), "</code>")
		default:
			p.print(prose(x.text))
		}
	}
}

// prose is our own words, in which `…` is code.
func prose(s string) string {
	if !strings.Contains(s, "`") {
		return html.EscapeString(s)
	}
	var b strings.Builder
	for i, piece := range strings.Split(s, "`") {
		if i%2 == 1 {
			b.WriteString("<code>" + html.EscapeString(piece) + "</code>")
		} else {
			b.WriteString(html.EscapeString(piece))
		}
	}
	return b.String()
}

const pageHead = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>%s</title>
<style>%s</style>
</head>
<body>
`

const style = `
:root { color-scheme: light dark; --bg: #fff; --fg: #1f2328; --soft: #59636e; --line: #d1d9e0; --card: #f6f8fa; --bad: #cf222e; --warn: #9a6700; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --bg: #0d1117; --fg: #f0f6fc; --soft: #9198a1; --line: #3d444d; --card: #151b23; --bad: #f85149; --warn: #d29922; --good: #3fb950; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--fg); font: 16px/1.5 system-ui, sans-serif; }
header { border-left: 12px solid var(--bad); background: var(--card); padding: 1.2rem 1.5rem; }
header.pass { border-color: var(--good); }
header.unknown { border-color: var(--warn); }
h1 { margin: 0; font-size: 1.35rem; overflow-wrap: anywhere; }
h1::first-letter { text-transform: uppercase; }
main { max-width: 64rem; margin: 0 auto; padding: 1rem 1.5rem 3rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
h3 { margin: 0; font-size: 1rem; font-weight: 600; }
small { color: var(--soft); font-weight: 400; }
code { font: .92em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
article { border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 6px; padding: .8rem 1rem; margin: .8rem 0; background: var(--card); }
article.warn { border-left-color: var(--warn); }
article.waived { border-left-color: var(--line); }
article p { margin: .4rem 0; overflow-wrap: anywhere; }
.why { color: var(--soft); }
article ul { margin: .3rem 0 0; padding-left: 1.4rem; }
article li { margin: .15rem 0; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--soft); margin-top: .4rem; }
details.section > summary { font-size: 1.15rem; font-weight: 600; color: var(--fg); margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .4rem 0 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.severity { display: inline-block; min-width: 4.6rem; text-align: center; border-radius: 1rem; padding: 0 .6rem; font-size: .82rem; color: var(--bg); background: var(--bad); }
.severity.moderate { background: var(--warn); }
.severity.low, .severity.info { background: var(--soft); }
pre { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; background: var(--card); font: .85rem/1.4 ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: var(--card); font-weight: 600; white-space: nowrap; }
td:nth-child(2), td:nth-child(3) { min-width: 6rem; }
li { margin: .6rem 0; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .9rem; }
@media print { article { break-inside: avoid; } }
`
