package npm

import (
	"slices"
	"sort"
	"sync"
)

// A Span is a run of versions by precedence: from Low up to but not including
// High, or without an end if Endless.
type Span struct {
	Low, High Version
	Endless   bool
}

func (s Span) empty() bool { return !s.Endless && s.Low.Compare(s.High) >= 0 }

// reaches reports whether a span ends after a version.
func (s Span) reaches(v Version) bool { return s.Endless || v.Compare(s.High) < 0 }

// Versions is a set of versions: spans in order, none empty, none touching the
// next. Look-ups take time logarithmic in their number.
type Versions []Span

// NewVersions returns the union of spans, which it sorts and merges in place:
// they are not to be used afterwards.
func NewVersions(spans []Span) Versions {
	slices.SortFunc(spans, func(a, b Span) int { return a.Low.Compare(b.Low) })
	all := Versions(spans[:0])
	for _, s := range spans {
		if s.empty() {
			continue
		}
		if n := len(all); n > 0 && (all[n-1].Endless || s.Low.Compare(all[n-1].High) <= 0) {
			if last := &all[n-1]; !last.Endless && (s.Endless || s.High.Compare(last.High) > 0) {
				last.High, last.Endless = s.High, s.Endless
			}
			continue
		}
		all = append(all, s)
	}
	if len(all) < len(spans)/2 {
		return slices.Clone(all)
	}
	return all
}

// from returns the index of the first span that ends after v.
func (s Versions) from(v Version) int {
	return sort.Search(len(s), func(i int) bool { return s[i].reaches(v) })
}

// Holds reports whether v is one of them.
func (s Versions) Holds(v Version) bool {
	at := s.from(v)
	return at < len(s) && v.Compare(s[at].Low) >= 0
}

// Releases narrows the spans so that each begins with a release.
func (s Versions) Releases() Versions { return s.releases(make(Versions, 0, len(s))) }

// releases appends the spans of Releases to kept, which may be s[:0].
func (s Versions) releases(kept Versions) Versions {
	for _, span := range s {
		if span.Low = span.Low.Release(); !span.empty() { // 1.2.3 follows 1.2.3-rc.1
			kept = append(kept, span)
		}
	}
	return kept
}

// Others returns the complement of the set.
func (s Versions) Others() Versions {
	others := make(Versions, 0, len(s)+1)
	gap := Span{Low: Lowest}
	for _, span := range s {
		if gap.High = span.Low; !gap.empty() {
			others = append(others, gap)
		}
		if span.Endless {
			return others
		}
		gap.Low = span.High
	}
	return append(others, Span{Low: gap.Low, Endless: true})
}

// Common returns the lowest version that is in both sets.
func (s Versions) Common(o Versions) (low Version, found bool) {
	if len(o) < len(s) {
		s, o = o, s
	}
	for _, span := range s {
		at := o.from(span.Low)
		if at == len(o) {
			break
		}
		if low = o[at].Low; low.Compare(span.Low) <= 0 {
			return span.Low, true
		}
		if span.reaches(low) {
			return low, true
		}
	}
	return Version{}, false
}

// Admitted returns the versions that npm installs for the range: spans of which
// it admits the releases, each beginning with one, and spans of which it admits
// prereleases too.
func (r Range) Admitted() (releases, prereleases Versions) {
	if r.index != nil {
		return r.index.admitted(r)
	}
	return admitted(r.release)
}

// admitted computes Admitted from the alternatives of a range.
func admitted(sets []comparators) (releases, prereleases Versions) {
	whole, windows := make([]Span, 0, len(sets)), []Span(nil)
	for _, set := range sets {
		span, ok := set.span()
		if !ok {
			continue
		}
		for i := range set {
			if v := set[i].v; set[i].op != opAny && v.pre != "" {
				window := Span{Low: Version{Major: v.Major, Minor: v.Minor, Patch: v.Patch, pre: "0"}, High: v.Release()}
				if span.Low.Compare(window.Low) > 0 {
					window.Low = span.Low
				}
				if span.reaches(window.High) {
					windows = append(windows, window)
				} else {
					windows = append(windows, Span{Low: window.Low, High: span.High})
				}
			}
		}
		whole = append(whole, span)
	}
	all := NewVersions(whole)
	return all.releases(all[:0]), NewVersions(windows)
}

// span returns the run of versions that meet all bounds; ok is false if there
// are none.
func (set comparators) span() (s Span, ok bool) {
	i := set.interval()
	if i.empty() {
		return s, false
	}
	s = Span{Low: i.Low, High: i.High, Endless: i.NoHigh}
	if i.LowOpen {
		s.Low = s.Low.Next()
	}
	if !i.NoHigh && !i.HighOpen {
		s.High = s.High.Next()
	}
	return s, !s.empty()
}

// A rangeIndex speeds up look-ups in a range of many alternatives. It is made on
// the first of them: most ranges are only read.
type rangeIndex struct {
	released, included sync.Once
	releases, windows  Versions
	whole              Versions // with prereleases included
}

func (x *rangeIndex) admitted(r Range) (releases, prereleases Versions) {
	x.released.Do(func() { x.releases, x.windows = admitted(r.release) })
	return x.releases, x.windows
}

func (x *rangeIndex) contains(r Range, v Version, includePrerelease bool) bool {
	if !includePrerelease {
		releases, windows := x.admitted(r)
		if v.pre != "" {
			return windows.Holds(v)
		}
		return releases.Holds(v)
	}
	x.included.Do(func() {
		spans := make([]Span, 0, len(r.prerelease))
		for _, set := range r.prerelease {
			if s, ok := set.span(); ok {
				spans = append(spans, s)
			}
		}
		x.whole = NewVersions(spans)
	})
	return x.whole.Holds(v)
}
