package gate

import (
	"context"
	"errors"
	"time"
)

// patience is how long work may take to stop after it was told to.
const patience = 400 * time.Millisecond

var errUnfinished = errors.New("there was more to read or to judge")

// within calls work and reports whether it ended before ctx did, or within
// patience of that. Long loops in work watch ctx themselves. Work that does not
// stop is left running until the process ends, so it must touch nothing that
// outlives the process.
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
