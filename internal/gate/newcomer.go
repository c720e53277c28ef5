package gate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

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
			if k.there {
				a.old = append(a.old, standing{o.Version, k})
			}
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

// A standing is a version that was locked before, and what its registry says of it.
type standing struct {
	version string
	known
}

// An arrival is a version that was not locked before.
type arrival struct {
	since   string
	after   time.Duration // a silence that is long
	address string
	p       *npm.Package
	now     known
	old     []standing // those that its registry has
}

// judge says who came with the version.
func (a *arrival) judge() check.Arrival {
	made := check.Arrival{Seal: check.Seal{State: check.SealVerified, At: a.now.Published}}
	number, err := npm.ParseVersion(a.p.Version)
	past := a.now.past
	switch {
	case !a.now.there:
		made.Seal = check.Seal{State: check.SealSkipped, Why: host(a.address) + " does not have this version (any more)"}
		return made
	case err != nil || past == nil:
		made.Seal = check.Seal{State: check.SealSkipped, Why: "it is no version that can be compared"}
		return made
	}
	last := a.last()
	if !a.now.Named() && len(past.Debuts) == 0 {
		made.Seal = check.Seal{State: check.SealSkipped, Why: host(a.address) + " does not say who publishes"}
	}
	made.Publisher = a.publisher(number, last)
	if last != nil {
		made.Maintainers, made.Revived = a.maintainers(last), a.revived(last)
	}
	made.Scripts = a.scripts(last)
	if made.Publisher+made.Maintainers+made.Scripts+made.Revived != "" {
		made.State = check.SealInvalid
	}
	return made
}

// last returns the newest of the versions that were locked before; nil: none was,
// or its registry has none of them.
func (a *arrival) last() (last *standing) {
	for i := range a.old {
		o := &a.old[i]
		number, err := npm.ParseVersion(o.version)
		if err != nil {
			continue
		}
		if last != nil {
			than, _ := npm.ParseVersion(last.version)
			if newer := o.Published.Compare(last.Published); newer < 0 || newer == 0 && number.Compare(than) <= 0 {
				continue
			}
		}
		last = o
	}
	return last
}

// publisher tells that everybody who published the version had published nothing of
// the package by the time of the one that was locked before, or where none was, by
// that of this one. A trusted publisher's build is nobody's: what is behind it is
// what provenance tells.
func (a *arrival) publisher(number npm.Version, last *standing) string {
	past, this := a.now.past, a.now
	if this.Trusted {
		return ""
	}
	until, at, then := "before it", a.now.Published, number
	if last != nil {
		number, _ := npm.ParseVersion(last.version)
		until, at, then = fmt.Sprintf("up to %s, which %s locked,", last.version, a.since), last.Published, number
	}
	others := map[string]bool{}
	for _, d := range past.Debuts {
		mine := d.Name == this.By[0] || d.Name == this.By[1]
		known := past.Knew(d.Name, then, at)
		if last == nil { // a debut with this very version is none before it
			known = d.Number.Compare(number) != 0
		}
		if known && mine {
			return ""
		}
		if known {
			others[d.Name] = true
		}
	}
	if len(others) == 0 {
		return "" // it is the first one, or nobody was named before
	}
	who := "by " + this.By[0]
	switch {
	case !this.Named():
		return fmt.Sprintf("was published%s by somebody whom %s does not name; %s that was %s", dated(this.Published), host(a.address), until,
			firstNames(others))
	case this.By[0] == "":
		who = "with the approval of " + this.By[1]
	case this.By[1] != "" && this.By[1] != this.By[0]:
		who += " with the approval of " + this.By[1]
	}
	return fmt.Sprintf("was published%s %s, new to this package: %s that was %s", dated(this.Published), who, until, firstNames(others))
}

// maintainers tells that nobody is left of those who maintained the version that
// was locked before.
func (a *arrival) maintainers(last *standing) string {
	was, is := last.Maintainers, a.now.Maintainers
	if len(was) == 0 || len(is) == 0 || slices.ContainsFunc(is, func(name string) bool { return slices.Contains(was, name) }) {
		return ""
	}
	set := func(names []string) map[string]bool {
		all := map[string]bool{}
		for _, n := range names {
			all[n] = true
		}
		return all
	}
	return fmt.Sprintf("is maintained by %s, and %s, which %s locked, was by %s: nobody is left", firstNames(set(is)), last.version, a.since,
		firstNames(set(was)))
}

// scripts tells that a script runs when the version is installed that the one that
// was locked before had not, or had otherwise.
func (a *arrival) scripts(last *standing) string {
	now := strings.ReplaceAll(clip(a.now.Install), "\n", "; ")
	switch {
	case a.now.Install == "":
		return ""
	case last == nil:
		return fmt.Sprintf("was not locked by %s, and runs a script when it is installed: %s", a.since, now)
	case last.Install == "":
		return fmt.Sprintf("runs a script when it is installed, and %s, which %s locked, did not: %s", last.version, a.since, now)
	case last.Install != a.now.Install:
		return fmt.Sprintf("runs another script when it is installed than %s, which %s locked: %s; that was %s", last.version, a.since, now,
			strings.ReplaceAll(clip(last.Install), "\n", "; "))
	}
	return ""
}

// clip shortens a script for a message.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return text
}

// revived tells of a long silence since the version that was locked before.
func (a *arrival) revived(last *standing) string {
	if last.Published.IsZero() || a.now.Published.IsZero() {
		return ""
	}
	pause, ok := a.now.past.Longest(last.Published)
	if length := pause.To.Sub(pause.From); ok && length >= a.after {
		return fmt.Sprintf("was published%s after a silence of %d days, from %s to %s; %s locked %s", dated(a.now.Published),
			int(length/(24*time.Hour)), pause.From.Format(time.DateOnly), pause.To.Format(time.DateOnly), a.since, last.version)
	}
	return ""
}

// firstNames names the first few, in order.
func firstNames(of map[string]bool) string {
	const most = 4
	names := slices.Sorted(maps.Keys(of))
	if len(names) > most+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
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
