package gate

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/display"
)

// Somebody who watches is told what the run waits for: for the first time after
// silence, and then once every reminder.
const (
	silence  = time.Second
	reminder = 10 * time.Second
)

// watch wraps sources so that progress shows which of them the run waits for. The
// caller must call stop when all have been asked. Nothing is written after that.
func watch(progress io.Writer, sources []advisory.Source) (watched []advisory.Source, stop func()) {
	if progress == nil {
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
	quit, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		started := time.After(silence)
		var again <-chan time.Time
		for seconds := 1; ; {
			select {
			case <-quit:
				return
			case <-started:
				ticker := time.NewTicker(reminder)
				defer ticker.Stop()
				again = ticker.C
			case <-again:
				seconds += int(reminder / time.Second)
			}
			if names := w.list(); names != "" {
				fmt.Fprintf(progress, "publishgate: waiting for the advisories of %s (%d s)\n", names, seconds)
			}
		}
	}()
	return watched, func() { close(quit); <-gone }
}

// waiting holds the sources that have not answered yet.
type waiting struct {
	mu    sync.Mutex
	names []string
}

func (w *waiting) list() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return display.Text(strings.Join(w.names, ", "))
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
