package monitor

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
)

// What makes a week unusual: it is compared with the eight complete weeks before
// it. The median and the median deviation from it (MAD) are not moved by one odd
// week among them, and their multiple is not reached by the ups and downs of a year.
const (
	weeksBefore  = 8
	deviations   = 6
	leastUnusual = 1000 // downloads; less is noise of robots, whatever the median is
	week         = 7 * 24 * time.Hour
)

// downloads judges each week that was not judged yet, once; at the first look the
// last one. It also tells of deprecated versions that are downloaded more than at
// the look before: their message reached nobody.
func (j *judging) downloads() {
	if !j.good[Downloads] {
		return
	}
	weeks := slices.SortedFunc(slices.Values(j.look.Weeks), func(a, b Week) int { return a.From.Compare(b.From) })
	for i := weeksBefore; i < len(weeks); i++ {
		w, before := weeks[i], weeks[i-weeksBefore:i]
		if !w.From.After(j.was.Week) || j.was.Week.IsZero() && i < len(weeks)-1 || !inRow(weeks[i-weeksBefore:i+1]) {
			continue
		}
		mid, spread := usual(before)
		off := abs(w.Count - mid)
		if off <= deviations*spread || off < leastUnusual {
			continue
		}
		what := "more"
		if w.Count < mid {
			what = "fewer"
		}
		first := w.From.UTC().Format(time.DateOnly)
		j.happened(Downloads, &downloadsRule, finding.Advice, "", "week "+first,
			"%s was downloaded %d times in the week from %s, far %s than usual: "+
				"the median of the eight weeks before is %d, and they differ from it by %d at the median.", j.look.Package, w.Count, first, what,
			mid, spread)
	}
	if len(weeks) > 0 {
		j.next.Week = later(j.was.Week, seconds(weeks[len(weeks)-1].From))
	}
	j.stillUsed()
}

// stillUsed compares the downloads of deprecated versions with those of a look at
// least a week before.
func (j *judging) stillUsed() {
	if j.look.LastWeek == nil || j.look.History == nil {
		return
	}
	deprecated := map[string]bool{}
	for _, r := range j.look.History.Releases {
		deprecated[r.Version] = r.Deprecated != ""
	}
	for _, version := range slices.Sorted(maps.Keys(j.look.LastWeek)) {
		if !deprecated[version] {
			continue
		}
		now, was := j.look.LastWeek[version], j.was.Counts[version]
		if !was.At.IsZero() && j.at.Sub(was.At) < week {
			continue // the same days are in both
		}
		j.next.Counts[version] = Count{j.at, now}
		if rise := now - was.N; !was.At.IsZero() && rise >= leastUnusual && rise > was.N/2 {
			j.happened(Downloads, &downloadsRule, finding.Advice, version, fmt.Sprintf("version %s %s", version, j.at.Format(time.DateOnly)),
				"%s@%s is deprecated, and was downloaded %d times in the last seven days, after %d in those before %s.", j.look.Package, version,
				now, was.N, was.At.Format(time.DateOnly))
		}
	}
	for version := range j.next.Counts {
		if !deprecated[version] {
			delete(j.next.Counts, version)
		}
	}
}

// usual returns the median of some weeks, and the median of the distances to it.
func usual(weeks []Week) (mid, spread int64) {
	counts := make([]int64, len(weeks))
	for i, w := range weeks {
		counts[i] = w.Count
	}
	mid = median(counts)
	for i := range counts {
		counts[i] = abs(counts[i] - mid)
	}
	return mid, median(counts)
}

// median sorts the numbers. Of an even number of them it is the mean of the two in
// the middle, rounded down.
func median(n []int64) int64 {
	slices.Sort(n)
	a, b := n[(len(n)-1)/2], n[len(n)/2]
	return a + (b-a)/2
}

// inRow reports whether weeks follow each other without a gap.
func inRow(weeks []Week) bool {
	for i := 1; i < len(weeks); i++ {
		if !weeks[i].From.Equal(weeks[i-1].From.Add(week)) {
			return false
		}
	}
	return true
}

func abs(n int64) int64 { return max(n, -n) }
