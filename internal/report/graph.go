package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
)

// graph appends the dependency paths to what blocks as a graph of mermaid, which
// GitHub draws in a job summary.
func (m *markdownWriter) graph(d *Document) {
	n := d.network()
	if n == nil {
		return
	}
	g := grapher{ids: map[string]int{}, steps: d.stepsOf()}
	g.id(n.root)
	g.walk(n.root)
	text := "\n### How they come in\n\n```mermaid\nflowchart LR\n" + g.b.String() +
		"  classDef block stroke:#b3261e,stroke-width:3px\n  classDef warn stroke:#a87412,stroke-width:2px,stroke-dasharray:5 3\n"
	for _, class := range []string{"block", "warn"} {
		if names := g.classes[class]; len(names) > 0 {
			text += "  class " + strings.Join(names, ",") + " " + class + "\n"
		}
	}
	text += "```\n\nA thick border blocks, a dashed one warns."
	if n.more > 0 {
		text += " " + count(n.more, "path", "paths") + " found no room here: see `verdict.json`."
	}
	m.item([]byte(text + "\n"))
}

// A grapher writes a tree of paths as a graph, in which each package is once.
type grapher struct {
	b       strings.Builder
	ids     map[string]int // by name@version
	edges   [][2]int
	steps   map[string]int
	classes map[string][]string
}

// id returns the node of a package, which is written at its first use.
func (g *grapher) id(x *node) int {
	id, known := g.ids[x.name]
	if known {
		return id
	}
	id = len(g.ids)
	g.ids[x.name] = id
	text := mermaidText(x.name)
	if x.group != nil {
		text += fmt.Sprintf("<br/>%s, %s", x.group.Of().Severity, count(len(x.group.Findings), "advisory", "advisories"))
		if step := g.steps[x.name]; step > 0 {
			text += fmt.Sprintf(", step %d", step)
		}
		class := "block"
		if x.group.State() == finding.Warn {
			class = "warn"
		}
		if g.classes == nil {
			g.classes = map[string][]string{}
		}
		g.classes[class] = append(g.classes[class], "n"+strconv.Itoa(id))
	}
	fmt.Fprintf(&g.b, "  n%d[\"%s\"]\n", id, text)
	return id
}

func (g *grapher) walk(x *node) {
	from := g.id(x)
	for _, k := range x.kids {
		edge := [2]int{from, g.id(k)}
		if !slices.Contains(g.edges, edge) {
			g.edges = append(g.edges, edge)
			fmt.Fprintf(&g.b, "  n%d --> n%d\n", edge[0], edge[1])
		}
		g.walk(k)
	}
}

// mermaidText returns a foreign name for a quoted label. Characters that could mean
// something to mermaid, to its markdown or to HTML become its entities.
func mermaidText(name string) string {
	var b strings.Builder
	for _, r := range display.Cap(name, maxLabel) {
		if r > '~' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@/._-+ ", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	if b.Len() == 0 {
		return "this package"
	}
	return b.String()
}
