package gate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/release"
	"github.com/publishgate/publishgate/internal/tarball"
)

const maxAges = 40 // the most new dependencies whose age is asked for

// A difference is the result of comparing the tarball with that of the last
// release.
type difference struct {
	diff   *release.Diff
	last   policy.Release // as much as is known about it
	listed *listing       // what the registry answered, so that nobody asks twice
	ages   string         // why the age of a new dependency is unknown; empty: it is known
	why    string         // why there was nothing to compare; empty: there was
	err    error          // the comparison failed, or what the user asked for was wrong
	asked  bool           // err is about what the user named, so it always stops the run
}

// A listing is the registry's list of all versions.
type listing struct {
	list  []registry.Release
	tags  map[string]string // dist-tag → version
	found bool
	err   error
}

// An own is what the registry said of the package that is judged, so that nobody
// asks twice.
type own struct {
	mutex       sync.Mutex
	brief, full *listing

	compared chan struct{} // closed when the comparison has asked, or will not; nil: nothing is compared
}

// later is list for whoever is not the comparison: it asks first, since it may need
// the dates, which are in the bigger answer.
func (o *own) later(ctx context.Context, client *registry.Client, name string, dated bool) listing {
	if o.compared != nil {
		select {
		case <-o.compared:
		case <-ctx.Done():
		}
	}
	return o.list(ctx, client, name, dated)
}

// list returns the versions of the package, with their dates if dated says so. An
// answer is kept, a failure is not.
func (o *own) list(ctx context.Context, client *registry.Client, name string, dated bool) listing {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	switch {
	case o.full != nil:
		return *o.full
	case o.brief != nil && !dated:
		return *o.brief
	}
	p, found, err := client.Package(ctx, name, dated)
	l := &listing{p.Releases, p.Tags, found, err}
	switch {
	case err != nil:
	case dated:
		o.full = l
	default:
		o.brief = l
	}
	return *l
}

// compares reports whether the run may compare the tarball with the last release.
func (c *Config) compares(m *npm.Manifest, pol *policy.Effective) bool {
	return c.PreviousTarball != "" || !c.Offline && !m.Private && c.Previous != NoPrevious && pol.DiffWanted()
}

// difference finds the last release and compares the tarball with it. asked is
// called when it has asked for the versions, or will not.
func (l lastRelease) difference(ctx context.Context, asked func()) (d difference) {
	defer asked()
	switch {
	case l.PreviousTarball != "":
		asked()
		d.asked = true
		d.diff, d.last, d.err = l.withFile()
		if client, err := l.registry(); d.err == nil && !l.Offline && err == nil {
			ctx, cancel := context.WithTimeout(ctx, asideBudget)
			defer cancel()
			d.ages = readAges(ctx, l.inquiry, client, d.diff)
		}
		return d
	case l.tarball == nil || !l.policy.DiffWanted():
		return d
	case l.manifest.Private:
		d.why = "the package is private: it has no releases"
		return d
	case l.Previous == NoPrevious:
		return difference{last: policy.Release{Known: true}, why: "-previous-version none: this is the first release"}
	}
	if _, required := l.policy.DiffRequired(); !required {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, asideBudget)
		defer cancel()
	}
	d.err = l.withRegistry(ctx, &d, asked)
	return d
}

// withRegistry compares the tarball with the last release in the registry.
func (l lastRelease) withRegistry(ctx context.Context, d *difference, asked func()) error {
	if err := l.readable(); err != nil {
		return err
	}
	this, why := l.askable("the last tarball with -previous")
	if why != "" {
		return errors.New(why)
	}
	client, err := l.registry()
	if err != nil {
		return err
	}
	info, found, err := l.info(ctx, client, this, d)
	asked()
	if err != nil || !found {
		return err
	}
	data, err := client.Tarball(ctx, info, tarball.MaxPacked)
	if err != nil {
		return err
	}
	from, err := readRelease(data, fmt.Sprintf("%s@%s", info.Name, info.Version))
	if err != nil {
		return err
	}
	d.diff = release.Compare(from, l.tarball)
	d.diff.From.Version = info.Version // the registry's version counts, whatever the tarball says
	d.diff.From.Provenance = release.No
	if info.Provenance {
		d.diff.From.Provenance = release.Yes
	}
	if l.publishes {
		d.diff.To.Provenance = release.No // until it is known to be sent with it
	}
	d.ages = readAges(ctx, l.inquiry, client, d.diff)
	return nil
}

