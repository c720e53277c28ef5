package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// How long a stream's reader is waited for.
const (
	moment = 100 * time.Millisecond // by a single write; from then on nothing waits
	last   = 300 * time.Millisecond // by the program, once its time is up
)

var errUnread = errors.New("nobody read it in time")

// An outlet is a stream that holds nothing up. A write waits a moment for its
// reader, so that in the ordinary case errors are told at once and two streams
// of one terminal keep their order. Where the reader is late, this and all
// further writes are kept and handed on beside the work; drain tells whether
// they arrived.
type outlet struct {
	to io.Writer

	mu    sync.Mutex
	more  *sync.Cond
	queue [][]byte
	empty chan struct{} // closed once the queue is; nil: nothing was written yet
	late  bool          // the reader was waited for in vain
	ended bool          // nothing more will be written
	err   error         // of to
}

func newOutlet(to io.Writer) *outlet {
	o := &outlet{to: to}
	o.more = sync.NewCond(&o.mu)
	go o.run()
	return o
}

// Write hands p on. After an error of the stream it returns that.
func (o *outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	if len(o.queue) == 0 {
		o.empty = make(chan struct{})
	}
	o.queue = append(o.queue, bytes.Clone(p))
	o.more.Signal()
	if o.late {
		return len(p), nil
	}
	written := o.empty
	o.mu.Unlock()
	arrived := wait(written, moment)
	o.mu.Lock()
	o.late = o.late || !arrived
	if o.err != nil {
		return 0, o.err
	}
	return len(p), nil
}

// run writes what is queued, in order. What is being written stays in the queue
// until it has been.
func (o *outlet) run() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		for len(o.queue) == 0 {
			if o.ended {
				return
			}
			o.more.Wait()
		}
		p := o.queue[0]
		o.mu.Unlock()
		_, err := o.to.Write(p)
		o.mu.Lock()
		o.queue[0] = nil
		o.queue = o.queue[1:]
		if err != nil {
			o.err, o.queue = err, nil
		}
		if len(o.queue) == 0 {
			close(o.empty)
		}
	}
}

// drain waits until everything was written, no longer than ctx and the last
// moment after it.
func (o *outlet) drain(ctx context.Context) error {
	o.mu.Lock()
	written := o.empty
	o.mu.Unlock()
	if written == nil {
		return nil
	}
	select {
	case <-written:
	case <-ctx.Done():
		if !wait(written, last) {
			return errUnread
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// end says that nothing more will be written.
func (o *outlet) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	o.more.Signal()
}

// wait reports whether a channel was closed in time.
func wait(closed <-chan struct{}, most time.Duration) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-closed:
		return true
	case <-timer.C:
		return false
	}
}

// streams are what a command says, and how long it may take.
type streams struct {
	out, voice *outlet
	until      time.Time // by then the program ends; zero: when it is done
}

// limit is ctx, ended when the program has to.
func (s *streams) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.until.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, s.until)
}

// written waits for standard output to be read.
func (s *streams) written(ctx context.Context) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	if err := s.out.drain(ctx); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}

// end waits for standard error to be read, too. What nobody reads there is
// lost: the exit code says it as well.
func (s *streams) end(ctx context.Context) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	_ = s.voice.drain(ctx)
	s.out.end()
	s.voice.end()
}
