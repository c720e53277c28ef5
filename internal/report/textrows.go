package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// rowStart is the column at which a row names what it is about.
const rowStart = 19

// lists returns the groups as the terminal lists them, each list with what blocks
// first and what does not ship last: vulnerable packages, other findings, waived.
func (d *Document) lists() (vulnerable, others, waived []*policy.Group) {
	for _, s := range d.sections() {
		for _, g := range s.groups {
			switch {
			case s.state == finding.Waived:
				waived = append(waived, g)
			case g.Advisories() && g.Of().Name != "":
				vulnerable = append(vulnerable, g)
			default:
				others = append(others, g)
			}
		}
	}
	return vulnerable, others, waived
}

// some returns how many groups of a list are shown: all that block, of the others
// all if they are few.
func some(list []*policy.Group) int {
	blocks := slices.IndexFunc(list, func(g *policy.Group) bool { return g.State() == finding.Warn || g.State() == finding.Waived })
	if blocks < 0 {
		blocks = len(list)
	}
	if n := len(list) - blocks; n <= maxWarned {
		return min(blocks, maxShown) + n*btoi(blocks <= maxShown)
	}
	return min(blocks+someWarned, max(maxShown, someWarned))
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// left counts what a list does not show.
func (t *texter) left(n int, what string) {
	if n > 0 {
		fmt.Fprintf(&t.b, "  and %s: report.md\n", count(n, "more "+what, "more "+what+"s"))
	}
}

// vulnerable writes one line for each affected package, and for one that blocks
// the ids.
func (t *texter) vulnerable(d *Document, list []*policy.Group) {
	if len(list) == 0 {
		return
	}
	t.b.WriteString("\nVULNERABLE PACKAGES                    advisories  fixed in step  through\n")
	n := some(list)
	steps := d.stepNumbers()
	for _, g := range list[:n] {
		f := g.Of()
		name := display.Cap(about(g), maxField)
		if f.Version == "" {
			name += " (range)"
		}
		advisories := thousands(int64(len(g.Findings)))
		if b := g.Blocking(); b > 0 && b < len(g.Findings) {
			advisories = fmt.Sprintf("%s of %s", thousands(int64(b)), advisories)
		}
		step := ""
		if s := steps[g]; s > 0 {
			step = strconv.Itoa(s)
		}
		t.row(g, name)
		const wide = 24
		if n := utf8.RuneCountInString(name); n <= wide {
			t.b.WriteString(strings.Repeat(" ", wide-n))
		} else {
			t.b.WriteString("\n" + strings.Repeat(" ", rowStart+wide))
		}
		line := fmt.Sprintf("%6s  %-8s %3s", advisories, display.Cap(f.Ends, maxField), step)
		if by := comesBy(g); by != "" {
			t.b.WriteString(line)
			t.tail(rowStart+wide+utf8.RuneCountInString(line), rowStart, by)
		} else {
			t.b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
		if g.State() != finding.Warn {
			t.line(strings.Repeat(" ", rowStart), idsOf(g))
		}
	}
	t.left(len(list)-n, "package")
}

// row begins the line of a group: state, severity, name.
func (t *texter) row(g *policy.Group, name string) {
	t.b.WriteString("  " + t.stateWord(g.State()) + "  " + pad(g.Of().Severity.String(), 8) + "  " + name)
}

// comesBy says how a package comes in, and under which other rule it is found.
func comesBy(g *policy.Group) string {
	f := g.Of()
	var words []string
	if buildOnly(f) {
		words = append(words, "dev,")
	}
	switch direct := through(f.Paths); {
	case len(direct) > 0:
		by := display.Cap(direct[0], maxField)
		if at := strings.LastIndexByte(by, '@'); at > 0 {
			by = by[:at]
		}
		if more := len(f.Paths) - 1; more > 0 {
			by += fmt.Sprintf(", +%d", more)
		}
		words = append(words, by)
	case len(f.Paths) > 0:
		words = append(words, "direct")
	}
	if f.Rule != "vulnerable-dependency" && f.Rule != "vulnerable-range" {
		words = append(words, "["+display.Cap(f.Rule, maxField)+"]")
	}
	return strings.TrimSuffix(strings.Join(words, " "), ",")
}

// idsOf names the advisories that block, with what presses: a clock, and that one is
// exploited.
func idsOf(g *policy.Group) string {
	var b strings.Builder
	n := 0
	for _, j := range g.Findings {
		if j.State == finding.Warn || j.State == finding.Waived {
			continue
		}
		if n++; n > maxIDs {
			continue
		}
		if n > 1 {
			b.WriteString("; ")
		}
		b.WriteString(display.Cap(j.Finding.IDs[0], maxField))
		if a := j.Finding.Advisory; a != nil && a.Exploited {
			b.WriteString(", known to be exploited")
		}
		if j.Due != "" {
			b.WriteString(", " + display.Text(j.Due))
		}
		if j.Finding.Title != "" && len(g.Findings) == 1 {
			b.WriteString(": " + display.Cap(j.Finding.Title, maxField))
		}
	}
	if n > maxIDs {
		fmt.Fprintf(&b, " and %d more", n-maxIDs)
	}
	return b.String()
}

// others writes one line for each other problem, and what happened where it
// blocks.
func (t *texter) others(d *Document, list []*policy.Group) {
	if len(list) == 0 {
		return
	}
	t.b.WriteString("\nOTHER FINDINGS\n")
	n := some(list)
	rules := d.rules()
	for _, g := range list[:n] {
		f := g.Of()
		name, where, scope := display.Cap(about(g), maxField), "", ""
		if f.File != "" && !g.Many() {
			if where = plain(place(nil, f)); about(g) == f.File { // it is named already
				where = strings.TrimSuffix(strings.TrimPrefix(where, name), " (in the tarball)")
			}
			if strings.HasPrefix(where, ":") {
				name, where = name+where, ""
			}
		}
		if buildOnly(f) {
			scope = "dev"
		}
		rule := "[" + display.Cap(f.Rule, maxField) + "]"
		if name == "" {
			name, rule = rule, ""
		}
		t.row(g, name)
		t.tail(rowStart+utf8.RuneCountInString(name), rowStart, rule, where, scope)
		if g.State() == finding.Warn {
			continue
		}
		message := g.Says()
		if message == "" {
			message = rules.of(g).Title
		}
		if message != "" {
			t.line(strings.Repeat(" ", rowStart), display.Cap(message, maxMessage))
		}
	}
	t.left(len(list)-n, "problem")
}

// waived writes one line for each problem that an exception lifts.
func (t *texter) waived(list []*policy.Group) {
	if len(list) == 0 {
		return
	}
	t.b.WriteString("\n")
	n := some(list)
	for _, g := range list[:n] {
		f := g.Of()
		what, until, by := "["+display.Cap(f.Rule, maxField)+"]", "", ""
		if len(f.IDs) > 0 {
			what = count(len(g.Findings), "advisory", "advisories")
		}
		if w := g.Findings[0].Waiver; w != nil {
			until = "until " + w.Expires.UTC().Format("2006-01-02") + ", " + display.Cap(w.Owner, maxField)
			if w.Document != "" {
				by = "by the VEX document " + display.Cap(w.Document, maxField)
			}
		}
		name := display.Cap(about(g), maxField)
		t.b.WriteString(t.stateWord(finding.Waived) + "  " + pad(f.Severity.String(), 8) + "  " + name)
		t.tail(18+utf8.RuneCountInString(name), 18, what, until, by)
	}
	if more := len(list) - n; more > 0 {
		fmt.Fprintf(&t.b, "WAIVED  and %s: report.md\n", thousands(int64(more))+" more")
	}
}
