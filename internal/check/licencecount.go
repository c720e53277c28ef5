package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/license"
	"github.com/publishgate/publishgate/internal/npm"
)

// A LicenceCount is how many of the judged packages state a licence, and what the
// policy makes of it.
type LicenceCount struct {
	License         string // as stated, foreign; empty: none is
	Packages        int
	Denied, Unknown bool // at most one; neither: accepted
}

// runs reports whether a copy is what runs the build, and no part of it.
func runs(p *npm.Package) bool { return p.Source == npm.SourceRuntime || p.Builds() }

// LicenceCounts returns the licences of the judged packages, the most frequent
// first; none where the lockfile has no licences or nothing was judged.
func (s *Subject) LicenceCounts() []LicenceCount {
	if s.Graph == nil || s.Policy == nil || s.carriesNoLicences() {
		return nil
	}
	of := map[string]int{}
	for p := range s.carried() {
		if !runs(p) {
			of[strings.TrimSpace(licenceOf(p, s.Policy.Licenses.Overrides))]++
		}
	}
	var counts []LicenceCount
	for text, n := range of {
		v := license.Judge(text, s.Policy.Licenses.Deny, s.Policy.Licenses.Allow)
		counts = append(counts, LicenceCount{text, n, !v.Allowed && !v.Unknown, !v.Allowed && v.Unknown})
	}
	slices.SortFunc(counts, func(a, b LicenceCount) int {
		return cmp.Or(cmp.Compare(b.Packages, a.Packages), strings.Compare(a.License, b.License))
	})
	return counts
}
