package gate

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/release"
	"github.com/publishgate/publishgate/internal/tarball"
)

const (
	releaseDiff = "release diff"
	maxAges     = 40 // new dependencies whose age is asked for
)

// A comparison is what comparing with the last release came to.
type comparison struct {
	diff   *release.Diff
	last   policy.Release // as far as it was found out
	listed *listing       // what the registry answered, for who else wants to know
	ages   string         // why the age of a new dependency is not known; empty: it is
	why    string         // nothing was compared, and there was nothing to compare; empty: there was
	err    error          // it could not be compared, or the question was wrong
	asked  bool           // err is about what the user gave: it stops the run in any case
}

// A listing is the registry's list of all versions, with their dates.
type listing struct {
	list  []registry.Release
	found bool
	err   error
}

// startDiff compares with the last release while the advisories are asked for.
// The result comes when it is called; nobody need call it.
func (in *input) startDiff(ctx context.Context, c Config, scopes advisory.Scopes) func() comparison {
	done := make(chan comparison, 1)
	go func() { done <- in.compare(ctx, c, scopes) }()
	return func() comparison { return <-done }
}

// finishDiff takes the result over. What could not be compared is said; where
// the policy lets a rule about it block, it does not pass.
func (in *input) finishDiff(r comparison) error {
	if !in.previous.Known {
		in.previous = r.last
	}
	in.subject.Diff = r.diff
	if r.ages != "" {
		in.skip("age of new dependencies", "%s", r.ages)
	}
	if r.err == nil {
		if r.why != "" {
			in.skip(releaseDiff, "%s", r.why)
		}
		return nil
	}
	if r.asked {
		return r.err
	}
	if rule, required := in.subject.Policy.DiffRequired(); required {
		return fmt.Errorf("the package could not be compared with the last release, and release-diff.%s of the policy blocks: %w", rule, r.err)
	}
	in.skip(releaseDiff, "%s", display.Text(r.err.Error()))
	return nil
}

// compare finds the last release and compares the tarball with it. It only
// reads in: it runs beside others that do.
func (in *input) compare(ctx context.Context, c Config, scopes advisory.Scopes) (r comparison) {
	s := in.subject
	switch {
	case c.PreviousTarball != "":
		r.asked = true
		r.diff, r.last, r.err = in.compareFile(c.Judging)
		if client, err := c.registry(); r.err == nil && !c.Offline && err == nil {
			ctx, cancel := context.WithTimeout(ctx, asideBudget)
			defer cancel()
			r.ages = in.readAges(ctx, c.Net, client, scopes, r.diff)
		}
		return r
	case s.Tarball == nil || !s.Policy.DiffWanted():
		return r
	case s.Manifest.Private:
		r.why = "the package is private: it has no releases"
		return r
	case c.Previous == NoPrevious:
		return comparison{last: policy.Release{Known: true}, why: "-previous-version none: this is the first release"}
	}
	if r.err = in.readable(); r.err != nil {
		return r
	}
	if why := in.unaskable(c.Net, scopes, "the last tarball with -previous"); why != "" {
		r.err = fmt.Errorf("%s", why)
		return r
	}
	client, err := c.registry()
	if err != nil {
		r.err = err
		return r
	}
	if _, required := s.Policy.DiffRequired(); !required {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, asideBudget)
		defer cancel()
	}
	info, found, err := in.lastInfo(ctx, c.Judging, client, &r)
	if err != nil || !found {
		r.err = err
		return r
	}
	data, err := client.Tarball(ctx, info, tarball.MaxPacked)
	if err != nil {
		r.err = err
		return r
	}
	from, err := readRelease(data, fmt.Sprintf("%s@%s", info.Name, info.Version))
	if err != nil {
		r.err = err
		return r
	}
	r.diff = release.Compare(from, s.Tarball)
	r.diff.From.Version = info.Version // by which the registry has it, whatever it says itself
	r.diff.From.Provenance = release.No
	if info.Provenance {
		r.diff.From.Provenance = release.Yes
	}
	if c.Publish != Never {
		r.diff.To.Provenance = release.No // this version attaches none
	}
	r.ages = in.readAges(ctx, c.Net, client, scopes, r.diff)
	return r
}

// readable is nil if the tarball that is judged could be read to its end.
func (in *input) readable() error {
	if t := in.subject.Tarball; t.Manifest == nil {
		return fmt.Errorf("%s could not be read to its end", t.File)
	}
	return nil
}

