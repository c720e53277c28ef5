package gate

import (
	"context"
	"errors"
	"fmt"

	"github.com/publishgate/publishgate/internal/publish"
	"github.com/publishgate/publishgate/internal/report"
)

// A preflight is what the registry said before anything was judged.
type preflight struct {
	publish.Preflight
	asked string // the registry's address; empty: it was not asked
	err   error  // it could not be asked, or says that this was asked for in a wrong way: nothing passes on that
}

// preflight asks the registry that would be published to. A run that publishes
// nothing asks it nothing.
func (in *input) preflight(ctx context.Context, c Config) {
	if c.Publish == Never || !in.acting || in.plan == nil {
		return
	}
	r := &in.registry
	client, err := c.registry()
	if err == nil {
		r.asked = client.URL()
		r.Preflight, err = publish.Look(ctx, client, in.plan, !c.DryRun)
	}
	var refused *publish.RefusedError
	switch {
	case errors.As(err, &refused) && refused.Misuse():
		r.err = answer(err)
	case refused != nil: // it stands against publishing, and so is a finding like all that does
		in.refuse(refused)
	case err != nil:
		r.err = explain(ctx, because(report.SourceDown, fmt.Errorf("look at the registry: %w", err)))
	}
	if r.Mismatch != nil {
		in.subject.Taken = r.Mismatch.Error() + "."
	}
}

// holds says what the registry has of this version; empty: it did not say.
func (r *preflight) holds() string {
	switch {
	case !r.Looked:
		return ""
	case r.Mismatch != nil:
		return "has this version with other bytes"
	case r.Already:
		return "has these very bytes"
	}
	return "does not have this version"
}

// blocked is the error of a verdict that blocks. That the registry has other
// bytes is an alarm, whatever else was found.
func (in *input) blocked() error {
	if m := in.registry.Mismatch; m != nil {
		return because(report.Mismatch, fmt.Errorf("%w: %w", ErrBlocked, m))
	}
	return ErrBlocked
}
