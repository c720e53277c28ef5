package report

import (
	"fmt"
	"slices"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// A Change is what the change under test does to the findings. It is not in
// verdict.json.
type Change struct {
	Base string // the base commit, hex; may be empty
	Why  string // why the base was not judged, may be foreign; empty: it was, and the rest holds
	policy.Change
	// Apart are findings that only the tarball, the checkout or the last release
	// show. The base has none of them, so they are not compared.
	Apart []policy.Judged
}

// MaxComment is the longest comment, in bytes. GitHub takes 65,536 characters.
const MaxComment = 65000

// Limits of the text in one row of a comment, in characters.
const (
	commentMessage = 300
	commentPath    = 240
)

// Worth reports whether the change makes a difference that a reader should hear
// of: something is new or fixed, what blocks could not be compared, or nothing
// could and there are findings.
func (d *Document) Worth() bool {
	c := d.Change
	if c == nil {
		return false
	}
	blocks := func(j policy.Judged) bool { return j.State == finding.Block }
	return len(c.New)+len(c.Fixed) > 0 || slices.ContainsFunc(c.Apart, blocks) || c.Why != "" && len(d.findings()) > 0
}

// findings returns all findings that are not waived.
func (d *Document) findings() []policy.Judged {
	return slices.DeleteFunc(slices.Clone(d.Verdict.Judged), func(j policy.Judged) bool { return j.State == finding.Waived })
}

// Comment returns the comment for a pull request: marker, then the verdict, then
// what the change makes new or ends; what was there already is folded. marker is
// a line of our own, page the address of the run; it may be empty. All foreign
// text is in code spans, so nobody is mentioned and nothing is linked by it.
func Comment(d *Document, marker, page string) []byte {
	return comment(marker, page, d.Ending(), d.headline(), func(m *commentWriter) { m.document(d, "###") })
}

// MembersComment is Comment for a run that judged several members: one comment
// about all. Those that passed and in which nothing changed are listed last.
func MembersComment(w *Whole, marker, page string) []byte {
	quiet := func(m Member) bool { return m.Document.Ending() == policy.Pass && !m.Document.Worth() }
	var told, rest []Member
	for _, m := range w.Members {
		if quiet(m) {
			rest = append(rest, m)
		} else {
			told = append(told, m)
		}
	}
	return comment(marker, page, w.Ending(), w.headline(), func(m *commentWriter) {
		for i, member := range told {
			one := commentWriter{room: (m.room - len(m.b)) / (len(told) - i)}
			d := member.Document
			one.must("\n### " + Mark(d.Ending()) + " " + string(spans(nil, append([]part{foreign(member.Folder), plainly(" – ")},
				d.headline()...), display.Markdown)) + "\n")
			one.document(d, "####")
			m.b = append(m.b, one.b...)
			m.left += one.left
		}
		m.rows("\n<details><summary>Passed, and nothing is new or fixed ("+thousands(int64(len(rest)))+")</summary>\n\n", "\n</details>\n",
			len(rest), 10, func(i int) string { return "- " + display.Markdown(rest[i].Folder, maxField) + "\n" })
	})
}

func comment(marker, page string, ending policy.Result, headline []part, content func(*commentWriter)) []byte {
	m := commentWriter{room: MaxComment - 1<<10}
	m.put(marker + "\n## " + Mark(ending) + " " + string(spans(nil, headline, display.Markdown)) + "\n")
	content(&m)
	m.b = append(m.b, '\n')
	if m.left > 0 {
		m.b = append(m.b, "**"+count(m.left, "line is", "lines are")+" left out here for want of room, the least severe.** "...)
	}
	if page == "" {
		return append(m.b, "The summary of the run and `verdict.json` have everything.\n"...)
	}
	return append(m.b, "[The run]("+page+") has everything, in its summary and in `verdict.json`.\n"...)
}

// A commentWriter appends whole pieces as long as there is room.
type commentWriter struct {
	b    []byte
	room int
	left int // problems left out
}

func (m *commentWriter) put(s string) bool {
	if len(m.b)+len(s) > m.room {
		return false
	}
	m.b = append(m.b, s...)
	return true
}

// must is put for a piece that is counted if it is left out.
func (m *commentWriter) must(s string) {
	if !m.put(s) {
		m.left++
	}
}

// document appends what is to be said about one package.
func (m *commentWriter) document(d *Document, level string) {
	if d.Problem != "" {
		m.must("\n" + string(spans(nil, []part{sentence(d.Problem)}, display.Markdown)) + "\n\n" + d.whatNext() + "\n")
	}
	c := d.Change
	switch {
	case c == nil:
		m.must("\nNothing was compared with the base commit.\n")
		return
	case c.Why != "":
		m.must("\n" + string(spans(nil, append(append([]part{own("**Not compared with the base commit")}, c.base()...),
			own(":** "), sentence(c.Why), own(" What follows is all that was found, whether it is new or not.")), display.Markdown)) + "\n")
		m.table(d, level+" Found", "", d.findings(), 8, false)
		return
	}
	m.must("\n" + string(spans(nil, append(append([]part{own("Compared with the base commit")}, c.base()...),
		own(": **%s new**, %s fixed, %s still there.", problemsIn(c.New), problemsIn(c.Fixed), problemsIn(c.Still))), display.Markdown)) + "\n")
	m.table(d, level+" New", "", c.New, 6, false)
	m.table(d, level+" Not compared", "The packed files, the commit and the last release show these, and the base was not packed.",
		c.Apart, 5, false)
	m.fixed(level+" Fixed", c.Fixed)
	m.table(d, "Still there", "", c.Still, 10, true)
}

// base names the base commit.
func (c *Change) base() []part {
	if c.Base == "" {
		return nil
	}
	return []part{own(" "), foreign(c.Base[:min(len(c.Base), 7)])}
}

// problemsIn returns how many problems findings are.
func problemsIn(all []policy.Judged) string {
	return thousands(int64(len((&policy.Verdict{Judged: all}).Groups())))
}

// table appends a table of problems, the worst first, in so many tenths of the
// room that is left.
func (m *commentWriter) table(d *Document, title, lead string, all []policy.Judged, tenths int, fold bool) {
	if len(all) == 0 {
		return
	}
	groups := (&policy.Verdict{Judged: all}).Groups()
	end := ""
	title += fmt.Sprintf(" (%s)", thousands(int64(len(groups))))
	if fold {
		title, end = "<details><summary>"+title+"</summary>", "\n</details>\n"
	}
	if lead != "" {
		lead += "\n\n"
	}
	rules := d.rules()
	m.rows("\n"+title+"\n\n"+lead+"| | what | found | fix |\n|---|---|---|---|\n", end, len(groups), tenths,
		func(i int) string { return commentRow(&groups[i], rules.of(&groups[i])) })
}

// fixed appends the list of what the change ends.
func (m *commentWriter) fixed(title string, all []policy.Judged) {
	groups := (&policy.Verdict{Judged: all}).Groups()
	m.rows(fmt.Sprintf("\n%s (%s)\n\n", title, thousands(int64(len(groups)))), "", len(groups), 5, func(i int) string {
		return "- " + commentWhat(&groups[i], " ", display.Markdown) + "\n"
	})
}

// rows appends n rows below a head, in so many tenths of the room that is left.
func (m *commentWriter) rows(head, end string, n, tenths int, row func(i int) string) {
	if n == 0 {
		return
	}
	own := commentWriter{room: (m.room-len(m.b))*tenths/10 - len(end)}
	if !own.put(head) {
		m.left += n
		return
	}
	for i := range n {
		if !own.put(row(i)) {
			own.left = n - i
			break
		}
	}
	m.b, m.left = append(append(m.b, own.b...), end...), m.left+own.left
}

// commentWhat returns what a group is about, and its advisories or its rule.
func commentWhat(g *policy.Group, between string, code func(string, int) string) string {
	b := append(spans(nil, []part{foreign(about(g))}, code), between...)
	if len(g.Of().IDs) == 0 {
		return string(spans(b, []part{foreign(g.Of().Rule)}, code))
	}
	var ids []string
	for _, j := range g.Findings {
		if own := j.Finding.IDs; len(own) > 0 && !slices.Contains(ids, own[0]) {
			ids = append(ids, own[0])
		}
	}
	return string(spans(b, idParts(nil, ids), code))
}

// commentRow returns one group as a row: how bad, what, what was found and where,
// what to do.
func commentRow(g *policy.Group, rule *finding.Rule) string {
	f := g.Of()
	cell := func(parts ...part) string { return string(spans(nil, parts, display.Cell)) }
	word := map[finding.State]string{finding.Block: "blocks", finding.Warn: "warns"}[g.State()]
	found := cell(part{text: g.Says(), cap: commentMessage})
	if len(f.Paths) > 0 && !g.Many() {
		found += "<br>via " + cell(part{text: chain(f.Paths[0]), cap: commentPath})
	}
	if f.File != "" {
		found += "<br>at " + cell(place(nil, f)...)
	}
	fix := cell(plainly(rule.Help))
	if f.Fix != "" {
		fix = cell(part{text: f.Fix, cap: commentMessage})
	}
	return "| **" + word + "**<br>" + f.Severity.String() + " | " + commentWhat(g, "<br>", display.Cell) + " | " + found + " | " + fix + " |\n"
}
