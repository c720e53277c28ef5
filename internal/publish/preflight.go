package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/registry"
)

// A Preflight is what the registry says before anything is judged, signed or
// sent.
type Preflight struct {
	Looked   bool           // it said what it has
	Already  bool           // it has the judged bytes under this name and version
	Mismatch *MismatchError // it has others there; nil: it has none
	Token    error          // it does not accept the token; nil: it does, or was not asked, or cannot be
	Warnings []string
}

// Look asks the registry whether the version is free, ours or somebody else's
// and, with token, whether the token is one. It sends nothing. The errors:
// *RefusedError where it may not be published as it was asked for; any other:
// the registry could not be asked.
func Look(ctx context.Context, r Registry, p *Plan, token bool) (Preflight, error) {
	run := &run{ctx: ctx, registry: r, plan: p}
	there, err := run.look()
	f := Preflight{Looked: err == nil, Already: there, Warnings: run.out.Warnings}
	switch {
	case errors.As(err, &f.Mismatch):
		f.Looked = true
		return f, nil
	case registry.Unauthorized(err):
		f.Token = err
		return f, nil
	case err != nil || there:
		return f, err
	case !run.known && p.Access == "" && strings.HasPrefix(p.Name, "@"):
		return f, refuse(Misuse, "access", fmt.Sprintf("%s is new on the registry, and nothing says its access: say -access public or restricted, or say it in publishConfig.access or in the policy's publish.access", p.Name))
	case !token:
		return f, nil
	}
	tried, err := r.TokenUsable(ctx)
	switch {
	case registry.Unauthorized(err), errors.Is(err, registry.ErrNoToken):
		f.Token = err
	case err != nil:
		return f, err
	case !tried:
		f.Warnings = append(f.Warnings, "it does not answer whoami, so that whether it accepts the token could not be tried before")
	}
	return f, nil
}
