package gate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/deprecation"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/policy"
	"github.com/publishgate/publishgate/internal/registry"
	"github.com/publishgate/publishgate/internal/report"
)

// standingTime is how long the act takes at the most, after the version is visible.
const standingTime = 4 * time.Minute

// deprecate is the standing deprecation (versions.end-of-life.standing): a version
// that the run published into a line which its own list says has ended is deprecated
// as the line's other versions are, where the credential may, and else the command
// is told. What was published stays published, whatever comes of this.
func (o *Outcome) deprecate(ctx context.Context, client *registry.Client, n Net, in *input) error {
	v, said := &in.policy.Versions, in.subject.Supported
	if !v.EndOfLife.Standing || said == nil {
		return nil
	}
	e, err := ended(said, v, in.plan.Name, n.Now())
	if err != nil {
		return o.undeprecated(in, "", err)
	}
	if number, err := npm.ParseVersion(in.plan.Version); err != nil || !e.mayBeOver(number) {
		return nil
	}
	if o.Run.Out != report.Published && o.Run.Out != report.There {
		if o.Run.Out == report.Staged || o.Run.Out == report.Coming {
			o.did("deprecate", report.Noted, report.File{}, "it goes into a line that %s says has ended, and must be deprecated once it is "+
				"visible, which the next run does, or `%s`", e.File, standingCommand(in))
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, standingTime)
	defer cancel()
	q := deprecation.Request{Name: in.plan.Name, Message: e.Message, Standing: true, Keeps: true, Now: n.Now(),
		Covers: func(doc *registry.Document, one registry.Documented) bool {
			return one.Version == in.plan.Version && e.Covers(doc, one)
		}}
	plan, err := deprecation.Look(ctx, client, q)
	if err != nil {
		return o.undeprecated(in, e.File, err)
	}
	left := plan.In(deprecation.LeftOut)
	switch {
	case len(plan.Versions) == 0:
		return nil // of a supported line, now that the highest release is known
	case len(left) > 0:
		o.did("deprecate", report.Noted, report.File{}, "not deprecated though %s says that its line has ended: %s; move the tag to a supported "+
			"version, or correct the list", e.File, plan.Versions[0].Why)
		return nil
	case len(plan.In(deprecation.Already)) > 0:
		o.did("deprecate", report.Already, report.File{}, "deprecated already, as its line has ended (%s)", e.File)
		return nil
	case in.grant.kind == policy.OIDC:
		o.did("deprecate", report.Noted, report.File{}, "not deprecated, though its line has ended (%s): npm lets no OIDC token do that; a "+
			"maintainer, or a token that stages only, does: `%s`", e.File, standingCommand(in))
		return nil
	}
	err = plan.Write(ctx, deprecation.Ways{})
	for _, note := range plan.Notes {
		o.did("registry", report.Noted, report.File{}, "%s", note)
	}
	if err != nil {
		return o.undeprecated(in, e.File, err)
	}
	o.did("deprecate", report.Done, report.File{}, "its line has ended (%s): %s", e.File, e.Message)
	return nil
}

// undeprecated notes that the act failed. A credential that may not is no failure of
// the run: whoever may is told the command.
func (o *Outcome) undeprecated(in *input, file string, err error) error {
	if errors.As(err, new(*deprecation.DeniedError)) {
		o.did("deprecate", report.Noted, report.File{}, "not deprecated, though its line has ended (%s), for this credential may not: %v; a "+
			"maintainer does: `%s`", file, err, standingCommand(in))
		return nil
	}
	return o.failed("deprecate", report.Undeprecated, fmt.Errorf("published, but not deprecated, though its line has ended: %w; then: `%s`",
		err, standingCommand(in)))
}

// standingCommand returns the command that does it later.
func standingCommand(in *input) string { return "publishgate deprecate -standing" + atRegistry(in) }

func atRegistry(in *input) string {
	if in.plan.Registry == npm.PublicRegistry {
		return ""
	}
	return " -registry " + in.plan.Registry
}
