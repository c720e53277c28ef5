package report

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/policy"
)

// Limits of the map of the tarball.
const (
	maxTiles   = 120   // more cannot be told apart
	minFiles   = 12    // fewer are shown only if something was found in one of them
	minArea    = 0.004 // of the map: the smallest tile that a person can see
	minMarked  = 0.02  // of the map: the smallest with room for a pin
	mapAspect  = 4.5   // width of the map by its height
	rootFolder = "."
)

// A tile is a file of the tarball on its map, or several small files of a
// folder.
type tile struct {
	path  string // foreign, without the root directory
	size  int64
	files int           // more than one: path is their folder
	group *policy.Group // what was found in the file; nil: nothing
	index int           // of the group in the verdict
	pin   int           // number of the tile's pin; 0: nothing was found in it

	x, y, w, h float64 // in shares of the map's width and height
}

// tiles returns the map of the tarball, the largest first: none where there are
// few files and nothing was found in them.
func (d *Document) tiles() []tile {
	if d.Tarball == nil {
		return nil
	}
	groups := d.Verdict.Groups()
	worst := map[string]int{} // path in the tarball → its worst group
	for i := range groups {
		for _, j := range groups[i].Findings {
			if f := &j.Finding; f.InTarball && groups[i].State() != finding.Waived {
				if _, known := worst[f.File]; !known {
					worst[f.File] = i
				}
			}
		}
	}
	var marked, rest []tile
	for _, f := range d.Tarball.Files {
		t := tile{path: inRoot(f.Path), size: max(f.Size, 0), files: 1}
		if i, found := worst[f.Path]; found {
			t.group, t.index = &groups[i], i
			marked = append(marked, t)
		} else {
			rest = append(rest, t)
		}
	}
	if len(marked) == 0 && len(rest) < minFiles {
		return nil
	}
	larger := func(a, b tile) int { return cmp.Or(cmp.Compare(b.size, a.size), strings.Compare(a.path, b.path)) }
	slices.SortStableFunc(marked, func(a, b tile) int { return cmp.Or(cmp.Compare(a.index, b.index), larger(a, b)) })
	marked = marked[:min(len(marked), maxTiles/2)]
	for i := range marked {
		marked[i].pin = i + 1
	}
	all := append(marked, together(rest, maxTiles-len(marked))...)
	slices.SortStableFunc(all, larger)
	layOut(all)
	return all
}

// inRoot returns a path without the directory that all files of a tarball are in.
func inRoot(file string) string {
	if _, inside, found := strings.Cut(file, "/"); found && inside != "" {
		return inside
	}
	return file
}

// together returns at most most tiles: the largest files by themselves, and what
// is left of each folder as one tile.
func together(files []tile, most int) []tile {
	slices.SortStableFunc(files, func(a, b tile) int { return cmp.Compare(b.size, a.size) })
	whole := int64(0)
	for _, f := range files {
		whole += f.size
	}
	alone := 0
	for alone < len(files) && alone < most/2 && float64(files[alone].size) >= minArea*float64(whole) {
		alone++
	}
	all := slices.Clone(files[:alone])
	at := map[string]int{}
	for _, f := range files[alone:] {
		folder := path.Dir(f.path)
		if top, _, deep := strings.Cut(folder, "/"); deep {
			folder = top
		}
		i, known := at[folder]
		switch {
		case known:
			all[i].size, all[i].files = all[i].size+f.size, all[i].files+1
		case len(all) < most-1:
			at[folder], all = len(all), append(all, tile{path: folder, size: f.size, files: 1})
		default: // more folders than tiles: the last tile is all of them
			if _, known := at[""]; !known {
				at[""], all = len(all), append(all, tile{path: rootFolder})
			}
			all[at[""]].size, all[at[""]].files = all[at[""]].size+f.size, all[at[""]].files+1
		}
	}
	return all
}

// layOut lays the tiles out in rows that are as square as can be. They are sorted
// by size, descending. Small ones are drawn larger than they are, so that each can
// be seen.
func layOut(all []tile) {
	sum := 0.0
	for _, t := range all {
		sum += float64(t.size)
	}
	if sum == 0 {
		sum = 1
	}
	area, whole := make([]float64, len(all)), 0.0
	for i, t := range all {
		if area[i] = max(float64(t.size)/sum, minArea); t.pin > 0 {
			area[i] = max(area[i], minMarked)
		}
		whole += area[i]
	}
	// Areas are in units of the map, which is mapAspect wide and 1 high.
	for i := range area {
		area[i] *= mapAspect / whole
	}
	x, y, w, h := 0.0, 0.0, mapAspect, 1.0
	for from := 0; from < len(all); {
		side, to := min(w, h), from+1
		for to < len(all) && ragged(area[from:to+1], side) <= ragged(area[from:to], side) {
			to++
		}
		row := 0.0
		for _, a := range area[from:to] {
			row += a
		}
		thick, at := row/side, 0.0
		for i := from; i < to; i++ {
			long := area[i] / thick
			if t := &all[i]; w >= h {
				t.x, t.y, t.w, t.h = x/mapAspect, y+at, thick/mapAspect, long
			} else {
				t.x, t.y, t.w, t.h = (x+at)/mapAspect, y, long/mapAspect, thick
			}
			at += long
		}
		if w >= h {
			x, w = x+thick, max(w-thick, 1e-9)
		} else {
			y, h = y+thick, max(h-thick, 1e-9)
		}
		from = to
	}
}

// ragged returns how far from a square the worst tile of a row along a side is.
func ragged(areas []float64, side float64) float64 {
	sum, low, high := 0.0, areas[0], areas[0]
	for _, a := range areas {
		sum, low, high = sum+a, min(low, a), max(high, a)
	}
	return max(side*side*high/(sum*sum), sum*sum/(side*side*low))
}
