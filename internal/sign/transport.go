package sign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/web"
)

const (
	attempts   = 4                // for one request
	perAttempt = 30 * time.Second // Rekor v2 holds a client until its checkpoint, up to 20 s
)

var retry = web.Retry{Attempts: attempts, Each: perAttempt, First: 500 * time.Millisecond, Patience: 10 * time.Minute}

// A service is a RoundTripper for one Sigstore server. The libraries' own
// retries lose the reason of the last failure and ignore the context; this one
// keeps both.
//
// It repeats a request after what may pass, follows no redirect (a token would
// be sent along), and turns every answer that is neither 2xx nor in pass into
// an error.
type service struct {
	ctx  context.Context
	name string // for messages: "fulcio"
	base http.RoundTripper
	pass []int // other statuses to return to the caller
}

// A statusError is an answer that is not a success.
type statusError struct {
	service string
	code    int
	body    string        // foreign text, truncated
	asked   time.Duration // by Retry-After, where said
	said    bool
}

// Error says what the service answered.
func (e *statusError) Error() string {
	return strings.TrimRight(fmt.Sprintf("%s answered %d %s: %s", e.service, e.code, http.StatusText(e.code),
		e.body), ": ")
}

// StatusCode returns the HTTP status of the answer.
func (e *statusError) StatusCode() int { return e.code }

// Later reports whether it may pass, and when.
func (e *statusError) Later() (asked time.Duration, said, again bool) {
	return e.asked, e.said, web.Passes(e.code)
}

// RoundTrip implements http.RoundTripper. The body of its answer is in memory.
func (s *service) RoundTrip(request *http.Request) (response *http.Response, err error) {
	var body []byte
	if request.Body != nil {
		body, err = io.ReadAll(request.Body)
		request.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	err = retry.Do(s.ctx, func(ctx context.Context) error {
		response, err = s.once(request.Clone(ctx), body)
		return err
	})
	if err != nil {
		return nil, err
	}
	return response, nil
}

// once sends the request one time. It returns a success or a status in pass,
// with its body read.
func (s *service) once(request *http.Request, body []byte) (*http.Response, error) {
	request.Header.Set("User-Agent", "publishgate")
	if body != nil {
		request.Body = io.NopCloser(bytes.NewReader(body))
		request.ContentLength = int64(len(body))
	}
	client := &http.Client{Transport: s.base, CheckRedirect: web.Redirects{}.Check}
	response, answer, err := web.Exchange(client, request, maxAnswer)
	var large *web.TooLargeError
	if errors.As(err, &large) {
		return nil, fmt.Errorf("the answer of %s is larger than %d MB", s.name, maxAnswer>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("reach %s: %w", s.name, err)
	}
	code := response.StatusCode
	if (code < 200 || code > 299) && !slices.Contains(s.pass, code) {
		e := &statusError{service: s.name, code: code, body: shorten(answer)}
		e.asked, e.said = web.RetryAfter(response.Header, time.Now())
		return nil, e
	}
	response.Body = io.NopCloser(bytes.NewReader(answer))
	response.ContentLength = int64(len(answer))
	return response, nil
}

// httpClient wraps a service, which handles timeouts and has the last word on
// redirects.
func httpClient(s *service) *http.Client {
	return &http.Client{Transport: s, CheckRedirect: web.Redirects{}.Check}
}

// cause unwraps an error of a service, which already names its server, from
// what http.Client and the libraries add.
func cause(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func shorten(text []byte) string {
	return strings.TrimSpace(strings.ToValidUTF8(display.Clip(string(text), 300), "?"))
}
