package gate

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// The registry is asked about the packages that a fix plan wants to move, in
// rounds: what one answer says leads to the next question.
const (
	planRounds   = 6
	planPackages = 200 // documents read for one plan
	planParallel = 8
)

// readPlan makes the fix plan, and asks the registry and the advisory sources
// what it wants to know. A plan is advice: where they cannot be asked it is
// made without, and the report says so.
func (in *input) readPlan(ctx context.Context, c Config, sources []advisory.Source, scopes advisory.Scopes) {
	s := in.subject
	made := upgrade.Input{Graph: s.Graph, Manifest: s.Manifest, Affected: s.Fixable(), Known: s.Known, Releases: map[string][]upgrade.Release{}}
	if len(made.Affected) == 0 {
		return
	}
	s.Plan = upgrade.Make(made)
	const what = "fix plan"
	if c.Offline {
		if len(s.Plan.Wants) > 0 {
			in.skip(what, "-offline: newer releases of the dependencies that hold others back were not looked for")
		}
		return
	}
	client, err := c.registry()
	if err != nil {
		in.skip(what, "%s", display.Text(err.Error()))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, asideBudget)
	defer cancel()
	tried := map[string]bool{}
	for range planRounds {
		wants := slices.DeleteFunc(scopes.May(c.Registry, in.subject.Graph, s.Plan.Wants), func(name string) bool { return tried[name] })
		wants = wants[:min(len(wants), planPackages-len(tried))]
		for _, name := range wants {
			tried[name] = true
		}
		if len(wants) == 0 && len(s.Plan.Doubts) == 0 {
			return
		}
		releases, asked, err := readReleases(ctx, client, wants)
		if err != nil {
			in.skip(what, "the registry could not be asked for newer releases: %s", display.Text(err.Error()))
			return
		}
		asked = slices.DeleteFunc(append(asked, s.Plan.Doubts...), func(a advisory.Asked) bool { return s.Known.Whole(a.Name) })
		if len(asked) > 0 {
			known, _, err := advisory.SeekAll(ctx, sources, asked, in.terms())
			if err != nil {
				in.skip(what, "whether the versions it names are affected themselves could not be asked: %s", display.Text(err.Error()))
				return
			}
			s.Known.Add(known)
		}
		maps.Copy(made.Releases, releases)
		s.Plan = upgrade.Make(made)
	}
}

// readServed asks the registry what it serves of the packages whose ranges admit
// a version with an advisory. Where it cannot be asked, what the advisories say
// stands.
func (in *input) readServed(ctx context.Context, c Net, scopes advisory.Scopes) {
	s := in.subject
	if c.Offline {
		return
	}
	const what = "versions that ranges admit"
	names := scopes.May(c.Registry, in.subject.Graph, s.AskServed())
	if more := len(names) - planPackages; more > 0 {
		names = names[:planPackages]
		in.skip(what, "whether they are still there was asked of %d packages, and not of %d more", planPackages, more)
	}
	if len(names) == 0 {
		return
	}
	client, err := c.registry()
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, asideBudget)
		defer cancel()
		var releases map[string][]upgrade.Release
		releases, _, err = readReleases(ctx, client, names)
		s.Served = make(map[string][]npm.Version, len(releases))
		for name, list := range releases {
			for _, r := range list {
				s.Served[name] = append(s.Served[name], r.Version)
			}
		}
	}
	if err != nil {
		in.skip(what, "the registry could not be asked whether they are still there: %s", display.Text(err.Error()))
	}
}

// readReleases reads the releases of packages, and lists what to ask the
// advisory sources about them. Of a package that the registry does not know, or
// does not show, nothing is known.
func readReleases(ctx context.Context, client *registry.Client, names []string) (map[string][]upgrade.Release, []advisory.Asked, error) {
	answers := make([][]registry.Release, len(names))
	errs, found := make([]error, len(names)), make([]bool, len(names))
	var group sync.WaitGroup
	turn := make(chan struct{}, planParallel)
	for i, name := range names {
		turn <- struct{}{}
		group.Go(func() {
			answers[i], found[i], errs[i] = client.ReleasesInBrief(ctx, name)
			<-turn
		})
	}
	group.Wait()
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