// readable returns an error if the judged tarball could not be read to its end.
func (l lastRelease) readable() error {
	if l.tarball.Manifest == nil {
		return fmt.Errorf("%s could not be read to its end", l.tarball.File)
	}
	return nil
}

// info finds the last release in the registry. If there is none, found is false
// and d says why.
func (l lastRelease) info(ctx context.Context, client *registry.Client, this npm.Version, d *difference) (registry.Info, bool, error) {
	m := l.manifest
	if l.Previous != "" {
		info, found, err := client.Version(ctx, m.Name, l.Previous)
		if err == nil && !found {
			err = fmt.Errorf("the registry has no %s@%s, the -previous-version", m.Name, l.Previous)
		}
		return info, found, err
	}
	dated := l.policy.CountsReleases() // by their dates, which the short list lacks
	all := l.own.list(ctx, client, m.Name, dated)
	if dated {
		d.listed = &all
	}
	if all.err = orNone(client, all.err); all.err != nil {
		return registry.Info{}, false, all.err
	}
	if !all.found && m.Name[0] == '@' && !client.Authenticated() {
		return registry.Info{}, false,
			fmt.Errorf("the registry has no %s, or none that it shows without a token: give one, or say -previous-version none", m.Name)
	}
	d.last.Known = true
	last, found := registry.Before(all.list, this)
	if !found {
		d.why = "the registry has no release before this one"
		return registry.Info{}, false, nil
	}
	d.last.Version, d.last.Published = last.Number.Canonical(), last.Published
	return last.Info, true, nil
}

// withFile compares the tarball with one that the user named.
func (l lastRelease) withFile() (*release.Diff, policy.Release, error) {
	var none policy.Release
	if l.tarball == nil {
		return nil, none, fmt.Errorf("%w: -previous needs a tarball to compare with: give one with -tarball", ErrUsage)
	}
	data, err := disk.ReadNamed(l.PreviousTarball, tarball.MaxPacked)
	if err != nil {
		return nil, none, fmt.Errorf("-previous: %w", err)
	}
	if err := l.readable(); err != nil {
		return nil, none, err
	}
	named := filepath.Base(l.PreviousTarball)
	from, err := readRelease(data, named)
	if err != nil {
		return nil, none, err
	}
	if name := from.Manifest.Name; name != l.manifest.Name {
		return nil, none, fmt.Errorf("%w: -previous %s is of the package %+q, not of %s", ErrUsage, named, name, l.manifest.Name)
	}
	last, err := givenBelow("-previous", from.Manifest.Version, l.manifest.Version)
	if err != nil {
		return nil, none, err
	}
	if l.Previous != "" && l.Previous != last.Canonical() {
		return nil, none, fmt.Errorf("%w: -previous is version %s, -previous-version says %s", ErrUsage, last, l.Previous)
	}
	d := release.Compare(from, l.tarball)
	d.From.File = named
	if last.Prerelease() != "" {
		return d, none, nil // it can be compared, but it is no release that a deadline counts from
	}
	return d, policy.Release{Known: true, Version: last.Canonical()}, nil
}

// readRelease reads the tarball of an earlier release, within the same limits as
// the judged one. Violations of the tarball profile do not matter, because that
// release is already out. A tarball that cannot be read to its end cannot be
// compared.
func readRelease(data []byte, name string) (*tarball.Tarball, error) {
	t, err := tarball.Read(data, name, tarball.Options{AnyRoot: true, NoSecrets: true, Digests: true})
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

// readAges finds out when the new dependencies were first published. It asks the
// registry only about names that it may be asked about. It returns why an age is
// unknown, or "".
func readAges(ctx context.Context, q inquiry, client *registry.Client, d *release.Diff) (why string) {
	added := d.Dependencies.Added
	var names []string
	for _, dep := range added {
		if !dep.Local {
			names = append(names, dep.Name)
		}
	}
	names = slices.Compact(names)
	asked := q.may(names)
	if len(asked) < len(names) {
		why = "some come from a registry that is not asked"
	}
	if len(asked) > maxAges {
		asked, why = asked[:maxAges], fmt.Sprintf("there are more than %d", maxAges)
	}
	var mu sync.Mutex
	sideBySide(planParallel, len(asked), func(i int) {
		list, _, err := client.Releases(ctx, asked[i])
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			why = err.Error()
		}
		for j := range added {
			dep := &added[j]
			for _, r := range list {
				if dep.Name == asked[i] && !r.Published.IsZero() && (dep.First.IsZero() || r.Published.Before(dep.First)) {
					dep.First = r.Published
				}
			}
		}
	})
	return why
}
