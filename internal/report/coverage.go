package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/written"
)

// Of a line of a written policy, in characters: how much a table shows.
const (
	maxPolicyLine = 90
	maxAnswer     = 200
)

// CoverageText writes what answers each line of a written policy, one line each,
// then the counts. prose and lines name the two files.
func CoverageText(w io.Writer, prose, lines string, c *written.Coverage) error {
	var b strings.Builder
	for i := range c.Rows {
		r := &c.Rows[i]
		fmt.Fprintf(&b, "%5d  %-12s  %s\n", r.Line, r.Class, display.Cap(r.Text, maxPolicyLine))
		if said := answerOf(r); said != "" {
			fmt.Fprintf(&b, "%19s  %s\n", "", display.Cap(said, maxAnswer))
		}
	}
	for i := range c.Gone {
		fmt.Fprintf(&b, "%5d  %-12s  %s:%d answers a line that is not there any more\n", c.Gone[i].At, "gone", display.Text(lines),
			c.Gone[i].Line)
	}
	fmt.Fprintf(&b, "\n%s: %s\n", display.Text(prose), CoverageCounts(c))
	_, err := io.WriteString(w, b.String())
	return err
}

// CoverageMarkdown writes the same as a table.
func CoverageMarkdown(w io.Writer, prose, lines string, c *written.Coverage) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n| line | asks | answer | |\n| ---: | --- | --- | --- |\n", display.Markdown(prose, maxAnswer),
		CoverageCounts(c))
	for i := range c.Rows {
		r := &c.Rows[i]
		said := ""
		if a := answerOf(r); a != "" {
			said = display.Cell(a, maxAnswer)
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", r.Line, display.Cell(r.Text, maxPolicyLine), r.Class, said)
	}
	for i := range c.Gone {
		fmt.Fprintf(&b, "| %d | | gone | line %d of %s |\n", c.Gone[i].At, c.Gone[i].Line, display.Cell(lines, maxAnswer))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// CoverageJSON writes the same as JSON, as verdict.json has it.
func CoverageJSON(w io.Writer, prose, lines string, c *written.Coverage) error {
	out, err := display.NewEncoder().Append(nil, coverageJSON(prose, lines, c), 0)
	if err == nil {
		_, err = w.Write(append(out, '\n'))
	}
	return err
}

// CoverageCounts returns the counts in words: "267 lines ask for something: 170
// enforced, 40 reviewed, …".
func CoverageCounts(c *written.Coverage) string {
	var parts []string
	for _, class := range written.Classes {
		if n := c.Count(class); n > 0 && class != written.Silent {
			parts = append(parts, fmt.Sprintf("%d %s", n, class))
		}
	}
	said := fmt.Sprintf("%d lines ask for something", c.Demands())
	if c.Demands() == 1 {
		said = "1 line asks for something"
	}
	if len(parts) > 0 {
		said += ": " + strings.Join(parts, ", ")
	}
	if n := len(c.Gone); n == 1 {
		said += "; 1 answer is about a line that is gone"
	} else if n > 0 {
		said += fmt.Sprintf("; %d answers are about lines that are gone", n)
	}
	return said
}

// answerOf returns what answers a line, or why nothing does.
func answerOf(r *written.Row) string {
	said := strings.Join(r.Targets, ", ")
	switch {
	case r.Reason == "":
	case r.Class == written.Unenforced || said == "":
		said = r.Reason
	default:
		said += ": " + r.Reason
	}
	if r.Before != "" {
		said += " (" + r.Before + ")"
	}
	return said
}

// A coverageDoc is a written policy in verdict.json, and what policy coverage
// prints as JSON.
type coverageDoc struct {
	File    string         `json:"file"`
	SHA256  string         `json:"file_sha256"`
	Lines   string         `json:"lines"`
	LinesOf string         `json:"lines_sha256"`
	Demands int            `json:"demands"`
	Counts  coverageCounts `json:"counts"`
	Rows    []coverageRow  `json:"rows"`
}

type coverageCounts struct {
	Enforced   int `json:"enforced"`
	Reviewed   int `json:"reviewed"`
	Controlled int `json:"controlled"`
	Declared   int `json:"declared"`
	Outside    int `json:"outside"`
	NotADemand int `json:"not-a-demand"`
	Uncovered  int `json:"uncovered"`
	Unenforced int `json:"unenforced"`
	Gone       int `json:"gone"` // answers to lines that are not there any more
}

type coverageRow struct {
	Line    int      `json:"line"`
	SHA256  string   `json:"sha256"`
	Text    string   `json:"text"`
	Class   string   `json:"class" enum:"enforced,reviewed,controlled,declared,outside,not-a-demand,uncovered,unenforced"`
	Targets []string `json:"targets"`
	Reason  string   `json:"reason"`
}

func coverageJSON(prose, lines string, c *written.Coverage) *coverageDoc {
	n := c.Count
	doc := &coverageDoc{File: prose, SHA256: c.ProseSHA256, Lines: lines, LinesOf: c.LinesSHA256, Demands: c.Demands(),
		Rows: make([]coverageRow, len(c.Rows)),
		Counts: coverageCounts{n(written.Enforced), n(written.Reviewed), n(written.Controlled), n(written.Declared), n(written.Outside),
			n(written.Silent), n(written.Uncovered), n(written.Unenforced), len(c.Gone)}}
	for i := range c.Rows {
		r := &c.Rows[i]
		doc.Rows[i] = coverageRow{r.Line, r.Digest, r.Text, strings.ReplaceAll(string(r.Class), " ", "-"), append([]string{},
			r.Targets...), r.Reason}
	}
	return doc
}
