package gate

import "context"

// A beside is work that goes on while the one who started it does other things.
type beside[T any] struct {
	stop  context.CancelFunc
	done  chan struct{} // closed when value and err are set
	value T
	err   error
}

// start does work beside the caller, who looks at its result with wait, where it
// is needed. So errors come in the order of waiting, whichever came first.
func start[T any](ctx context.Context, work func(ctx context.Context) (T, error)) *beside[T] {
	ctx, stop := context.WithCancel(ctx)
	b := &beside[T]{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		defer stop()
		b.value, b.err = work(ctx)
	}()
	return b
}

// wait waits for the work, and returns its result.
func (b *beside[T]) wait() (T, error) {
	<-b.done
	return b.value, b.err
}

// drop stops work that nobody needs any more, and waits until it has stopped. It
// does nothing to work that is done.
func (b *beside[T]) drop() {
	b.stop()
	<-b.done
}
