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

// A permission is what the event and the ref allow the run to do. Off a runner
// everything is allowed and mayNot is empty.
type permission struct {
	acting     bool   // the run may sign and publish, if the package passes
	judgesOnly bool   // the event is about a change under test
	event      string // that event
	publishing bool   // not judgesOnly, and asked to publish, with -dry-run too
	asked      bool   // not judgesOnly, and asked to sign or to publish
	refused    bool   // it was asked to sign or to publish, and may not
	mayNot     string // why it may not, asked or not; may quote the ref

	tag     string // the tag that is being released; empty: none
	tagSHA  string // the commit that tag points to, as the runner says
	boundTo string // tag, if it is one of this version and the run acts; it must point to the commit

	withheld []report.Skip // exceptions or acts that do not count because of this
}

// acts reports whether the user asked to sign or to publish.
func (c Acting) acts() bool {
	return c.Sign.asked() || c.Publish != Never && !c.DryRun
}

// permit decides whether this run may sign and publish. If it was asked to and
// may not, exceptions of the policy and VEX documents do not count either,
// because the refused ref could have brought them. permit returns the rules
// without them.
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

// refuse notes each act that was asked for and is not done because of the event
// or the ref. It returns an error if the run may not act but was asked to. A run
// for a change under test acts on nothing, and that is no error.
func (o *Outcome) refuse(c Acting, p permission) error {
	if p.acting {
		return nil
	}
	state := report.Skipped
	if p.refused {
		state = report.Failed
	}
	if c.Sign.asked() {
		o.did("sign", state, o.tarball, "%s", p.mayNot)
	}
	if c.Publish != Never {
		o.did("publish", state, o.tarball, "%s", p.mayNot)
	}
	if !p.refused {
		return nil
	}
	return because(report.Refused, errors.New("refused: "+display.Text(p.mayNot)))
}
