package advisory

import (
	"cmp"
	"slices"
	"strings"
)

// A known record is what one or more sources say of one advisory and package.
type knownRecord struct {
	Record
	sources []string
}

// index holds the records of all sources by package name, one per advisory id.
type index map[string][]knownRecord

// add merges the records of one source in: the same id about the same package
// is the same advisory, whoever tells of it.
func (x index) add(source string, records []Record) {
	for _, r := range records {
		list := x[r.Package]
		i := slices.IndexFunc(list, func(k knownRecord) bool { return k.ID == r.ID })
		if i < 0 {
			r.Ranges, r.Versions, r.Aliases = slices.Clone(r.Ranges), slices.Clone(r.Versions), slices.Clone(r.Aliases)
			x[r.Package] = append(list, knownRecord{r, []string{source}})
			continue
		}
		list[i].absorb(r)
		if !slices.Contains(list[i].sources, source) {
			list[i].sources = append(list[i].sources, source)
		}
	}
}

// absorb takes over what another telling of the advisory adds: the worst
// severity, the earliest publication, the union of what is affected.
//
// An advisory is withdrawn where all who tell of it say so: of two tellings that
// contradict each other the one that warns stands, so that another record or
// source takes nothing away.
func (k *knownRecord) absorb(r Record) {
	if k.Withdrawn != r.Withdrawn {
		if k.Withdrawn {
			k.Record = r
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
	k.Published = earlier(k.Published, r.Published)
	k.Modified = later(k.Modified, r.Modified)
	k.Ranges = unique(append(k.Ranges, r.Ranges...))
	k.Versions = unique(append(k.Versions, r.Versions...))
	ids := append(append(k.Aliases, r.Aliases...), r.ID)
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == k.ID })
	slices.Sort(ids)
	k.Aliases = slices.Compact(ids)
}

// combine folds records that are one advisory under ids of different
// registries (GHSA, CVE, MAL, …) into one, among those that affect one
// installed version. Two ids of one registry are two advisories, even where
// they name each other: GHSA-xxjr-mmjv-4gpg and GHSA-f23m-r3pf-42rh of lodash
// do, and have different fixes.
func combine(hits []knownRecord) []knownRecord {
	slices.SortFunc(hits, func(a, b knownRecord) int {
		if c := registryRank(a.ID) - registryRank(b.ID); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	var groups []knownRecord
	var members [][]string // registries of each group
	for _, h := range hits {
		at := slices.IndexFunc(groups, func(g knownRecord) bool { return identical(&g.Record, &h.Record) })
		registry := registryOf(h.ID)
		if at < 0 || slices.Contains(members[at], registry) {
			h.Ranges, h.Versions, h.Aliases = slices.Clone(h.Ranges), slices.Clone(h.Versions), slices.Clone(h.Aliases)
			h.sources = slices.Clone(h.sources)
			groups, members = append(groups, h), append(members, []string{registry})
			continue
		}
		groups[at].absorb(h.Record)
		groups[at].sources = append(groups[at].sources, h.sources...)
		members[at] = append(members[at], registry)
	}
	for i := range groups {
		slices.Sort(groups[i].sources)
		groups[i].sources = slices.Compact(groups[i].sources)
	}
	return groups
}

// identical reports whether two records name each other or share a CVE or GHSA.
func identical(a, b *Record) bool {
	if slices.Contains(a.Aliases, b.ID) || slices.Contains(b.Aliases, a.ID) {
		return true
	}
	for _, id := range a.Aliases {
		if r := registryOf(id); (r == "CVE" || r == "GHSA") && slices.Contains(b.Aliases, id) {
			return true
		}
	}
	return false
}

// registryOf is the part of an id before the first hyphen: GHSA, CVE, MAL.
func registryOf(id string) string {
	prefix, _, _ := strings.Cut(id, "-")
	return prefix
}

// registryRank orders ids by how well people know them.
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

// earlier is the earlier of two times; one that cannot be read gives way.
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
