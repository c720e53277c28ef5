package incident

import (
	"fmt"
	"time"
)

// npm's unpublish policy (https://docs.npmjs.com/policies/unpublish): in the first
// 72 hours a version may go as long as no other package of the public registry
// depends on the package; later, if besides it had fewer than 300 downloads in the
// last week and has a single owner. It cannot be undone, and NAME@VERSION is never
// used again; where all versions go, nothing can be published for 24 hours. Only a
// person may: tokens that bypass the second factor lost the right on 2026-07-31.
const (
	unpublishWindow    = 72 * time.Hour
	unpublishDownloads = 300
)

// A Way is how a version can be removed from the registry.
type Way string

// The ways.
const (
	Window   Way = "window"   // by its owner, until a time, if no other package depends on it
	Rules    Way = "rules"    // by its owner, if no other package depends on it: the other rules hold
	Doubtful Way = "doubtful" // by its owner, if rules hold that are not known to
	AskNPM   Way = "npm"      // npm's support alone
	Other    Way = "other"    // by the rules of a registry that is not npm's
	Gone     Way = "gone"     // it is gone
)

// way says how a version can be removed at a time, until when (zero: no end), and
// why.
func way(a *Ask, v *affected, l *Look) (how Way, until time.Time, why string) {
	owners := len(l.History.Maintainers)
	week := int64(-1)
	if l.Downloads != nil {
		week = l.Downloads.Week
	}
	switch {
	case v.gone:
		return Gone, time.Time{}, "the registry does not have it any more"
	case !a.public():
		return Other, time.Time{}, "npm's rules are those of its public registry; this one has its own"
	case !v.Published.IsZero() && l.At.Before(v.Published.Add(unpublishWindow)):
		return Window, v.Published.Add(unpublishWindow), "within 72 hours of its publication, if no other package depends on it"
	case owners > 1:
		return AskNPM, time.Time{}, fmt.Sprintf("the 72 hours are over, and the package has %d owners where npm wants one", owners)
	case week >= unpublishDownloads:
		return AskNPM, time.Time{}, fmt.Sprintf("the 72 hours are over, and %d downloads in a week are more than npm allows (%d)",
			week, unpublishDownloads-1)
	case week >= 0 && owners == 1:
		return Rules, time.Time{}, "the 72 hours are over; one owner and few downloads allow it still, if no other package depends on it"
	}
	return Doubtful, time.Time{}, fmt.Sprintf("the 72 hours are over; npm lets one owner remove it with fewer than %d downloads a week, "+
		"if no other package depends on it", unpublishDownloads)
}
