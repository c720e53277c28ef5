package release

import (
	"cmp"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/tarball"
)

// What counts as a jump in size: more than twice as much, and at least that
// many bytes more. Smaller growth is normal for a release with a new feature.
const (
	GrowthFactor = 2
	GrowthTotal  = 100_000   // of the packed or the unpacked package
	GrowthFile   = 1_000_000 // of one file, also of a new one
)

// files compares the packed files, by path and content.
func (d *Diff) files(from, to *tarball.Tarball) {
	was, is := contents(from), contents(to)
	for path, e := range is {
		old, there := was[path]
		switch {
		case !there:
			d.Added = append(d.Added, File{Path: path, Now: e.Size})
		case !same(old, e):
			d.Changed = append(d.Changed, File{Path: path, Was: old.Size, Now: e.Size})
		}
		if jump(old.Size, e.Size, GrowthFile) {
			d.Grown = append(d.Grown, File{Path: path, Was: old.Size, Now: e.Size})
		}
	}
	for path, e := range was {
		if _, there := is[path]; !there {
			d.Removed = append(d.Removed, File{Path: path, Was: e.Size})
		}
	}
	for _, list := range [][]File{d.Added, d.Removed, d.Changed} {
		slices.SortFunc(list, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	}
	slices.SortFunc(d.Grown, func(a, b File) int {
		return cmp.Or(cmp.Compare(b.Now-b.Was, a.Now-a.Was), strings.Compare(a.Path, b.Path))
	})
}

// same reports whether two files have the same content. Without a digest nothing is
// known to be the same.
func same(a, b tarball.Entry) bool { return a.SHA256 != "" && a.SHA256 == b.SHA256 }

// Grew reports whether the package as a whole jumped in size.
func (d *Diff) Grew() bool {
	return jump(d.From.Packed, d.To.Packed, GrowthTotal) || jump(d.From.Unpacked, d.To.Unpacked, GrowthTotal)
}

// Shrank reports whether the package as a whole fell to half its size or less.
func (d *Diff) Shrank() bool {
	return half(d.From.Packed, d.To.Packed) || half(d.From.Unpacked, d.To.Unpacked)
}

func half(was, now int64) bool { return was > 0 && now <= was/2 }

func jump(was, now, least int64) bool { return now > GrowthFactor*was && now-was >= least }

// contents maps paths to files. Of two files with the same path, which no
// well-formed tarball has, the last counts, as in npm.
func contents(t *tarball.Tarball) map[string]tarball.Entry {
	files := make(map[string]tarball.Entry, len(t.Entries))
	for _, e := range t.Entries {
		if !e.Dir {
			files[inPackage(e.Path)] = e
		}
	}
	return files
}
