package license

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/github/go-spdx/v2/spdxexp/spdxlicenses"
)

// listed are the ids of the SPDX list by their lower-case text, built on first
// use.
var listed = sync.OnceValue(func() map[string]string {
	return byLower(spdxlicenses.GetDeprecated(), spdxlicenses.GetLicenses())
})

// listedExceptions is the same for what follows WITH.
var listedExceptions = sync.OnceValue(func() map[string]string { return byLower(spdxlicenses.GetExceptions()) })

func byLower(lists ...[]string) map[string]string {
	size := 0
	for _, ids := range lists {
		size += len(ids)
	}
	all := make(map[string]string, size)
	for _, ids := range lists {
		for _, id := range ids {
			all[strings.ToLower(id)] = id
		}
	}
	return all
}

// nameable are all names, in lower case and sorted, by which a policy may name
// a listed licence; see names.
var nameable = sync.OnceValue(func() []string {
	var all []string
	for _, id := range listed() {
		for _, n := range []*node{{id: id}, {id: id, plus: true}} {
			for _, name := range n.names() {
				all = append(all, strings.ToLower(name))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
})

// exceptions are the names allowed after WITH, in lower case.
var exceptions = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(listedExceptions())) })

// canonicalID returns the listed spelling of an id and true, or the word itself
// and false.
func canonicalID(word string) (string, bool) {
	id, ok := listed()[strings.ToLower(word)]
	if !ok {
		return word, false
	}
	return id, true
}

func canonicalException(word string) (string, bool) {
	id, ok := listedExceptions()[strings.ToLower(word)]
	if !ok {
		return word, false
	}
	return id, true
}

// names returns the spellings under which a policy may name the licence of a
// leaf, the current one first. The GNU licences were renamed: GPL-2.0 is
// GPL-2.0-only and GPL-2.0+ is GPL-2.0-or-later (SPDX list 3.0).
func (n *node) names() []string {
	base, plus := strings.CutSuffix(n.id, "+")
	plus = plus || n.plus
	if gnu(base) {
		stem := strings.TrimSuffix(strings.TrimSuffix(base, "-or-later"), "-only")
		if plus || strings.HasSuffix(base, "-or-later") {
			return []string{stem + "-or-later", stem + "+"}
		}
		return []string{stem + "-only", stem}
	}
	if plus {
		return []string{base + "+", base}
	}
	return []string{base}
}

// gnu reports whether an id belongs to the family with -only and -or-later, and
// is not one of the old ids that include an exception.
func gnu(id string) bool {
	for _, family := range []string{"GPL-", "LGPL-", "AGPL-", "GFDL-"} {
		if strings.HasPrefix(id, family) {
			return !strings.Contains(id, "-with-") && !strings.Contains(id, "invariants")
		}
	}
	return false
}
