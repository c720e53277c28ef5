// Package web is the one way to the network. It sends a request and reads the
// answer within limits. It says which answers are worth another attempt and when,
// which redirects are followed, and which addresses are public. It also makes the
// transport.
//
// What differs between servers is a value here: a Retry, a Redirects, a limit.
// The calling package decides what an answer means. Package web reads neither a
// proxy nor a credential from the environment.
package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// MaxErrorBytes is how much is read of the body of an answer that is not a
// success. The rest is dropped, because such a body is only quoted.
const MaxErrorBytes = 64 << 10

// Exchange sends a request once, reads the answer and closes its body. limit is
// the most that the body of a success may have, in bytes after decompression; a
// larger one is a *TooLargeError.
//
// A connection that fails or breaks off is a *Fault. A redirect that the client's
// Redirects do not follow is a *RedirectError. A redirect to this machine or its
// network is a *LocalError (see Onward), and a guarded server there a
// *PrivateError. One that is not recorded, under Replay, or cannot be, under Record,
// is a *RecordingError. An answer of any status is no error.
func Exchange(client *http.Client, req *http.Request, limit int64) (*http.Response, []byte, error) {
	resp, err := Send(client, req)
	if err != nil {
		return resp, nil, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		_, _ = io.CopyN(&body, resp.Body, MaxErrorBytes) // a part of the body is enough
		return resp, body.Bytes(), nil
	}
	if _, err := Copy(&body, resp.Body, limit); err != nil {
		return resp, nil, name(req, err)
	}
	return resp, body.Bytes(), nil
}

// Send sends a request once. It returns the errors of Exchange. They name the
// method and the host, but neither path nor query, which may hold a secret.
func Send(client *http.Client, req *http.Request) (*http.Response, error) {
	resp, err := client.Do(req)
	if err == nil {
		met(req.Context(), resp)
		return resp, nil
	}
	var redirect *RedirectError
	if errors.As(err, &redirect) {
		if resp != nil { // its body is already closed
			redirect.Status = resp.StatusCode
		}
		return nil, redirect
	}
	var local *LocalError
	if errors.As(err, &local) {
		return nil, name(req, local)
	}
	var private *PrivateError
	if errors.As(err, &private) {
		return nil, name(req, private)
	}
	var recording *RecordingError
	if errors.As(err, &recording) {
		return nil, recording // it names the request
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return nil, name(req, &Fault{err})
}

// Copy copies a body of at most limit bytes and returns their number. A larger
// body is a *TooLargeError, and a body that breaks off is a *Fault. An error of
// the writer is returned as it is.
func Copy(to io.Writer, body io.Reader, limit int64) (int64, error) {
	n, err := io.Copy(to, io.LimitReader(fragile{body}, limit+1))
	if err == nil && n > limit {
		err = &TooLargeError{limit}
	}
	return n, err
}

// Bounded returns a reader of a body of at most limit bytes. A larger body is a
// *TooLargeError, and one that breaks off is a *Fault.
func Bounded(body io.Reader, limit int64) io.Reader {
	return &bounded{ReadCloser: io.NopCloser(fragile{body}), limit: limit, left: limit}
}

// Capped limits how much can be read of the body of any answer, in bytes after
// decompression. Reading past the limit gives a *TooLargeError.
func Capped(next http.RoundTripper, limit int64) http.RoundTripper { return capped{next, limit} }

type capped struct {
	next  http.RoundTripper
	limit int64
}

// RoundTrip implements http.RoundTripper.
func (c capped) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(req)
	if err == nil {
		resp.Body = &bounded{ReadCloser: resp.Body, limit: c.limit, left: c.limit}
	}
	return resp, err
}

// A bounded body gives an error if it is longer than its limit.
type bounded struct {
	io.ReadCloser
	limit, left int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n, err = int(b.left), &TooLargeError{b.limit}
	}
	b.left -= int64(n)
	return n, err
}

// A fragile reader marks its errors as a *Fault, to tell them from errors of the
// writer.
type fragile struct{ io.Reader }

// Read implements io.Reader.
func (f fragile) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &Fault{fmt.Errorf("the answer broke off: %w", err)}
	}
	return n, err
}

// name adds the method and the host to an error.
func name(req *http.Request, err error) error {
	return fmt.Errorf("%s %s: %w", req.Method, req.URL.Host, err)
}

// A Fault is a connection that failed or broke off. It may pass.
type Fault struct{ Err error }

// Error returns the text of the wrapped error.
func (e *Fault) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *Fault) Unwrap() error { return e.Err }

// Later says that another attempt may succeed.
func (e *Fault) Later() (asked time.Duration, said, again bool) { return 0, false, true }

// A TooLargeError means that a body has more bytes than its limit.
type TooLargeError struct{ Limit int64 }

// Error names the limit.
func (e *TooLargeError) Error() string { return fmt.Sprintf("an answer above %d bytes", e.Limit) }

// Address parses the base address of a service: http or https, a host, and at
// most a path. ok is false for anything else, such as an address with a user name
// or a query.
func Address(text string) (u *url.URL, ok bool) {
	u, err := url.Parse(text)
	ok = err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
	return u, ok
}
