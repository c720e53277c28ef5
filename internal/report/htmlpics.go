package report

import (
	"path"
	"slices"
	"strconv"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/finding"
)

// Sizes in the picture of paths, in pixels. Its rows go down and its steps to the
// right are small, so that the vulnerable end of a path is in view on a phone.
const (
	plainRow = 28
	foundRow = 44
	indent   = 18
	maxLabel = 60 // characters of a name in a picture
)

// The data of the pictures: numbers and words.
type (
	pagePaths struct {
		Label  string
		Height int
		Nodes  []pageNode
		More   string
	}
	pageNode struct {
		Edge                      *pageEdge // from the package that asks for it; nil: none does
		Kind                      string    // of what was found; empty: nothing
		X, Y, TextX, TextY, SaysY int
		Name, Says                string
	}
	pageEdge    struct{ Left, Top, Down, Right int }
	pageTarball struct {
		Label string
		Tiles []pageTile
		Pins  []pagePin
	}
	pageTile struct {
		X, Y, Width, Height string // in shares of the map
		Title, Name, Says   string
		Hit, PinKind        string // ends of class names
		Pin                 int    // 0: none
	}
	pagePin struct {
		Number                       int
		Kind, Word, Path, Size, Rule string
	}
)

// paths draws how the vulnerable packages come in.
func (p *page) paths(n *network) pagePaths {
	out := pagePaths{Height: n.root.height() + 16, Label: "A tree of the dependency paths to " +
		count(n.found(), "package with findings", "packages with findings") + "; each row above names its paths."}
	p.branch(&out, n.root, nil, 12, 8)
	if n.more > 0 {
		out.More = count(n.more, "path found", "paths found")
	}
	return out
}

// found returns the number of nodes with findings.
func (n *network) found() int { return n.root.found() }

func (x *node) found() int {
	sum := 0
	if x.group != nil {
		sum = 1
	}
	for _, k := range x.kids {
		sum += k.found()
	}
	return sum
}

func (x *node) height() int {
	sum := plainRow
	if x.group != nil {
		sum = foundRow
	}
	for _, k := range x.kids {
		sum += k.height()
	}
	return sum
}

// branch draws a node and those below it, and returns the place below them.
func (p *page) branch(out *pagePaths, x *node, edge *pageEdge, left, top int) int {
	middle := top + plainRow/2
	down := top + plainRow
	n := pageNode{Edge: edge, X: left, Y: middle, TextX: left + 12, TextY: middle + 4, SaysY: middle + 20, Name: display.Cap(x.name, maxLabel)}
	if x.group != nil {
		n.X, n.Y, down = left-8, middle-8, top+foundRow
		n.Kind, n.Says = stateOf(x.group.State())
		n.Says += ", " + x.group.Of().Severity.String() + ", " + count(len(x.group.Findings), "advisory", "advisories")
		if step := p.steps[x.name]; step > 0 {
			n.Says += ", step " + strconv.Itoa(step)
		}
	}
	out.Nodes = append(out.Nodes, n)
	for _, k := range x.kids {
		down = p.branch(out, k, &pageEdge{left, middle + 9, down + plainRow/2, left + indent - 9}, left+indent, down)
	}
	return down
}

// pageTarball draws the files of the tarball by size, with what was found in them.
func (d *Document) pageTarball(tiles []tile) pageTarball {
	out := pageTarball{Label: count(len(d.Tarball.Files), "file", "files") + " of the tarball by size. The largest is " +
		display.Cap(tiles[0].path, maxLabel) + " with " + size(tiles[0].size) + "."}
	for i := range tiles {
		t := &tiles[i]
		out.Tiles = append(out.Tiles, t.view())
		if t.pin > 0 {
			kind, word := stateOf(t.group.State())
			out.Pins = append(out.Pins, pagePin{t.pin, kind, word, display.Cap(t.path, maxField), size(t.size),
				display.Cap(t.group.Of().Rule, maxField)})
		}
	}
	slices.SortFunc(out.Pins, func(a, b pagePin) int { return a.Number - b.Number })
	return out
}

// view draws a tile, with as much of its name as it has room for on a desk.
func (t *tile) view() pageTile {
	const wide, high = 950, 240 // pixels of the map
	out := pageTile{X: percent(t.x), Y: percent(t.y), Width: percent(t.w), Height: percent(t.h), Pin: t.pin,
		Title: display.Cap(t.path, maxField)}
	name, said := path.Base(t.path), size(t.size)
	if t.files > 1 {
		name, said = t.path+"/", count(t.files, "file", "files")
		out.Title += "/ (" + said + ")"
	}
	out.Title += ", " + size(t.size)
	switch {
	case t.group != nil && t.group.State() == finding.Warn:
		out.Hit = " hitw"
	case t.group != nil:
		out.Hit = " hit"
	}
	room := int(t.w*wide-12) / 7 // characters
	if t.pin > 0 {
		if t.group.State() == finding.Warn {
			out.PinKind = "w"
		}
		room -= 2
	}
	if room >= 5 && (t.pin > 0 || t.h*high >= 24) {
		out.Name = display.Cap(name, room)
		if t.h*high >= 42 {
			out.Says = said
		}
	}
	return out
}
