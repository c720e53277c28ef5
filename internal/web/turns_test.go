package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// holding is a server that answers when it is told to, and counts how many
// requests wait.
type holding struct {
	*httptest.Server
	in, most, dials atomic.Int64
	release         chan struct{}
}

func newHolding(t *testing.T, secure, two bool) *holding {
	h := &holding{release: make(chan struct{})}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if n := h.in.Add(1); n > h.most.Load() {
			h.most.Store(n)
		}
		defer h.in.Add(-1)
		if r.URL.Path == "/first" {
			return
		}
		select {
		case <-h.release:
		case <-r.Context().Done():
		}
	}))
	h.Config.ConnState = count(&h.dials)
	h.EnableHTTP2 = two
	if secure {
		h.StartTLS()
	} else {
		h.Start()
	}
	t.Cleanup(h.Close)
	return h
}

// client returns one whose transport is that of the product.
func (h *holding) client(t *testing.T) *http.Client {
	transport := NewTransport(TransportOptions{})
	if h.Certificate() != nil {
		transport.TLSClientConfig.RootCAs = h.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestTurns: over HTTP/1.1 no more than AtOnce are under way, over HTTP/2 no more
// than Abreast, and these have one connection.
func TestTurns(t *testing.T) {
	for _, c := range []struct {
		name        string
		secure, two bool
		most, dials int64
	}{
		{"in the clear", false, false, AtOnce, AtOnce},
		{"HTTP/1.1", true, false, AtOnce, AtOnce},
		{"HTTP/2", true, true, Abreast, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHolding(t, c.secure, c.two)
			client, turns := h.client(t), &Turns{}
			ask := func(path string) error {
				retry := Retry{Attempts: 1, Turn: turns.Of("GET", h.Listener.Addr().String())}
				return retry.Do(t.Context(), func(ctx context.Context) error {
					req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL+path, nil)
					if err == nil {
						_, _, err = Exchange(client, req, 10)
					}
					return err
				})
			}
			if err := ask("/first"); err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for range 2 * Abreast {
				all.Go(func() {
					if err := ask("/"); err != nil {
						t.Error(err)
					}
				})
			}
			for h.in.Load() < c.most {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(50 * time.Millisecond) // for more, which must not come
			close(h.release)
			all.Wait()
			if got := h.most.Load(); got != c.most {
				t.Errorf("%d at once, want %d", got, c.most)
			}
			if got := h.dials.Load(); got > c.dials {
				t.Errorf("%d connections, want %d", got, c.dials)
			}
		})
	}
}

// TestTurnNotCounted: the time of an attempt begins with its turn, and one whose
// context ends before it says what was asked for.
func TestTurnNotCounted(t *testing.T) {
	turns := &Turns{}
	var in, all sync.WaitGroup
	release := make(chan struct{})
	in.Add(AtOnce)
	for range AtOnce {
		all.Go(func() {
			retry := Retry{Attempts: 1, Turn: turns.Of("GET", "host")}
			_ = retry.Do(t.Context(), func(context.Context) error {
				in.Done()
				<-release
				return nil
			})
		})
	}
	in.Wait()
	why := errors.New("another one failed")
	ended, cancel := context.WithCancelCause(t.Context())
	retry := Retry{Attempts: 3, Turn: turns.Of("POST", "host"), Each: 30 * time.Millisecond}
	left := make(chan error)
	go func() { left <- retry.Do(ended, func(context.Context) error { return nil }) }()
	time.Sleep(10 * time.Millisecond)
	cancel(why)
	if err := <-left; !errors.Is(err, why) || err.Error() != "POST host: another one failed" {
		t.Errorf("%v", err)
	}
	go func() {
		time.Sleep(60 * time.Millisecond)
		close(release)
	}()
	if err := retry.Do(t.Context(), func(ctx context.Context) error { return ctx.Err() }); err != nil {
		t.Errorf("the attempt that waited: %v", err)
	}
	all.Wait()
}

// TestTurnsOrder: who came last is next, and a turn that is given up goes to
// another.
func TestTurnsOrder(t *testing.T) {
	l := &lane{most: 1}
	if !l.enter(t.Context()) {
		t.Fatal("there was room")
	}
	order := make(chan int, 3)
	gone, cancel := context.WithCancel(t.Context())
	for i, ctx := range []context.Context{t.Context(), t.Context(), gone} {
		go func() {
			if l.enter(ctx) {
				order <- i
				l.leave()
			}
		}()
		for waits := 0; waits <= i; {
			l.mu.Lock()
			waits = len(l.waiting)
			l.mu.Unlock()
		}
	}
	cancel()
	for waits := 3; waits > 2; {
		l.mu.Lock()
		waits = len(l.waiting)
		l.mu.Unlock()
	}
	l.leave()
	if a, b := <-order, <-order; a != 1 || b != 0 {
		t.Errorf("%d, %d", a, b)
	}
}
