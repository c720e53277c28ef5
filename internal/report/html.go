package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// The number of groups on the page: a browser could show more, a person could
// not read them. After that many groups that do not block, the rest is folded.
const (
	maxPage = 5000
	maxOpen = 20
)

var (
	//go:embed page.html.tmpl
	pageText string
	//go:embed page.css
	pageStyle template.CSS

	pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("").Parse(pageText)) })
)

// HTML writes report.html, one self-contained page in light or dark colours. It
// loads nothing, runs nothing and links nowhere. Its content security policy
// forbids all that too, in case an escape is missing. It returns w's error.
func HTML(w io.Writer, d *Document) error {
	buffer := bufio.NewWriterSize(w, 64<<10)
	err := pageTemplate().ExecuteTemplate(buffer, "page", newPage(d))
	if err == nil {
		err = buffer.Flush()
	}
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// The data of the template.
type (
	page struct {
		Title    string
		Style    template.CSS
		Ending   string
		Headline []part
		Facts    []fact
		Sections []pageSection
		Hidden   string // number of problems not shown; empty: none
		Diff     *pageDiff
		Plan     *pagePlan
		Version  string
	}
	pageSection struct {
		Title, Count, More string
		Fold               bool
		Open, Rest         []*policy.Group
		Article            func(*policy.Group) article // called when its turn comes, as there may be thousands
	}
	article struct {
		State, Severity, About, Rule, Says string
		Why                                []part // the rule's explanation, at its first group
		Facts, Members                     []fact
		MemberCount                        string
	}
	pageDiff struct {
		Title []part
		Rows  []pageRow
	}
	pageRow struct {
		What  string
		Cells [][]part
	}
	pagePlan struct {
		Steps     []pageStep
		More      string
		PatchName string
		Patch     []string
	}
	pageStep struct {
		Head  []part
		Facts []fact
	}
)

// A piece is a run of a part's text that is code or is not.
type piece struct {
	Text string
	Code bool
}

// Pieces returns the text of the part. Foreign names are code; in sentences,
// text between backticks is code.
func (p part) Pieces() []piece {
	text := p.text
	if p.cap > 0 {
		text = display.Cap(text, p.cap)
	}
	if p.cap > 0 && !p.sentence || strings.Count(text, "`")%2 == 1 {
		return []piece{{text, !p.sentence}}
	}
	var pieces []piece
	for i, text := range strings.Split(text, "`") {
		pieces = append(pieces, piece{text, i%2 == 1})
	}
	return pieces
}

// Label returns the label at the start of the line.
func (f fact) Label() string { return f.label }

// Parts returns the text of the line.
func (f fact) Parts() []part { return f.parts }

func newPage(d *Document) *page {
	p := &page{
		Title:    display.Cap(d.Ending().String()+" "+d.Package.Name+" "+d.Package.Version, maxField),
		Style:    pageStyle,
		Ending:   d.Ending().String(),
		Headline: d.headline(),
		Facts:    d.facts(),
		Version:  display.Cap(d.ToolVersion, maxField),
		Diff:     newPageDiff(d),
		Plan:     newPagePlan(d),
	}
	describe := describer(d)
	shown := 0
	for _, x := range d.sections() {
		s := pageSection{
			Title: strings.ToUpper(x.title[:1]) + x.title[1:], Count: thousands(int64(len(x.groups))),
			Fold: x.fold, Open: x.groups[:min(len(x.groups), max(maxPage-shown, 0))], Article: describe,
		}
		shown += len(x.groups)
		if more := len(s.Open) - maxOpen; x.state != finding.Block && !x.fold && more > 1 {
			s.Open, s.Rest, s.More = s.Open[:maxOpen], s.Open[maxOpen:], thousands(int64(more))
		}
		p.Sections = append(p.Sections, s)
	}
	if more := shown - maxPage; more > 0 {
		p.Hidden = count(more, "problem is", "problems are")
	}
	return p
}

// describer returns a function that describes groups one after the other.
func describer(d *Document) func(*policy.Group) article {
	rules, told, lines := d.rules(), map[string]bool{}, &sheet{}
	return func(g *policy.Group) article {
		f, rule := g.Of(), rules.of(g)
		a := article{
			State: g.State().String(), Severity: f.Severity.String(), About: display.Cap(about(g), maxField),
			Rule: display.Cap(f.Rule, maxField), Says: display.Cap(g.Says(), maxMessage), MemberCount: memberCount(g),
		}
		if why := strings.TrimSpace(rule.Title + " " + rule.Why); why != "" && !told[f.Rule] {
			told[f.Rule] = true
			a.Why = []part{plainly(why)}
		}
		for _, x := range lines.details(g, rule) {
			if x.label == memberLabel(g) {
				a.Members = append(a.Members, x)
			} else {
				a.Facts = append(a.Facts, x)
			}
		}
		return a
	}
}

func newPageDiff(d *Document) *pageDiff {
	if d.Diff == nil {
		return nil
	}
	out := &pageDiff{Title: diffTitle(d.Diff)}
	for _, r := range diffRows(d.Diff) {
		out.Rows = append(out.Rows, pageRow{r.what, [][]part{r.was, r.now, r.shown()}})
	}
	return out
}

func newPagePlan(d *Document) *pagePlan {
	p := d.planned(nil)
	if len(p.steps) == 0 {
		return nil
	}
	out := &pagePlan{PatchName: patchName, Patch: d.patchLines()}
	for _, s := range p.steps {
		out.Steps = append(out.Steps, pageStep{stepHead(s.Step), stepFacts(s.Step)})
	}
	if p.more > 0 {
		out.More = count(p.more, "more step", "more steps")
	}
	return out
}
