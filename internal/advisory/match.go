package advisory

import (
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// Match returns the advisories that affect a graph's copies, ordered by
// location and id.
func (k *Knowledge) Match(g *npm.Graph) []Match {
	found := map[string]map[string]*installed{} // by name, then by version as installed
	for _, p := range g.Packages {
		v, ok := auditable(p)
		if !ok || len(k.records[p.Name]) == 0 {
			continue
		}
		if found[p.Name] == nil {
			found[p.Name] = map[string]*installed{}
		}
		found[p.Name][p.Version] = &installed{version: v}
	}
	for name, versions := range found {
		k.about(name).affect(versions)
	}
	matches := []Match{}
	for _, p := range g.Packages {
		if _, ok := auditable(p); !ok || found[p.Name] == nil {
			continue
		}
		for _, m := range found[p.Name][p.Version].matches {
			m.Package = p
			matches = append(matches, m)
		}
	}
	slices.SortStableFunc(matches, func(a, b Match) int {
		if c := strings.Compare(a.Package.Location, b.Package.Location); c != 0 {
			return c
		}
		return strings.Compare(a.Record.ID, b.Record.ID)
	})
	return matches
}

// installed is one version of a package, whatever number of copies there are.
type installed struct {
	version npm.Version
	hits    []*knownRecord
	matches []Match // without the copy
}

// affect finds the records that affect each of some versions.
func (l *packageRecords) affect(versions map[string]*installed) {
	sorted := make([]*installed, 0, len(versions))
	for _, at := range versions {
		sorted = append(sorted, at)
	}
	slices.SortFunc(sorted, func(a, b *installed) int { return a.version.Compare(b.version) })
	for _, r := range l.records {
		for _, s := range r.affected.all {
			first, _ := slices.BinarySearchFunc(sorted, s.Low, func(at *installed, v npm.Version) int { return at.version.Compare(v) })
			for _, at := range sorted[first:] {
				if !s.Endless && at.version.Compare(s.High) >= 0 {
					break
				}
				at.hits = append(at.hits, r)
			}
		}
	}
	for _, at := range sorted {
		for _, h := range combine(at.hits) {
			at.matches = append(at.matches, Match{Record: h.Record, Fixed: h.affected.fixedAfter(at.version), Sources: h.sources})
		}
	}
}
