package support

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/pattern"
)

var (
	// about finds the headings below which people write what they support.
	about = pattern.New(`(?i)\bsupport(?:ed)?\b.*\b(?:versions?|releases?|branch(?:es)?|lines?)\b|` +
		`\b(?:versions?|releases?|branch(?:es)?)\b.*\b(?:support(?:ed)?|maintained|maintenance|lifecycle|life cycle)\b|` +
		`^support(?:ed)?(?: (?:policy|status|matrix|lifecycle|windows?|schedule|timeline))?$|\bend[- ]of[- ](?:life|support)\b|` +
		`\blong[- ]term support\b|^security updates$|^maintenance$|^lifecycle$`)
	versionHead = pattern.New(`(?i)\bversions?\b|^v$`)
	lineHead    = pattern.New(`(?i)\b(?:releases?|branch(?:es)?|line|series|major|range|tag)\b`)
	dayHead     = pattern.New(`(?i)\b(?:date|released|published|since|start\w*|from)\b`)
	endHead     = pattern.New(`(?i)\b(?:eol|eos|end|ends|until|expir\w+|through|till|sunset)\b`)
	stateHead   = pattern.New(`(?i)support|maint|status|state|active|secur|patch|updat|fix|receiv|✅`)
	packageHead = pattern.New(`(?i)^(?:npm )?(?:packages?|modules?|names?|products?|components?|projects?|librar(?:y|ies))(?: name)?$`)
	otherHead   = pattern.New(`(?i)affected|patched|fixed|vulnerab|introduced|minimum|required|compatib|\bnode|\bcve\b`)
	overHead    = pattern.New(`(?i)^(?:eol|end[- ]of[- ](?:life|support)|unsupported|deprecated|ended)\??$`)
)

