package license

import (
	"cmp"
	"slices"
	"strings"
)

// Names reports whether an entry of a policy's lists can match anything that a
// package may state. That is an SPDX id, one WITH an exception, UNLICENSED, a
// reference of the owner's own (LicenseRef-…), or a pattern that matches one of
// these. An entry that matches nothing, such as GPL or GPLv3, would deny or
// allow nothing.
func Names(entry string) bool {
	entry = strings.ToLower(strings.TrimSpace(entry))
	if entry == "" {
		return false
	}
	id, exception, with := strings.Cut(entry, " with ")
	if with && !slices.ContainsFunc(exceptions(), func(name string) bool { return match(exception, name) }) {
		return false
	}
	if reference, _, _ := strings.Cut(id, "*"); !with && isReference(reference) {
		return true
	}
	if strings.Contains(id, "*") {
		return !with && match(id, "unlicensed") ||
			slices.ContainsFunc(nameable(), func(name string) bool { return match(id, name) })
	}
	_, found := slices.BinarySearch(nameable(), id)
	return found || !with && id == "unlicensed"
}

// isReference reports whether a lower-case text begins like a reference.
func isReference(id string) bool {
	if rest, ok := strings.CutPrefix(id, "documentref-"); ok {
		_, id, _ = strings.Cut(rest, ":")
	}
	return strings.HasPrefix(id, "licenseref-") && !strings.ContainsAny(id, " +()")
}

// Readable reports whether a licence that the policy states for a package can
// be judged: an expression of listed ids and references, a common spelling of
// one, or UNLICENSED.
func Readable(text string) bool {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, "UNLICENSED") || correct(text) != "" {
		return true
	}
	n := parse(text)
	return n != nil && n.listed()
}

// Nearest returns the entry that was probably meant, "" if none is near: GPL-*
// for GPL, GPL-3.0-only for GPLv3.
func Nearest(entry string) string {
	entry = strings.TrimSpace(entry)
	bare := strings.Trim(entry, "*-")
	if family := bare + "-*"; bare != "" && Names(family) && !strings.ContainsAny(bare, "* ") {
		for _, id := range listed() {
			if strings.HasPrefix(strings.ToLower(id), strings.ToLower(bare)+"-") {
				return id[:len(bare)] + "-*"
			}
		}
	}
	if read := correct(bare); read != "" && Names(read) {
		return read
	}
	return likest(bare)
}

// likest returns the listed id that shares the longest prefix with a word: at
// least three characters and half of the word. Ties go to the shortest id, then
// to the first.
func likest(word string) string {
	type candidate struct {
		id   string
		same int
	}
	var all []candidate
	lower := strings.ToLower(word)
	for key, id := range listed() {
		n := 0
		for n < min(len(key), len(lower)) && key[n] == lower[n] {
			n++
		}
		if n >= 3 && 2*n >= len(lower) {
			all = append(all, candidate{id, n})
		}
	}
	if len(all) == 0 {
		return ""
	}
	return slices.MinFunc(all, func(a, b candidate) int {
		return cmp.Or(b.same-a.same, len(a.id)-len(b.id), strings.Compare(a.id, b.id))
	}).id
}
