package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/release"
	"github.com/publishgate/publishgate/internal/report"
)

// planPublish builds the document that would be sent to the registry. It returns
// nil if publishing was not asked for, or if something stands against it. Such
// objections are returned as refusals, so that the report lists them with the
// findings.
func planPublish(c Acting, registry string, s *check.Subject) (*publish.Plan, []check.Refusal, error) {
	if s.Tarball == nil && c.Sign.asked() {
		return nil, nil, fmt.Errorf("%w: -sign needs a tarball: give one with -tarball", ErrUsage)
	}
	if c.Publish == Never {
		return nil, nil, nil
	}
	if s.SentManifest().Private {
		return nil, nil, fmt.Errorf("%w: not published: package.json is marked private", ErrUsage)
	}
	o := publish.Options{Registry: registry, Access: c.Access, Default: s.Sent.Access, Tag: c.Tag, Tags: c.Tags, Provenance: true}
	if c.road(s.Policy) == Stage {
		o.Road = publish.Staging
	}
	if s.Commit != nil {
		o.GitHead = s.Commit.SHA
	}
	plan, err := publish.New(s.Tarball, o)
	if err == nil && plan.Tag == "latest" {
		err = latestIsNoPrerelease(plan)
	}
	var refused *publish.RefusedError
	switch {
	case err == nil:
		return plan, nil, nil
	case !errors.As(err, &refused):
		return nil, nil, err
	case refused.Misuse():
		return nil, nil, fmt.Errorf("%w: %w", ErrUsage, refused)
	}
	return nil, refusals(refused), nil
}

// latestIsNoPrerelease refuses the dist-tag latest to a prerelease, also where it
// was asked for: everybody who names no version would get it.
func latestIsNoPrerelease(p *publish.Plan) error {
	if v, err := npm.ParseVersion(p.Version); err == nil && v.Prerelease() != "" {
		return fmt.Errorf("%w: %s is a prerelease, and latest is what everybody gets who names no version: say another dist-tag with -tag",
			ErrUsage, display.Text(p.Version))
	}
	return nil
}

// refusals returns what stands against publishing.
func refusals(refused *publish.RefusedError) (all []check.Refusal) {
	for _, r := range refused.Reasons {
		all = append(all, check.Refusal{ID: r.ID, Text: r.Text, Key: r.Key})
	}
	return all
}

// A preflight is what the registry said before anything was judged.
type preflight struct {
	there  registry.Info // of the very bytes, where the registry has them and the policy asks
	hidden bool          // and it says that the package is restricted, if that was asked
	publish.Preflight
	refusals []check.Refusal
	asked    string              // the registry's address; empty: it was not asked
	tokenErr error               // it could not be asked about the token
	token    *registry.TokenInfo // what it tells of a long-lived token; nil: nothing, or it was not asked
	bare     bool                // it takes no provenance
	left     string              // why this member of a workspace is not released, while others may be; empty: it is
	err      error               // the registry could not be asked, or the user asked for something wrong; nothing passes then
}

// lookAhead asks the registry that the package would be published to. It asks
// nothing if the run does not publish.
func lookAhead(ctx context.Context, c Acting, n Net, l *Log, in *input) (r preflight) {
	if c.Publish == Never || !in.acting || in.plan == nil {
		return r
	}
	l.enter("preflight")
	defer l.waitFor("the registry to say what it has under this version")()
	if in.grant.err != nil && !c.New {
		r.err = in.grant.err
		return r
	}
	client, err := n.registry()
	var keysErr error
	if err == nil {
		r.asked = client.URL()
		sideBySide(3, 3, func(i int) {
			switch i {
			case 0:
				if r.Preflight, err = publish.Look(ctx, client, in.plan, in.grant.usable() && !c.DryRun); err == nil && r.Already {
					err = r.published(ctx, client, in)
				}
			case 1:
				r.token, r.tokenErr = in.grant.ask(ctx, client, in)
			case 2:
				var takes bool
				takes, keysErr = in.attests(ctx, client)
				r.bare = !takes && keysErr == nil
			}
		})
	}
	var refused *publish.RefusedError
	switch {
	case c.New && err == nil && r.Mismatch != nil && r.State == "": // published, and not staged
		r.left = fmt.Sprintf("not released: %s@%s is published already, with other bytes: raise the version to release it", in.plan.Name,
			in.plan.Version)
		r.Mismatch = nil
	case in.grant.err != nil && !r.Already: // what is there needs no credential
		r.err = in.grant.err
	case r.tokenErr != nil:
		r.err = explain(ctx, down(theRegistry, r.tokenErr))
	case errors.As(err, &refused) && refused.Misuse():
		r.err = answer(err)
	case refused != nil: // it stands against publishing, so it is judged like a finding
		r.refusals = refusals(refused)
	case err != nil:
		r.err = explain(ctx, down(theRegistry, fmt.Errorf("look at the registry: %w", err)))
	case keysErr != nil && !r.Already:
		r.err = explain(ctx, down(theRegistry, keysErr))
	}
	return r
}

