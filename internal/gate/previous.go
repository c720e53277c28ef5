package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
)

// asideBudget is how long the registry may take over questions that a verdict
// can do without, the strict way.
const asideBudget = 20 * time.Second

// readPrevious finds the release before this one, where an advisory's deadline
// is counted from it. Not knowing it is no error: the deadlines are then read
// strictly, and the report says so. listed is what the registry was heard to say
// already; nil: nothing.
func (in *input) readPrevious(ctx context.Context, c Config, scopes advisory.Scopes, listed *listing) error {
	m := in.subject.Manifest
	if c.Previous != "" {
		return in.givenPrevious(c.Previous)
	}
	if in.previous.Known || !in.countsReleases() { // known of the tarball that was given
		return nil
	}
	const what = "last published version"
	unknown := func(format string, args ...any) {
		in.skip(what, "%s; sla deadlines that are counted in releases are read strictly", fmt.Sprintf(format, args...))
	}
	if why := in.unaskable(c.Net, scopes, "it with -previous-version"); why != "" {
		unknown("%s", why)
		return nil
	}
	version, err := npm.ParseVersion(m.Version)
	if err != nil { // not reached: unaskable says so
		return err
	}
	client, err := c.registry()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, asideBudget)
	defer cancel()
	if listed == nil {
		listed = &listing{}
		listed.list, listed.found, listed.err = client.Releases(ctx, m.Name)
	}
	list, found := listed.list, listed.found
	if err := orNone(client, listed.err); err != nil {
		unknown("%s", display.Text(err.Error()))
		return nil
	}
	in.previous = policy.Release{Known: true}
	if last, ok := registry.Before(list, version); found && ok {
		in.previous.Version, in.previous.Published = last.Number.Canonical(), last.Published
	}
	return nil
}

// orNone takes a registry that sends the question for our own package to another
// origin for one that does not have it; without a token that may be a log-in.
func orNone(client *registry.Client, err error) error {
	if registry.Elsewhere(err) && client.Authenticated() {
		return nil
	}
	return err
}

// givenPrevious takes the user's word; the day of that release stays unknown.
func (in *input) givenPrevious(given string) error {
	in.previous = policy.Release{Known: true}
	if given == NoPrevious {
		return nil
	}
	last, err := givenBelow("-previous-version", given, in.subject.Manifest.Version)
	if err != nil {
		return err
	}
	if last.Prerelease() != "" {
		return fmt.Errorf("%w: -previous-version %s is a prerelease: name the last release", ErrUsage, last)
	}
	in.previous.Version = last.Canonical()
	return nil
}

// givenBelow reads a version that the user gave for an earlier one.
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

// unaskable says why the registry is not asked for the release before this one;
// empty: it is. give names what the user can give instead.
func (in *input) unaskable(c Net, scopes advisory.Scopes, give string) string {
	m := in.subject.Manifest
	_, err := npm.ParseVersion(m.Version)
	switch {
	case err != nil || m.Name == "":
		return "package.json has no name and version to compare with"
	case m.Private:
		return "the package is private, no registry is asked about it"
	case scopes.Elsewhere(m.Name, c.Registry):
		return "the scope has a registry of its own, no other is asked about it: give " + give
	case c.Offline:
		return "-offline: give " + give
	}
	return ""
}

// countsReleases reports whether an advisory that was found has a deadline in
// releases.
func (in *input) countsReleases() bool {
	for _, m := range in.subject.Advisories {
		if in.subject.Policy.ByRelease(m.Record.Severity) {
			return true
		}
	}
	return false
}

// registry is the client for reading; what it is asked for goes to the
// registry that the user named and nowhere else.
func (c Net) registry() (*registry.Client, error) {
	return registry.New(registry.Options{Registry: c.Registry, Token: c.Token, UserAgent: c.agent(), Transport: c.Transport, Now: c.Now})
}
