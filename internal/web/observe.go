package web

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// A Sent is one request as it went over a connection, and how it was answered.
// It holds no query, no header and no user name, which may be credentials. A
// path may hold one too, and the error is foreign text: whoever shows them
// redacts and escapes them.
type Sent struct {
	Method string
	Host   string // "registry.npmjs.org", with the port where the address has one
	Path   string // as it was sent, percent-encoded
	Status int    // 0: there was no answer
	Bytes  int64  // of the answer's body, as far as it was read, after decompression
	Took   time.Duration
	Err    error // why there was no answer, or why its body broke off; nil: neither
}

// A Transport is an http.Transport that tells of each request, and that makes one
// connection to a server that speaks HTTP/2.
type Transport struct {
	*http.Transport
	observe func(Sent)
	scouts  scouts
}

// RoundTrip implements http.RoundTripper. A redirect, and each attempt of a
// request that is repeated, are requests of their own. A request is told of once
// its answer was read to the end or closed.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.observe == nil {
		return t.send(req)
	}
	begun := time.Now()
	told := Sent{Method: req.Method, Host: req.URL.Host, Path: req.URL.EscapedPath()}
	resp, err := t.send(req)
	if err != nil {
		told.Took, told.Err = time.Since(begun), err
		t.observe(told)
		return resp, err
	}
	told.Status = resp.StatusCode
	resp.Body = &observed{ReadCloser: resp.Body, sent: told, begun: begun, tell: t.observe}
	return resp, nil
}

// An observed body counts what is read of it, and tells once.
type observed struct {
	io.ReadCloser
	begun time.Time
	once  sync.Once
	tell  func(Sent)

	mu   sync.Mutex // a body may be closed while it is read
	sent Sent
}

// Read implements io.Reader.
func (b *observed) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	b.sent.Bytes += int64(n)
	b.mu.Unlock()
	switch {
	case errors.Is(err, io.EOF):
		b.end(nil)
	case err != nil:
		b.end(err)
	}
	return n, err
}

// Close implements io.Closer.
func (b *observed) Close() error {
	err := b.ReadCloser.Close()
	b.end(nil)
	return err
}

func (b *observed) end(err error) {
	b.once.Do(func() {
		b.mu.Lock()
		told := b.sent
		b.mu.Unlock()
		told.Took, told.Err = time.Since(b.begun), err
		b.tell(told)
	})
}
