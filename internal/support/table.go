// Package support reads which versions of a package a text says are supported:
// the table of a SECURITY.md, as GitHub's template has it and as people write it,
// a list, or a sentence. It answers for a version, and tells what it could not
// read, with its line: a row that nobody understands is no answer.
//
// It opens no file, reads no clock and asks no registry.
package support

import (
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// The most that is read of one text: rows with their versions, tables, headings.
const (
	maxRows     = 1000
	maxGrids    = 200
	maxHeadings = 2000
)

// A Table is what a text says about the versions of one package.
type Table struct {
	Line     int       // of the table, the list or the sentence, or else of a heading that promises one; 0: there is none
	Rows     []Row     // in the order of the text
	Problems []Problem // what could not be read, and what contradicts itself, in the order of the text
}

// A Row names versions and says whether they are supported.
type Row struct {
	Text      string    // the versions as they are written, without marks of Markdown; foreign text
	Line      int       // the first line is 1
	Supported bool      // as it is written, whatever Until says
	Until     time.Time // the last day of support, at 0:00 UTC; zero: none is named

	set set
}

// A Problem is a line that gives no answer.
type Problem struct {
	Line    int
	Subject string // the versions that it is about, as they are written; foreign text
	Text    string // what is wrong, as a clause that begins with what is there; quotes foreign text
}

// Ended reports whether the row's versions are not supported on a day.
func (r *Row) Ended(now time.Time) bool {
	return !r.Supported || !r.Until.IsZero() && !now.Before(r.Until.AddDate(0, 0, 1))
}

// Range returns the row's versions as a range of npm's; empty: they are none,
// such as "latest".
func (r *Row) Range() string {
	var parts []string
	for _, s := range r.set.spans {
		parts = append(parts, s.String())
	}
	for _, v := range r.set.exact {
		parts = append(parts, v.Canonical())
	}
	return strings.Join(parts, " || ")
}

// Bounded reports whether the row names a line with both ends, or single versions:
// one that has been released if it is not a leftover.
func (r *Row) Bounded() bool {
	for _, s := range r.set.spans {
		if s.low == (core{}) || s.noHigh {
			return false
		}
	}
	return len(r.set.spans)+len(r.set.exact) > 0
}

// Has reports whether the row's numbers hold a version.
func (r *Row) Has(v npm.Version) bool {
	return slices.ContainsFunc(r.set.spans, func(s span) bool { return s.has(coreOf(v)) }) ||
		slices.ContainsFunc(r.set.exact, func(e npm.Version) bool { return e.Compare(v) == 0 })
}

// Of returns the row that a version is in; nil: none names it. Of several rows
// that do, the narrowest counts: 4.0.x says more about 4.0.1 than < 5. A
// prerelease is in the row of its release: 4.0.0-rc.1 in 4.0.x, and not in < 4.0.
//
// newest is the highest release, the version itself included; nil: not known.
// unsure means that the row depends on it, so that nil is no answer.
func (t *Table) Of(v npm.Version, newest *npm.Version) (row *Row, unsure bool) {
	at := coreOf(v)
	var best *Row
	var width span
	for i := range t.Rows {
		r := &t.Rows[i]
		for _, e := range r.set.exact {
			if e.Compare(v) == 0 {
				return r, false
			}
		}
		for _, s := range r.set.spans {
			if s.has(at) && (best == nil || width.contains(s) && width != s) {
				best, width = r, s
			}
		}
	}
	if best != nil {
		return best, false
	}
	for _, k := range []kind{prereleases, latest, older, others} {
		for i := range t.Rows {
			r := &t.Rows[i]
			if r.set.kind != k {
				continue
			}
			is, known := t.special(r, v, newest)
			if !known {
				return nil, true
			}
			if is {
				return r, false
			}
		}
	}
	return nil, false
}

// special reports whether a version is in a row that names no numbers.
func (t *Table) special(r *Row, v npm.Version, newest *npm.Version) (is, known bool) {
	switch r.set.kind {
	case prereleases:
		return v.Prerelease() != "", true
	case others:
		return true, true
	case older:
		if top, ok := t.top(); ok {
			return coreOf(v).compare(top) < 0, true
		}
	}
	if newest == nil {
		return false, false
	}
	below := coreOf(v).compare(coreOf(*newest)) < 0
	switch {
	case r.set.kind == older:
		return below, true
	case r.set.unit == "major":
		return v.Major == newest.Major || !below, true
	case r.set.unit == "minor":
		return v.Major == newest.Major && v.Minor == newest.Minor || !below, true
	}
	return !below, true
}

// top returns the beginning of the highest line that is named.
func (t *Table) top() (low core, ok bool) {
	for i := range t.Rows {
		for _, s := range t.Rows[i].set.spans {
			if !ok || s.low.compare(low) > 0 {
				low, ok = s.low, true
			}
		}
	}
	return low, ok
}

// NamesPrereleases reports whether the row is about prereleases alone. People say
// so that nobody relies on them; it ends no line.
func (r *Row) NamesPrereleases() bool { return r.set.kind == prereleases }
