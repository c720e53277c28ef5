package gate

import (
	"cmp"
	"context"
	"fmt"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/verify"
)

const (
	maxSourceVSA = 8 << 20 // bytes of the file with a source VSA
	maxWhy       = 300     // characters of what is told of it
)

// readSourceVSA verifies the source VSA of the commit that is checked out, if the
// policy asks for one. The file is of the work tree, and is believed for nothing but
// its signature. An error means that there was nothing to verify it with.
func readSourceVSA(ctx context.Context, c Config, in *input, p place) (*check.SourceVSA, []check.Unchecked, error) {
	asked := in.policy.Source.VSA
	if asked == nil {
		return nil, nil, nil
	}
	unseen := func(why string) (*check.SourceVSA, []check.Unchecked, error) {
		return nil, []check.Unchecked{{Key: "source.vsa", Why: why}}, nil
	}
	repository := cmp.Or(asked.Repository, c.repository())
	why := cmp.Or(underTest(in), unplaced(c, in))
	switch {
	case why != "":
		return unseen(why)
	case repository == "":
		return unseen("which repository is released is not known outside of GitHub Actions: name it as source.vsa.repository")
	case c.Offline && c.Sigstore.TrustedRoot == "":
		return unseen("-offline: name the trusted root that verifies it with -trusted-root")
	}
	data, shown, err := p.either(asked.File, maxSourceVSA)
	v := &check.SourceVSA{File: cmp.Or(shown, asked.File), Commit: in.git.head.Short()}
	var bundles []*verify.Bundle
	switch {
	case err != nil:
	case data == nil:
		v.Missing = true
		return v, nil, nil
	default:
		bundles, err = verify.ParseBundles(data)
	}
	if err != nil {
		v.Why = display.Clip(err.Error(), maxWhy)
		return v, nil, nil
	}
	roots, err := newTrustBase(c.Net, c.Sigstore, nil).roots(ctx)
	if err != nil {
		return nil, nil, down(tufService, fmt.Errorf("source.vsa: the trusted root that verifies it: %w", err))
	}
	expected := verify.Revision{Commit: in.git.head.SHA, Repository: repository, Level: asked.Level, Ref: asked.Ref, Verifier: asked.Verifier}
	checks := expected.Verify(v.File, bundles, verify.Identity{SAN: asked.Identity, Issuer: asked.Issuer}, roots...)
	for _, k := range checks {
		if k.State != verify.Verified && k.State != verify.Skipped {
			v.Why = display.Clip(fmt.Sprintf("%s: expected %s, found %s", k.Name, k.Expected, k.Found), maxWhy)
			return v, nil, nil
		}
	}
	if verify.Worst(checks) != verify.Verified {
		v.Why = "nothing of it could be verified"
	}
	return v, nil, nil
}

// environment returns the environment that the ID token of this job names, if the
// policy asks for one; "" is a job in none. The token is the one that is exchanged
// or that signs: its receiver verifies it.
func (in *input) environment(ctx context.Context, c *Acting) (*string, []check.Unchecked) {
	if in.policy.Source.Env == "" {
		return nil, nil
	}
	unseen := func(why string) (*string, []check.Unchecked) {
		return nil, []check.Unchecked{{Key: "source.environment", Why: why}}
	}
	claim := in.grant.claims
	switch {
	case !in.acting || !in.asked && (c.Sign == Never || c.IDToken == nil):
		return unseen("nothing is signed or published: the job that does is looked at")
	case claim != nil:
	case c.Sign == Never || c.Sign == Key || c.IDToken == nil:
		return unseen("this run uses no ID token, which alone names the environment of a job: sign with -sign keyless, or publish with " +
			"a trusted publisher")
	default:
		var err error
		if claim, err = c.claims(ctx); err != nil {
			return unseen("no ID token names the environment of this job: " + err.Error())
		}
	}
	name := claim("environment")
	return &name, nil
}
