package gate

import (
	"fmt"
	"sync"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/publish"
)

// A showing is the wait for the registry to show a version that it accepted, or
// for a person to approve it.
type showing struct {
	what string // "the registry to show left@1.0.0"
	now  func() time.Time

	mu    sync.Mutex
	begun bool
	state string // the registry's word about the version
	until time.Time
	told  time.Time
}

// telling is the time between two words about the waiting where nobody watches.
const telling = 5 * time.Minute

// waits returns what tells whoever reads the log that the run waits for the
// registry, or for a person; done is called when it does no longer. Who watches
// is told as of every wait; else a word now and then says that the run goes on.
func (o *Outcome) waits(p *publish.Plan) (tell func(state string, left time.Duration), done func()) {
	s := &showing{what: fmt.Sprintf("the registry to show %s@%s", p.Name, p.Version), now: o.clock}
	if p.Road == publish.Staging {
		s.what = fmt.Sprintf("somebody to approve %s@%s", p.Name, p.Version)
	}
	if o.log != nil && o.log.Say != nil {
		return func(state string, left time.Duration) { s.note(state, left) }, o.log.wait(s.words)
	}
	return func(state string, left time.Duration) {
		if s.note(state, left); o.waiting != nil && s.due() {
			o.waiting.Printf("waiting for %s", s.words())
		}
	}, func() {}
}

func (s *showing) note(state string, left time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun, s.state, s.until = true, state, s.now().Add(left)
}

// due reports whether it is time for a word.
func (s *showing) due() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); s.told.IsZero() || now.Sub(s.told) >= telling {
		s.told = now
		return true
	}
	return false
}

// words says what is waited for: before the registry has accepted the document,
// for its answer.
func (s *showing) words() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun {
		return "the registry to take the document"
	}
	text := fmt.Sprintf("%s, %s at most", s.what, max(0, s.until.Sub(s.now())).Round(time.Second))
	if s.state != "" {
		text += fmt.Sprintf("; it says that it is %q", display.Clip(s.state, maxShownName))
	}
	return text
}