// published reads what the registry says of the version that it has, if the policy
// asks who approved it, or for provenance. The abbreviated document that is read
// first does not say the former.
func (r *preflight) published(ctx context.Context, client *registry.Client, in *input) (err error) {
	p := &in.policy.Publish
	if !p.Require2FA && p.Provenance == "" {
		return nil
	}
	r.there, _, err = client.Version(ctx, in.plan.Name, in.plan.Version)
	if err == nil && !r.there.Provenance && p.Provenance == policy.WhenPublic && in.subject.Sent.Access == "" {
		public, told, asked := client.Visibility(ctx, in.plan.Name)
		r.hidden, err = told && !public, asked
	}
	return err
}

// with returns a copy of the input with the registry's answer, which is judged
// too.
func (in *input) with(r preflight) *input {
	all, s := *in, *in.subject
	if r.bare {
		all.vouching = vouching{why: "the registry has no attestations", told: true,
			remedy: "Publish to a registry that has them, or insist with -provenance=true: what is not served then is an alarm."}
		all.plan.Provenance = false
	}
	s.Refusals = slices.Concat(s.Refusals, r.refusals)
	if r.left != "" {
		all.vouching, all.skipped = vouching{}, append(slices.Clip(all.skipped), skip("publish", "%s", r.left))
	}
	if v := all.vouching; !r.Already {
		s.Refusals = slices.Concat(s.Refusals, v.refusals)
		r.err = cmp.Or(r.err, v.err)
	}
	if r.Access == "public" && s.Policy.Publish.Access == "restricted" {
		// It would be public until the registry has changed that, if it does.
		s.Refusals = append(s.Refusals, check.Refusal{ID: "access", Text: fmt.Sprintf("%s is public on the registry, and the policy wants "+
			"restricted: a maintainer makes it so first with `npm access set status=private %s`", s.SentManifest().Name, s.SentManifest().Name)})
	}
	if r.Mismatch != nil {
		s.Taken = r.Mismatch.Error() + "."
	}
	if r.Already && s.Policy.Publish.Require2FA {
		s.Approved, s.Unapproved = r.there.Approver != "", r.there.Approver == ""
	}
	all.registry = r
	s.Unproven = all.sentWithout()
	if all.vouching.on && s.Diff != nil {
		diff := *s.Diff
		diff.To.Provenance = release.Yes
		s.Diff = &diff
	}
	s.Credential = in.grant.known(r.token)
	if keys := s.TokenUntold(); len(keys) > 0 && r.err == nil {
		r.err = because(report.NotPublished, fmt.Errorf("the policy asks for %s of the token (publish.tokens), and the registry does not tell "+
			"it: publish by a trusted publisher, or take the key out of the policy", strings.Join(keys, ", ")))
	}
	all.subject, all.registry = &s, r
	return &all
}

// holds says what the registry has under this version. It returns "" if the
// registry was not asked or did not say.
func (r *preflight) holds() string {
	switch {
	case !r.Looked:
		return ""
	case r.Mismatch != nil, r.left != "":
		return "has this version with other bytes"
	case r.Already:
		return "has these very bytes"
	}
	return "does not have this version"
}
