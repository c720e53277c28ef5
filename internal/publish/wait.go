package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/web"
)

// A Wait says how long a version that the registry accepted is waited for, and
// what an earlier run left behind. The zero value looks once.
type Wait struct {
	For time.Duration // until it is visible, or, when it is staged, until somebody approves it

	// Context bounds the waiting and the reading back, which may outlast the
	// deadline of the rest; nil: the context of Publish.
	Context context.Context

	// Tell is told that the run waits, after each look but the first: the registry's
	// word about the version, which is foreign text and may be empty, and how long
	// the run will wait at most. Nil: nobody is told.
	Tell func(state string, left time.Duration)

	// Ahead is what Look saw for the same plan; nil: nothing. If that was a moment
	// ago, the registry is not read again before the document is sent.
	Ahead *Preflight

	Sleep func(context.Context, time.Duration) error // nil: web.Sleep
	Now   func() time.Time                           // nil: time.Now

	// StageID is of a staged version that Look saw with the judged bytes, which is
	// then not staged again; empty: none.
	StageID string

	// Earlier is the receipt of an earlier run; nil: none. It counts only if it
	// is about the same bytes under the same name, and only where the registry
	// does not show whose version waits there.
	Earlier *Receipt
}

// The states of a version in the words of npm's registry.
const (
	statePublished  = "published"
	stateValidating = "validating"
	stateStaged     = "staged"
	stateBlocked    = "blocked"
	stateDeleted    = "deleted"
)

// steps are the waits between the looks; the last one repeats, longer where the
// whole wait is long. npm shows a version after 1 to 21 minutes.
var steps = []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 30 * time.Second}

// maxLooks bounds the looks after the first ones.
const maxLooks = 200

// step returns the wait after look n.
func (r *run) step(n int) time.Duration {
	if n < len(steps)-1 {
		return steps[n]
	}
	return max(steps[len(steps)-1], r.wait.For/maxLooks)
}

// tell tells that the run waits, after look n.
func (r *run) tell(n int, left time.Duration) {
	if r.wait.Tell != nil && n > 0 {
		r.wait.Tell(r.out.State, left)
	}
}

// least is how long a version is looked for that the registry says it has.
const least = 15 * time.Second

// begin starts the clock of the waiting.
func (r *run) begin(atLeast time.Duration) {
	if r.waiting {
		return
	}
	r.waiting = true
	if r.wait.Context != nil {
		r.ctx = r.wait.Context
	}
	span := max(r.wait.For, atLeast)
	r.until = r.wait.Now().Add(span)
	var cancel context.CancelFunc
	r.ctx, cancel = context.WithTimeoutCause(r.ctx, span+readBackTime, fmt.Errorf("the registry did not answer within %s", span+readBackTime))
	r.release = append(r.release, cancel)
}

// follow looks at the version until it is visible with the judged bytes, until
// the registry says that it will not be, or until the time is over. Errors of a
// single read count only if no later one succeeds.
func (r *run) follow(atLeast time.Duration) (there bool, err error) {
	r.begin(atLeast)
	for n := 0; ; n++ {
		var done bool
		if there, done, err = r.readOnce(); done {
			return there, err
		}
		if err == nil {
			if err := r.stands(); err != nil {
				return false, err
			}
		}
		left := r.until.Sub(r.wait.Now())
		if left <= 0 {
			return false, err
		}
		r.tell(n, left)
		if sleepErr := r.wait.Sleep(r.ctx, min(left, r.step(n))); sleepErr != nil {
			return false, errors.Join(err, sleepErr)
		}
	}
}

// A stateError says that the registry will not show the version, or that it
// cannot be known whether it will.
type stateError struct{ error }

// stands asks where the version stands. nil: it may become visible yet. A
// registry that does not say is no reason to stop.
func (r *run) stands() error {
	state, told, err := r.registry.State(r.ctx, r.plan.Name, r.plan.Version)
	if err != nil || !told {
		return nil
	}
	r.out.State = state
	switch state {
	case stateStaged:
		if r.plan.Road == Direct && r.out.Puts > 0 && r.out.Published == No {
			return r.waitsForApproval()
		}
		return nil
	case statePublished, stateValidating:
		return nil
	case stateBlocked:
		r.out.Published = Withheld
		return &BlockedError{r.plan}
	case stateDeleted:
		r.out.Published = No
		return stateError{fmt.Errorf("publish %s@%s: the registry says that this version was published and has been deleted since; "+
			"its number is used up: raise the version", r.plan.Name, r.plan.Version)}
	}
	return stateError{fmt.Errorf("publish %s@%s: the registry says that it is %s, which this program does not know: look at the "+
		"package's page, then run again", r.plan.Name, r.plan.Version, quoted(state))}
}

// waitsForApproval is for a version that is staged and was to be published
// directly.
func (r *run) waitsForApproval() error {
	return stateError{fmt.Errorf("publish %s@%s: a version with this number waits at the stage for a person's approval: approve or "+
		"reject it (npm stage list shows it), then run again", r.plan.Name, r.plan.Version)}
}

// defaults fills in the real clock.
func (w Wait) defaults() Wait {
	if w.Sleep == nil {
		w.Sleep = web.Sleep
	}
	if w.Now == nil {
		w.Now = time.Now
	}
	return w
}

// earlier returns the receipt of an earlier run over the same bytes, or nil.
func (r *run) earlier() *Receipt {
	if e := r.wait.Earlier; e != nil && e.Matches(r.plan) {
		return e
	}
	return nil
}
