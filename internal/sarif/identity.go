package sarif

import (
	"cmp"
	"slices"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
)

// An identity is what an alert is known by: the group's fingerprint, and a number
// that tells apart the groups that share one.
type identity struct {
	fingerprint string
	number      int
}

// identities returns the identity of each group. What is open comes before what
// was waived, and a lower version before a higher, so that a number stays with
// its version as long as no lower one comes or goes.
func identities(groups []policy.Group) []identity {
	ids := make([]identity, len(groups))
	shared := make(map[string][]int, len(groups))
	for i := range groups {
		f := groups[i].Fingerprint()
		ids[i] = identity{f, 1}
		shared[f] = append(shared[f], i)
	}
	for _, same := range shared {
		if len(same) == 1 {
			continue
		}
		slices.SortStableFunc(same, func(a, b int) int {
			return cmp.Or(cmp.Compare(waived(&groups[a]), waived(&groups[b])), versions(groups[a].Of().Version, groups[b].Of().Version))
		})
		for n, i := range same {
			ids[i].number = n + 1
		}
	}
	return ids
}

func waived(g *policy.Group) int {
	if g.State() == finding.Waived {
		return 1
	}
	return 0
}

// versions compares versions; what is none comes last, by its text.
func versions(a, b string) int {
	v, err := npm.ParseVersion(a)
	w, otherErr := npm.ParseVersion(b)
	switch {
	case err == nil && otherErr == nil:
		return v.Compare(w)
	case err == nil:
		return -1
	case otherErr == nil:
		return 1
	}
	return cmp.Compare(a, b)
}
