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

// How long to wait for a stream's reader.
const (
	moment = 100 * time.Millisecond // in a single write; after that, writes do not wait
	last   = 300 * time.Millisecond // at the end of the program, once its time is up
)

var errUnread = errors.New("nobody read it in time")

// An outlet is a stream that never blocks the program for long. A write waits a
// moment for the reader, so that usually errors are returned at once and two
// streams on one terminal keep their order. If the reader is slow, this and all
// further writes are queued and written in the background; drain reports
// whether they arrived.
type outlet struct {
	to io.Writer

	mu    sync.Mutex
	more  *sync.Cond
	queue [][]byte
	empty chan struct{} // closed once the queue is empty; nil: nothing was written yet
	late  bool          // the reader did not keep up
	ended bool          // nothing more will be written
	err   error         // the write error of to
}

func newOutlet(to io.Writer) *outlet {
	o := &outlet{to: to}
	o.more = sync.NewCond(&o.mu)
	go o.run()
	return o
}

// Write queues p. After a write error of the stream, it returns that error.
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

// run writes the queue in order. Data stays in the queue until it is written.
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

// drain waits until everything is written, at most until ctx ends and a last
// moment after that.
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

// end says that no more writes follow.
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

// streams are a command's output streams, with its deadline.
type streams struct {
	out, err *outlet
	until    time.Time // when the program must end; zero: no limit
}

// limit returns a context that ends when the program must.
func (s *streams) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.until.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, s.until)
}

// written waits until standard output was read.
func (s *streams) written(ctx context.Context) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	if err := s.out.drain(ctx); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}

// end also waits until standard error was read. Messages that nobody reads are
// lost; the exit code reports the same.
func (s *streams) end(ctx context.Context) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	_ = s.err.drain(ctx)
	s.out.end()
	s.err.end()
}
