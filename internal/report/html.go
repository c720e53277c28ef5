package report

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/say"
)

// maxPage is how many findings the page shows; a browser copes, a person does not.
const maxPage = 5000

// HTML writes report.html: one page that stands alone, loads nothing, runs
// nothing and links nowhere, light or dark as the reader has it. Its content
// policy forbids all that too, should an escape ever be missed. An error is one
// of w.
func HTML(w io.Writer, d *Document) error {
	var b strings.Builder
	r := d.Result()
	fmt.Fprintf(&b, pageHead, say.HTML(plainName(d), maxField), style)
	fmt.Fprintf(&b, "<header class=%q><h1>%s</h1></header>\n<main>\n", r, escaped(d.headline()))
	b.WriteString("<dl class=\"facts\">\n")
	for _, f := range d.facts() {
		fmt.Fprintf(&b, "<dt>%s</dt><dd>%s</dd>\n", f.label, escaped(f.parts))
	}
	b.WriteString("</dl>\n")
	rules, shown, all := d.rules(), 0, len(d.Verdict.Judged)
	for _, g := range d.groups() {
		fmt.Fprintf(&b, "<h2>%s <small>%s</small></h2>\n", strings.ToUpper(g.title[:1])+g.title[1:], thousands(int64(len(g.findings))))
		for _, j := range g.findings {
			if shown++; shown <= maxPage {
				article(&b, j, rules[j.Finding.Rule])
			}
		}
	}
	if all > maxPage {
		fmt.Fprintf(&b, "<p><strong>%s not shown.</strong></p>\n", count(all-maxPage, "finding is", "findings are"))
	}
	planHTML(&b, d)
	b.WriteString("<footer>Everything is in <code>verdict.json</code>; <code>publishgate explain RULE</code> says more about a rule.")
	if d.ToolVersion != "" {
		b.WriteString(" Made by publishgate " + say.HTML(d.ToolVersion, maxField) + ".")
	}
	b.WriteString("</footer>\n</main>\n</body>\n</html>\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func plainName(d *Document) string {
	return d.Result().String() + " " + d.Package.Name + " " + d.Package.Version
}

// article is one finding.
func article(b *strings.Builder, j policy.Judged, rule finding.Rule) {
	f := j.Finding
	fmt.Fprintf(b, "<article class=%q>\n<h3><span class=\"severity %[2]s\">%[2]s</span> <code>%s</code> <small>%s</small></h3>\n",
		j.State, f.Severity, say.HTML(about(f), maxField), say.HTML(f.Rule, maxField))
	if f.Message != "" {
		fmt.Fprintf(b, "<p>%s</p>\n", say.HTML(f.Message, maxMessage))
	}
	if why := strings.TrimSpace(rule.Title + " " + rule.Why); why != "" {
		fmt.Fprintf(b, "<p class=\"why\">%s</p>\n", prose(why))
	}
	b.WriteString("<dl>\n")
	for _, x := range details(j, rule) {
		fmt.Fprintf(b, "<dt>%s</dt><dd>%s</dd>\n", x.label, escaped(x.parts))
	}
	b.WriteString("</dl>\n</article>\n")
}

// escaped writes parts for the page, foreign names as code.
func escaped(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.sentence {
			b.WriteString(say.HTML(p.text, p.cap))
		} else if p.cap > 0 {
			b.WriteString("<code>" + say.HTML(p.text, p.cap) + "</code>")
		} else {
			b.WriteString(prose(p.text))
		}
	}
	return b.String()
}

// prose is our own words, in which `…` is code.
func prose(s string) string {
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
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .4rem 0 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.severity { display: inline-block; min-width: 4.6rem; text-align: center; border-radius: 1rem; padding: 0 .6rem; font-size: .82rem; color: var(--bg); background: var(--bad); }
.severity.moderate { background: var(--warn); }
.severity.low, .severity.info { background: var(--soft); }
pre { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; background: var(--card); font: .85rem/1.4 ui-monospace, monospace; }
li { margin: .6rem 0; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .9rem; }
@media print { article { break-inside: avoid; } }
`
