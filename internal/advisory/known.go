package advisory

import (
	"maps"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
)

// Known is every record that sources returned about the packages they were
// asked for, merged. A nil Known knows nothing and vouches for nothing.
type Known struct {
	records  index
	whole    map[string]bool // names of which every record is here
	versions map[string]bool // "name@version": every record that affects it is here
}

func newKnown() *Known {
	return &Known{records: index{}, whole: map[string]bool{}, versions: map[string]bool{}}
}

// answered notes what a source that answered was asked. Where a complete one
// did, what a partial one was asked counts for nothing.
func (k *Known) answered(s Status, asked []Asked, complete bool) {
	if s.Error != "" || complete && s.Partial {
		return
	}
	for _, a := range asked {
		if slices.Contains(s.Unasked, a.Name) {
			continue
		}
		if s.Depth == OfAll || s.Depth == OfWhole && a.whole() {
			k.whole[a.Name] = true
		}
		for _, v := range a.Versions {
			k.versions[a.Name+"@"+v] = true
		}
	}
}

// Add takes over what another knows.
func (k *Known) Add(other *Known) {
	for _, list := range other.records {
		for _, r := range list {
			for _, source := range r.sources {
				k.records.add(source, []Record{r.Record})
			}
		}
	}
	maps.Copy(k.whole, other.whole)
	maps.Copy(k.versions, other.versions)
}

// Match returns the advisories that affect a graph's copies, ordered by
// location and id.
func (k *Known) Match(g *npm.Graph) []Match { return k.records.match(g) }

// Whole reports whether every record about a package is known.
func (k *Known) Whole(name string) bool { return k != nil && k.whole[name] }

// Vouches reports whether every record that affects a version is known, so
// that finding none means something.
func (k *Known) Vouches(name string, v npm.Version) bool {
	return k != nil && (k.whole[name] || k.versions[name+"@"+v.Canonical()])
}

// Affected reports whether an advisory affects a version.
func (k *Known) Affected(name string, v npm.Version) bool {
	if k == nil {
		return false
	}
	text := v.Canonical()
	return slices.ContainsFunc(k.records[name], func(r knownRecord) bool { return !r.Withdrawn && r.Affects(text, v) })
}

// An Admission is an advisory that affects versions a range admits.
type Admission struct {
	Record  Record
	Version npm.Version // the lowest of them
	Every   bool        // it affects every version the range admits: whoever resolves it gets one
}

// Admitted returns the advisories that affect a version which a range admits,
// as npm would choose from it, by id.
func (k *Known) Admitted(name string, r npm.Range) []Admission {
	if k == nil {
		return nil
	}
	var hits []knownRecord
	for _, rec := range k.records[name] {
		if _, ok := rec.within(r); ok && !rec.Withdrawn {
			hits = append(hits, rec)
		}
	}
	var all []Admission
	for _, h := range combine(hits) {
		if v, ok := h.within(r); ok {
			_, free := h.outside(r)
			all = append(all, Admission{h.Record, v, !free})
		}
	}
	slices.SortFunc(all, func(a, b Admission) int { return strings.Compare(a.Record.ID, b.Record.ID) })
	return all
}

// Floors lists the versions with which an advisory about a package ends: the
// fixed ones, and the next after each that is the last or is named alone.
// Ascending, without prereleases, and those that another advisory affects left
// out.
func (k *Known) Floors(name string) []npm.Version {
	if k == nil {
		return nil
	}
	var floors []npm.Version
	add := func(text string, after bool) {
		v, ok := parseBound(text)
		if !ok {
			return
		}
		if after && v.Prerelease() == "" {
			v.Patch++
		}
		if v = v.Release(); !k.Affected(name, v) {
			floors = append(floors, v)
		}
	}
	for _, r := range k.records[name] {
		if r.Withdrawn {
			continue
		}
		for _, run := range r.Ranges {
			add(run.Fixed, false)
			add(run.LastAffected, true)
		}
		for _, v := range r.Versions {
			add(v, true)
		}
	}
	slices.SortFunc(floors, npm.Version.Compare)
	return slices.CompactFunc(floors, func(a, b npm.Version) bool { return a.Compare(b) == 0 })
}

// within is the lowest version that a range admits and the record affects.
func (r *Record) within(rng npm.Range) (low npm.Version, found bool) { return r.lowest(rng, true) }

// outside is the lowest version that a range admits and the record does not
// affect.
func (r *Record) outside(rng npm.Range) (low npm.Version, found bool) { return r.lowest(rng, false) }

// lowest is the lowest version that a range admits and that the record affects,
// or does not.
//
// Both are unions of runs, the range's with holes where prereleases are, so the
// lowest common version is a bound of one of them, or the next version, or
// release, after one.
func (r *Record) lowest(rng npm.Range, affected bool) (low npm.Version, found bool) {
	try := func(v npm.Version) {
		if (!found || v.Compare(low) < 0) && rng.Contains(v, false) && r.Affects(v.Canonical(), v) == affected {
			low, found = v, true
		}
	}
	around := func(v npm.Version) {
		try(v)
		try(v.Release())
		try(v.Next())
		try(v.Next().Release())
	}
	around(npm.Lowest)
	for _, v := range rng.Bounds() {
		around(v)
	}
	bound := func(text string) {
		if v, ok := parseBound(text); ok {
			around(v)
		}
	}
	for _, run := range r.Ranges {
		bound(run.Introduced)
		bound(run.Fixed)
		bound(run.LastAffected)
	}
	for _, v := range r.Versions {
		bound(v)
	}
	return low, found
}
