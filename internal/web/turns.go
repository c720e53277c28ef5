package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// How many requests a server is sent at once.
const (
	AtOnce  = 16  // over HTTP/1.1, where each has a connection
	Abreast = 100 // over HTTP/2, where one connection carries all; every server should take that many (RFC 9113, 6.5.2)
)

// Turns bound how many requests are under way to each server, whoever sends them.
// The zero value is ready. It is safe for concurrent use.
type Turns struct {
	mu    sync.Mutex
	lanes map[string]*lane // by host
}

// A lane is the bound of one server.
type lane struct {
	mu       sync.Mutex
	most, in int
	waiting  []chan struct{} // in the order in which they came; one is closed when it is its turn
}

// A Turn is what a Retry waits for before each attempt. A nil Turn is always there.
type Turn struct {
	lane *lane
	what string // "GET registry.npmjs.org", for errors
}

// Of returns the turn of requests to a host. That of nil Turns is always there.
func (t *Turns) Of(method, host string) *Turn {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.lanes[host]
	if one == nil {
		if t.lanes == nil {
			t.lanes = map[string]*lane{}
		}
		one = &lane{most: AtOnce}
		t.lanes[host] = one
	}
	return &Turn{one, method + " " + host}
}

// take waits until a request may be sent, and until the context ends. The context
// that it returns is for that request: its answer tells whether more may be.
func (t *Turn) take(ctx context.Context) (in context.Context, done func(), err error) {
	if t == nil {
		return ctx, func() {}, nil
	}
	if !t.lane.enter(ctx) {
		return nil, nil, fmt.Errorf("%s: %w", t.what, &Fault{context.Cause(ctx)})
	}
	return context.WithValue(ctx, laneKey{}, t.lane), t.lane.leave, nil
}

type laneKey struct{}

// enter reports whether the turn came before the context ended.
func (l *lane) enter(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	l.mu.Lock()
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	l.call()
	l.mu.Unlock()
	select {
	case <-turn:
		return true
	case <-ctx.Done():
	}
	l.mu.Lock()
	at := slices.Index(l.waiting, turn)
	if at >= 0 {
		l.waiting = slices.Delete(l.waiting, at, at+1)
	}
	l.mu.Unlock()
	if at < 0 { // it came at the same time
		l.leave()
	}
	return false
}

func (l *lane) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.in--
	l.call()
}

// call lets in who came last, as long as there is room: what follows from an answer
// does not wait for thousands of questions that came before. None of those is in a
// hurry, since all of them are waited for.
func (l *lane) call() {
	for l.in < l.most && len(l.waiting) > 0 {
		last := len(l.waiting) - 1
		close(l.waiting[last])
		l.waiting = l.waiting[:last]
		l.in++
	}
}

// met takes from an answer how many requests the server may be sent at once.
func met(ctx context.Context, resp *http.Response) {
	l, ok := ctx.Value(laneKey{}).(*lane)
	if !ok {
		return
	}
	most := AtOnce
	if resp.ProtoMajor == 2 {
		most = Abreast
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.most = most
	l.call()
}
