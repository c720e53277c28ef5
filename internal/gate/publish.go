package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/report"
)

// publish sends the judged bytes to the registry.
func (o *Outcome) publish(ctx context.Context, c Acting, n Net, in *input, v policy.Verdict) error {
	if c.Publish == Never || !in.acting {
		return nil
	}
	if c.DryRun {
		if in.mayNot != "" {
			o.did("publish", report.Noted, report.File{}, "without -dry-run it would be refused: %s", in.mayNot)
		}
		return o.preview(in.plan.Preview())
	}
	if in.plan.Road == publish.Staging {
		return o.failed("publish", report.NotPublished, errors.New("this version cannot stage yet"))
	}
	client, err := n.registry()
	if err != nil {
		return o.failed("publish", report.NotPublished, err)
	}
	permit, err := publish.Allow(v, in.subject.Tarball)
	if err != nil {
		return o.failed("publish", report.NotPublished, err)
	}
	out, err := publish.Publish(ctx, client, in.plan, permit, publish.Wait{For: c.patience(in.plan)})
	for _, w := range out.Warnings {
		o.did("registry", report.Noted, report.File{}, "%s", w)
	}
	return o.published(out, err)
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
func (o *Outcome) published(out publish.Outcome, err error) error {
	var unknown *publish.UnknownError
	at := fmt.Sprintf("%s with dist-tag %s, %s", display.Text(out.URL), display.Text(out.Tag), out.Integrity)
	switch {
	case errors.As(err, &unknown):
		o.Run.Out = report.Doubtful
		o.did("publish", report.Unsure, o.tarball, "%s", err.Error())
	case err != nil && out.Published == publish.No, out.Published == publish.Withheld:
		o.did("publish", report.Failed, o.tarball, "%s", err.Error())
	case out.Published == publish.Already:
		o.Run.Out = report.There
		o.did("publish", report.Already, o.tarball, "%s", alreadyText(out.Integrity))
	case out.Published == publish.Accepted:
		o.Run.Out = report.Coming
		o.did("publish", report.Accepted, o.tarball, "accepted, and not visible yet: %s", at)
	default:
		o.Run.Out = report.Published
		o.did("publish", report.Done, o.tarball, "%s", at)
	}
	if err != nil && (o.Run.Out == report.There || o.Run.Out == report.Published) {
		o.did("read-back", report.Failed, report.File{}, "%s", err.Error())
	}
	return because(report.NotPublished, answer(err))
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
