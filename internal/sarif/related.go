package sarif

import (
	"fmt"
	"slices"
	"strings"

	gosarif "github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
)

// maxRelated is the largest number of related locations of a result. GitHub shows
// 100 locations.
const maxRelated = 20

// paths returns the lines of the message about how a package is installed, with
// a link from each package to where it is asked for and locked, if places is
// set: the related locations, which GitHub shows only where a link leads.
func (d *describer) paths(g *policy.Group, places bool) (lines []string, related []*gosarif.Location) {
	f := g.Of()
	if g.Many() {
		return nil, nil
	}
	at := map[string]int{} // the location of each step
	for i, chain := range f.Paths {
		if i == maxChains {
			return append(lines, fmt.Sprintf("and by %d more paths", len(f.Paths)-maxChains)), related
		}
		plain := named(chain)
		line := unlinked([]string{display.Cap(strings.Join(plain, " > "), maxChain)})[0]
		if places && d.in.Step != nil && len(line) < maxChain {
			line = unlinked([]string{display.Text(plain[0])})[0]
			for n := 1; n < len(chain); n++ {
				text := display.Text(plain[n])
				id, known := at[chain[n-1]+"\x00"+chain[n]]
				if !known {
					id = d.step(&related, chain[n-1], chain[n])
					at[chain[n-1]+"\x00"+chain[n]] = id
				}
				if id > 0 && !strings.ContainsAny(text, `[]()\`) {
					text = fmt.Sprintf("[%s](%d)", text, id)
				} else {
					text = unlinked([]string{text})[0]
				}
				line += " > " + text
			}
		}
		lines = append(lines, "Brought in by: "+line)
	}
	return lines, related
}

// step adds the places of one step to the related locations, and returns the
// number of the first; 0: there is none, or there are enough.
func (d *describer) step(related *[]*gosarif.Location, from, to string) (first int) {
	for _, p := range d.in.Step(from, to) {
		file, ok := within(d.in.Root, p.File)
		if !ok || p.Line < 1 || len(*related) >= maxRelated || display.Cap(p.File, maxPath) != p.File {
			continue
		}
		column := max(p.Column, 1)
		id := uint(len(*related) + 1)
		location := at(file, gosarif.NewRegion().WithStartLine(p.Line).WithStartColumn(column).WithEndLine(p.Line).WithEndColumn(column+1))
		location.Id = &id
		location.Message = gosarif.NewTextMessage(unlinked([]string{display.Cap(p.Text, maxField)})[0])
		*related = append(*related, location)
		if first == 0 {
			first = int(id)
		}
	}
	return first
}

// named returns a path as it is shown. Only the judged package may have no name.
func named(chain []string) []string {
	if len(chain) > 0 && chain[0] == "" {
		chain = slices.Clone(chain)
		chain[0] = "this package"
	}
	return chain
}

// fixes returns the changes to package.json that end what is found about the
// package of a group.
func (d *describer) fixes(g *policy.Group) []*gosarif.Fix {
	name, version := g.Package()
	fix, known := d.in.Fixes[name+"@"+version]
	if !known || name == "" || version == "" || !g.Advisories() {
		return nil
	}
	region := gosarif.NewRegion().WithStartLine(fix.Line).WithStartColumn(1).WithEndLine(fix.End).WithEndColumn(fix.Width + 1)
	return []*gosarif.Fix{{
		Description: gosarif.NewTextMessage(unlinked([]string{display.Cap(fix.Text, maxMessage)})[0]),
		ArtifactChanges: []*gosarif.ArtifactChange{{
			ArtifactLocation: gosarif.ArtifactLocation{URI: ptr(escape(d.manifest))},
			Replacements: []*gosarif.Replacement{{DeletedRegion: *region,
				InsertedContent: &gosarif.ArtifactContent{Text: &fix.New}}},
		}},
	}}
}

func ptr[T any](v T) *T { return &v }
