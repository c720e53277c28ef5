package support

import (
	"sort"
	"strings"

	"github.com/publishgate/publishgate/internal/markdown"
	"github.com/publishgate/publishgate/internal/pattern"
)

// A line is one of the text that is neither code nor comment.
type line struct {
	number int
	text   string // without the marks of a quotation
}

// A grid is a table of Markdown or HTML: its header and its rows.
type grid struct {
	section int // the index of the heading above it; -1: none
	lines   []int
	cells   [][]string // the first is the header
}

// A heading is one that begins a section.
type heading struct {
	number, level int
	text          string
	from, to      int  // indexes of its section's lines, to excluded
	above         int  // the index of the heading whose section it is in; -1: none
	about         bool // it says that supported versions follow
}

// lines returns the lines of a Markdown text. Those of fenced code and of comments
// are blank.
func lines(text string) (all []line) {
	fence, comment, number := "", false, 0
	for _, l := range markdown.Lines(text) {
		number++
		bare := strings.TrimLeft(l, " \t>")
		keep := l
		switch {
		case fence != "":
			keep = ""
			if markdown.Closes(bare, fence) {
				fence = ""
			}
		case !comment && markdown.Fence(bare) != "":
			fence, keep = markdown.Fence(bare), ""
		default:
			keep, comment = uncommented(l, comment)
			if trimmed := strings.TrimLeft(keep, " \t"); strings.HasPrefix(trimmed, "> ") || trimmed == ">" {
				keep = strings.TrimPrefix(trimmed, ">")
			}
		}
		all = append(all, line{number, keep})
	}
	return all
}

// uncommented takes comments out of a line. inside: it begins in one, or ends in one.
func uncommented(l string, inside bool) (string, bool) {
	var b strings.Builder
	for {
		mark := "<!--"
		if inside {
			mark = "-->"
		}
		before, after, found := strings.Cut(l, mark)
		if !inside {
			b.WriteString(before)
		}
		if !found {
			return b.String(), inside
		}
		l, inside = after, !inside
	}
}

var (
	atxHeading  = pattern.New(`^ {0,3}(#{1,6})(?:\s+(.*?))?[\s#]*$`)
	boldHeading = pattern.New(`^\s*(?:\*\*|__)([^*_|]+?):?(?:\*\*|__):?\s*$`)
	htmlHeading = pattern.New(`(?i)^\s*<h([1-6])[^>]*>(.*?)</h[1-6]>`)
	delimiter   = pattern.New(`^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$`)
	underline   = pattern.New(`^ {0,3}(=+|-+)\s*$`)
)

// headings returns the headings of a text. A line in bold alone is one.
func headings(all []line) (list []heading) {
	open := -1 // the innermost section
	for i, l := range all {
		h := heading{number: l.number, from: i + 1, to: len(all)}
		if !strings.ContainsAny(l.text, "#*_<=-") {
			continue
		}
		if m := atxHeading.FindStringSubmatch(l.text); m != nil {
			h.level, h.text = len(m[1]), m[2]
		} else if m := htmlHeading.FindStringSubmatch(l.text); m != nil {
			h.level, h.text = int(m[1][0]-'0'), m[2]
		} else if m := boldHeading.FindStringSubmatch(l.text); m != nil {
			h.level, h.text = 7, m[1]
		} else if m := underline.FindStringSubmatch(l.text); m != nil && i > 0 && strings.TrimSpace(all[i-1].text) != "" &&
			!strings.Contains(all[i-1].text, "|") {
			h.number, h.level, h.text = all[i-1].number, 1, all[i-1].text
			if m[1][0] == '-' {
				h.level = 2
			}
		} else {
			continue
		}
		if len(list) == maxHeadings {
			break
		}
		h.text = plainText(h.text)
		h.about = about.MatchString(h.text)
		for ; open >= 0 && list[open].level >= h.level; open = list[open].above {
			list[open].to = i
		}
		h.above, open = open, len(list)
		list = append(list, h)
	}
	return list
}

