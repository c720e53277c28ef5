package gate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
)

const sinceKey = "dependencies.since-release"

// locked is what was locked before.
type locked struct {
	graph *npm.Graph
	since string // "release 1.2.2", "base commit 0123456"
}

// lockedBefore reads what the base of a pull request locked, or else the last
// release, by its tag, if the policy compares with it. It is nil if nobody asks, or
// if there is nothing to compare with, which is noted. It is called before
// registries are asked, so that each is asked about both versions at once.
func (in *input) lockedBefore(ctx context.Context, c Config, last lastRelease) (before *locked, l listed, err error) {
	keys, blocks := in.subject.Policy.Dependencies.SinceRelease.Asked()
	if len(keys) == 0 {
		return nil, l, nil
	}
	without := func(decides bool, format string, args ...any) (*locked, listed, error) {
		for _, key := range keys {
			l.unasked(decides, key, format, args...)
		}
		return nil, l, nil
	}
	git := in.git
	before = &locked{since: "base commit "}
	switch {
	case last.Offline:
		return without(blocks, "-offline: the registry knows who published a version, and when")
	case git.repo == nil:
		return without(blocks, "%s: what the last release locked is not known", git.none.Error())
	case git.base != nil:
		before.since += git.base.Short()
	default:
		var release string
		var why string
		if release, why, err = last.released(ctx); err != nil {
			return nil, l, err
		}
		if why != "" {
			return without(blocks, "%s", why)
		}
		if release == "" {
			return without(false, "this is the first release: there is nothing to compare with")
		}
		v, err := git.release(in.subject.Manifest.Name, release)
		if err != nil {
			return nil, l, err
		}
		if v == nil {
			return without(blocks, "the clone has no commit of release %s: fetch the whole of it, with its tags (fetch-depth: 0)", release)
		}
		git.base, before.since = v, "release "+release
		if git.home, err = git.findHome(in.place, in.subject.Manifest.Name); err != nil {
			return without(blocks, "%s: %s", before.since, oneLine(gitError(err)))
		}
	}
	_, before.graph, err = in.lockfileAt(c, git.base, git.home)
	if errors.Is(err, fs.ErrNotExist) {
		return without(false, "%s does not have the package: there is nothing to compare with", before.since)
	}
	if err != nil {
		return without(blocks, "%s: its lockfile cannot be read: %s", before.since, oneLine(err))
	}
	last.lookup.add(before.graph)
	last.lookup.people = true
	return before, l, nil
}

// released returns the version of the last release, "" if this is the first one, or
// why it is not known.
func (l lastRelease) released(ctx context.Context) (version, why string, err error) {
	if l.Previous != "" {
		given, err := l.given()
		return given.Version, "", err
	}
	last, why, err := l.last(ctx, nil, false)
	if why != "" {
		why = "the last release is not known: " + why
	}
	return last.Version, why, err
}

// readArrivals compares each dependency of which another version was locked before
// with that version, by what its registry says of both.
func readArrivals(ctx context.Context, q inquiry, s *check.Subject, before *locked) (map[*npm.Package]check.Arrival, error) {
	if before == nil {
		return nil, nil
	}
	type at struct{ address, name string }
	old := map[at][]*npm.Package{}
	for _, p := range before.graph.Packages {
		if address, why := q.lookup.home(p); why == "" && !slices.ContainsFunc(old[at{address, p.Name}], func(o *npm.Package) bool {
			return o.Version == p.Version
		}) {
			old[at{address, p.Name}] = append(old[at{address, p.Name}], p)
		}
	}
	changed := func(p *npm.Package) bool {
		address, why := q.lookup.home(p)
		return why != "" || !slices.ContainsFunc(old[at{address, p.Name}], func(o *npm.Package) bool { return o.Version == p.Version })
	}
	of := map[[3]string]check.Arrival{}
	key := func(address string, p *npm.Package) [3]string { return [3]string{address, p.ID(), p.Integrity} }
	var mu sync.Mutex
	seals, err := q.lookup.each(ctx, s, changed, func(ctx context.Context, address string, p *npm.Package, k known) (check.Seal, error) {
		a := arrival{since: before.since, after: s.Policy.Dependencies.SinceRelease.After, address: address, p: p, now: k}
		for _, o := range old[at{address, p.Name}] {
			k, err := q.lookup.of(ctx, address, o, true)
			if err != nil {
				return check.Seal{}, err
			}
			a.old = append(a.old, standing{o.Version, k})
		}
		mu.Lock()
		defer mu.Unlock()
		made := a.judge()
		of[key(address, p)] = made
		return made.Seal, nil
	})
	if err != nil {
		return nil, down(theRegistry, fmt.Errorf("%s: %w", sinceKey, err))
	}
	all := make(map[*npm.Package]check.Arrival, len(seals))
	for p, seal := range seals {
		address, _ := q.lookup.home(p)
		a := of[key(address, p)]
		a.Seal = seal
		all[p] = a
	}
	return all, nil
}

// arrived returns the seals of the arrivals, which are counted.
func arrived(s *check.Subject) map[*npm.Package]check.Seal {
	if s.Arrivals == nil {
		return nil
	}
	seals := make(map[*npm.Package]check.Seal, len(s.Arrivals))
	for p, a := range s.Arrivals {
		seals[p] = a.Seal
	}
	return seals
}
