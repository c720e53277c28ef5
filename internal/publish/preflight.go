package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/publishgate/publishgate/internal/registry"
)

// A Preflight is what the registry answers before anything is judged, signed or
// sent.
type Preflight struct {
	Looked   bool           // it was asked and answered
	Already  bool           // it has the judged bytes under this name and version
	Mismatch *MismatchError // it has other bytes; nil: it has none
	Token    error          // it does not accept the token; nil: it does, or was not asked
	Warnings []string
}

// Look asks the registry whether it has the version, with the judged bytes or
// others, and, with token, whether it accepts the token. It sends no document.
// A *RefusedError says that the package may not be published as requested; any
// other error that the registry could not be asked.
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
	case !run.before.known && p.Access == "" && strings.HasPrefix(p.Name, "@"):
		return f, refuse(Misuse, "access",
			fmt.Sprintf("%s is new on the registry, and nothing says its access: say -access public or restricted, or say it "+
				"in publishConfig.access or in the policy's publish.access", p.Name))
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
