package report

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// Limits of the page about a workspace.
const (
	maxMembers = 2000 // rows
	maxShared  = 200  // problems that block
	maxHomes   = 12   // members that a problem names
)

// The data of the page about a workspace.
type (
	pageMember struct {
		Folder, Page, Package string
		Kind                  string
		Words, Why            []piece
		Counts                []string // that block, that warn
		Waived                string
	}
	pageMembers struct {
		Rows []pageMember
		Left string
	}
	pageShared struct {
		Rows []pageSharedRow
		Left string
	}
	pageSharedRow struct {
		Row     *pageRow
		Members []pageMember
		More    string
	}
)

// MembersHTML writes report.html of a run over several members: the result, each
// member with a link to its own page, and what blocks, the same problem of several
// members once. It keeps the rules of HTML; its links lead to files beside it. It
// returns w's error.
func MembersHTML(out io.Writer, w *Whole) error {
	p := &page{}
	err := pageTemplate().ExecuteTemplate(&p.b, "page.html", w.view(p))
	if err == nil {
		_, err = out.Write(p.b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func (w *Whole) view(p *page) *pageView {
	parts := w.headline()
	v := pageVerdict{Kind: kindOf(w.Ending()), Exit: exitOf(w.Run)}
	words, about, _ := strings.Cut(parts[0].text, ": ")
	v.Words, v.Package = textOf(plainly(words)), about
	v.Summary = textOf(plainly(strings.TrimPrefix(parts[1].text, " – ") + "."))
	out := &pageView{Digest: styleDigest(), Style: pageStyle, Title: w.Ending().String() + " workspace", Verdict: v}
	add := func(id, title string, n int, body any) {
		s := pageSection{ID: id, Title: title, Body: body}
		if n > 0 {
			s.Count, s.Counted = thousands(int64(n)), true
		}
		out.Sections = append(out.Sections, s)
	}
	var members []pageMember
	for _, m := range w.Members[:min(len(w.Members), maxMembers)] {
		members = append(members, m.row())
		out.Version = display.Cap(m.Document.ToolVersion, maxField)
	}
	whole := &Document{Run: w.Run}
	if len(whole.acts()) > 0 {
		add("done", "What was done", 0, whole.pageDone())
	}
	list := pageMembers{Rows: members}
	if more := len(w.Members) - maxMembers; more > 0 {
		list.Left = count(more, "member is", "members are")
	}
	add("members", "Members", len(w.Members), list)
	if shared, n := w.shared(p); n > 0 {
		add("shared", "What blocks", n, shared)
	}
	lines := func(facts []fact) (all []pageFact) {
		for _, f := range facts {
			all = append(all, pageFact{Label: f.label, Text: textOf(f.parts...)})
		}
		return all
	}
	if wrong := lines(w.wrong()); len(wrong) > 0 {
		add("wrong", "Problems with the evidence", len(w.Problems), wrong)
	}
	if left := lines(w.leftOut()); len(left) > 0 {
		add("leftout", "Left out", len(w.LeftOut), left)
	}
	return out
}

// page returns the address of a member's own report, from the workspace's.
func (m *Member) page() string {
	return (&url.URL{Path: "./" + path.Join(m.Evidence, "report.html")}).String()
}

func (m *Member) row() pageMember {
	d := m.Document
	out := pageMember{Folder: display.Cap(m.Folder, maxField), Page: m.page(), Kind: kindOf(d.Ending())}
	out.Words, out.Package = textOf(plainly(d.firstWords())), display.Cap(d.Package.Name+" "+d.Package.Version, maxField)
	if risk := d.Package.risk(); risk != "" {
		out.Package += ", " + risk
	}
	c := d.Verdict.Counts
	out.Counts = []string{thousands(int64(c.Block)), thousands(int64(c.Warn))}
	out.Waived = thousands(int64(c.Waived))
	switch {
	case d.Problem != "":
		out.Why = textOf(sentence(d.Problem))
	case c.Block > 0:
		out.Why = textOf(d.blocking()...)
	}
	return out
}

// shared returns what blocks in the members, the worst first, and how many problems
// that are.
func (w *Whole) shared(p *page) (pageShared, int) {
	var out pageShared
	type home struct{ members []*Member }
	at := map[string]*home{}
	var groups []*policy.Group
	var keys []string
	for i := range w.Members {
		m := &w.Members[i]
		all := m.Document.Verdict.Groups()
		for n := range all {
			g := &all[n]
			if g.State() == finding.Warn || g.State() == finding.Waived {
				continue
			}
			key := sameProblem(g)
			if key == "" {
				key = m.Folder + "\x00" + strconv.Itoa(n)
			}
			if at[key] == nil {
				at[key] = &home{}
				groups, keys = append(groups, g), append(keys, key)
			}
			at[key].members = append(at[key].members, m)
		}
	}
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(meter(groups[b].Of().Severity), meter(groups[a].Of().Severity)) })
	for _, i := range order[:min(len(order), maxShared)] {
		row := pageSharedRow{Row: p.short(groups[i])}
		homes := at[keys[i]].members
		for _, m := range homes[:min(len(homes), maxHomes)] {
			row.Members = append(row.Members, pageMember{Folder: display.Cap(m.Folder, maxField), Page: m.page()})
		}
		if more := len(homes) - maxHomes; more > 0 {
			row.More = " and " + thousands(int64(more)) + " more"
		}
		out.Rows = append(out.Rows, row)
	}
	if more := len(groups) - maxShared; more > 0 {
		out.Left = count(more, "problem is", "problems are")
	}
	return out, len(groups)
}
