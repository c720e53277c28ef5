package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// Limits of the page: a browser could show more, a person could not read it. What
// blocks is shown as long as there is room; what does not gives way first.
const (
	maxPage   = 5000       // groups
	maxOpen   = 20         // groups of a state that do not block; the rest is folded
	openSteps = 8          // steps of the fix plan; the rest is folded, but for two
	maxInside = 200        // groups that do not block and say more than one line
	roomFull  = 1500 << 10 // bytes, after which a group that blocks says one line too
	roomAll   = 2700 << 10 // bytes, after which groups are only counted
)

var (
	//go:embed page.css
	pageStyle markup
	//go:embed page.svg
	pageIcons markup

	// The page's one style element is allowed by its digest.
	styleDigest = sync.OnceValue(func() string {
		sum := sha256.Sum256([]byte(pageStyle))
		return base64.StdEncoding.EncodeToString(sum[:])
	})
)

// HTML writes report.html, one self-contained page in light or dark colours. It
// loads nothing and runs nothing, and its content security policy forbids that
// too, in case an escape is missing. Its only links lead to pages about
// advisories. It returns w's error.
func HTML(w io.Writer, d *Document) error {
	p := &page{d: d, rules: d.rules(), told: map[string]bool{}, steps: d.stepsOf()}
	p.b = make([]byte, 0, 32<<10+1<<10*min(len(d.Verdict.Judged), 2000))
	p.write()
	if _, err := w.Write(p.b); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// A page is report.html while it is written.
type page struct {
	leaf
	d     *Document
	rules ruleBook
	told  map[string]bool // rules that were explained
	steps map[string]int  // the step of the plan about a package, by name@version
	sheet sheet
	all   []pageSection
}

// A pageSection is a part of the page that the list of contents names.
type pageSection struct {
	id    markup
	title string // our own words
	count int    // 0: not told
	body  func()
}

func (p *page) write() {
	d := p.d
	p.plan()
	p.raw(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-`)
	p.escape(styleDigest())
	p.raw(`'; form-action 'none'; base-uri 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>`)
	p.foreign(d.Ending().String()+" "+d.Package.Name+" "+d.Package.Version, maxField)
	p.raw("</title>\n<style>", pageStyle, "</style>\n</head>\n<body>\n",
		`<a class="skip" href="#main">Skip to the report</a>`, "\n", pageIcons)
	p.verdict()
	p.raw(`<div class="wrap frame">`, "\n", `<nav class="toc" aria-label="Contents"><ul>`)
	for _, s := range p.all {
		p.raw(`<li><a href="#`, s.id, `">`)
		p.own(s.title)
		p.raw("</a>")
		if s.count > 0 {
			p.raw("<span>")
			p.own(thousands(int64(s.count)))
			p.raw("</span>")
		}
		p.raw("</li>")
	}
	p.raw("</ul></nav>\n<main id=\"main\">\n")
	for _, s := range p.all {
		p.raw(`<section id="`, s.id, `" aria-label="`)
		p.own(s.title)
		p.raw("\">\n")
		s.body()
		p.raw("</section>\n\n")
	}
	p.raw("</main>\n</div>\n", `<footer class="wrap"><p>`)
	p.own("Everything is in `verdict.json`; `publishgate explain RULE` says more about a rule.")
	if d.ToolVersion != "" {
		p.own(" Made by publishgate ")
		p.foreign(d.ToolVersion, maxField)
		p.own(".")
	}
	p.raw("</p></footer>\n</body>\n</html>\n")
}

// plan lays out the sections. What is to be done comes first on a page that says
// no; an auditor of a pass looks first at what it is based on.
func (p *page) plan() {
	d := p.d
	fix := pageSection{"fix", "Fix plan", 0, p.fixPlan}
	if d.Plan != nil {
		fix.count = len(d.Plan.Steps)
	}
	look := []pageSection{
		{"facts", "What was looked at", 0, p.lookedAt},
		{"counts", "Findings by severity", len(d.Verdict.Judged), p.counts},
	}
	add := func(when bool, s ...pageSection) {
		if when {
			p.all = append(p.all, s...)
		}
	}
	passed := d.Ending() == policy.Pass
	add(d.Problem != "", pageSection{"problem", "Why nothing was decided", 0, p.problem})
	add(len(d.acts()) > 0, pageSection{"done", "What was done", 0, p.done})
	add(!passed && fix.count > 0, fix)
	add(true, look...)
	add(passed && fix.count > 0, fix)
	p.groups(add)
	add(d.Diff != nil, pageSection{"diff", "Since the last release", 0, p.diff})
	add(d.network() != nil, pageSection{"paths", "How they come in", 0, p.paths})
	if tiles := d.tiles(); len(tiles) > 0 {
		add(true, pageSection{"tarball", "Inside the tarball", len(d.Tarball.Files), func() { p.tarball(tiles) }})
	}
	add(d.Tarball != nil, pageSection{"verify", "How to verify", 0, p.verify})
}

// h2 writes the heading of a section, with a count if there is one.
func (p *page) h2(title string, n int) {
	p.raw("<h2>")
	p.own(title)
	if n > 0 {
		p.raw(` <small class="soft">`)
		p.own(thousands(int64(n)))
		p.raw("</small>")
	}
	p.raw("</h2>\n")
}

func (p *page) lead(words string) {
	p.raw(`<p class="lead">`)
	p.own(words)
	p.raw("</p>\n")
}

// verdict writes the head of the page.
func (p *page) verdict() {
	d, kind := p.d, markup("unknown")
	switch d.Ending() {
	case policy.Pass:
		kind = "pass"
	case policy.Block:
		kind = "block"
	}
	p.raw(`<header class="verdict `, kind, `"><div class="wrap">`, "\n",
		`<svg class="mark" aria-hidden="true"><use href="#i-`, kind, `"/></svg>`, "\n<h1>")
	p.own(d.firstWords() + " ")
	p.raw(`<span>`)
	switch {
	case d.PackageUnread:
		p.own("no package was read")
	case d.Package.Name == "":
		p.own("a package without a name")
	default:
		p.foreign(d.Package.Name, maxField)
	}
	p.own(" ")
	p.foreign(d.Package.Version, maxField)
	p.raw("</span></h1>\n")
	if d.Run != nil {
		p.raw("<dl><dt>exit</dt><dd>")
		p.number(d.Run.Reason.Exit())
		if d.Run.Reason != Fine {
			p.own(", " + string(d.Run.Reason))
		}
		p.raw("</dd></dl>\n")
	}
	p.raw("<p>")
	summary := d.summary()
	p.own(strings.ToUpper(summary[:1]) + summary[1:] + ".")
	p.raw("</p>\n</div></header>\n")
}

// problem says why nothing was decided, and what to do.
func (p *page) problem() {
	p.h2("Why nothing was decided", 0)
	p.raw(`<p class="why">`)
	p.prose(p.d.Problem, maxMessage)
	p.raw("</p>\n")
	p.raw("<p>")
	p.own(whatNext(p.d.reason()))
	p.raw("</p>\n")
}

// whatNext says what to do where nothing could be decided.
func whatNext(r Reason) string {
	switch r {
	case Usage:
		return "Correct what was asked for, then run again. Nothing may be published until then."
	case Deadline:
		return "Run again, with a longer `-deadline` if it happens again. Nothing may be published until then."
	case Signal:
		return "Run again. Nothing may be published until then."
	case SourceDown, Partial:
		return "Run again once the source answers, or name another one with `-advisories`. Nothing may be published until then."
	}
	return "Mend what could not be read or understood, then run again. Nothing may be published until then."
}

// icon writes the shape of a state. A word stands beside it.
func (p *page) icon(name markup) {
	p.raw(`<svg class="i" aria-hidden="true"><use href="#i-`, name, `"/></svg>`)
}

// stateOf returns the name of a state's colour and shape, and its word.
func stateOf(s finding.State) (kind markup, word string) {
	switch s {
	case finding.Warn:
		return "warn", "warns"
	case finding.Waived:
		return "waived", "waived"
	}
	return "block", "blocks"
}

// severity writes a severity as a meter of four steps and a word.
func (p *page) severity(s finding.Severity, state finding.State) {
	kind, word := stateOf(state)
	p.raw(`<span class="sev `, kind, `">`)
	p.icon(kind)
	p.raw(`<svg class="m" aria-hidden="true"><use href="#s`, meter(s), `"/></svg>`)
	p.foreign(s.String(), maxField)
	p.raw(`</span><span class="vh">, `)
	p.own(word)
	p.raw("</span>")
}

func meter(s finding.Severity) markup {
	switch s {
	case finding.Info:
		return "0"
	case finding.Low:
		return "1"
	case finding.Moderate:
		return "2"
	case finding.High:
		return "3"
	}
	return "4"
}

// command writes commands that a click selects as a whole.
func (p *page) command(caption string, lines []string) {
	p.raw(`<figure class="cmd">`, "\n<figcaption><span>")
	p.own(caption)
	p.raw(`</span> <span class="noprint">a click selects all</span></figcaption>`, "\n", `<pre class="sel" tabindex="0">`)
	for i, l := range shellLines(lines) {
		if i > 0 {
			p.raw("\n")
		}
		p.escape(l)
	}
	p.raw("</pre>\n</figure>\n")
}
