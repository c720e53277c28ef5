// Package away puts test servers some way off: over TLS and HTTP/2, as the real ones
// are, with a wait before each answer. It counts connections and requests, and how
// many answers a run waited for one after another. It is imported by tests only.
package away

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// A Way is what lies between a run and its servers. Set its fields before the first
// Serve.
type Way struct {
	Latency time.Duration // before each answer

	// Quiet, if set, has requests wait for each other: they are answered together
	// once none has come for so long. One that comes later needed an answer, or did
	// not get its turn.
	Quiet time.Duration

	Plain bool // by HTTP/1.1 without TLS

	mu     sync.Mutex
	ca     []byte
	dials  map[string]int
	asked  map[string]int
	rounds [][]string
	round  chan struct{} // closed when those who wait are answered; nil: nobody waits
	timer  *time.Timer
}

// Serve starts a server until the test ends. name is what the counts call it. The
// address has no slash at the end.
func (w *Way) Serve(t testing.TB, name string, h http.Handler) (address string) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		w.wait(name, r)
		h.ServeHTTP(to, r)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.dials == nil {
				w.dials = map[string]int{}
			}
			w.dials[name]++
		}
	}
	if w.Plain {
		s.Start()
	} else {
		s.EnableHTTP2 = true
		s.StartTLS()
		w.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}) // that of all of them
	}
	t.Cleanup(s.Close)
	return s.URL
}

// wait holds a request back, and counts it.
func (w *Way) wait(name string, r *http.Request) {
	w.mu.Lock()
	if w.asked == nil {
		w.asked = map[string]int{}
	}
	w.asked[name]++
	if w.Quiet == 0 {
		w.mu.Unlock()
		time.Sleep(w.Latency)
		return
	}
	if w.round == nil {
		w.round, w.rounds = make(chan struct{}), append(w.rounds, nil)
		w.timer = time.AfterFunc(w.Quiet, w.answer)
	}
	w.timer.Reset(w.Quiet)
	last := len(w.rounds) - 1
	w.rounds[last] = append(w.rounds[last], name+" "+r.Method+" "+r.URL.EscapedPath())
	released := w.round
	w.mu.Unlock()
	select {
	case <-released:
	case <-r.Context().Done():
	}
}

// answer ends a round.
func (w *Way) answer() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.round != nil {
		close(w.round)
		w.round = nil
	}
}

// CA returns the certificate to trust, in PEM. The servers must have been started.
func (w *Way) CA() []byte { return w.ca }

// Reset forgets what was counted.
func (w *Way) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.dials)
	clear(w.asked)
	w.rounds = nil
}

// Dials returns how many connections a server had.
func (w *Way) Dials(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dials[name]
}

// Asked returns how many requests a server had.
func (w *Way) Asked(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked[name]
}

// Rounds returns the requests of each round, "registry GET /left".
func (w *Way) Rounds() [][]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rounds
}
