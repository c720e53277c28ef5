package gate

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/source"
)

// readMaintainers asks the registry who may publish the package, if the policy
// says who has acknowledged it. A package that is not there has nobody.
func readMaintainers(ctx context.Context, q inquiry, s *check.Subject) (names []string, not []check.Unchecked) {
	const key = "about.acknowledged-by"
	if s.Policy.About.Acknowledged == nil || s.Manifest.Private {
		return nil, nil
	}
	unknown := func(why string) ([]string, []check.Unchecked) { return nil, []check.Unchecked{{Key: key, Why: why}} }
	if q.Offline {
		return unknown("-offline: who may publish the package is known to the registry")
	}
	if len(q.may([]string{s.Manifest.Name})) == 0 {
		return unknown("no registry may be asked about the package")
	}
	client, err := q.registry()
	if err != nil {
		return unknown(err.Error())
	}
	ctx, cancel := context.WithTimeout(ctx, asideBudget)
	defer cancel()
	names, err = client.Maintainers(ctx, s.Manifest.Name)
	if err := orNone(client, err); err != nil {
		return unknown(err.Error())
	}
	return names, nil
}

// policyChange compares the policy file with the one before: on a change under
// test that of the base commit, else that of the last release, by its tag. nil
// means that nothing differs, or that it was not compared: not says why, if the
// policy asks for a list of changes.
//
// The days on which something was reviewed or stated, and exceptions, are kept
// up to date within a policy and are no changes of it.
func policyChange(w Where, r rules, p place, git gitCheckout, name string, last policy.Release) (c *check.PolicyChange, not string,
	err error) {
	switch {
	case r.policy.About.Changes == nil:
		return nil, "", nil
	case w.Policy != "":
		return nil, "the policy file was named with -policy: what it was before is not known here", nil
	case git.repo == nil:
		return nil, git.none.Error(), nil
	}
	if git.base != nil {
		since := "base commit " + git.base.Short()
		data, file, err := p.either(".publishgate.yml", maxPolicy)
		if err != nil {
			return nil, "", err
		}
		now, err := policy.Parse(data, file)
		if err != nil || data == nil {
			return &check.PolicyChange{Since: since}, "", nil // it will be exit 2 once it is merged
		}
		return changed(r.parsed, now, name, since), "", nil
	}
	if last.Version == "" {
		if last.Known {
			return nil, "", nil // the first release changes nothing
		}
		return nil, "the last release is not known", nil
	}
	v, err := git.release(name, last.Version)
	if err != nil || v == nil {
		return nil, "the clone has no commit of release " + last.Version + ": fetch the whole of it, with its tags", err
	}
	for _, at := range []string{path.Join(p.dir, ".publishgate.yml"), ".publishgate.yml"} {
		data, err := git.repo.ReadFile(v, at, maxPolicy)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", gitError(err)
		}
		before, err := policy.Parse(data, at)
		if err != nil {
			return nil, "the policy file of release " + last.Version + " is one that this version cannot read", nil
		}
		return changed(before, r.parsed, name, "release "+last.Version), "", nil
	}
	return nil, "release " + last.Version + " had no policy file", nil
}

// release returns the commit of a release, by one of the usual tags; nil: there
// is no such tag here.
func (c gitCheckout) release(name, version string) (*source.Revision, error) {
	for _, tag := range source.TagNames(name, version) {
		sha, err := c.repo.Tag(tag)
		if err != nil {
			return nil, gitError(err)
		}
		if sha == "" {
			continue
		}
		v, err := c.repo.Revision(sha)
		if errors.Is(err, source.ErrMissing) { // a shallow clone has the tag alone
			return nil, nil
		}
		return v, err
	}
	return nil, nil
}

// changed compares two policies.
func changed(before, now *policy.Policy, name, since string) *check.PolicyChange {
	was, is := before.For(name, policy.Flags{}), now.For(name, policy.Flags{})
	if bytes.Equal(was.Lasting(), is.Lasting()) {
		return nil
	}
	return &check.PolicyChange{Since: since, Logged: len(is.About.Changes) > len(was.About.Changes)}
}