// Read reads what a Markdown text says of the supported versions of a package,
// whose name may stand in it. Tables come first, those of a section about it or
// else any that says which versions are supported; without a table its lists, and
// without a list its sentences.
func Read(text, name string) *Table {
	r := reader{name: name, lines: lines(text)}
	r.headings = headings(r.lines)
	all := grids(r.lines, r.headings)
	if len(all) > maxGrids {
		r.problem(all[maxGrids].lines[0], "tables", "more tables follow than the %d that are read", maxGrids)
		all = all[:maxGrids]
	}
	all = r.ours(all)
	for _, inSection := range []bool{true, false} {
		for _, g := range all {
			if r.isAbout(g.section) == inSection && (r.table.Line == 0 || r.inside == inSection) {
				r.grid(g, inSection)
			}
		}
	}
	if r.table.Line == 0 {
		r.sections(r.list)
	}
	if r.table.Line == 0 {
		r.sections(r.sentences)
	}
	if r.table.Line == 0 {
		if i := slices.IndexFunc(r.headings, func(h heading) bool { return h.about }); i >= 0 {
			r.table.Line = r.headings[i].number
		}
	}
	r.contradictions()
	slices.SortStableFunc(r.table.Problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return &r.table
}

type reader struct {
	name     string
	lines    []line
	headings []heading
	table    Table
	inside   bool // the tables that are read are those of a section about supported versions
	size     int  // spans and versions of all rows
}

// ours returns the tables below headings that name the package, if there are any:
// a repository of several packages has one for each.
func (r *reader) ours(all []grid) []grid {
	own := slices.DeleteFunc(slices.Clone(all), func(g grid) bool {
		for at := g.section; at >= 0; at = r.headings[at].above {
			if title := r.headings[at].text; r.name != "" && (strings.EqualFold(title, r.name) || strings.EqualFold(title, bareName(r.name))) {
				return false
			}
		}
		return true
	})
	if len(own) > 0 {
		return own
	}
	return all
}

// isAbout reports whether a section, or one that it is in, is about supported versions.
func (r *reader) isAbout(section int) bool {
	for ; section >= 0; section = r.headings[section].above {
		if r.headings[section].about {
			return true
		}
	}
	return false
}

// columns says where a table has what; -1: nowhere.
type columns struct{ version, state, end, of int }

func columnsOf(head []string) columns {
	c := columns{-1, -1, -1, -1}
	plain := make([]string, len(head))
	for i := range head {
		plain[i] = plainText(head[i])
	}
	first := func(is func(i int) bool) int {
		for i := range plain {
			if i != c.version && i != c.state && i != c.end && i != c.of && is(i) {
				return i
			}
		}
		return -1
	}
	c.of = first(func(i int) bool { return packageHead.MatchString(plain[i]) })
	c.version = first(func(i int) bool { return versionHead.MatchString(plain[i]) && !otherHead.MatchString(plain[i]) })
	if c.version < 0 {
		c.version = first(func(i int) bool {
			return lineHead.MatchString(plain[i]) && !dayHead.MatchString(plain[i]) && !otherHead.MatchString(plain[i])
		})
	}
	end := func(i int) bool { return endHead.MatchString(plain[i]) || overHead.MatchString(plain[i]) }
	c.end = first(func(i int) bool { return end(i) && strings.Contains(strings.ToLower(plain[i]), "secur") })
	for i := len(plain) - 1; i >= 0 && c.end < 0; i-- { // of several, the last one says when all support ends
		if i != c.version && i != c.of && end(i) {
			c.end = i
		}
	}
	state := func(i int) bool {
		return stateHead.MatchString(plain[i]) && !dayHead.MatchString(plain[i]) && !otherHead.MatchString(plain[i]) && !end(i) &&
			!versionHead.MatchString(plain[i])
	}
	c.state = first(func(i int) bool { return state(i) && strings.Contains(strings.ToLower(plain[i]), "secur") })
	if c.state < 0 {
		c.state = first(state)
	}
	return c
}

// grid reads a table, if it is one of supported versions.
func (r *reader) grid(g grid, inSection bool) {
	c := columnsOf(g.cells[0])
	if c.version == 0 && c.state < 0 && c.end < 0 || c.version < 0 {
		if t := transposed(g); r.named(t) && len(t.cells) > 1 && len(t.cells[0]) > 1 && stateHead.MatchString(plainText(t.cells[0][1])) {
			g, c = t, columns{0, 1, -1, -1}
		}
	}
	switch {
	case c.version >= 0 && (c.state >= 0 || c.end >= 0) && (inSection || c.version <= 1):
	case inSection && c.version <= 0 && c.end < 0 && r.named(g) && !dayHead.MatchString(plainText(g.cells[0][1])):
		c.version, c.state = 0, 1
	default:
		return
	}
	r.table.Line, r.inside = cmp.Or(r.table.Line, g.lines[0]), inSection
	of := ""
	for i, cells := range g.cells[1:] {
		at := func(column int) string {
			if column < 0 || column >= len(cells) {
				return ""
			}
			return cells[column]
		}
		if c.of >= 0 {
			of = cmp.Or(plainText(at(c.of)), of)
			if r.name != "" && !strings.EqualFold(of, r.name) && !strings.EqualFold(of, bareName(r.name)) {
				continue
			}
		}
		if strings.Join(cells, "") != "" {
			row, ok := r.row(g.lines[i+1], at(c.version), at(c.state), at(c.end), c)
			for column, cell := range cells {
				if note := plainText(cell); ok && row.Supported && column != c.version && column != c.state && column != c.end &&
					overNote.MatchString(note) {
					r.problem(row.Line, row.Text, "%q is supported here, and beside it stands %q", clip(row.Text), clip(note))
					ok = false
				}
			}
			if ok {
				r.add(row)
			}
		}
	}
}

// named reports whether what stands first in the rows of a table are versions.
func (r *reader) named(g grid) bool {
	for _, cells := range g.cells[1:] {
		if len(cells) > 0 {
			if _, ok := versions(cells[0], r.name); ok {
				return true
			}
		}
	}
	return false
}

// transposed returns a table with its rows as columns. What stands in its lines
// keeps the line of its header.
func transposed(g grid) (t grid) {
	t.section = g.section
	for column := range g.cells[0] {
		var cells []string
		for _, row := range g.cells {
			cell := ""
			if column < len(row) {
				cell = row[column]
			}
			cells = append(cells, cell)
		}
		t.cells, t.lines = append(t.cells, cells), append(t.lines, g.lines[0])
	}
	return t
}

// row reads one row. What it says of a branch says nothing of versions.
func (r *reader) row(number int, versionCell, stateCell, endCell string, c columns) (row Row, ok bool) {
	shown := plainText(versionCell)
	s, ok := versions(versionCell, r.name)
	if !ok {
		r.problem(number, shown, "%q names no versions that can be read: expected such as 5.1.x, < 4.0, >= 2, 2.0 - 2.4, latest", clip(shown))
		return row, false
	}
	row = Row{Text: shown, Line: number, Supported: true, set: s}
	if s.kind == branch {
		return row, true
	}
	ends, known := endOf(endCell, c.state < 0)
	if c.state >= 0 {
		said, ok := statusOf(stateCell)
		if !ok && known && !ends.until.IsZero() && warning.MatchString(stateCell) {
			said, ok = status{supported: true}, true // until then
		}
		if !ok {
			r.problem(number, shown, "%q says of %s neither yes nor no: expected such as :white_check_mark:, :x:, yes, no, until 2027-01-31",
				clip(plainText(stateCell)), clip(shown))
			return row, false
		}
		row.Supported, row.Until = said.supported, said.until
	}
	if c.end >= 0 && row.Supported {
		if !known {
			r.problem(number, shown, "%q is no day on which support for %s ends: expected such as 2027-01-31", clip(plainText(endCell)), clip(shown))
			return row, false
		}
		row.Supported = ends.supported
		if !ends.until.IsZero() {
			row.Until = ends.until
		}
	}
	return row, true
}

// overNote finds a note that says that support has ended. warning finds marks that
// say neither yes nor no.
var (
	overNote = pattern.New(`(?i)^\W*(?:end[- ]of[- ](?:life|support)|eol|` +
		`unsupported|not supported|no longer supported|discontinued)\b\D*$`)
	warning = pattern.New(`⚠|🟡|🟠|:(?:warning|yellow_circle|orange_circle|large_orange_diamond):`)
)

func (r *reader) add(row Row) {
	if r.size > maxRows {
		return
	}
	if r.size += 1 + len(row.set.spans) + len(row.set.exact); r.size > maxRows {
		r.problem(row.Line, "rows", "more versions follow than the %d that are read", maxRows)
		return
	}
	r.table.Rows = append(r.table.Rows, row)
}

func (r *reader) problem(number int, subject, format string, args ...any) {
	if len(r.table.Problems) < maxRows {
		r.table.Problems = append(r.table.Problems, Problem{number, clip(subject), fmt.Sprintf(format, args...)})
	}
}

// clip shortens a text for a message.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:59]) + "…"
	}
	return text
}

