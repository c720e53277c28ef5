package gate

import (
	"context"
	"errors"
	"time"

	"github.com/publishgate/publishgate/internal/github"
	"github.com/publishgate/publishgate/internal/report"
)

// uploads is what the members of a workspace share about their uploads, so that
// those of the first do not take the time in which the last are judged. Nil: one
// package is judged.
type uploads struct {
	left int      // members whose upload is still to come
	stop *refusal // what would meet the others too; nil: nothing
}

// A refusal is how an upload ended that was not tried.
type refusal struct {
	state report.State
	why   string
}

// share returns how long the next upload may take, of the time that is left for
// everything: half of what is this member's part of it.
func (u *uploads) share(left time.Duration) time.Duration {
	if u == nil {
		return left / 2
	}
	share := left / time.Duration(2*max(u.left, 1))
	u.left--
	return share
}

// stopped returns why the next upload is not tried; nil: it is.
func (u *uploads) stopped() *refusal {
	if u == nil {
		return nil
	}
	return u.stop
}

// ended notes how an upload ended. GitHub's answer about one file says nothing
// about the next; a permission that is missing, a rate limit and a server that
// is down do.
func (u *uploads) ended(id string, not *github.NotUploadedError, state report.State, why string) {
	if u == nil || id != "" || not.Reason == github.TooLarge || not.Reason == github.Rejected ||
		errors.Is(not, context.DeadlineExceeded) {
		return
	}
	u.stop = &refusal{state, "not tried, because an earlier member's findings were not taken: " + why}
}
