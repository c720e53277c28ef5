package cli

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/workspace"
)

// round says that packages depend on each other in a circle.
func round(cycle []string) string {
	names := make([]string, 0, len(cycle)+1)
	for _, name := range cycle {
		names = append(names, display.Text(name))
	}
	names = append(names, names[0])
	return fmt.Sprintf("%s depend on each other in a circle, so that one of them is released before what it depends on: "+
		"a peer dependency the other way round, or one package for what both need, ends that", strings.Join(names, " → "))
}

// together says that a package must be released with another one.
func together(e workspace.Entry, w workspace.With) string {
	asks := fmt.Sprintf("package.json of %s asks for %s %s", display.Text(e.Name), display.Text(w.Name), display.Text(w.Range))
	mend := "change the range"
	if w.Release != "" {
		asks = fmt.Sprintf("%s %s asks for %s %s", display.Text(e.Name), w.Release, display.Text(w.Name), display.Text(w.Range))
		mend = "raise the version of " + display.Text(e.Name)
	}
	return fmt.Sprintf("%s, and here it is %s: %s, and release both", asks, display.Text(w.Version), mend)
}

// planText returns a plan for people: one line a package.
func planText(plan *workspace.Plan) []byte {
	var b bytes.Buffer
	if len(plan.Entries) == 0 {
		b.WriteString("nothing is to be released\n")
	}
	name, dir := 0, 0
	for _, e := range plan.Entries {
		name, dir = max(name, len(display.Text(e.Name+"@"+e.Version))), max(dir, len(display.Text(e.Dir)))
	}
	name, dir = min(name, 60), min(dir, 60)
	line := func(before string, i int) {
		e := plan.Entries[i]
		what := display.Text(e.Name + "@" + e.Version)
		if e.Name == "" || e.Version == "" {
			what = display.Text(e.Name + e.Version)
		}
		text := fmt.Sprintf("%s%-9s  %-*s  %-*s  %s", before, e.State, name, what, dir, display.Text(e.Dir), said(e))
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	for n, shard := range plan.Shards {
		fmt.Fprintf(&b, "shard %d of %d\n", n+1, len(plan.Shards))
		for _, i := range shard {
			line("  ", i)
		}
	}
	for i := range plan.Entries {
		if plan.Shards == nil {
			line("", i)
		}
	}
	return b.Bytes()
}

// said returns what a plan says of a package besides where it stands.
func said(e workspace.Entry) string {
	var parts []string
	if e.Last != "" && e.State == workspace.Changed {
		parts = append(parts, "last released as "+e.Last)
	}
	if e.Detail != "" {
		parts = append(parts, e.Detail)
	}
	for _, w := range e.With {
		parts = append(parts, "must be released with "+display.Text(w.Name))
	}
	return strings.Join(parts, "; ")
}

// planMarkdown returns a plan as a table of GitHub's markdown.
func planMarkdown(plan *workspace.Plan) []byte {
	var b bytes.Buffer
	if len(plan.Entries) == 0 {
		return []byte("Nothing is to be released.\n")
	}
	counts := map[workspace.State]int{}
	for _, e := range plan.Entries {
		counts[e.State]++
	}
	var sums []string
	for _, s := range []workspace.State{workspace.New, workspace.Changed, workspace.Staged, workspace.Published, workspace.Taken,
		workspace.Unknown, workspace.Private} {
		if counts[s] > 0 {
			sums = append(sums, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	fmt.Fprintf(&b, "### Plan: %s\n\n", strings.Join(sums, ", "))
	of := map[int]int{}
	for n, shard := range plan.Shards {
		for _, i := range shard {
			of[i] = n + 1
		}
	}
	head, rule := "| Package | Version | Folder | State | |", "| --- | --- | --- | --- | --- |"
	if plan.Shards != nil {
		head, rule = "| Shard | Package | Version | Folder | State | |", "| ---: | --- | --- | --- | --- | --- |"
	}
	b.WriteString(head + "\n" + rule + "\n")
	row := func(i int) {
		e := plan.Entries[i]
		if n := of[i]; n > 0 {
			fmt.Fprintf(&b, "| %d ", n)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", cell(e.Name), cell(e.Version), cell(e.Dir), e.State, cell(said(e)))
	}
	for _, shard := range plan.Shards {
		for _, i := range shard {
			row(i)
		}
	}
	for i := range plan.Entries {
		if plan.Shards == nil {
			row(i)
		}
	}
	return b.Bytes()
}

// cell returns foreign text for a table, empty for none.
func cell(text string) string {
	if text == "" {
		return ""
	}
	return display.Cell(text, 200)
}
