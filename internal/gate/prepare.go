package gate

import (
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/pack"
	"github.com/publishgate/publishgate/internal/publish"
)

// prepare settles, before anything is judged, what could be signed and
// published afterwards: what stands against it belongs into the verdict, and
// what is not looked at belongs into the report.
func (in *input) prepare(c Config) error {
	s := in.subject
	in.permit(c)
	s.Publishing = c.Publish != Never && !in.judgesOnly
	s.Acts = (c.acts() || c.Publish != Never) && !in.judgesOnly
	s.Sent = s.Sends(c.Access, c.Registry, c.Scopes)
	for _, set := range s.Unchecked() {
		in.skip(set.Key, "the policy sets it to %q, which this version cannot check", set.Value)
	}
	for _, scope := range npm.Scopes {
		if s.Policy.Omit[scope] {
			in.skip(string(scope)+" dependencies", "left out by -omit")
		}
	}
	if s.Tarball == nil {
		in.skip("tarball", "none was given with -tarball, and package.json has no name and version, so that none can be packed: files, secrets and checksums were not judged, nothing can be signed or published")
	} else {
		for _, u := range s.Tarball.Unscanned {
			in.skip("secrets in "+u.Path, "%s", u.Why)
		}
	}
	if name := pack.Name(s.Manifest.Name, s.Manifest.Version); s.Packed && in.place.exists(in.place.in(name)) {
		in.skip(name, "it stands in the folder and is not what was judged: the folder itself was packed, and this file with it unless `files` or an ignore file leaves it out; name it with -tarball if it is meant")
	}
	if c.Offline {
		in.skip("network", "-offline: advisories published after the source's date are not known")
	}
	if s.Tarball == nil && c.Sign.asked() {
		return fmt.Errorf("%w: -sign needs a tarball: give one with -tarball", ErrUsage)
	}
	if c.Publish == Never {
		return nil
	}
	if s.SentManifest().Private {
		return fmt.Errorf("%w: not published: package.json is marked private", ErrUsage)
	}
	return in.planPublish(c)
}

// planPublish builds the document that would be sent. What stands against it
// becomes findings, so that the report says it with all the rest.
func (in *input) planPublish(c Config) error {
	s := in.subject
	plan, err := publish.New(s.Tarball, publish.Options{Registry: c.Registry, Access: c.Access, Default: s.Sent.Access, Tag: c.Tag})
	var refused *publish.RefusedError
	switch {
	case err == nil:
		in.plan = plan
		return nil
	case !errors.As(err, &refused):
		return err
	case refused.Misuse():
		return fmt.Errorf("%w: %w", ErrUsage, refused)
	}
	in.refuse(refused)
	return nil
}

// refuse makes findings of what stands against publishing.
func (in *input) refuse(refused *publish.RefusedError) {
	for _, r := range refused.Reasons {
		in.subject.Refusals = append(in.subject.Refusals, check.Refusal{ID: r.ID, Text: r.Text, Key: r.Key})
	}
}
