package starter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/pattern"
)

// meanings say what the keys of an exception are for, where the ignore list said
// nothing.
var meanings = map[string]string{
	"id": "the advisory, or the rule", "package": "what it is about", "path": "the way to it", "reason": "why it may stay",
	"owner": "who answers for it", "expires": "from this day on it counts no more", "license": "the licence that it has",
}

// imported joins the converted ignore lists: settings, each key once, and a list
// of exceptions, each once. Each of their lines has a comment.
func (f *Facts) imported() (settings, exceptions string) {
	var top, list strings.Builder
	from, excepted := map[string]string{}, map[string]string{}
	for _, i := range f.Imported {
		file := display.Cap(i.File, 100)
		said, rest, _ := strings.Cut("\n"+string(i.YAML), "\nexceptions:\n")
		for _, block := range blocks(said, "") {
			key, _, _ := strings.Cut(block[0], ":")
			switch other := from[key]; {
			case strings.HasPrefix(block[0], "#"): // how much was converted, which is told
			case other != "":
				fmt.Fprintf(&top, "# left out: %s of %s, which %s says too\n", key, file, other)
			default:
				from[key] = file
				write(&top, block, "from "+file)
			}
		}
		for _, block := range blocks(rest, "  ") {
			what := strings.Join(identity(block), " ")
			switch other := excepted[what]; {
			case what != "" && other != "":
				fmt.Fprintf(&list, "  # left out: %s of %s, which %s says too\n", what, file, other)
			default:
				excepted[what] = file
				write(&list, block, "from "+file)
			}
		}
	}
	if strings.Contains(list.String(), "\n  - ") || strings.HasPrefix(list.String(), "  - ") {
		return top.String(), "exceptions: # known, looked at, and left for a time\n" + list.String()
	}
	return top.String() + list.String(), ""
}

// blocks splits text at the lines that are indented no deeper than indent, each
// with the deeper lines that follow it.
func blocks(text, indent string) (all [][]string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if rest := strings.TrimPrefix(line, indent); len(all) == 0 || !strings.HasPrefix(rest, " ") {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], line)
	}
	return all
}

// identity returns the lines of an exception that say what it waives.
func identity(block []string) (what []string) {
	for _, line := range block {
		key, value, _ := strings.Cut(strings.TrimLeft(line, " -"), ": ")
		if slices.Contains([]string{"id", "package", "path"}, key) && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			value, _, _ = strings.Cut(value, " # ")
			what = append(what, value)
		}
	}
	return what
}

// inQuotes is what a "#" may stand in without beginning a comment.
var inQuotes = pattern.New(`"(\\.|[^"\\])*"`)

// write writes a block, with a comment on each line that has none.
func write(b *strings.Builder, block []string, from string) {
	for i, line := range block {
		key, _, _ := strings.Cut(strings.TrimLeft(line, " -"), ":")
		why := meanings[key]
		if i == 0 || why == "" {
			why = from
		}
		if strings.HasPrefix(strings.TrimSpace(line), "#") || strings.Contains(inQuotes.ReplaceAllString(line, ""), " # ") {
			fmt.Fprintf(b, "%s\n", line)
			continue
		}
		fmt.Fprintf(b, "%s # %s\n", line, why)
	}
}
