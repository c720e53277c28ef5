package monitor

import (
	"cmp"
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/registry"
)

// passedMinor reports whether the release went out by which the SLA value next-minor
// wants a fix: a minor or major one, published after the advisory, at or below a
// version of ours in its major line that the advisory is about still.
func (j *judging) passedMinor(f *finding.Finding) bool {
	known, err := time.Parse(time.RFC3339, f.Published)
	if err != nil || f.Rule != vulnerableRule.ID {
		return false
	}
	var stable []*registry.Publication
	for i := range j.look.History.Releases {
		if r := &j.look.History.Releases[i]; valid(r) && r.Number.Prerelease() == "" {
			stable = append(stable, r)
		}
	}
	slices.SortFunc(stable, func(a, b *registry.Publication) int { return a.Number.Compare(b.Number) })
	for i, r := range stable {
		step := i == 0 || cmp.Or(cmp.Compare(r.Number.Major, stable[i-1].Number.Major), cmp.Compare(r.Number.Minor, stable[i-1].Number.Minor)) > 0
		if !step || !r.Published.After(known) || r.Published.After(j.at) {
			continue
		}
		for _, v := range stable[i:] {
			if v.Number.Major == r.Number.Major && about(f, j.look.Package+"@"+v.Version) {
				return true
			}
		}
	}
	return false
}

// about reports whether a finding's paths begin at a version of ours.
func about(f *finding.Finding, version string) bool {
	return slices.ContainsFunc(f.Paths, func(path []string) bool { return len(path) > 0 && path[0] == version })
}
