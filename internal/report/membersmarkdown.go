package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/publishgate/publishgate/internal/display"
)

// MembersMarkdown writes the overall result, what blocks, the Markdown of each member
// that did not pass, and what the others have in common, all within the budget of one
// page. What comes last gives way first.
func MembersMarkdown(out io.Writer, w *Whole) error {
	const part = 100 << 10 // bytes for each table
	tell := w.telling()
	m := markdownWriter{room: part}
	m.put(append(spans([]byte("## "+Mark(w.Ending())+" "), w.headline(), display.Markdown), "\n\n| | |\n|---|---|\n"...))
	for _, f := range w.facts(tell, len(tell.warned)) {
		m.item(append(spans([]byte("| "+f.label+" | "), f.parts, display.Cell), " |\n"...))
	}
	page := m.end()
	if len(w.Members) > fullAlways {
		page = append(page, problemTable("What blocks", w.blocking(), maxHomes, 2*part)...)
	}
	last := append(fateTable(w.fates(), 5*part/2), problemTable("Warnings of several members", tell.shared, firstNames, part)...)
	notes := markdownWriter{room: part}
	var facts []fact
	for _, n := range tell.notes {
		facts = append(facts, n.fact)
	}
	notes.facts("Of the members that passed", facts)
	last = append(last, notes.end()...)

	plans := newToldPlan()
	end := ""
	budgets := budgets(tell.full, markdownBudget-markdownTail-len(last)-len(page))
	for i, member := range tell.full {
		each := budgets[i]
		if each == 0 {
			end = fmt.Sprintf("\n**%s left out here for want of room.** The report of each is in its folder of the evidence.\n",
				count(len(tell.full)-i, "member is", "members are"))
			break
		}
		plans.name, plans.folder = member.called(), member.Folder
		page = append(append(page, '\n'), markdownAfter(plans, member.Document, each)...)
	}
	page = append(append(page, last...), end...)
	if _, err := out.Write(page); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// budgets divides room among the reports of members: each has what it needs, and the
// longest share what is left. Zero is for those that have no room.
func budgets(members []*Member, room int) []int {
	const least, enough = 2 * markdownTail, 8 // times the room: it is not looked further what is needed
	needs := make([]int, len(members))
	plans, all, sum := newToldPlan(), room, 0
	for i, m := range members {
		if needs[i] = room; sum < enough*room {
			plans.name, plans.folder = m.called(), m.Folder
			needs[i] = 1 + len(markdownAfter(plans, m.Document, room))
		}
		sum += needs[i]
	}
	left, level := room, room
	for i, need := range slices.Sorted(slices.Values(needs)) {
		if level = left / (len(needs) - i); need > level {
			break
		}
		left -= need
	}
	level = max(level, least)
	for i, need := range needs {
		switch used := min(need, level); {
		case used > room:
			clear(needs[i:])
			return needs
		case need <= level:
			room, needs[i] = room-used, all // what it was measured with, so that it is as long again
		default:
			room, needs[i] = room-used, level-1
		}
	}
	return needs
}

// end returns what was written, and says how much was left out.
func (m *markdownWriter) end() []byte {
	if m.left == 0 {
		return m.b
	}
	return fmt.Appendf(m.b, "\n**%s left out here for want of room.**\n", count(m.left, "line is", "lines are"))
}

// problemTable returns a table of problems with the members that have them.
func problemTable(title string, all []problem, most, room int) []byte {
	m := markdownWriter{room: room}
	if len(all) == 0 {
		return nil
	}
	m.put(fmt.Appendf(nil, "\n### %s (%s)\n\n| severity | what | found | members |\n|---|---|---|---|\n", title, thousands(int64(len(all)))))
	for _, p := range all {
		g := p.group
		row := append([]byte("| **"+g.Of().Severity.String()+"** | "), display.Cell(p.members[0].about(g), maxField)...)
		row = append(append(row, "<br>"...), display.Cell(g.Of().Rule, maxField)...)
		row = append(append(row, " | "...), display.Cell(g.Says(), maxMessage)...)
		if g.Advisories() && g.Of().Ends != "" {
			row = append(append(row, "<br>fixed in "...), display.Cell(g.Of().Ends, maxField)...)
		}
		row = append(row, " | "...)
		if n := len(p.members); n > most {
			row = append(row, thousands(int64(n))+": "...)
		}
		m.item(append(spans(row, names(p.members, most), display.Cell), " |\n"...))
	}
	return m.end()
}

// fateTable returns a table of what became of each member.
func fateTable(all []fate, room int) []byte {
	if len(all) == 0 {
		return nil
	}
	title, end := fmt.Sprintf("What was done with each member (%s)", thousands(int64(len(all)))), ""
	open := "### " + title
	if len(all) > maxFates {
		open, end = "<details><summary>"+title+"</summary>", "\n</details>\n"
	}
	m := markdownWriter{room: room}
	m.put([]byte("\n" + open + "\n\n| member | version | | |\n|---|---|---|---|\n"))
	for _, f := range all {
		d := f.member.Document
		row := append([]byte("| "), display.Cell(cmp.Or(d.Package.Name, f.member.called()), maxField)...)
		row = append(append(row, " | "...), display.Cell(d.Package.Version, maxField)...)
		row = append(row, " | "+f.word()+" | "...)
		if f.act != nil {
			row = spans(row, []part{sentence(f.act.Text)}, display.Cell)
		}
		m.item(append(row, " |\n"...))
	}
	m.b = append(m.b, end...)
	return m.end()
}
