package cli

import (
	"cmp"
	"context"
	"strings"

	"github.com/publishgate/publishgate/internal/verify"
)

// A trust gets each trusted root once, when it is needed.
type trust struct {
	v       *verification
	targets *verify.Targets // of the TUF repository; nil: not opened yet
	public  *verify.Root
	github  *verify.Root
	keys    *verify.Keys
}

// roots returns the roots that are already there.
func (t *trust) roots() []*verify.Root {
	roots := t.v.roots
	for _, r := range []*verify.Root{t.public, t.github} {
		if r != nil {
			roots = append(roots, r)
		}
	}
	return roots
}

// need gets the root that a bundle may need. It fetches nothing if a key or roots
// are given.
func (t *trust) need(ctx context.Context, b *verify.Bundle) (err error) {
	switch {
	case len(t.v.roots) > 0 || t.v.key != nil:
		return nil
	case b.PrivateGitHub() && t.v.tuf.URL == verify.PublicGood:
		if t.github != nil {
			return nil
		}
		repository := t.v.tuf
		repository.URL, repository.Root = verify.GitHub, verify.GitHubRoot()
		targets, err := repository.Open(ctx)
		if err != nil {
			return err
		}
		t.github, err = rootOf(targets)
		return err
	case t.public != nil:
		return nil
	}
	if err := t.open(ctx); err != nil {
		return err
	}
	t.public, err = rootOf(t.targets)
	return err
}

func rootOf(targets *verify.Targets) (*verify.Root, error) {
	data, err := targets.Get(verify.TrustedRoot)
	if err != nil {
		return nil, err
	}
	return verify.ParseRoot(data)
}

func (t *trust) open(ctx context.Context) (err error) {
	if t.targets == nil {
		t.targets, err = t.v.tuf.Open(ctx)
	}
	return err
}

// npmKeys returns the keys of npm's public registry from the TUF repository.
func (t *trust) npmKeys(ctx context.Context) (*verify.Keys, error) {
	if t.keys != nil {
		return t.keys, nil
	}
	if err := t.open(ctx); err != nil {
		return nil, err
	}
	data, err := t.targets.Get(verify.NPMKeys)
	if err != nil {
		return nil, err
	}
	t.keys, err = verify.ParseTUFKeys(data)
	return t.keys, err
}

// verify verifies the bundles of one file. If there are several and the flags
// name a predicate type, it verifies only those that claim to have it.
func (t *trust) verify(ctx context.Context, at string, bundles []*verify.Bundle, a verify.Artifact) ([]verify.Check, error) {
	chosen := bundles
	if t.v.predicate != "" && len(bundles) > 1 {
		chosen = nil
		for _, b := range bundles {
			if s, ok := b.ClaimedStatement(); ok && s.PredicateType == t.v.predicate {
				chosen = append(chosen, b)
			}
		}
	}
	if len(chosen) == 0 {
		return []verify.Check{verify.Missing(at, strings.TrimSuffix("an attestation of "+t.v.predicate, " of "))}, nil
	}
	var checks []verify.Check
	named, summed := false, false
	for i, b := range chosen {
		if err := t.need(ctx, b); err != nil {
			return nil, err
		}
		want := verify.Want{Identity: t.v.who, Key: t.v.key, Artifact: &a,
			PredicateType: cmp.Or(t.v.predicate, b.Declared)}
		if b.Publishes() && t.v.key == nil { // npm's registry signs this one, with its own key
			want.Identity = nil
			var err error
			if want.Keys, err = t.npmKeys(ctx); err != nil {
				return nil, err
			}
		}
		if b.Summarises() || len(chosen) == 1 {
			want.Summary = &t.v.summary
		}
		named, summed = named || want.Keys == nil, summed || want.Summary != nil
		checks = append(checks, b.Verify(numbered(at, i, len(chosen)), want, t.roots()...)...)
	}
	if !named {
		checks = append(checks, verify.Unsigned(at))
	}
	if !summed && t.v.summary.Asked() {
		checks = append(checks, verify.Unsummed(at))
	}
	return checks, nil
}
