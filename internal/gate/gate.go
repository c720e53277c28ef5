// Package gate runs the steps in order: it reads the package, has it judged,
// writes the evidence, and signs and publishes only on a pass. It holds no rule
// of its own. It may import all packages that judge, read or write; none of them
// may import it.
package gate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
)

// Run gates one package, or several members of a workspace, and reports the end
// of the run wherever the user asked for it. The error is nil only if the package
// passed and everything that was asked for was done. Otherwise it is a *Failure
// that says why.
func Run(ctx context.Context, c Config) (*Outcome, error) {
	until := ctx
	ctx, cancel := context.WithTimeoutCause(until, c.Deadline, fmt.Errorf("the deadline of %s has passed", c.Deadline))
	defer cancel()

	c.Out = filepath.Clean(c.Out)
	o := newOutcome(c)
	work := o.run
	if c.Workspaces || len(c.Workspace) > 0 {
		work = o.runMembers
	}
	folder, err := openFolder(c.Where, c.Runner)
	if err != nil {
		o.Document.Problem = oneLine(err)
		return o, o.end(ctx, c, nil, err)
	}
	defer folder.Close()
	c.until = until
	if err = work(ctx, c, folder); err == nil && o.cleared != nil {
		return o, nil // it goes on, and ends, once the other members have passed too
	}
	return o, o.end(ctx, c, folder, err)
}

// end reports how the run ended; err is what went wrong. It comes last, whatever
// that was.
func (o *Outcome) end(ctx context.Context, c Config, folder *disk.Folder, err error) error {
	if folder != nil && (!o.waited || c.until.Err() != nil) {
		err = explain(ctx, err)
	}
	o.comment(ctx, c, err)
	return o.tell(c.Acting, c.Runner, c.Telling, folder, err)
}

// A cleared is a package that was judged and passed, with everything that the acts
// after the verdict need.
type cleared struct {
	config  Config
	in      *input
	verdict judgement
}

// run does all steps of Run but telling. A member of a workspace stops before the
// acts: they wait until all members have passed.
func (o *Outcome) run(ctx context.Context, c Config, folder *disk.Folder) error {
	o.log.enter("look")
	c.Credentialed = c.Publish != Never
	disconnect, err := c.connect(c.Runner)
	if err != nil {
		return o.undecided(folder, begun(c.Now().UTC(), nil), err)
	}
	defer disconnect()
	if err := c.CheckSigner(c.Net); err != nil {
		return o.undecided(folder, begun(c.Now().UTC(), nil), err)
	}

	// Look: read all input, or return an error.
	in, err := look(ctx, c)
	defer in.close()
	if err != nil {
		return o.undecided(folder, in, explain(ctx, errors.Join(in.grant.err, err)))
	}
	copied := beginCopy(ctx, folder, in)
	fresh := c.IDToken
	c.Net, c.IDToken = in.net, in.idToken
	// Preflight: what the registry already holds is an input too. No input is
	// read after this.
	in = in.with(lookAhead(ctx, c.Acting, c.Net, c.Log, in))

	// Judge: compute the verdict from the input alone.
	o.log.enter("judge")
	in, verdict, err := judgeWithin(ctx, c.Log, in)
	if err != nil {
		copied.remove()
		return o.undecided(folder, in, explain(ctx, err))
	}
	// Evidence: written in every case, for a blocked package above all. The
	// judgement is complete here and does not change afterwards.
	o.log.enter("evidence")
	err = o.writeEvidence(c.Writing, c.Acting, folder, in, verdict, copied)
	err = errors.Join(err, o.upload(ctx, c.Acting, c.Net, c.Runner, in))
	if o.gather(c.Acting, c.Runner, in); !c.part {
		o.submit(ctx, c.Acting, c.Net, c.Runner)
	}
	o.compareBase(ctx, c, in, verdict)
	refused := o.refuse(c.Acting, in.permission)
	switch {
	case verdict.Result == policy.Block:
		return errors.Join(in.blocked(), refused, err)
	case refused != nil:
		return errors.Join(refused, err)
	case in.registry.err != nil || err != nil:
		return errors.Join(in.registry.err, err)
	case !verdict.Passed():
		return errors.New("no verdict was reached")
	case c.acts() && in.acting && in.subject.Tarball != nil && !advisory.Complete(in.statuses):
		return errPartial
	}
	for _, w := range in.registry.Warnings {
		o.did("registry", report.Noted, report.File{}, "%s", w)
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("nothing was begun")
	case in.registry.Token != nil:
		return o.failed("publish", report.NotPublished, in.registry.Token)
	case c.part && (c.Sign != Never || c.Publish != Never):
		c.IDToken = fresh // what it holds now is old when it is used
		o.cleared = &cleared{c, in, verdict}
		return nil
	}
	return o.act(ctx, c, folder, in, verdict)
}

// act signs and publishes a package that passed.
func (o *Outcome) act(ctx context.Context, c Config, folder *disk.Folder, in *input, verdict judgement) error {
	switch {
	case in.registry.left != "":
		return o.leaveOut(c.Acting, in)
	case in.registry.Already:
		return o.alreadyThere(ctx, c.until, c.Acting, c.Net, c.Runner, folder, in, verdict.Verdict)
	case in.registry.StageID != "":
		if c.Sign != Never {
			o.did("sign", report.Skipped, o.tarball, "these very bytes are staged already: nothing is signed again, this run signed nothing")
		}
		in.plan.Provenance, in.vouching = false, vouching{} // it is there with what it was staged with
		return o.publish(ctx, c.until, c.Acting, c.Net, folder, in, verdict.Verdict)
	}
	// Sign, then publish: only on a pass, with a usable token, and only if the
	// registry does not have these bytes yet.
	if err := o.sign(ctx, c.Acting, c.Net, folder, in); err != nil {
		return o.failed("sign", report.NotSigned, err)
	}
	if in.acting && c.Publish != Never && !c.DryRun {
		if err := o.required(in); err != nil {
			return o.failed("sign", report.NotSigned, err)
		}
	}
	if in.acting {
		if err := o.store(ctx, c.Acting, c.Net, c.Runner); err != nil {
			return err
		}
	}
	return o.publish(ctx, c.until, c.Acting, c.Net, folder, in, verdict.Verdict)
}
