package gate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/secret"
	"github.com/publishgate/publishgate/internal/tarball"
)

// A Baseline lists the candidates for secrets in a package, as a file.
type Baseline struct {
	Data      []byte // the file, in the format of detect-secrets' .secrets.baseline
	Known     []secret.Known
	Secrets   int      // number of candidates in it
	Unscanned []string // files, or parts of the search, that were left out; escaped
}

// WriteBaseline reads the package and lists every candidate for a secret in its
// tarball, whatever the policy says about it. It packs the tarball if none is
// named. It judges nothing. A tarball that two readers read differently has no
// certain contents: that is an error.
//
// scope is that of secrets.scope: with "commit" the files of the commit that is
// checked out are listed too; "" asks the policy file.
func WriteBaseline(ctx context.Context, c Where, scope string) (*Baseline, error) {
	p, err := findPlace(c.Dir)
	if err != nil {
		return nil, err
	}
	defer p.close()
	m, err := readManifest(p)
	if err != nil {
		return nil, err
	}
	judged, err := readPolicy(c, p, gitCheckout{}, m.Name)
	if err != nil {
		return nil, err
	}
	pol := judged.parsed.For(m.Name, policy.Flags{})
	if scope != "" {
		pol.Secrets.Commit = scope == "commit"
	}
	b := &Baseline{}
	known, err := b.committed(ctx, p, pol)
	if err != nil {
		return nil, err
	}
	t, err := readTarball(ctx, c, p, m, tarball.Options{})
	if err != nil {
		return nil, err
	}
	switch {
	case t == nil && pol.Secrets.Commit: // the root of a workspace
		t = &tarball.Tarball{}
	case t == nil:
		return nil, fmt.Errorf("%w: package.json has no name or no version, so that there is nothing to pack: name a "+
			"tarball with -tarball FILE", ErrUsage)
	}
	for _, v := range t.Violations {
		if v.Rule != tarball.RuleMode { // the other violations leave the contents in doubt
			return nil, fmt.Errorf("read %s: %s: %s; publishgate gate says more", t.File, v.Rule, v.Text)
		}
	}
	const root = "package/" // the profile admits no other root
	for _, s := range t.Secrets {
		known = append(known, secret.Known{Path: strings.TrimPrefix(s.Path, root), Rule: s.Rule, SHA1: s.SHA1, Line: s.Line})
	}
	for _, u := range t.Unscanned {
		b.Unscanned = append(b.Unscanned, display.Text(strings.TrimPrefix(u.Path, root))+": "+u.Why)
	}
	// What is packed and in the commit is one entry.
	slices.SortFunc(known, func(a, b secret.Known) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.SHA1, b.SHA1), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Line, b.Line))
	})
	known = slices.Compact(known)
	b.Known, b.Secrets = known, len(known)
	b.Data, err = secret.FormatBaseline(known)
	return b, err
}

// committed lists the candidates in the files of the commit, if the policy looks
// there.
func (b *Baseline) committed(ctx context.Context, p place, pol *policy.Effective) ([]secret.Known, error) {
	if !pol.Secrets.Commit {
		return nil, nil
	}
	git, err := openCheckout(p)
	if err != nil {
		return nil, err
	}
	defer git.close()
	if git.repo == nil {
		return nil, fmt.Errorf("search the commit: %w", git.none)
	}
	blobs, err := git.repo.Blobs(git.head)
	if err != nil {
		return nil, gitError(err)
	}
	found, err := searchBlobs(ctx, git.repo, blobs)
	if err != nil {
		return nil, gitError(err)
	}
	var known []secret.Known
	for _, c := range found.Secrets {
		known = append(known, secret.Known{Path: p.up(c.Path), Rule: c.Rule, SHA1: c.SHA1, Line: c.Line})
	}
	for _, u := range found.Unscanned {
		b.Unscanned = append(b.Unscanned, display.Text(p.up(u.Path))+": "+u.Why)
	}
	return known, nil
}
