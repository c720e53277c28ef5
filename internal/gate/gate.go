// Package gate is the conductor: it reads the package, has it judged, writes
// down what was seen, and acts only on a pass. It holds no rule of its own; it
// is the one room that sees all others, and no other room sees it.
package gate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/report"
)

// Run gates one package, and tells in every way there is how that went. The
// error is nil only when the package passed and everything that was asked for
// was done; otherwise it is a *Failure, which says why.
func Run(ctx context.Context, c Config) (*Outcome, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Deadline, fmt.Errorf("the deadline of %s has passed", c.Deadline))
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
	} else {
		defer folder.Close()
		err = explain(ctx, work(ctx, c, folder))
	}
	// Tell: last, and whatever went wrong.
	return o, o.tell(c.Acting, c.Runner, c.Telling, folder, err)
}

// run is all of it but telling.
func (o *Outcome) run(ctx context.Context, c Config, folder *disk.Folder) error {
	disconnect, err := c.connect(c.Runner)
	if err != nil {
		return o.undecided(folder, begun(c.Now().UTC(), nil), err)
	}
	defer disconnect()
	if err := c.CheckSigner(c.Net); err != nil {
		return o.undecided(folder, begun(c.Now().UTC(), nil), err)
	}

	// Look: all input there is, or an error.
	in, err := look(ctx, c)
	defer in.close()
	if err != nil {
		return o.undecided(folder, in, explain(ctx, err))
	}
	// Preflight: what the registry holds already is an input too. Nothing after
	// this looks anywhere.
	in = in.with(lookAhead(ctx, c.Acting, c.Net, in))

	// Judge: pure.
	in, verdict, err := judgeWithin(ctx, in)
	if err != nil {
		return o.undecided(folder, in, explain(ctx, err))
	}
	// Evidence: always, and most of all when it is blocked. The judgement is
	// complete with it, and is never changed afterwards.
	err = o.writeEvidence(c.Writing, c.Acting, folder, in, verdict)
	err = errors.Join(err, o.upload(ctx, c.Acting, c.Net, c.Runner, in))
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
		o.did("registry", report.Noted, report.File{}, "%s", display.Text(w))
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("nothing was begun")
	case in.registry.Token != nil:
		return o.failed("publish", report.NotPublished, in.registry.Token)
	case in.registry.Already:
		return o.alreadyThere(ctx, c.Acting, c.Net, c.Runner, folder, in)
	}
	// Sign, then publish: on a pass alone, with a token that is one, and only
	// what the registry has not got yet.
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
	return o.publish(ctx, c.Acting, c.Net, in, verdict.Verdict)
}
