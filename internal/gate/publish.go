package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/disk"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/report"
)

// publish sends the judged bytes to the registry. until outlasts the deadline: a
// version that the registry accepted is waited for on a clock of its own.
func (o *Outcome) publish(ctx, until context.Context, c Acting, n Net, folder *disk.Folder, in *input, v policy.Verdict) error {
	if c.Publish == Never || !in.acting {
		return nil
	}
	if c.DryRun {
		if in.mayNot != "" {
			o.did("publish", report.Noted, report.File{}, "without -dry-run it would be refused: %s", in.mayNot)
		}
		o.unproven(in)
		return o.preview(in.plan.Preview())
	}
	if err := o.attach(in); err != nil {
		return o.failed("sign", report.NotSigned, err)
	}
	o.unproven(in)
	client, err := n.registry()
	if err != nil {
		return o.failed("publish", report.NotPublished, err)
	}
	permit, err := publish.Allow(v, in.subject.Tarball)
	if err != nil {
		return o.failed("publish", report.NotPublished, err)
	}
	o.log.enter("publish")
	tell, waited := o.waits(in.plan)
	defer waited()
	wait := publish.Wait{For: c.patience(in.plan), Context: until, Now: n.Now, Earlier: o.earlierReceipt(c, folder, in.plan),
		StageID: in.registry.StageID, Ahead: &in.registry.Preflight, Tell: tell}
	receipt := c.receipt(in.plan, wait.Earlier)
	if err := o.keepReceipt(folder, receipt); err != nil {
		return o.failed("publish", report.NotPublished, fmt.Errorf("nothing was sent: %w", err))
	}
	out, err := publish.Publish(ctx, client, in.plan, permit, wait)
	o.stageID = out.StageID
	o.waited = out.Published != publish.No && out.Published != publish.Already
	for _, w := range out.Warnings {
		if !slices.Contains(in.registry.Warnings, w) { // told already
			o.did("registry", report.Noted, report.File{}, "%s", w)
		}
	}
	if out.Visible && out.Approver == "" && err == nil {
		out.Approver, err = approver(until, client, in)
	}
	err = o.published(out, in, err)
	err = errors.Join(err, o.keepReceipt(folder, settled(receipt, out, err)))
	return errors.Join(err, o.deprecate(until, client, n, in))
}

// approver returns who approved the version, as the registry says, if the policy
// asks for that.
func approver(ctx context.Context, client *registry.Client, in *input) (string, error) {
	if !in.policy.Publish.Require2FA {
		return "", nil
	}
	info, _, err := client.Version(ctx, in.plan.Name, in.plan.Version)
	return info.Approver, err
}

// patience returns how long a version is waited for: as the user says, else as
// long as npm's registry takes to validate one, or not at all for a person.
func (c Acting) patience(p *publish.Plan) time.Duration {
	switch {
	case c.Wait != nil:
		return *c.Wait
	case p.Road == publish.Staging:
		return 0
	}
	return 25 * time.Minute
}

// road returns how the package is published: NPM or Stage. What the policy
// prefers decides for -publish auto.
func (c Acting) road(p *policy.Effective) Mode {
	if c.Publish == Auto && p.Publish.Prefers() == policy.ViaDirect {
		return NPM
	}
	if c.Publish == Auto {
		return Stage
	}
	return c.Publish
}

