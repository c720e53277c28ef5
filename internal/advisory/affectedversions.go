package advisory

import (
	"slices"

	"github.com/publishgate/publishgate/internal/npm"
)

// An AffectedVersions is the set of versions that some records affect, prepared so that a
// look-up takes time logarithmic in the number of ranges. It agrees with
// Record.Affects.
type AffectedVersions struct {
	all, releases npm.Versions
	fixes         []npm.Version // versions at which a range ends and that are not affected, ascending
}

// NewAffectedVersions returns the versions that some of the records affect.
func NewAffectedVersions(records ...*Record) *AffectedVersions {
	runs, listed := 0, 0
	for _, r := range records {
		runs, listed = runs+len(r.Ranges), listed+len(r.Versions)
	}
	spans, ends := make([]npm.Span, 0, runs+listed), make([]npm.Version, 0, runs)
	for _, r := range records {
		for _, run := range r.Ranges {
			s := npm.Span{Low: npm.Lowest}
			if low, ok := parseBound(run.Introduced); ok {
				s.Low = low
			}
			if fix, ok := parseBound(run.Fixed); ok {
				s.High, ends = fix, append(ends, fix)
			} else {
				end, ok := run.end()
				s.High, s.Endless = end, !ok
			}
			spans = append(spans, s)
		}
		for _, listed := range r.Versions {
			if v, ok := parseBound(listed); ok {
				spans = append(spans, npm.Span{Low: v, High: v.Next()})
			}
		}
	}
	x := &AffectedVersions{all: npm.NewVersions(spans)}
	x.releases = x.all.Releases()
	for _, end := range ends {
		if end.Prerelease() != "0" && !x.all.Holds(end) { // a 2.0.0-0 is a bound, not a release
			x.fixes = append(x.fixes, end)
		}
	}
	slices.SortFunc(x.fixes, npm.Version.Compare)
	return x
}

// Holds reports whether a version is affected.
func (x *AffectedVersions) Holds(v npm.Version) bool { return x.all.Holds(v) }

// fixedAfter returns the lowest version above v that ends a range and is not
// affected, or "".
func (x *AffectedVersions) fixedAfter(v npm.Version) string {
	at, same := slices.BinarySearchFunc(x.fixes, v, npm.Version.Compare)
	for same && at < len(x.fixes) && x.fixes[at].Compare(v) == 0 {
		at++
	}
	if at == len(x.fixes) {
		return ""
	}
	return x.fixes[at].Canonical()
}

// within returns the lowest affected version that a range admits. The range is
// given by the results of npm.Range.Admitted.
func (x *AffectedVersions) within(releases, prereleases npm.Versions) (low npm.Version, found bool) {
	return lowest(x.releases, x.all, releases, prereleases)
}

// FreeFrom reports whether none of the versions that a range admits, from v on,
// is affected.
func (x *AffectedVersions) FreeFrom(r npm.Range, v npm.Version) bool {
	from := func(spans npm.Versions) npm.Versions {
		kept := make(npm.Versions, 0, len(spans))
		for _, s := range spans {
			if s.Low.Compare(v) < 0 {
				s.Low = v
			}
			if s.Endless || s.Low.Compare(s.High) < 0 {
				kept = append(kept, s)
			}
		}
		return kept
	}
	releases, prereleases := r.Admitted()
	_, found := x.within(from(releases), from(prereleases))
	return !found
}

// outside returns the lowest version that a range admits and that is not
// affected.
func (x *AffectedVersions) outside(releases, prereleases npm.Versions) (low npm.Version, found bool) {
	others := x.all.Others()
	return lowest(others.Releases(), others, releases, prereleases)
}

// lowest returns the lowest version of a set that a range admits.
func lowest(between, all, releases, prereleases npm.Versions) (low npm.Version, found bool) {
	low, found = between.Common(releases)
	if v, ok := all.Common(prereleases); ok && (!found || v.Compare(low) < 0) {
		low, found = v, true
	}
	return low, found
}
