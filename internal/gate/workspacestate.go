package gate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/tarball"
	"github.com/publishgate/publishgate/internal/web"
	"github.com/publishgate/publishgate/internal/workspace"
)

// placeholder is the version that npm publishes by itself when the first version of
// a package is staged.
const placeholder = "0.0.0-stage"

// ask asks the registries where each package stands: one request for a package, one
// more for its tarball where the answer does not tell whether the files are the
// same, and one for all that is staged. What is not answered is an error: a package
// that cannot be looked at is not called new.
func (p *planner) ask(ctx context.Context) error {
	places := map[string][]int{} // positions of the packages by address
	for i, e := range p.plan.Entries {
		if e.State == workspace.Private {
			continue
		}
		if address, may := p.home(e.Name); may {
			places[address] = append(places[address], i)
		} else {
			p.plan.Entries[i].Detail = "the registry of its scope is not to be asked (-scope-registries)"
		}
	}
	for address, at := range places {
		client, err := p.at(address)
		if err != nil {
			return err
		}
		staged, err := p.staged(ctx, client)
		if err == nil {
			err = untilFailure(ctx, web.AtOnce, len(at), func(ctx context.Context, n int) error { return p.look(ctx, client, at[n], staged) })
		}
		if err != nil {
			return down(theRegistry, err)
		}
	}
	p.hidden(places)
	return nil
}

// staged lists what waits at a registry to be approved. That it does not say is
// noted.
func (p *planner) staged(ctx context.Context, client *registry.Client) ([]registry.Staged, error) {
	if !client.Authenticated() {
		p.note("what is staged was not looked at: no token is there for %s", client.URL())
		return nil, nil
	}
	all, err := client.AllStaged(ctx)
	switch {
	case registry.Untold(err):
		p.note("what is staged was not looked at: %s does not tell it to this token", client.URL())
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("list what is staged: %w", err)
	}
	return all, nil
}

// look finds out where one package stands.
func (p *planner) look(ctx context.Context, client *registry.Client, i int, staged []registry.Staged) error {
	e := &p.plan.Entries[i]
	has, found, err := client.Package(ctx, e.Name, false)
	if err != nil && (!registry.Elsewhere(err) || !client.Authenticated()) {
		return err
	}
	releases := slices.DeleteFunc(has.Releases, func(r registry.Release) bool { return r.Version == placeholder })
	e.State = workspace.Changed
	if !found || err != nil || len(releases) == 0 {
		e.State = workspace.New
	} else {
		last := lastOf(releases)
		e.Last = last.Number.Canonical()
		p.last[i] = &workspace.Release{Version: e.Last, Dependencies: last.Dependencies, Optional: last.Optional, Peer: last.Peer}
	}
	ours, err := npm.ParseVersion(e.Version)
	if err != nil { // not reached: it is a fault
		return err
	}
	for _, r := range releases {
		if r.Number.Canonical() == ours.Canonical() {
			return p.compare(ctx, i, r.Info, workspace.Published, fetchFrom(ctx, client, r.Info))
		}
	}
	for _, s := range staged {
		if s.Name == e.Name && s.Version == ours.Canonical() {
			return p.compare(ctx, i, registry.Info{Name: s.Name, Version: s.Version, Integrity: s.Integrity, Shasum: s.Shasum}, workspace.Staged,
				func() ([]byte, error) { return client.StagedTarball(ctx, s.ID, tarball.MaxPacked) })
		}
	}
	return nil
}

// compare sets the state of a version that the registry has.
func (p *planner) compare(ctx context.Context, i int, has registry.Info, state workspace.State, fetch func() ([]byte, error)) error {
	e := &p.plan.Entries[i]
	same, detail, err := p.same(ctx, i, has, fetch)
	if err != nil {
		return err
	}
	if e.State = state; !same {
		e.State = workspace.Taken
	}
	switch e.Detail = detail; {
	case same:
	case state == workspace.Staged:
		e.Detail += "; what is staged is to be rejected first"
	default:
		e.Detail += "; raise the version to release it"
	}
	return nil
}

// lastOf returns the highest release that is no prerelease, else the highest.
// The list ascends.
func lastOf(releases []registry.Release) registry.Release {
	for _, r := range slices.Backward(releases) {
		if r.Number.Prerelease() == "" {
			return r
		}
	}
	return releases[len(releases)-1]
}

// hidden notes new packages with a scope that may be restricted ones: without a
// token a registry says of those that they are not there.
func (p *planner) hidden(places map[string][]int) {
	var names []string
	for address, at := range places {
		if client, err := p.at(address); err != nil || client.Authenticated() {
			continue
		}
		for _, i := range at {
			e := p.plan.Entries[i]
			access := npm.AccessWord(p.members[i].Manifest.PublishConfig["access"])
			if e.State == workspace.New && strings.HasPrefix(e.Name, "@") && access != "public" {
				names = append(names, e.Name)
			}
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		p.note("new, or restricted and not shown without a token: %s", few(names))
	}
}
