package sign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	attempts   = 4                // for one request
	perAttempt = 30 * time.Second // Rekor v2 holds a client until its checkpoint, up to 20 s
	firstPause = 500 * time.Millisecond
	worstPause = 20 * time.Second
)

// A service is a RoundTripper for one Sigstore server. The libraries' own
// retries lose the reason of the last failure and ignore the context; this one
// keeps both.
//
// It repeats a request after a network error and after 408, 425, 429 and 5xx,
// honours Retry-After, follows no redirect (a token would be sent along), and
// turns every answer that is neither 2xx nor in pass into an error.
type service struct {
	ctx  context.Context
	name string // for messages: "fulcio"
	base http.RoundTripper
	pass []int // other statuses to return to the caller
}

// A statusError is a final answer that is not a success.
type statusError struct {
	service string
	code    int
	body    string // foreign text, truncated
}

func (e *statusError) Error() string {
	return strings.TrimRight(fmt.Sprintf("%s answered %d %s: %s", e.service, e.code, http.StatusText(e.code),
		e.body), ": ")
}

// StatusCode returns the HTTP status of the answer.
func (e *statusError) StatusCode() int { return e.code }

func (s *service) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		body, err = io.ReadAll(request.Body)
		request.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	pause := firstPause
	for attempt := 1; ; attempt++ {
		response, err := s.once(request, body)
		if err == nil || s.ctx.Err() != nil || !repeatable(err) {
			return response, err
		}
		if attempt == attempts {
			return nil, fmt.Errorf("%w (tried %d times)", err, attempts)
		}
		// Full jitter, because many jobs of one matrix see the same outage.
		wait := time.Duration(rand.Int64N(int64(pause))) + time.Millisecond
		var late *retryLater
		if errors.As(err, &late) && late.after > 0 {
			wait = late.after
		}
		if deadline, ok := s.ctx.Deadline(); ok && time.Until(deadline) < wait {
			return nil, fmt.Errorf("%w (to be tried again in %s, which is past the deadline)", err, wait.Round(time.Second))
		}
		timer := time.NewTimer(wait)
		select {
		case <-s.ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("%w, while waiting to repeat: %w", s.ctx.Err(), err)
		case <-timer.C:
		}
		pause = min(2*pause, worstPause)
	}
}

// once sends the request one time. It returns a success or a status in pass,
// with its body read.
func (s *service) once(request *http.Request, body []byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(s.ctx, perAttempt)
	defer cancel()
	request = request.Clone(ctx)
	request.Header.Set("User-Agent", "publishgate")
	if body != nil {
		request.Body = io.NopCloser(bytes.NewReader(body))
		request.ContentLength = int64(len(body))
	}
	response, err := s.base.RoundTrip(request)
	if err != nil {
		return nil, &retryLater{err: fmt.Errorf("reach %s: %w", s.name, err)}
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, &retryLater{err: fmt.Errorf("read the answer of %s: %w", s.name, err)}
	}
	if len(answer) > maxAnswer {
		return nil, fmt.Errorf("the answer of %s is larger than %d MB", s.name, maxAnswer>>20)
	}
	response.Body = io.NopCloser(bytes.NewReader(answer))
	response.ContentLength = int64(len(answer))

	code := response.StatusCode
	if code >= 200 && code < 300 {
		return response, nil
	}
	for _, wanted := range s.pass {
		if code == wanted {
			return response, nil
		}
	}
	status := &statusError{service: s.name, code: code, body: shorten(answer)}
	if code == http.StatusRequestTimeout || code == http.StatusTooEarly || code == http.StatusTooManyRequests ||
		code >= 500 {
		return nil, &retryLater{err: status, after: retryAfter(response.Header)}
	}
	return nil, status
}

// A retryLater is an error that may be transient.
type retryLater struct {
	err   error
	after time.Duration // from Retry-After; 0: the server did not say
}

func (e *retryLater) Error() string { return e.err.Error() }
func (e *retryLater) Unwrap() error { return e.err }

func repeatable(err error) bool {
	var late *retryLater
	return errors.As(err, &late)
}

// retryAfter reads the header in seconds. The form with a date is ignored: it
// would depend on two clocks, and jitter is good enough.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 24*60*60 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// cause unwraps an error of a service, which already names its server, from
// what
// http.Client and the libraries add.
func cause(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func shorten(text []byte) string {
	const most = 300
	s := strings.ToValidUTF8(string(text[:min(len(text), most)]), "?")
	if len(text) > most {
		s += "…"
	}
	return strings.TrimSpace(s)
}
