package support

import (
	"cmp"
	"fmt"

	"github.com/publishgate/publishgate/internal/npm"
)

// A set is the versions that a row names: spans and single prereleases, or a kind.
type set struct {
	spans []span
	exact []npm.Version
	kind  kind
	unit  string // of kind latest: "major" or "minor", the newest of which is meant; empty: the newest release
}

// A kind is a set that is named without numbers.
type kind int

const (
	numbers     kind = iota
	latest           // "latest", "the latest major"
	older            // "older versions": what is below the highest line that is named, and has no row
	others           // "all others": what has no row
	prereleases      // "beta"
	branch           // "main": no published version
)

// A core is a version without its prerelease and build.
type core struct{ major, minor, patch uint64 }

func coreOf(v npm.Version) core { return core{v.Major, v.Minor, v.Patch} }

func (c core) compare(d core) int {
	return cmp.Or(cmp.Compare(c.major, d.major), cmp.Compare(c.minor, d.minor), cmp.Compare(c.patch, d.patch))
}

func (c core) next() core { return core{c.major, c.minor, c.patch + 1} }

func (c core) String() string { return fmt.Sprintf("%d.%d.%d", c.major, c.minor, c.patch) }

// A span is the releases from low up to high, without high itself.
type span struct {
	low, high core
	noHigh    bool
}

func (s span) has(c core) bool { return c.compare(s.low) >= 0 && (s.noHigh || c.compare(s.high) < 0) }

func (s span) empty() bool { return !s.noHigh && s.low.compare(s.high) >= 0 }

// contains reports whether all of t is in s.
func (s span) contains(t span) bool {
	return s.low.compare(t.low) <= 0 && (s.noHigh || !t.noHigh && t.high.compare(s.high) <= 0)
}

func (s span) meet(t span) span {
	if t.low.compare(s.low) > 0 {
		s.low = t.low
	}
	if !t.noHigh && (s.noHigh || t.high.compare(s.high) < 0) {
		s.high, s.noHigh = t.high, false
	}
	return s
}

// String returns the span as a range that npm reads so: 5.1.x, <4.0.
func (s span) String() string {
	low, high := s.low, s.high
	switch {
	case s.noHigh && low == core{}:
		return "*"
	case s.noHigh:
		return ">=" + low.bound()
	case low.next() == high:
		return low.String()
	case low.patch == 0 && low.minor == 0 && high == core{low.major + 1, 0, 0}:
		return fmt.Sprintf("%d.x", low.major)
	case low.patch == 0 && high == core{low.major, low.minor + 1, 0}:
		return fmt.Sprintf("%d.%d.x", low.major, low.minor)
	case low == core{}:
		return "<" + high.bound()
	}
	return ">=" + low.bound() + " <" + high.bound()
}

// bound returns a bound before which npm puts its prereleases too.
func (c core) bound() string {
	if c.patch == 0 {
		return fmt.Sprintf("%d.%d", c.major, c.minor)
	}
	return c.String() + "-0"
}

// spans returns a range of npm's as spans; ok is false if a bound is a prerelease
// that somebody named.
func spans(r npm.Range) (all []span, ok bool) {
	for _, run := range r.Intervals() {
		if !plain(run.Low) || !run.NoHigh && !plain(run.High) {
			return nil, false
		}
		s := span{low: coreOf(run.Low), high: coreOf(run.High), noHigh: run.NoHigh}
		if run.LowOpen && run.Low.Prerelease() == "" {
			s.low = s.low.next()
		}
		if !run.NoHigh && !run.HighOpen {
			s.high = s.high.next()
		}
		if !s.empty() {
			all = append(all, s)
		}
	}
	return all, true
}

// plain reports whether a bound is a release, or what npm puts before one.
func plain(v npm.Version) bool { return v.Prerelease() == "" || v.Prerelease() == "0" }