// contradictions tells of rows that say yes and no about the same versions, and of
// which neither is narrower.
func (r *reader) contradictions() {
	rows := r.table.Rows
	for i := range rows {
		for j := range i {
			if rows[i].Supported == rows[j].Supported || !clash(rows[i].set, rows[j].set) {
				continue
			}
			word := map[bool]string{true: "supported", false: "not supported"}
			r.problem(rows[i].Line, rows[j].Text+" "+rows[i].Text, "%q is %s here, and %q of line %d, which shares versions with it, is %s",
				clip(rows[i].Text),
				word[rows[i].Supported], clip(rows[j].Text), rows[j].Line, word[rows[j].Supported])
		}
	}
}

// clash reports whether two sets share versions without one being within the other.
func clash(a, b set) bool {
	if a.kind != numbers || b.kind != numbers {
		return a.kind == b.kind && a.kind != branch && a.unit == b.unit
	}
	for _, v := range a.exact {
		if slices.ContainsFunc(b.exact, func(w npmVersion) bool { return v.Compare(w) == 0 }) {
			return true
		}
	}
	for _, s := range a.spans {
		for _, t := range b.spans {
			if !s.meet(t).empty() && (s == t || !s.contains(t) && !t.contains(s)) {
				return true
			}
		}
	}
	return false
}
