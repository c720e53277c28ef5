package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/display"
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
	//go:embed page.html sections.html members.html groups.html pictures.html page.svg
	pageFiles embed.FS
	//go:embed page.css
	pageStyle template.CSS

	pageTemplate = sync.OnceValue(func() *template.Template {
		return template.Must(template.ParseFS(pageFiles, "*.html", "*.svg"))
	})
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
	p := &page{d: d, rules: d.rules(), told: map[string]bool{}, steps: d.stepsOf(), numbers: d.stepNumbers()}
	p.b.Grow(min(32<<10+1500*len(d.Verdict.Judged), roomAll+roomAll/8))
	err := pageTemplate().ExecuteTemplate(&p.b, "page.html", p.view())
	if err == nil {
		_, err = w.Write(p.b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// A page is report.html while it is written.
type page struct {
	b     bytes.Buffer // what the template wrote so far
	d     *Document
	rules ruleBook
	told  map[string]bool // rules that were explained
	steps map[string]int  // the step of the plan about a package, by name@version
	sheet sheet

	numbers map[*policy.Group]int // the step about a group, of the plan or by hand
}

// The data of the template. It has no markup but the style: the template escapes
// all of it.
type (
	pageView struct {
		Digest, Title, Version string
		Style                  template.CSS
		Verdict                pageVerdict
		Sections               []pageSection
	}
	pageVerdict struct {
		Kind, Package, Version, Risk, Exit string
		Words, Summary, Because            []piece
	}
	// A pageSection is a part of the page that the list of contents names.
	pageSection struct {
		ID, Title string
		Count     string // empty: not told
		Counted   bool   // the heading tells it too
		Body      any
	}
	pageProblem struct{ Why, Next []piece }
	pageCommand struct {
		Caption []piece
		Lines   string
	}
	// A pageLine is a line with a label.
	pageLine struct {
		Label string
		Text  []piece
		Step  int // of the plan, which the line links to; 0: none
	}
	// A piece is a run of text that is code or is not.
	piece struct {
		Text string
		Code bool
	}
)

// textOf returns parts for the template: foreign names as code, all else as prose,
// in which text between backticks that come in pairs is code.
func textOf(parts ...part) []piece {
	pieces := make([]piece, 0, len(parts))
	for _, p := range parts {
		text := p.text
		if p.cap > 0 {
			text = display.Cap(text, p.cap)
		}
		if name := p.cap > 0 && !p.sentence; name || strings.Count(text, "`")%2 == 1 {
			pieces = append(pieces, piece{text, name})
			continue
		}
		for code, more := false, true; more; code = !code {
			var run string
			if run, text, more = strings.Cut(text, "`"); run != "" || code {
				pieces = append(pieces, piece{run, code})
			}
		}
	}
	return pieces
}

func (p *page) view() *pageView {
	d := p.d
	return &pageView{
		Digest: styleDigest(), Style: pageStyle,
		Title:   display.Cap(d.Ending().String()+" "+d.Package.Name+" "+d.Package.Version, maxField),
		Version: display.Cap(d.ToolVersion, maxField),
		Verdict: d.pageVerdict(), Sections: p.sections(),
	}
}

// sections lays out the page. What is to be done comes first on a page that says
// no; an auditor of a pass looks first at what it is based on.
func (p *page) sections() (all []pageSection) {
	d := p.d
	add := func(id, title string, n int, body any) {
		s := pageSection{ID: id, Title: title, Body: body}
		if n > 0 {
			s.Count = thousands(int64(n))
		}
		all = append(all, s)
	}
	fix := func(when bool) {
		fix := d.pageFix()
		if n := fix.all; when && n > 0 {
			add("fix", "Fix plan", n, fix)
		}
	}
	passed := d.Ending() == policy.Pass
	if d.Problem != "" {
		why := part{text: d.Problem, cap: maxMessage, sentence: true}
		add("problem", "Why nothing was decided", 0, pageProblem{textOf(why), textOf(plainly(d.whatNext()))})
	}
	if len(d.acts()) > 0 {
		add("done", "What was done", 0, d.pageDone())
	}
	fix(!passed)
	add("facts", "What was looked at", 0, d.pageFacts())
	add("counts", "Findings by severity", len(d.Verdict.Judged), d.pageCounts())
	all[len(all)-1].Counted = len(d.Verdict.Judged) > 0
	fix(passed)
	shown := 0
	for i, x := range d.sections() {
		title := strings.ToUpper(x.title[:1]) + x.title[1:]
		add("state-"+strconv.Itoa(i+1), title, len(x.groups), &pageGroups{p: p, of: x, most: max(maxPage-shown, 0)})
		all[len(all)-1].Counted = true
		shown += len(x.groups)
	}
	if d.Diff != nil {
		add("diff", "Since the last release", 0, d.pageDiff())
	}
	if n := d.network(); n != nil {
		add("paths", "How they come in", 0, p.paths(n))
	}
	if tiles := d.tiles(); len(tiles) > 0 {
		add("tarball", "Inside the tarball", len(d.Tarball.Files), d.pageTarball(tiles))
	}
	if _, n := d.licenceKinds(); n > 0 {
		add("licences", "Licences", n, d.pageLicences())
		all[len(all)-1].Counted = true
	}
	if d.Written != nil {
		add("written", "The written policy", d.Written.Coverage.Demands(), d.pageWritten())
		all[len(all)-1].Counted = true
	}
	if d.Tarball != nil {
		add("verify", "How to verify", 0, d.pageVerify())
	}
	return all
}

func (d *Document) pageVerdict() pageVerdict {
	summary := d.summary()
	v := pageVerdict{
		Kind: kindOf(d.Ending()), Exit: exitOf(d.Run), Version: display.Cap(d.Package.Version, maxField),
		Risk:  d.Package.risk(),
		Words: textOf(plainly(d.firstWords())), Summary: textOf(plainly(upperFirst(summary) + ".")),
		Because: textOf(d.because()...),
	}
	switch {
	case d.PackageUnread:
		v.Package = "no package was read"
	case d.Package.Name == "":
		v.Package = "a package without a name"
	default:
		v.Package = display.Cap(d.Package.Name, maxField)
	}
	return v
}

// kindOf returns the name of a result's colour and shape.
func kindOf(r policy.Result) string {
	switch r {
	case policy.Pass:
		return "pass"
	case policy.Block:
		return "block"
	}
	return "unknown"
}

// exitOf returns the exit code of a run and its reason; empty while it is not over.
func exitOf(r *Run) string {
	switch {
	case r == nil:
		return ""
	case r.Reason == Fine:
		return strconv.Itoa(r.Reason.Exit())
	}
	return strconv.Itoa(r.Reason.Exit()) + ", " + string(r.Reason)
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// AdvisorySource is what a Document's Down says of an advisory source.
const AdvisorySource = "the advisory source answers, or name another one with `-advisories`"

// whatNext says what to do where nothing could be decided. Another advisory source
// helps where that is what is down.
func (d *Document) whatNext() string {
	switch d.reason() {
	case Usage:
		return "Correct what was asked for, then run again. Nothing may be published until then."
	case Deadline:
		return "Run again, with a longer `-deadline` if it happens again. Nothing may be published until then."
	case Signal:
		return "Run again. Nothing may be published until then."
	case SourceDown, Partial:
		down := d.Down
		if len(down) == 0 || d.reason() == Partial {
			down = []string{AdvisorySource}
		}
		return "Run again once " + strings.Join(down, ", and ") + ". Nothing may be published until then."
	}
	return "Mend what could not be read or understood, then run again. Nothing may be published until then."
}

// stateOf returns the name of a state's colour and shape, and its word.
func stateOf(s finding.State) (kind, word string) {
	switch s {
	case finding.Warn:
		return "warn", "warns"
	case finding.Waived:
		return "waived", "waived"
	}
	return "block", "blocks"
}

// meter returns the number of steps that the meter of a severity shows.
func meter(s finding.Severity) int {
	switch s {
	case finding.Info:
		return 0
	case finding.Low:
		return 1
	case finding.Moderate:
		return 2
	case finding.High:
		return 3
	}
	return 4
}

// commandOf shows commands that a click selects as a whole.
func commandOf(caption string, lines []string) *pageCommand {
	return &pageCommand{textOf(plainly(caption)), strings.Join(shellLines(lines), "\n")}
}

// pageVerify says how to see that this page is about one's own bytes.
func (d *Document) pageVerify() any {
	lead, lines := d.verification()
	return struct {
		Lead    string
		Command *pageCommand
	}{lead, commandOf("In the folder of the evidence", lines)}
}
