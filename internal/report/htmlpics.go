package report

import (
	"path"

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

// paths draws how the vulnerable packages come in.
func (p *page) paths() {
	n := p.d.network()
	p.h2("How they come in", 0)
	p.lead("Whole paths from this package to what was found, the worst first.")
	p.raw(`<figure><div class="pic" role="img" aria-label="`)
	p.own("A tree of the dependency paths to ")
	p.own(count(n.found(), "package with findings", "packages with findings") + "; each row above names its paths.")
	p.raw("\">\n", `<svg class="tree" aria-hidden="true" width="100%" height="`)
	p.number(n.root.height() + 16)
	p.raw("\">\n")
	p.branch(n.root, 12, 8)
	p.raw("</svg></div>\n")
	p.legend()
	p.raw("<figcaption class=\"cap\">")
	if n.more > 0 {
		p.own(count(n.more, "path found", "paths found") + " no room here: see `verdict.json`.")
	}
	p.raw("</figcaption></figure>\n")
}

// legend says what the shapes of a picture mean.
func (p *page) legend() {
	p.raw(`<p class="key"><span class="block nb">`)
	p.icon("block")
	p.own(" blocks")
	p.raw(`</span><span class="warn nb">`)
	p.icon("warn")
	p.own(" warns")
	p.raw("</span></p>\n")
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
func (p *page) branch(x *node, left, top int) int {
	middle := top + plainRow/2
	down := top + plainRow
	if x.group == nil {
		p.raw(`<circle class="g-node" r="4" cx="`)
		p.number(left)
		p.raw(`" cy="`)
		p.number(middle)
		p.raw(`"/>`)
		p.label("", left+12, middle+4, func() { p.foreign(x.name, maxLabel) })
	} else {
		f := x.group.Of()
		kind, word := stateOf(x.group.State())
		p.raw(`<svg class="`, kind, `" width="16" height="16" x="`)
		p.number(left - 8)
		p.raw(`" y="`)
		p.number(middle - 8)
		p.raw(`"><use href="#i-`, kind, `"/></svg>`)
		p.label("t-found", left+12, middle+4, func() { p.foreign(x.name, maxLabel) })
		p.label("t2", left+12, middle+20, func() {
			p.own(word + ", " + f.Severity.String() + ", " + count(len(x.group.Findings), "advisory", "advisories"))
			if step := p.steps[x.name]; step > 0 {
				p.own(", step ")
				p.number(step)
			}
		})
		down = top + foundRow
	}
	p.raw("\n")
	for _, k := range x.kids {
		p.raw(`<path class="g-edge" d="M`)
		p.number(left)
		p.raw(" ")
		p.number(middle + 9)
		p.raw(" V")
		p.number(down + plainRow/2)
		p.raw(" H")
		p.number(left + indent - 9)
		p.raw(`"/>`)
		down = p.branch(k, left+indent, down)
	}
	return down
}

func (p *page) label(class markup, x, y int, text func()) {
	p.raw(`<text class="`, class, `" x="`)
	p.number(x)
	p.raw(`" y="`)
	p.number(y)
	p.raw(`">`)
	text()
	p.raw("</text>")
}

// tarball draws the files of the tarball by size, with what was found in them.
func (p *page) tarball(tiles []tile) {
	p.h2("Inside the tarball", 0)
	p.lead("Area is size, unpacked; hatched is what something was found in.")
	pins := 0
	p.raw(`<figure><div class="pic" role="img" aria-label="`)
	p.own(count(len(p.d.Tarball.Files), "file", "files") + " of the tarball by size. The largest is ")
	p.foreign(tiles[0].path, maxLabel)
	p.own(" with " + size(tiles[0].size) + ".")
	p.raw("\">\n", `<svg class="map" aria-hidden="true">`, hatches, "\n")
	for i := range tiles {
		p.tile(&tiles[i])
		pins = max(pins, tiles[i].pin)
	}
	p.raw("</svg></div>\n<figcaption class=\"cap\">\n")
	if pins > 0 {
		p.raw(`<ol class="pins">`, "\n")
		for pin := 1; pin <= pins; pin++ {
			for i := range tiles {
				if t := &tiles[i]; t.pin == pin {
					p.pinned(t)
				}
			}
		}
		p.raw("</ol>\n")
	}
	p.raw("</figcaption></figure>\n")
}

// pinned says what was found in a file of the map.
func (p *page) pinned(t *tile) {
	kind, word := stateOf(t.group.State())
	p.raw(`<li><span class="n">`)
	p.number(t.pin)
	p.raw(`</span> <span class="nb `, kind, `">`)
	p.icon(kind)
	p.own(" " + word)
	p.raw("</span> ")
	p.code(t.path)
	p.own(", " + size(t.size) + ", ")
	p.code(t.group.Of().Rule)
	p.raw("</li>\n")
}

const hatches markup = `<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
	`<rect width="6" height="6" class="h-bg"/><rect width="1.5" height="6" class="h-ln"/></pattern>` +
	`<pattern id="hatchw" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
	`<rect width="6" height="6" class="hw-bg"/><rect width="1.5" height="6" class="hw-ln"/></pattern></defs>`

// tile draws one tile, with as much of its name as it has room for on a desk.
func (p *page) tile(t *tile) {
	const wide, high = 950, 240 // pixels of the map
	p.raw(`<svg x="`)
	p.percent(t.x)
	p.raw(`" y="`)
	p.percent(t.y)
	p.raw(`" width="`)
	p.percent(t.w)
	p.raw(`" height="`)
	p.percent(t.h)
	p.raw(`"><title>`)
	p.foreign(t.path, maxField)
	if t.files > 1 {
		p.own("/ (" + count(t.files, "file", "files") + ")")
	}
	p.own(", " + size(t.size))
	p.raw("</title>")
	class := markup("t-tile")
	switch {
	case t.group != nil && t.group.State() == finding.Warn:
		class = "t-tile hitw"
	case t.group != nil:
		class = "t-tile hit"
	}
	p.raw(`<rect class="`, class, `" width="100%" height="100%"/>`)
	w, h := t.w*wide, t.h*high
	room := int(w-12) / 7 // characters
	if t.pin > 0 {
		pin := markup("t-pin")
		if t.group.State() == finding.Warn {
			pin = "t-pinw"
		}
		p.raw(`<circle class="`, pin, `" cx="11" cy="11" r="8"/><text class="t-pint" x="11" y="15">`)
		p.number(t.pin)
		p.raw("</text>")
		if room -= 2; room >= 5 {
			p.label("", 24, 16, func() { p.escape(display.Cap(path.Base(t.path), room)) })
		}
	} else if h >= 24 && room >= 5 {
		name := path.Base(t.path)
		if t.files > 1 {
			name = t.path + "/"
		}
		p.label("", 8, 18, func() { p.escape(display.Cap(name, room)) })
		if h >= 42 {
			said := size(t.size)
			if t.files > 1 {
				said = count(t.files, "file", "files")
			}
			p.label("t2", 8, 34, func() { p.own(said) })
		}
	}
	p.raw("</svg>\n")
}
