package gate

import (
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/source"
)

// A permission is what the event and the ref let a run do. Off a runner nothing
// is asked, and the zero value of mayNot lets it all.
type permission struct {
	acting     bool   // this run may sign and publish, if it passes
	judgesOnly bool   // it is about a change under test
	refused    bool   // it was asked to sign or publish, and may not
	mayNot     string // why it may not, asked or not; may quote the ref
}

// acts reports whether somebody asked for a signature or to publish.
func (c Acting) acts() bool {
	return c.Sign.asked() || c.Publish != Never && !c.DryRun
}

// permit settles whether this run may sign and publish. Where it may not and
// was asked to, what is taken back counts for nothing either: neither the
// policy's exceptions nor VEX documents, which that ref could have brought.
func (in *input) permit(c Config) {
	in.acting = true
	t, s := c.Trigger, in.subject
	if t == nil {
		return
	}
	if t.UnderTest() {
		in.acting, in.judgesOnly = false, true
		in.mayNot = fmt.Sprintf("on the event %s nothing is signed or published, whatever was asked for", t.Name)
		in.skip("signing and publishing", "%s", display.Text(in.mayNot))
		return
	}
	tag := t.Tag()
	if c.acts() || c.Publish != Never {
		s.Tag = tag
	}
	in.mayNot = s.Policy.Refuses(policy.Start{Event: t.Event, Ref: t.Ref, Protected: t.Protected, VersionTag: source.IsTagOf(tag, s.Manifest.Name, s.Manifest.Version, in.place.dir)})
	if in.mayNot == "" || !c.acts() {
		return
	}
	in.acting, in.refused = false, true
	if len(s.Policy.Exceptions) > 0 || len(in.vex) > 0 {
		in.skip("exceptions and VEX documents", "they count only where the run may act: %s", display.Text(in.mayNot))
		s.Policy.Exceptions, in.vex = nil, nil
	}
}

// refuse notes what was asked for and is not done because of the event or ref;
// nil where nothing was, or where that is how such a run ends well.
func (o *Outcome) refuse(c Acting, in *input) error {
	if in.acting {
		return nil
	}
	state := report.Skipped
	if in.refused {
		state = report.Failed
	}
	if c.Sign.asked() {
		o.did("sign", state, o.tarball, "%s", display.Text(in.mayNot))
	}
	if c.Publish != Never {
		o.did("publish", state, o.tarball, "%s", display.Text(in.mayNot))
	}
	if !in.refused {
		return nil
	}
	return because(report.Refused, errors.New("refused: "+display.Text(in.mayNot)))
}

// tagWithoutCheckout is the error of a run that acts on a tag of the version
// and has no commit to hold the tag against.
func (in *input) tagWithoutCheckout(c Config) error {
	t := c.Trigger
	if t == nil || in.judgesOnly || !c.acts() || !source.IsTagOf(t.Tag(), in.subject.Manifest.Name, in.subject.Manifest.Version, in.place.dir) {
		return nil
	}
	return fmt.Errorf("the run is for the tag %s, and there is no commit to hold it against: %w: check the repository out, at that tag", t.Tag(), in.git.none)
}
