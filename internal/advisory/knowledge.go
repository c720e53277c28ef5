package advisory

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/publishgate/publishgate/internal/npm"
)

// Knowledge holds every record that sources returned about the packages they were
// asked about, merged. A nil Knowledge is empty and vouches for nothing.
type Knowledge struct {
	records  index
	whole    map[string]bool // names of which all records are here
	versions map[string]bool // "name@version": all records that affect it are here

	mutex sync.Mutex                 // checks run concurrently
	of    map[string]*packageRecords // by name, made on first use
}

// A packageRecords is all that is known about one package, prepared for look-ups.
type packageRecords struct {
	records  []*knownRecord    // those that are not withdrawn, each with its affected versions
	affected *AffectedVersions // of all of them
	floors   []npm.Version
}

// about returns what is known about a package.
func (k *Knowledge) about(name string) *packageRecords {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	l := k.of[name]
	if l == nil {
		l = newPackageRecords(k.records[name])
		if k.of == nil {
			k.of = map[string]*packageRecords{}
		}
		k.of[name] = l
	}
	return l
}

func newPackageRecords(list []*knownRecord) *packageRecords {
	l := &packageRecords{}
	records := make([]*Record, 0, len(list))
	for _, r := range list {
		if !r.Withdrawn {
			if r.affected == nil {
				r.affected = NewAffectedVersions(r.Record)
			}
			l.records, records = append(l.records, r), append(records, r.Record)
		}
	}
	if len(l.records) == 1 {
		l.affected = l.records[0].affected
	} else {
		l.affected = NewAffectedVersions(records...)
	}
	l.floors = l.ends()
	return l
}

func newKnowledge() *Knowledge {
	return &Knowledge{records: index{}, whole: map[string]bool{}, versions: map[string]bool{}}
}

// answered stores what a source was asked, if it answered. If a complete source
// answered, partial ones do not count.
func (k *Knowledge) answered(s Status, asked []Asked, complete bool) {
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

// Add adds the content of another Knowledge.
func (k *Knowledge) Add(other *Knowledge) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	for name, list := range other.records {
		bySource := map[string][]Record{}
		for _, r := range list {
			for _, source := range r.sources {
				bySource[source] = append(bySource[source], *r.Record)
			}
		}
		for _, source := range slices.Sorted(maps.Keys(bySource)) {
			k.records.add(source, bySource[source])
		}
		delete(k.of, name)
	}
	maps.Copy(k.whole, other.whole)
	maps.Copy(k.versions, other.versions)
}

// Whole reports whether every record about a package is known.
func (k *Knowledge) Whole(name string) bool { return k != nil && k.whole[name] }

// Vouches reports whether every record that affects a version is known, so
// that finding none means something.
func (k *Knowledge) Vouches(name string, v npm.Version) bool {
	return k != nil && (k.whole[name] || k.versions[name+"@"+v.Canonical()])
}

// Affected reports whether an advisory affects a version.
func (k *Knowledge) Affected(name string, v npm.Version) bool {
	return k != nil && k.about(name).affected.Holds(v)
}

// Admits reports whether an advisory affects a version which a range admits, as
// npm would choose from it.
func (k *Knowledge) Admits(name string, r npm.Range) bool {
	if k == nil {
		return false
	}
	_, found := k.about(name).affected.within(r.Admitted())
	return found
}

// FreeFrom reports whether no advisory affects a version that a range admits
// and that is v or later.
func (k *Knowledge) FreeFrom(name string, r npm.Range, v npm.Version) bool {
	return k == nil || k.about(name).affected.FreeFrom(r, v)
}

// An Admission is an advisory that affects versions a range admits.
type Admission struct {
	Record  *Record
	Version npm.Version // the lowest of them
	Every   bool        // it affects every version that the range admits

	affected *AffectedVersions
}

// Fixed returns the lowest version above Version that the record does not affect;
// empty: none is known.
func (a Admission) Fixed() string {
	if a.affected == nil {
		return ""
	}
	return a.affected.fixedAfter(a.Version)
}

// Admitted returns the advisories that affect a version which a range admits,
// as npm would choose from it, by id.
func (k *Knowledge) Admitted(name string, r npm.Range) []Admission {
	if k == nil {
		return nil
	}
	releases, prereleases := r.Admitted()
	var hits []*knownRecord
	for _, rec := range k.about(name).records {
		if _, ok := rec.affected.within(releases, prereleases); ok {
			hits = append(hits, rec)
		}
	}
	var all []Admission
	for _, h := range combine(hits) {
		if v, ok := h.affected.within(releases, prereleases); ok {
			_, free := h.affected.outside(releases, prereleases)
			all = append(all, Admission{h.Record, v, !free, h.affected})
		}
	}
	slices.SortFunc(all, func(a, b Admission) int { return strings.Compare(a.Record.ID, b.Record.ID) })
	return all
}

// Floors lists the versions that advisories about a package name as fixed,
// ascending, without prereleases and without those that another advisory
// affects. The version after a last affected one is not listed: it need not
// exist.
func (k *Knowledge) Floors(name string) []npm.Version {
	if k == nil {
		return nil
	}
	return slices.Clone(k.about(name).floors)
}

func (l *packageRecords) ends() []npm.Version {
	var floors []npm.Version
	for _, r := range l.records {
		for _, run := range r.Ranges {
			if v, ok := parseBound(run.Fixed); ok && v.Prerelease() == "" && !l.affected.Holds(v) {
				floors = append(floors, v)
			}
		}
	}
	slices.SortFunc(floors, npm.Version.Compare)
	return slices.CompactFunc(floors, func(a, b npm.Version) bool { return a.Compare(b) == 0 })
}

// within returns the lowest version that a range admits and the record affects.
func (r *Record) within(rng npm.Range) (low npm.Version, found bool) {
	return NewAffectedVersions(r).within(rng.Admitted())
}
