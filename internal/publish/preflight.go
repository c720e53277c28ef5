package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/registry"
)

// A Preflight is what the registry answers before anything is judged, signed or
// sent.
type Preflight struct {
	Looked   bool           // it was asked and answered
	Known    bool           // it has the package, in some version
	Already  bool           // it has the judged bytes under this name and version
	Mismatch *MismatchError // it has other bytes; nil: it has none
	State    string         // where a version that is not visible stands, in its words; foreign text; empty: it does not tell
	StageID  string         // of a staged version with the judged bytes; empty: none is seen
	Access   string         // of a package with a scope: "public" or "restricted"; empty: it does not tell
	Token    error          // it does not accept the token; nil: it does, or was not asked
	Warnings []string

	plan *Plan
	seen seen
	at   time.Time // when it was looked at
}

// fresh is how long what the preflight saw counts as just seen: a run that signs
// meanwhile takes a few seconds.
const fresh = 10 * time.Second

// isFresh reports whether a version that is to be sent was looked for a moment
// ago, and was not there.
func (f *Preflight) isFresh(p *Plan) bool {
	return f != nil && f.Looked && f.plan == p && !f.Already && f.Mismatch == nil && time.Since(f.at) < fresh
}

// Look asks the registry whether it has the version, with the judged bytes or
// others, and, with token, whether it accepts the token, and who may read the
// package. It sends no document. A *RefusedError says that the package may not
// be published as requested; any other error that the registry could not be
// asked.
func Look(ctx context.Context, r Registry, p *Plan, token bool) (Preflight, error) {
	run := &run{ctx: ctx, registry: r, plan: p}
	there, err := run.look()
	f := Preflight{Looked: err == nil, Known: run.before.known, Already: there, Warnings: run.out.Warnings,
		plan: p, seen: run.before, at: time.Now()}
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
	}
	var asking sync.WaitGroup
	if f.Known && strings.HasPrefix(p.Name, "@") {
		asking.Go(func() { f.Access = run.access() })
	}
	var tried bool
	var waits error
	if token {
		if f.Known { // a first version that is staged makes the package known
			asking.Go(func() { waits = run.ahead(&f) })
		}
		tried, err = r.TokenUsable(ctx)
	}
	asking.Wait()
	switch {
	case registry.Unauthorized(err), errors.Is(err, registry.ErrNoToken):
		f.Token = err
	case err != nil, waits != nil:
		return f, cmp.Or(waits, err)
	case token && !tried:
		f.warn("it does not answer whoami, so that whether it accepts the token could not be tried before")
	}
	if f.Access == "restricted" && p.Access == "public" {
		f.warn(p.Name + " is restricted now, and access public was asked for: where the registry lets " +
			"a publish change that, all its versions become public")
	}
	return f, nil
}

// ahead asks where the version stands that is not visible, and if it is staged,
// whether with the judged bytes. Many registries and tokens do not tell.
func (r *run) ahead(f *Preflight) error {
	err := r.stands()
	f.State = r.out.State
	var blocked *BlockedError
	switch {
	case errors.As(err, &blocked):
		return refuse(Blocked, "blocked", blocked.Error())
	case err != nil:
		return err
	case f.State != stateStaged:
		return nil
	}
	s, found, err := r.whose()
	switch {
	case errors.As(err, &f.Mismatch):
	case !found:
		f.warn("a version with this number is staged, and whose bytes it has is not shown")
	case r.plan.Road == Direct:
		return r.waitsForApproval()
	default:
		f.StageID = s.ID
	}
	return nil
}

func (f *Preflight) warn(text string) { f.Warnings = append(f.Warnings, text) }

// access returns who may read the package now: public or restricted; empty if
// the registry does not tell. Reading it back after publishing is what counts.
func (r *run) access() string {
	public, told, err := r.registry.Visibility(r.ctx, r.plan.Name)
	switch {
	case err != nil || !told:
		return ""
	case public:
		return "public"
	}
	return "restricted"
}
