package report

import (
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
)

// Limits of the page about a workspace.
const (
	maxMembers = 2000 // rows
	maxShared  = 1000 // problems of one list
	maxHomes   = 12   // members that a problem names
	maxQuiet   = 20   // members with nothing to tell that are not folded
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
		Rows, Quiet []pageMember
		Fold, Left  string
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

// MembersHTML writes report.html of a run over several members: the result, what
// blocks, the same problem of several members once, and each member with a link to its
// own page, those with nothing to tell folded. It keeps the rules of HTML; its links lead to files beside it. It
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
	lines := func(facts []fact) (all []pageFact) {
		for _, f := range facts {
			all = append(all, pageFact{Label: f.label, Text: textOf(f.parts...)})
		}
		return all
	}
	tell := w.telling()
	if wrong := lines(w.wrong()); len(wrong) > 0 {
		add("wrong", "Problems with the evidence", len(w.Problems), wrong)
	}
	whole := &Document{Run: w.Run}
	if len(whole.acts()) > 0 {
		add("done", "What was done", 0, whole.pageDone())
	}
	if all := w.blocking(); len(all) > 0 {
		add("shared", "What blocks", len(all), p.shared(all))
	}
	members := func() { add("members", "Members", len(w.Members), w.pageMembers(tell)) }
	alike := len(tell.full)+len(tell.warned) == 0 // no member has more to say than the others
	if !alike {
		members()
	}
	if len(tell.shared) > 0 {
		add("warnings", "Warnings of several members", len(tell.shared), p.shared(tell.shared))
	}
	if len(tell.notes) > 0 {
		var facts []fact
		for _, n := range tell.notes[:min(len(tell.notes), maxShared)] {
			facts = append(facts, n.fact)
		}
		if more := len(tell.notes) - len(facts); more > 0 {
			facts = append(facts, fact{"more", []part{own("%s in the members' own reports", count(more, "line", "lines"))}})
		}
		add("notes", "Of the members that passed", 0, lines(facts))
	}
	if alike {
		members()
	}
	if left := lines(w.leftOut()); len(left) > 0 {
		add("leftout", "Left out", len(w.LeftOut), left)
	}
	for i := range w.Members {
		out.Version = display.Cap(w.Members[i].Document.ToolVersion, maxField)
	}
	return out
}

// page returns the address of a member's own report, from the workspace's.
func (m *Member) page() string {
	return (&url.URL{Path: "./" + path.Join(m.Evidence, "report.html")}).String()
}

func (m *Member) row() pageMember {
	d := m.Document
	out := pageMember{Folder: display.Cap(m.called(), maxField), Page: m.page(), Kind: kindOf(d.Ending())}
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

// pageMembers lists the members: what did not pass, what has warnings of its own, and
// the others, which are folded if they are many.
func (w *Whole) pageMembers(t *telling) (out pageMembers) {
	became := map[*Member]fate{}
	for _, f := range w.fates() {
		became[f.member] = f
	}
	told := slices.Concat(t.full, t.warned)
	quiet := slices.Concat(t.sharing, t.clean)
	if len(quiet) <= maxQuiet || len(told) == 0 {
		told, quiet = append(told, quiet...), nil
	}
	room := maxMembers
	rows := func(members []*Member) (all []pageMember) {
		for _, m := range members[:min(len(members), room)] {
			row := m.row()
			if f, ok := became[m]; ok && len(row.Why) == 0 {
				row.Why = textOf(own("%s", f.word()))
			}
			all = append(all, row)
		}
		room -= len(all)
		return all
	}
	out.Rows, out.Quiet = rows(told), rows(quiet)
	out.Fold = count(len(quiet), "more member that passed", "more members that passed") + ", with nothing of its own to tell"
	if len(quiet) != 1 {
		out.Fold = strings.Replace(out.Fold, "its own", "their own", 1)
	}
	if more := len(w.Members) - maxMembers; more > 0 {
		out.Left = count(more, "member is", "members are")
	}
	return out
}

// shared lists problems with the members that have them.
func (p *page) shared(all []problem) (out pageShared) {
	for _, x := range all[:min(len(all), maxShared)] {
		row := pageSharedRow{Row: p.short(x.group)}
		row.Row.Name = display.Cap(x.members[0].about(x.group), maxField)
		for _, m := range x.members[:min(len(x.members), maxHomes)] {
			row.Members = append(row.Members, pageMember{Folder: display.Cap(m.called(), maxField), Page: m.page()})
		}
		if more := len(x.members) - maxHomes; more > 0 {
			row.More = " and " + thousands(int64(more)) + " more"
		}
		out.Rows = append(out.Rows, row)
	}
	if more := len(all) - maxShared; more > 0 {
		out.Left = count(more, "problem is", "problems are")
	}
	return out
}
