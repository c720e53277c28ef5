package gate

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
)

// Somebody who watches is told what the run waits for: for the first time after
// silence, then each time after as long again, but at least every reminder.
const (
	silence  = time.Second
	reminder = 30 * time.Second
)

// wait tells now and then that the run waits for something, until done is called
// or the stage is over. what returns the words for it, "" if there is nothing to
// tell now.
func (l *Log) wait(what func() string) (done func()) {
	if l == nil || l.Say == nil {
		return func() {}
	}
	turn, begun := l.current(), time.Now()
	quit, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for next := silence; ; next += min(next, reminder) {
			timer := time.NewTimer(time.Until(begun.Add(next)))
			select {
			case <-quit:
				timer.Stop()
				return
			case <-timer.C:
			}
			if l.current() != turn {
				return
			}
			if text := what(); text != "" {
				l.Say.Printf("waiting for %s (%d s)", text, int(next/time.Second))
			}
		}
	}()
	return sync.OnceFunc(func() { close(quit); <-gone })
}

// waitFor is wait for something that keeps its name.
func (l *Log) waitFor(what string) (done func()) { return l.wait(func() string { return what }) }

// watch wraps sources so that the log shows which of them the run waits for. The
// caller must call stop when all have been asked.
func (l *Log) watch(sources []advisory.Source) (watched []advisory.Source, stop func()) {
	if l == nil || l.Say == nil {
		return sources, func() {}
	}
	w := &waiting{}
	for _, s := range sources {
		if advisory.Offline(s) { // nobody waits for it, and Seek must see that it is offline
			watched = append(watched, s)
			continue
		}
		w.names = append(w.names, s.Name())
		watched = append(watched, watchedSource{s, w})
	}
	return watched, l.wait(w.list)
}

// waiting holds the sources that have not answered yet.
type waiting struct {
	mu    sync.Mutex
	names []string
}

func (w *waiting) list() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.names) == 0 {
		return ""
	}
	return "the advisories of " + strings.Join(w.names, ", ")
}

func (w *waiting) done(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at := slices.Index(w.names, name); at >= 0 {
		w.names = slices.Delete(w.names, at, at+1)
	}
}

type watchedSource struct {
	advisory.Source
	waiting *waiting
}

// Answer asks the source, and takes it off the list once it has answered.
func (s watchedSource) Answer(ctx context.Context, asked []advisory.Asked) ([]advisory.Record, advisory.Status, error) {
	defer s.waiting.done(s.Name())
	return s.Source.Answer(ctx, asked)
}