// sectionAt returns the index of the innermost section that a line is in; -1: none.
func sectionAt(list []heading, index int) int {
	at := sort.Search(len(list), func(i int) bool { return list[i].from > index }) - 1
	for at >= 0 && index >= list[at].to {
		at = list[at].above
	}
	return at
}

// grids returns the tables of a text, in order.
func grids(all []line, list []heading) (found []grid) {
	for i := 0; i < len(all) && len(found) <= maxGrids; i++ {
		if strings.Contains(strings.ToLower(all[i].text), "<table") {
			g, end := htmlGrid(all, i)
			g.section = sectionAt(list, i)
			if len(g.cells) > 1 && len(g.cells[0]) > 1 {
				found = append(found, g)
			}
			i = end
			continue
		}
		if i+1 >= len(all) || !strings.Contains(all[i].text, "|") || !delimiter.MatchString(all[i+1].text) {
			continue
		}
		head := split(all[i].text)
		if len(head) < 2 || len(head) != len(split(all[i+1].text)) {
			continue
		}
		g := grid{section: sectionAt(list, i), lines: []int{all[i].number}, cells: [][]string{head}}
		for i += 2; i < len(all) && strings.TrimSpace(all[i].text) != "" && strings.Contains(all[i].text, "|"); i++ {
			g.lines, g.cells = append(g.lines, all[i].number), append(g.cells, split(all[i].text))
		}
		i--
		found = append(found, g)
	}
	return found
}

// split returns the cells of a row of a Markdown table.
func split(row string) (cells []string) {
	row = strings.TrimSpace(row)
	row = strings.TrimPrefix(row, "|")
	if strings.HasSuffix(row, "|") && !strings.HasSuffix(row, `\|`) {
		row = row[:len(row)-1]
	}
	from := 0
	for i := range len(row) {
		if row[i] == '|' && (i == 0 || row[i-1] != '\\') {
			cells, from = append(cells, strings.TrimSpace(row[from:i])), i+1
		}
	}
	return append(cells, strings.TrimSpace(row[from:]))
}

var (
	htmlRow  = pattern.New(`(?i)<tr[\s>]`)
	htmlCell = pattern.New(`(?i)<t[dh](?:\s[^>]*)?>`)
	htmlEnd  = pattern.New(`(?i)</?(?:t[rdh]|thead|tbody|tfoot|table|caption)(?:\s[^>]*)?>`)
)

// htmlGrid reads a table of HTML that begins in a line, and returns the index of
// the line it ends in.
func htmlGrid(all []line, from int) (g grid, end int) {
	for end = from; end < len(all); end++ {
		rest := all[end].text
		for rest != "" {
			at, isRow := htmlCell.FindStringIndex(rest), htmlRow.FindStringIndex(rest)
			switch {
			case isRow != nil && (at == nil || isRow[0] < at[0]):
				g.add(htmlText(rest[:isRow[0]]))
				g.lines, g.cells = append(g.lines, all[end].number), append(g.cells, nil)
				rest = rest[isRow[1]-1:]
				rest = rest[strings.IndexByte(rest, '>')+1:]
			case at != nil && len(g.cells) > 0:
				g.add(htmlText(rest[:at[0]]))
				last := len(g.cells) - 1
				if g.cells[last] == nil {
					g.lines[last] = all[end].number
				}
				g.cells[last] = append(g.cells[last], "")
				rest = rest[at[1]:]
			default:
				g.add(htmlText(rest))
				rest = ""
			}
		}
		if strings.Contains(strings.ToLower(all[end].text), "</table") {
			break
		}
	}
	return g, min(end, len(all)-1)
}

// add adds text to the last cell.
func (g *grid) add(text string) {
	if len(g.cells) == 0 {
		return
	}
	if row := g.cells[len(g.cells)-1]; len(row) > 0 {
		row[len(row)-1] = strings.TrimSpace(row[len(row)-1] + " " + text)
	}
}

func htmlText(text string) string { return htmlEnd.ReplaceAllString(text, " ") }
