package gate

import (
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
	"github.com/publishgate/publishgate/internal/source"
)

// A permission is what the event and the ref let a run do. Off a runner nothing
// is asked, and the zero value of mayNot allows it all.
type permission struct {
	acting     bool   // this run may sign and publish, if it passes
	judgesOnly bool   // it is about a change under test …
	event      string // … by this event
	publishing bool   // it was asked to publish, and does not only judge
	asked      bool   // it was asked to sign or publish, and does not only judge
	refused    bool   // it was asked to sign or publish, and may not
	mayNot     string // why it may not, asked or not; may quote the ref

	tag     string // the tag that is being released; empty: none
	tagSHA  string // the commit it points to, as the runner says
	boundTo string // tag, where it is of this version and the run acts on it: it must be the commit's

	withheld []report.Skip // what does not count because of it
}

// acts reports whether somebody asked for a signature or to publish.
func (c Acting) acts() bool {
	return c.Sign.asked() || c.Publish != Never && !c.DryRun
}

// permit settles whether this run may sign and publish. Where it may not and
// was asked to, what is taken back counts for nothing either: neither the
// policy's exceptions nor VEX documents, which that ref could have brought. The
// rules are returned without them.
func permit(c Acting, t *action.Trigger, r rules, m *npm.Manifest, dir string) (permission, rules) {
	p := permission{acting: true, publishing: c.Publish != Never, asked: c.acts() || c.Publish != Never}
	if t == nil {
		return p, r
	}
	if t.UnderTest() {
		why := fmt.Sprintf("on the event %s nothing is signed or published, whatever was asked for", t.Name)
		return permission{judgesOnly: true, event: t.Name, mayNot: why,
			withheld: []report.Skip{skip("signing and publishing", "%s", display.Text(why))}}, r
	}
	if p.asked {
		p.tag, p.tagSHA = t.Tag(), t.SHA
	}
	ofVersion := source.IsTagOf(t.Tag(), m.Name, m.Version, dir)
	if c.acts() && ofVersion {
		p.boundTo = p.tag
	}
	p.mayNot = r.policy.Refuses(policy.Start{Event: t.Event, Ref: t.Ref, Protected: t.Protected, VersionTag: ofVersion})
	if p.mayNot == "" || !c.acts() {
		return p, r
	}
	p.acting, p.refused = false, true
	if len(r.policy.Exceptions) > 0 || len(r.vex) > 0 {
		p.withheld = []report.Skip{skip("exceptions and VEX documents", "they count only where the run may act: %s", display.Text(p.mayNot))}
		without := *r.policy
		without.Exceptions = nil
		r.policy, r.vex = &without, nil
	}
	return p, r
}

// refuse notes what was asked for and is not done because of the event or ref;
// nil where nothing was, or where that is how such a run ends well.
func (o *Outcome) refuse(c Acting, p permission) error {
	if p.acting {
		return nil
	}
	state := report.Skipped
	if p.refused {
		state = report.Failed
	}
	if c.Sign.asked() {
		o.did("sign", state, o.tarball, "%s", display.Text(p.mayNot))
	}
	if c.Publish != Never {
		o.did("publish", state, o.tarball, "%s", display.Text(p.mayNot))
	}
	if !p.refused {
		return nil
	}
	return because(report.Refused, errors.New("refused: "+display.Text(p.mayNot)))
}
