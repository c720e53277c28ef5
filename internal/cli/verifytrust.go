package cli

import (
	"cmp"
	"context"
	"strings"

	"github.com/publishgate/publishgate/internal/verify"
)

// A trust is what a verification trusts.
type trust struct {
	*verify.Trust
	v *verification
}

func newTrust(v *verification) *trust {
	return &trust{&verify.Trust{Given: v.roots, TUF: v.tuf, Bare: v.key != nil}, v}
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
		if err := t.Need(ctx, b); err != nil {
			return nil, err
		}
		want := verify.Want{Identity: t.v.who, Key: t.v.key, Artifact: &a,
			PredicateType: cmp.Or(t.v.predicate, b.Declared)}
		if b.Publishes() && t.v.key == nil { // npm's registry signs this one, with its own key
			want.Identity = nil
			var err error
			if want.Keys, err = t.NPMKeys(ctx); err != nil {
				return nil, err
			}
		}
		if b.Summarises() || len(chosen) == 1 {
			want.Summary = &t.v.summary
		}
		named, summed = named || want.Keys == nil, summed || want.Summary != nil
		checks = append(checks, b.Verify(numbered(at, i, len(chosen)), want, t.Roots()...)...)
	}
	if !named {
		checks = append(checks, verify.Unsigned(at))
	}
	if !summed && t.v.summary.Asked() {
		checks = append(checks, verify.Unsummed(at))
	}
	return checks, nil
}
