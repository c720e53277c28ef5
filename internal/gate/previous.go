package gate

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/release"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/tarball"
)

// asideBudget is how long the registry may take over questions that a verdict can
// do without. Unanswered, they are judged the strict way.
const asideBudget = 20 * time.Second

// A lastRelease is what is needed to find the release before this one and to
// compare with it.
type lastRelease struct {
	Judging
	inquiry
	publishes bool // this run publishes
	policy    *policy.Effective
	manifest  *npm.Manifest
	tarball   *tarball.Tarball // nil: there is none to compare
}

// A comparison is the result of looking at the last release.
type comparison struct {
	release policy.Release // as much as is known about it
	diff    *release.Diff
	skipped []report.Skip
}

// compare starts the comparison with the last release, which runs while the
// advisory sources are asked. finish waits for it. If a deadline for one of the
// advisories found is counted in releases, finish also finds out which release
// was last. The caller need not call finish. A comparison that could not be made
// is noted; it is an error if the policy lets a rule about it block.
func (l lastRelease) compare(ctx context.Context) (finish func(found []advisory.Match) (comparison, error)) {
	done := make(chan difference, 1)
	l.own.compared = make(chan struct{})
	asked := sync.OnceFunc(func() { close(l.own.compared) })
	go func() { done <- l.difference(ctx, asked) }()
	return func(found []advisory.Match) (c comparison, err error) {
		d := <-done
		counts := func(m advisory.Match) bool { return l.policy.ByRelease(m.Record.Severity) }
		switch {
		case l.Previous != "":
			c.release, err = l.given()
		case l.PreviousTarball != "" && d.last.Known:
		case slices.ContainsFunc(found, counts):
			c.release, c.skipped, err = l.find(ctx, d.listed)
		}
		if err != nil {
			return c, err
		}
		if c.diff = d.diff; !c.release.Known {
			c.release = d.last
		}
		if d.ages != "" {
			c.skipped = append(c.skipped, skip("age of new dependencies", "%s", d.ages))
		}
		const what = "release diff"
		rule, required := l.policy.DiffRequired()
		switch {
		case d.err == nil && d.why != "":
			c.skipped = append(c.skipped, skip(what, "%s", d.why))
		case d.err == nil:
		case d.asked:
			return c, d.err
		case required:
			return c, fmt.Errorf("the package could not be compared with the last release, and %s of the policy "+
				"blocks: %w", rule, d.err)
		default:
			c.skipped = append(c.skipped, skip(what, "%s", d.err.Error()))
		}
		return c, nil
	}
}

// find asks the registry for the release before this one. It is no error if that
// stays unknown: deadlines are then read strictly, and the report says so. listed
// is what the registry answered earlier; nil: it was not asked.
func (l lastRelease) find(ctx context.Context, listed *listing) (policy.Release, []report.Skip, error) {
	last, why, err := l.last(ctx, listed, true)
	if why != "" {
		return policy.Release{}, []report.Skip{skip("last published version",
			"%s; sla deadlines that are counted in releases are read strictly", why)}, nil
	}
	return last, nil, err
}

// last asks the registry for the release before this one, or says why it is not
// known. listed is as in find. Its day is told if dated says so.
func (l lastRelease) last(ctx context.Context, listed *listing, dated bool) (last policy.Release, why string, err error) {
	this, why := l.askable("it with -previous-version")
	if why != "" {
		return last, why, nil
	}
	client, err := l.registry()
	if err != nil {
		return last, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, asideBudget)
	defer cancel()
	if listed == nil {
		all := l.own.later(ctx, client, l.manifest.Name, dated)
		listed = &all
	}
	if err := orNone(client, listed.err); err != nil {
		return last, err.Error(), nil
	}
	last.Known = true
	if before, ok := registry.Before(listed.list, this); listed.found && ok {
		last.Version, last.Published = before.Number.Canonical(), before.Published
	}
	return last, "", nil
}

// orNone returns nil if the registry redirects the question about our own package
// to another origin: it does not have the package then. Without a token the
// redirect may lead to a log-in, so that the error stays.
func orNone(client *registry.Client, err error) error {
	if registry.Elsewhere(err) && client.Authenticated() {
		return nil
	}
	return err
}

// given returns the release that the user named. Its date stays unknown.
func (l lastRelease) given() (policy.Release, error) {
	if l.Previous == NoPrevious {
		return policy.Release{Known: true}, nil
	}
	last, err := givenBelow("-previous-version", l.Previous, l.manifest.Version)
	if err == nil && last.Prerelease() != "" {
		err = fmt.Errorf("%w: -previous-version %s is a prerelease: name the last release", ErrUsage, last)
	}
	return policy.Release{Known: true, Version: last.Canonical()}, err
}

// givenBelow parses a version that the user gave as an earlier one, and checks
// that it is lower than version.
func givenBelow(flag, given, version string) (npm.Version, error) {
	last, err := npm.ParseVersion(given)
	if err != nil {
		return last, fmt.Errorf("%w: %s: %w", ErrUsage, flag, err)
	}
	if this, err := npm.ParseVersion(version); err == nil && last.Compare(this) >= 0 {
		return last, fmt.Errorf("%w: %s %s is not below %s, the version in package.json", ErrUsage, flag, last, this)
	}
	return last, nil
}

// askable returns the judged version, or why the registry cannot be asked for the
// release before it. give names what the user can state instead.
func (l lastRelease) askable(give string) (this npm.Version, why string) {
	m := l.manifest
	this, err := npm.ParseVersion(m.Version)
	switch {
	case err != nil || m.Name == "":
		why = "package.json has no name and version to compare with"
	case m.Private:
		why = "the package is private, no registry is asked about it"
	case l.scopes.Elsewhere(m.Name, l.inquiry.Registry):
		why = "the scope has a registry of its own, no other is asked about it: give " + give
	case l.Offline:
		why = "-offline: give " + give
	}
	return this, why
}
