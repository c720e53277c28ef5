package gate

import (
	"context"
	"errors"
	"time"

	"github.com/publishgate/publishgate/internal/check"
	"github.com/publishgate/publishgate/internal/policy"
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

// read reads all input there is, no longer than ctx. What it has got comes with
// the error.
func read(ctx context.Context, c Config) (*input, error) {
	in, err := begin(c)
	if err != nil {
		return in, err
	}
	if !within(ctx, func() { err = in.read(ctx, c) }) {
		return in.abandoned(), errUnfinished
	}
	if err == nil && ctx.Err() != nil {
		err = errUnfinished
	}
	return in, err
}

// judgeWithin is judge, no longer than ctx. What was cut short is no verdict.
func (in *input) judgeWithin(ctx context.Context) (*input, policy.Verdict, error) {
	var v policy.Verdict
	var err error
	if !within(ctx, func() { v, err = in.judge() }) {
		return in.abandoned(), policy.Verdict{}, errUnfinished
	}
	if err == nil && ctx.Err() != nil {
		return in, policy.Verdict{}, errUnfinished
	}
	return in, v, err
}

// abandoned is what of the input a report can name while work that was given
// up on may still be at the rest.
func (in *input) abandoned() *input {
	return &input{now: in.now, subject: &check.Subject{Manifest: in.subject.Manifest}}
}
