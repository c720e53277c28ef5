package gate

import (
	"context"
	"maps"
	"slices"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// The registry is asked in rounds about the packages that a fix plan would move,
// because one answer leads to the next question.
const (
	planRounds   = 6
	planPackages = 200 // documents read for one plan
	planParallel = 16  // documents in memory at once
)

// readPlan makes the fix plan. It asks the registry and the advisory sources for
// what the plan needs. A plan is advice: if they cannot be asked, the plan is
// made without them, and the report says so.
func readPlan(ctx context.Context, q inquiry, s *check.Subject) (*upgrade.Plan, []report.Skip) {
	made := upgrade.Input{Graph: s.Graph, Manifest: s.Manifest, Affected: s.Fixable(), Known: s.Known,
		Releases: map[string][]upgrade.Release{}}
	if len(made.Affected) == 0 {
		return nil, nil
	}
	plan := upgrade.Make(made)
	without := func(format string, args ...any) (*upgrade.Plan, []report.Skip) {
		return plan, []report.Skip{skip("fix plan", format, args...)}
	}
	if q.Offline {
		if len(plan.Wants) > 0 {
			return without("-offline: newer releases of the dependencies that hold others back were not looked for")
		}
		return plan, nil
	}
	client, err := q.registry()
	if err != nil {
		return without("%s", err.Error())
	}
	ctx, cancel := context.WithTimeout(ctx, asideBudget)
	defer cancel()
	tried := map[string]bool{}
	for range planRounds {
		wants := slices.DeleteFunc(q.may(plan.Wants), func(name string) bool { return tried[name] })
		wants = wants[:min(len(wants), planPackages-len(tried))]
		for _, name := range wants {
			tried[name] = true
		}
		if len(wants) == 0 && len(plan.Doubts) == 0 {
			break
		}
		releases, asked, err := readReleases(ctx, client, wants)
		if err != nil {
			return without("the registry could not be asked for newer releases: %s", err.Error())
		}
		asked = slices.DeleteFunc(append(asked, plan.Doubts...), func(a advisory.Asked) bool { return s.Known.Whole(a.Name) })
		if len(asked) > 0 {
			known, _, err := advisory.SeekAll(ctx, q.sources, asked, q.required)
			if err != nil {
				return without("whether the versions it names are affected themselves could not be asked: %s", err.Error())
			}
			s.Known.Add(known)
		}
		maps.Copy(made.Releases, releases)
		plan = upgrade.Make(made)
	}
	return plan, nil
}

// A served is which versions of packages the registry serves, by name.
type served struct {
	versions map[string][]npm.Version
	skipped  []report.Skip
}

// readServed asks the registry which versions it serves of packages whose ranges
// admit a version with an advisory. If it cannot be asked, the versions named by
// the advisories count.
func readServed(ctx context.Context, q inquiry, names []string) (v served) {
	if q.Offline {
		return v
	}
	const what = "versions that ranges admit"
	names = q.may(names)
	if more := len(names) - planPackages; more > 0 {
		names = names[:planPackages]
		v.skipped = append(v.skipped, skip(what, "whether they are still there was asked of %d packages, and not of %d more", planPackages, more))
	}
	if len(names) == 0 {
		return v
	}
	client, err := q.registry()
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, asideBudget)
		defer cancel()
		var releases map[string][]upgrade.Release
		releases, _, err = readReleases(ctx, client, names)
		v.versions = make(map[string][]npm.Version, len(releases))
		for name, list := range releases {
			for _, r := range list {
				v.versions[name] = append(v.versions[name], r.Version)
			}
		}
	}
	if err != nil {
		v.skipped = append(v.skipped, skip(what, "the registry could not be asked whether they are still there: %s", err.Error()))
	}
	return v
}

// readReleases reads the releases of packages, and lists what to ask the advisory
// sources about them. The result has no entry for a package that the registry
// does not know or does not show.
func readReleases(ctx context.Context, client *registry.Client, names []string) (map[string][]upgrade.Release, []advisory.Asked, error) {
	answers := make([][]registry.Release, len(names))
	errs, found := make([]error, len(names)), make([]bool, len(names))
	sideBySide(planParallel, len(names), func(i int) {
		answers[i], found[i], errs[i] = client.ReleasesInBrief(ctx, names[i])
	})
	releases := make(map[string][]upgrade.Release, len(names))
	var asked []advisory.Asked
	for i, name := range names {
		if errs[i] != nil {
			return nil, nil, errs[i]
		}
		if !found[i] {
			continue
		}
		a := advisory.Asked{Name: name, Versions: []string{advisory.AnyVersion}}
		list := make([]upgrade.Release, 0, len(answers[i]))
		for _, r := range answers[i] {
			peers := make(map[string]upgrade.Peer, len(r.Peer))
			for name, rng := range r.Peer {
				peers[name] = upgrade.Peer{Range: rng, Optional: r.OptionalPeer[name]}
			}
			list = append(list, upgrade.Release{Version: r.Number, Deprecated: r.Deprecated, Deps: r.Dependencies, Peers: peers, Node: r.Node})
			for name, rng := range r.Optional {
				r.Dependencies[name] = rng
			}
			a.Versions = append(a.Versions, r.Number.Canonical())
		}
		releases[name], asked = list, append(asked, a)
	}
	return releases, asked, nil
}
