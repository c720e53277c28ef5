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

// When somebody watches, they are told what takes longer than silence, and
// from then on every reminder.
const (
	silence  = time.Second
	reminder = 10 * time.Second
)

// watch wraps sources so that progress says whom we are waiting for. stop must
// be called when they have all been asked; nothing is said after it.
func watch(progress io.Writer, sources []advisory.Source) (watched []advisory.Source, stop func()) {
	if progress == nil {
		return sources, func() {}
	}
	w := &waiting{}
	for _, s := range sources {
		if advisory.Offline(s) { // nobody waits for it; and Seek must know it for what it is
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

// waiting is who has not answered yet.
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

// Answer asks the source, and takes it off the list when it has answered.
func (s watchedSource) Answer(ctx context.Context, asked []advisory.Asked) ([]advisory.Record, advisory.Status, error) {
	defer s.waiting.done(s.Name())
	return s.Source.Answer(ctx, asked)
}
