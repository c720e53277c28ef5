package gate

import (
	"cmp"
	"context"
	"slices"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/support"
)

// readSupported reads the file that says which versions are supported, if the
// policy names one: prose, so that on a change under test it is that of the change.
// nil means that nobody asks.
func readSupported(e *policy.Effective, p place, name string) (*check.Supported, error) {
	file := e.Versions.Table()
	if file == "" {
		return nil, nil
	}
	names := []string{file}
	if slices.Contains(securityFiles, file) {
		names = append(names, securityFiles...)
	}
	text, shown, err := p.first(names, maxSecurityDoc)
	if err != nil {
		return nil, err
	}
	if text == nil {
		return &check.Supported{File: file}, nil
	}
	return &check.Supported{File: shown, Table: support.Read(string(text), name)}, nil
}

// distTags returns the dist-tags that the package would be published under, by
// this run or after it. given: the first one is said, and not the default.
func distTags(c Acting, m *npm.Manifest) (tags []string, given bool) {
	first := cmp.Or(c.Tag, m.PublishConfig["tag"])
	return append([]string{cmp.Or(first, "latest")}, c.Tags...), first != ""
}

// readPublished asks the registry which versions and dist-tags the package has, if
// the policy asks something that depends on it. What it was asked already is not
// asked again. A package that is not there has none.
func readPublished(ctx context.Context, q inquiry, s *check.Subject, previous string) (*check.Published, []check.Unchecked) {
	keys := s.Policy.Versions.Asks()
	if len(keys) == 0 || s.SentManifest().Private {
		return nil, nil
	}
	unknown := func(why string) (*check.Published, []check.Unchecked) {
		var not []check.Unchecked
		for _, key := range keys {
			not = append(not, check.Unchecked{Key: key, Why: why})
		}
		return nil, not
	}
	name := s.Manifest.Name
	switch {
	case name == "":
		return unknown("package.json has no name")
	case q.Offline:
		return unknown("-offline: which versions are out, and which of them are deprecated, is known to the registry")
	case len(q.may([]string{name})) == 0:
		return unknown("no registry may be asked about the package")
	}
	client, err := q.registry()
	if err != nil {
		return unknown(err.Error())
	}
	ctx, cancel := context.WithTimeout(ctx, asideBudget)
	defer cancel()
	all := q.own.later(ctx, client, name, false)
	if err := orNone(client, all.err); err != nil {
		return unknown(err.Error())
	}
	if !all.found && name[0] == '@' && !client.Authenticated() && previous != NoPrevious {
		return unknown("the registry has no " + name + ", or none that it shows without a token: give one, or say -previous-version none")
	}
	published := &check.Published{Tags: all.tags}
	for _, r := range all.list {
		published.Releases = append(published.Releases, check.PublishedVersion{Number: r.Number, Deprecated: r.Deprecated})
	}
	if !s.Policy.Versions.Superseded || len(all.list) == 0 {
		return published, nil
	}
	asked := advisory.Asked{Name: name, Versions: []string{advisory.AnyVersion}}
	for _, r := range all.list {
		asked.Versions = append(asked.Versions, r.Number.Canonical())
	}
	known, statuses, err := advisory.SeekAll(ctx, q.sources, []advisory.Asked{asked}, q.required)
	const key = "versions.superseded"
	switch {
	case err != nil:
		return published, []check.Unchecked{{Key: key, Why: "the advisories about the package itself: " + err.Error()}}
	case len(advisory.Unasked(statuses)) > 0:
		return published, []check.Unchecked{{Key: key, Why: "no advisory source may be asked about the package itself"}}
	}
	published.Known = known
	return published, nil
}