// published notes what became of the package, also if there was an error.
func (o *Outcome) published(out publish.Outcome, in *input, err error) error {
	var unknown *publish.UnknownError
	var invisible *publish.InvisibleError
	var unread *publish.UnreadError
	p, said := &in.policy.Publish, ""
	if err != nil {
		said = err.Error()
	}
	at := fmt.Sprintf("%s with dist-tag %s, %s", out.URL, out.Tag, out.Integrity)
	switch {
	case errors.As(err, &unknown):
		o.Run.Out = report.Doubtful
		o.did("publish", report.Unsure, o.tarball, "%s", said)
	case out.Published == publish.Withheld:
		o.Run.Out = report.Stopped
		o.did("publish", report.Failed, o.tarball, "%s", said)
	case out.Published == publish.No:
		o.did("publish", report.Failed, o.tarball, "%s", said)
	case out.Published == publish.Staged:
		o.Run.Out, o.Run.StageID = report.Staged, out.StageID
		o.did("stage", report.Done, o.tarball, "%s; it is public once somebody approves it: %s", at, approval(out.StageID, in.plan))
	case out.Published == publish.Already:
		o.Run.Out = report.There
		o.did("publish", report.Already, o.tarball, "%s", alreadyText(out.Integrity))
	case out.Published == publish.Accepted && !errors.As(err, &invisible): // what it shows is something else
		o.Run.Out = report.Coming
		o.did("publish", report.Failed, o.tarball, "%s", said)
	case out.Published == publish.Accepted:
		o.Run.Out = report.Coming
		o.did("publish", report.Accepted, o.tarball, "accepted, and not visible yet: %s; run again: it settles", at)
	default:
		o.Run.Out = report.Published
		o.did("publish", report.Done, o.tarball, "%s", at)
	}
	o.tagged(out, in.plan)
	shown := out.Published == publish.Yes || out.Published == publish.Already
	switch {
	case err != nil && (shown || out.Published == publish.Staged):
		o.did("read-back", report.Failed, report.File{}, "%s", said)
		if shown && errors.As(err, &unread) {
			return err // published, so that "not published" would be wrong
		}
	case err == nil && shown && out.Visible && p.Require2FA && out.Approver == "":
		err = because(report.Findings, errors.New("publish-unapproved: the registry names nobody who approved the version, and "+
			"publish.require-2fa of the policy asks for that: publish the next one with -publish stage"))
		o.did("read-back", report.Failed, report.File{}, "%s", err)
		return err
	case errors.As(err, &invisible) && p.InvisibleWarns:
		return nil
	}
	return because(report.NotPublished, answer(err))
}

// approval returns the commands by which a person looks at a staged version and
// approves it.
func approval(id string, p *publish.Plan) string {
	if id == "" {
		return "`npm stage list" + p.At() + "`"
	}
	return fmt.Sprintf("`publishgate verify -stage %s%s` says whether these are the judged bytes, `npm stage approve %s%s` approves them",
		id, p.At(), id, p.At())
}

// tagged notes the further dist-tags: those that were set, and the commands for
// those that were not.
func (o *Outcome) tagged(out publish.Outcome, p *publish.Plan) {
	if len(out.TagsSet) > 0 {
		o.did("tags", report.Done, report.File{}, "%s", strings.Join(out.TagsSet, ", "))
	}
	var left []string
	for _, tag := range out.TagsLeft {
		left = append(left, "`"+p.TagCommand(tag)+"`")
	}
	if len(left) > 0 {
		o.did("tags", report.Noted, report.File{}, "not set, which a maintainer does once the version is visible: %s", strings.Join(left, ", "))
	}
}

func alreadyText(integrity string) string {
	return fmt.Sprintf("already: the registry has these very bytes (%s)", integrity)
}

// preview notes what -dry-run would have sent.
func (o *Outcome) preview(p publish.Preview) (err error) {
	o.Preview, err = json.MarshalIndent(p, "", "  ")
	o.did("publish", report.Skipped, o.tarball, "dry run: %s %s", p.Method, p.URL)
	return err
}

// answer adds the reason to an error of publishing. If the registry has other
// bytes under this version, or refuses, that is an answer. Every other error
// means that there was no answer.
func answer(err error) error {
	var mismatch *publish.MismatchError
	var blocked *publish.BlockedError
	var refused *publish.RefusedError
	switch {
	case errors.As(err, &blocked):
		return fmt.Errorf("%w: %w", ErrBlocked, err)
	case errors.As(err, &mismatch):
		return because(report.Mismatch, fmt.Errorf("%w: %w", ErrBlocked, err))
	case errors.As(err, &refused) && refused.Misuse():
		return fmt.Errorf("%w: %w", ErrUsage, err)
	case errors.As(err, &refused):
		return fmt.Errorf("%w: %w", ErrBlocked, err)
	}
	return err
}
