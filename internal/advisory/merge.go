package advisory

import (
	"cmp"
	"slices"
	"strings"
)

// A knownRecord is one advisory about one package, merged from one or more
// sources. What it points to is shared, and changed only in a copy: see own.
type knownRecord struct {
	*Record
	sources  []string
	affected *AffectedVersions // of the record, made on demand
}

// index holds the records of all sources by package name, one per advisory id.
type index map[string][]*knownRecord

// add merges the records of one source into the index. Records with the same id
// and package are the same advisory, whatever the source.
func (x index) add(source string, records []Record) {
	known := map[string]map[string]int{} // by package and id, its place in the list
	touched := map[string]map[int]bool{}
	sources := []string{source}
	for i := range records {
		r := &records[i]
		list, at := x[r.Package], known[r.Package]
		if at == nil {
			at = make(map[string]int, len(list))
			for i := range list {
				at[list[i].ID] = i
			}
			known[r.Package], touched[r.Package] = at, map[int]bool{}
		}
		i, found := at[r.ID]
		if !found {
			at[r.ID] = len(list)
			x[r.Package] = append(list, &knownRecord{Record: r, sources: sources})
			continue
		}
		if !touched[r.Package][i] {
			touched[r.Package][i] = true
			list[i] = list[i].own()
		}
		list[i].absorb(r)
		if !slices.Contains(list[i].sources, source) {
			list[i].sources = append(list[i].sources, source)
		}
	}
	for name, places := range touched {
		for i := range places {
			x[name][i].tidy()
		}
	}
}

// own returns a copy that may be changed.
func (k *knownRecord) own() *knownRecord {
	r := *k.Record
	r.Ranges, r.Versions, r.Aliases = slices.Clone(r.Ranges), slices.Clone(r.Versions), slices.Clone(r.Aliases)
	return &knownRecord{Record: &r, sources: slices.Clone(k.sources)}
}

// absorb merges another record of the same advisory: the worst severity, the
// earliest publication, the union of affected versions.
//
// An advisory is withdrawn only if all its records are: if two contradict each
// other, the one that warns counts, so an additional record or source removes
// nothing.
func (k *knownRecord) absorb(r *Record) {
	if k.Withdrawn != r.Withdrawn {
		if k.Withdrawn {
			k.Record = (&knownRecord{Record: r}).own().Record
		}
		return
	}
	k.Kind = max(k.Kind, r.Kind)
	if s := worse(k.Severity, r.Severity); s != k.Severity || k.Vector == "" {
		if r.Vector != "" {
			k.Vector = r.Vector
		}
		k.Severity = s
	}
	if k.Title == "" {
		k.Title = r.Title
	}
	if k.Instead == "" {
		k.Instead = r.Instead
	}
	k.Exploited = k.Exploited || r.Exploited
	k.Published = earlier(k.Published, r.Published)
	k.Modified = later(k.Modified, r.Modified)
	k.Ranges = append(k.Ranges, r.Ranges...)
	k.Versions = append(k.Versions, r.Versions...)
	k.Aliases = append(append(k.Aliases, r.Aliases...), r.ID)
}

// tidy completes absorb: it removes duplicates.
func (k *knownRecord) tidy() {
	k.Ranges, k.Versions = unique(k.Ranges), unique(k.Versions)
	k.Aliases = slices.DeleteFunc(k.Aliases, func(id string) bool { return id == k.ID })
	slices.Sort(k.Aliases)
	k.Aliases = slices.Compact(k.Aliases)
}

// combine merges records that are one advisory under ids of different
// registries (GHSA, CVE, MAL, …), among those that affect one installed
// version. Two ids of one registry are two advisories, even if they name each
// other: GHSA-xxjr-mmjv-4gpg and GHSA-f23m-r3pf-42rh of lodash do, and have
// different fixes.
func combine(hits []*knownRecord) []*knownRecord {
	slices.SortFunc(hits, func(a, b *knownRecord) int {
		if c := registryRank(a.ID) - registryRank(b.ID); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	type place struct {
		group    int
		registry string
	}
	var groups []*knownRecord
	merged := map[int]bool{}       // groups of more than one
	registries := map[place]bool{} // of each group
	names := nameBook{ids: map[string]int{}, aliases: map[string]int{}}
	for _, h := range hits {
		registry := registryOf(h.ID)
		at := names.find(h.Record)
		if at < 0 || registries[place{at, registry}] {
			at = len(groups)
			groups = append(groups, h)
		} else {
			if !merged[at] {
				merged[at], groups[at] = true, groups[at].own()
			}
			groups[at].absorb(h.Record)
			groups[at].sources = append(groups[at].sources, h.sources...)
		}
		registries[place{at, registry}] = true
		names.note(h.Record, groups[at].ID, at)
	}
	for i, g := range groups {
		if merged[i] {
			g.tidy()
			g.affected = NewAffectedVersions(g.Record)
			g.sources = sortedSources(g.sources)
		} else if s := sortedSources(g.sources); !slices.Equal(s, g.sources) { // the record is shared and stays as it is
			groups[i] = &knownRecord{g.Record, s, g.affected}
		}
	}
	return groups
}

// sortedSources returns the names of sources sorted, each once, in a list of their
// own.
func sortedSources(sources []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(sources)))
}

// A nameBook finds the first group to which a record belongs: one names the
// other, or they share a CVE or GHSA.
type nameBook struct {
	ids     map[string]int // of each group
	aliases map[string]int // the first group that has the alias
}

func (b nameBook) find(r *Record) int {
	first := -1
	take := func(at int, found bool) {
		if found && (first < 0 || at < first) {
			first = at
		}
	}
	at, found := b.aliases[r.ID]
	take(at, found)
	for _, id := range r.Aliases {
		at, found := b.ids[id]
		take(at, found)
		if kind := registryOf(id); kind == "CVE" || kind == "GHSA" {
			at, found := b.aliases[id]
			take(at, found)
		}
	}
	return first
}

// note adds the ids of a record to a group, given by its index and id.
func (b nameBook) note(r *Record, group string, at int) {
	if _, found := b.ids[r.ID]; !found && r.ID == group {
		b.ids[r.ID] = at
	}
	also := func(id string) {
		if known, found := b.aliases[id]; id != group && (!found || at < known) {
			b.aliases[id] = at
		}
	}
	also(r.ID)
	for _, id := range r.Aliases {
		also(id)
	}
}

// registryOf returns the part of an id before the first hyphen: GHSA, CVE, MAL.
func registryOf(id string) string {
	prefix, _, _ := strings.Cut(id, "-")
	return prefix
}

// registryRank orders ids by how well known their registry is.
func registryRank(id string) int {
	switch registryOf(id) {
	case "GHSA":
		return 0
	case "MAL":
		return 1
	case "CVE":
		return 2
	}
	return 3
}

// earlier returns the earlier of two times; an unreadable one is ignored.
func earlier(a, b string) string {
	t, ok := parseTime(a)
	u, ok2 := parseTime(b)
	if !ok || ok2 && u.Before(t) {
		return cmp.Or(b, a)
	}
	return a
}

func later(a, b string) string {
	t, ok := parseTime(a)
	u, ok2 := parseTime(b)
	if !ok || ok2 && u.After(t) {
		return cmp.Or(b, a)
	}
	return a
}
