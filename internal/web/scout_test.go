package web

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// count counts the connections of a server.
func count(dials *atomic.Int64) func(net.Conn, http.ConnState) {
	return func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			dials.Add(1)
		}
	}
}

// TestScout: requests that begin together use one connection where it carries
// them all, and each has its own where not.
func TestScout(t *testing.T) {
	for _, c := range []struct {
		name string
		two  bool
		most int64
	}{{"HTTP/2", true, 1}, {"HTTP/1.1", false, 30}} {
		h := newHolding(t, true, c.two)
		client := h.client(t)
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL, nil)
				if err == nil {
					_, _, err = Exchange(client, req, 10)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		for h.in.Load() < 30 { // nobody waits for an answer to another
		}
		close(h.release)
		all.Wait()
		if got := h.dials.Load(); got > c.most {
			t.Errorf("%s: %d connections, want %d", c.name, got, c.most)
		}
	}
}

// TestScoutFails: where the first request gets no connection, the others try.
func TestScoutFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "https://" + l.Addr().String()
	_ = l.Close()
	client := &http.Client{Transport: NewTransport(TransportOptions{})}
	given, cancel := context.WithCancel(t.Context())
	cancel()
	for _, ctx := range []context.Context{given, t.Context(), t.Context()} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Send(client, req); err == nil {
			t.Error("nobody is there")
		}
	}
}
