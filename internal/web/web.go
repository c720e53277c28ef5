// Package web is the one way to the network. It sends a request and reads the
// answer within bounds, says which answers are worth another attempt and when,
// which redirects are followed, and which addresses are public; and it makes
// the transport.
//
// What differs between servers is a value here: a Retry, a Redirects, a limit.
// What an answer means is decided by the room that asked. It reads nothing of
// the environment: neither a proxy nor a credential comes from there.
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
// success. The rest is cut off, because it is only quoted.
const MaxErrorBytes = 64 << 10

// Exchange sends a request once and reads the answer, whose body is then
// closed. limit bounds the body of a success, in bytes after decompression;
// more is a *TooLargeError.
//
// A connection that fails or breaks off is a *Fault. A redirect that was not
// followed is a *RedirectError where the client's Redirects say so, and one that
// led to this machine or its network a *LocalError (see Onward). Any status is
// an answer, and no error.
func Exchange(client *http.Client, req *http.Request, limit int64) (*http.Response, []byte, error) {
	resp, err := Send(client, req)
	if err != nil {
		return resp, nil, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		_, _ = io.CopyN(&body, resp.Body, MaxErrorBytes) // half of it will do
		return resp, body.Bytes(), nil
	}
	if _, err := Copy(&body, resp.Body, limit); err != nil {
		return resp, nil, name(req, err)
	}
	return resp, body.Bytes(), nil
}

// Send sends a request once. Its errors are those of Exchange; they name the
// method and the host, and neither path nor query, which may hold a secret.
func Send(client *http.Client, req *http.Request) (*http.Response, error) {
	resp, err := client.Do(req)
	if err == nil {
		return resp, nil
	}
	var redirect *RedirectError
	if errors.As(err, &redirect) {
		if resp != nil { // its body is closed
			redirect.Status = resp.StatusCode
		}
		return nil, redirect
	}
	var local *LocalError
	if errors.As(err, &local) {
		return nil, name(req, local)
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return nil, name(req, &Fault{err})
}

// Copy copies a body of at most limit bytes and returns their number. More is a
// *TooLargeError, and a body that breaks off a *Fault. An error of the writer
// is neither.
func Copy(to io.Writer, body io.Reader, limit int64) (int64, error) {
	n, err := io.Copy(to, io.LimitReader(fragile{body}, limit+1))
	if err == nil && n > limit {
		err = &TooLargeError{limit}
	}
	return n, err
}

// Capped limits how much is read of any answer's body, in bytes after
// decompression. A read past the limit is a *TooLargeError.
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

// A bounded body ends in an error where it is longer than its limit.
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

// A fragile reader tells that the body broke off from what happens to the
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

// name adds to an error what was asked for.
func name(req *http.Request, err error) error {
	return fmt.Errorf("%s %s: %w", req.Method, req.URL.Host, err)
}

// A Fault is a connection that failed or broke off. It may pass.
type Fault struct{ Err error }

// Error is the text of the error underneath.
func (e *Fault) Error() string { return e.Err.Error() }

// Unwrap returns the error underneath.
func (e *Fault) Unwrap() error { return e.Err }

// Later reports that it may pass.
func (e *Fault) Later() (asked time.Duration, said, again bool) { return 0, false, true }

// A TooLargeError is a body with more bytes than its limit.
type TooLargeError struct{ Limit int64 }

// Error names the limit.
func (e *TooLargeError) Error() string { return fmt.Sprintf("an answer above %d bytes", e.Limit) }

// Address reads the base address of a service: http or https, a host, and at
// most a path. ok is false for anything else, a user name and a query included.
func Address(text string) (u *url.URL, ok bool) {
	u, err := url.Parse(text)
	ok = err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		u.RawQuery == "" && u.Fragment == ""
	return u, ok
}
