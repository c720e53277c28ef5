package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/say"
)

// asideBudget is how long the registry may take over questions that a verdict
// can do without, the strict way.
const asideBudget = 20 * time.Second

// readPrevious finds the release before this one, where an advisory's deadline
// is counted from it. Not knowing it is no error: the deadlines are then read
// strictly, and the report says so.
func (in *input) readPrevious(ctx context.Context, c Config, scopes advisory.Scopes) error {
	m := in.subject.Manifest
	if c.Previous != "" {
		return in.givenPrevious(c.Previous)
	}
	if !in.countsReleases() {
		return nil
	}
	const what = "last published version"
	unknown := func(format string, args ...any) {
		in.skip(what, "%s; sla deadlines that are counted in releases are read strictly", fmt.Sprintf(format, args...))
	}
	version, err := npm.ParseVersion(m.Version)
	switch {
	case err != nil || m.Name == "":
		unknown("package.json has no name and version to compare with")
		return nil
	case m.Private:
		unknown("the package is private, no registry is asked about it")
		return nil
	case c.ownScope(scopes, m.Name):
		unknown("the scope has a registry of its own, no other is asked about it: give it with -previous-version")
		return nil
	case c.Offline:
		unknown("-offline: give it with -previous-version")
		return nil
	}
	client, err := c.registry()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, asideBudget)
	defer cancel()
	list, found, err := client.Releases(ctx, m.Name)
	if err != nil {
		unknown("%s", say.Text(err.Error()))
		return nil
	}
	in.previous = policy.Release{Known: true}
	if last, ok := registry.Before(list, version); found && ok {
		in.previous.Version, in.previous.Published = last.Number.Canonical(), last.Published
	}
	return nil
}

// givenPrevious takes the user's word; the day of that release stays unknown.
func (in *input) givenPrevious(given string) error {
	in.previous = policy.Release{Known: true}
	if given == NoPrevious {
		return nil
	}
	last, err := npm.ParseVersion(given)
	if err != nil {
		return fmt.Errorf("%w: -previous-version: %w", ErrUsage, err)
	}
	if this, err := npm.ParseVersion(in.subject.Manifest.Version); err == nil && last.Compare(this) >= 0 {
		return fmt.Errorf("%w: -previous-version %s is not below %s, the version in package.json", ErrUsage, last, this)
	}
	if last.Prerelease() != "" {
		return fmt.Errorf("%w: -previous-version %s is a prerelease: name the last release", ErrUsage, last)
	}
	in.previous.Version = last.Canonical()
	return nil
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

// ownScope reports whether a package's scope has a registry of its own, other
// than the one that the user named: its names are told to nobody else.
func (c Config) ownScope(scopes advisory.Scopes, name string) bool {
	address, own := scopes.Own(name)
	return own && address != c.Registry
}

// registry is the client for reading; what it is asked for goes to the
// registry that the user named and nowhere else.
func (c Config) registry() (*registry.Client, error) {
	return registry.New(registry.Options{Registry: c.Registry, Token: c.Token, UserAgent: c.agent(), Transport: c.Transport, Now: c.Now})
}
