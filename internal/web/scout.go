package web

import (
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// scoutPatience is how long requests wait for the connection of the first one.
const scoutPatience = time.Second

// Scouts have the first request to each server over TLS make its connection alone.
// Which protocol a server speaks shows only then: others at the same time would
// each make a connection too, of which HTTP/2 needs one.
type scouts struct {
	mu    sync.Mutex
	hosts map[string]chan struct{} // closed when the first one has a connection, or none
}

// send sends a request; the first to a server before others.
func (t *Transport) send(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" {
		return t.Transport.RoundTrip(req)
	}
	connected, first := t.scouts.of(req.URL.Host)
	if first {
		end := sync.OnceFunc(func() { close(connected) })
		defer end()
		trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { end() }}
		return t.Transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	}
	select {
	case <-connected:
		return t.Transport.RoundTrip(req)
	default:
	}
	patience := time.NewTimer(scoutPatience)
	defer patience.Stop()
	select {
	case <-connected:
	case <-patience.C:
	case <-req.Context().Done():
	}
	return t.Transport.RoundTrip(req)
}

// of returns what is closed when the first request to a host has its connection,
// and whether this is that request.
func (s *scouts) of(host string) (connected chan struct{}, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if connected = s.hosts[host]; connected != nil {
		return connected, false
	}
	if s.hosts == nil {
		s.hosts = map[string]chan struct{}{}
	}
	connected = make(chan struct{})
	s.hosts[host] = connected
	return connected, true
}