// lastInfo finds the last release. found is false when there is none, and r
// then says why.
func (in *input) lastInfo(ctx context.Context, c Judging, client *registry.Client, r *comparison) (registry.Info, bool, error) {
	m := in.subject.Manifest
	if c.Previous != "" {
		info, found, err := client.Version(ctx, m.Name, c.Previous)
		if err == nil && !found {
			err = fmt.Errorf("the registry has no %s@%s, the -previous-version", m.Name, c.Previous)
		}
		return info, found, err
	}
	this, err := npm.ParseVersion(m.Version)
	if err != nil { // not reached: unaskable says so
		return registry.Info{}, false, err
	}
	var all listing
	if in.subject.Policy.CountsReleases() {
		all.list, all.found, all.err = client.Releases(ctx, m.Name)
		r.listed = &all
	} else {
		all.list, all.found, all.err = client.ReleasesInBrief(ctx, m.Name)
	}
	if all.err = orNone(client, all.err); all.err != nil {
		return registry.Info{}, false, all.err
	}
	if !all.found && m.Name[0] == '@' && !client.Authenticated() {
		return registry.Info{}, false, fmt.Errorf("the registry has no %s, or none that it shows without a token: give one, or say -previous-version none", m.Name)
	}
	r.last.Known = true
	last, found := registry.Before(all.list, this)
	if !found {
		r.why = "the registry has no release before this one"
		return registry.Info{}, false, nil
	}
	r.last.Version, r.last.Published = last.Number.Canonical(), last.Published
	return last.Info, true, nil
}

// compareFile compares with a tarball that the user named.
func (in *input) compareFile(c Judging) (*release.Diff, policy.Release, error) {
	s, none := in.subject, policy.Release{}
	if s.Tarball == nil {
		return nil, none, fmt.Errorf("%w: -previous needs a tarball to compare with: give one with -tarball", ErrUsage)
	}
	data, err := disk.ReadNamed(c.PreviousTarball, tarball.MaxPacked)
	if err != nil {
		return nil, none, fmt.Errorf("-previous: %w", err)
	}
	if err := in.readable(); err != nil {
		return nil, none, err
	}
	named := filepath.Base(c.PreviousTarball)
	from, err := readRelease(data, named)
	if err != nil {
		return nil, none, err
	}
	if name := from.Manifest.Name; name != s.Manifest.Name {
		return nil, none, fmt.Errorf("%w: -previous %s is of the package %+q, not of %s", ErrUsage, named, name, s.Manifest.Name)
	}
	last, err := givenBelow("-previous", from.Manifest.Version, s.Manifest.Version)
	if err != nil {
		return nil, none, err
	}
	if c.Previous != "" && c.Previous != last.Canonical() {
		return nil, none, fmt.Errorf("%w: -previous is version %s, -previous-version says %s", ErrUsage, last, c.Previous)
	}
	d := release.Compare(from, s.Tarball)
	d.From.File = named
	if last.Prerelease() != "" {
		return d, none, nil // to compare with, but no release that a deadline counts
	}
	return d, policy.Release{Known: true, Version: last.Canonical()}, nil
}

// readRelease reads the tarball of an earlier release, within the same limits
// as the one that is judged. Where it departs from the profile is past; what
// could not be read to its end cannot be compared.
func readRelease(data []byte, name string) (*tarball.Tarball, error) {
	t, err := tarball.Read(data, name, tarball.Options{AnyRoot: true, NoSecrets: true})
	if err != nil {
		return nil, err
	}
	if t.Manifest == nil {
		why := "it holds no package.json that can be read"
		if len(t.Violations) > 0 {
			why = t.Violations[len(t.Violations)-1].Text
		}
		return nil, fmt.Errorf("the tarball of the last release, %s, could not be read to its end: %s", name, why)
	}
	return t, nil
}

// readAges finds out when the new dependencies were first published, as far as
// the registry may be asked about them. It returns why it could not, if so.
func (in *input) readAges(ctx context.Context, c Net, client *registry.Client, scopes advisory.Scopes, d *release.Diff) (why string) {
	added := d.Dependencies.Added
	var names []string
	for _, dep := range added {
		if !dep.Local {
			names = append(names, dep.Name)
		}
	}
	names = slices.Compact(names)
	asked := scopes.May(c.Registry, in.subject.Graph, names)
	if len(asked) < len(names) {
		why = "some come from a registry that is not asked"
	}
	if len(asked) > maxAges {
		asked, why = asked[:maxAges], fmt.Sprintf("there are more than %d", maxAges)
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	turn := make(chan struct{}, planParallel)
	for _, name := range asked {
		turn <- struct{}{}
		group.Go(func() {
			list, _, err := client.Releases(ctx, name)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				why = display.Text(err.Error())
			}
			for i := range added {
				for _, r := range list {
					if dep := &added[i]; dep.Name == name && !r.Published.IsZero() && (dep.First.IsZero() || r.Published.Before(dep.First)) {
						dep.First = r.Published
					}
				}
			}
			<-turn
		})
	}
	group.Wait()
	return why
}
