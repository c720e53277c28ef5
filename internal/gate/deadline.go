package gate

import (
	"context"
	"errors"
	"time"
)

// patience is how long work that has been told to stop may take to do so.
const patience = 400 * time.Millisecond

var errUnfinished = errors.New("there was more to read or to judge")

// within does work, and reports whether it ended before ctx did, or soon after.
// The loops that can be long look at ctx themselves. Whatever does not is given
// up on: it must touch nothing that outlives the process, for it goes on until
// that ends.
func within(ctx context.Context, work func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
