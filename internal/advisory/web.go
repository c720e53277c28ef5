package advisory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Web is how the online sources reach the network: everything that is not
// the same on each run comes in here.
type Web struct {
	Client *http.Client     // required; redirects to another host are never followed, whatever it says
	Agent  string           // User-Agent; empty: Go's
	Now    func() time.Time // required: dates answers and reads Retry-After dates

	// Wait waits between attempts; nil: a timer. Jitter draws from [0,1); nil:
	// a random number.
	Wait   func(ctx context.Context, d time.Duration) error
	Jitter func() float64
}

const (
	maxAttempts = 4
	firstWait   = 500 * time.Millisecond // doubled each time, then jittered over its full width
	longestWait = 30 * time.Second
	maxAnswer   = 64 << 20
)

// A statusError is an HTTP answer other than 200.
type statusError struct {
	code       int
	retryAfter string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("HTTP %d %s", e.code, http.StatusText(e.code))
}

var (
	errTooLarge  = fmt.Errorf("an answer above %d bytes", maxAnswer)
	errElsewhere = errors.New("redirects to another host, or without end")
)

// A mediaError is a 200 that says itself that it is no JSON: the page of a
// proxy, a login, a status page.
type mediaError struct{ kind string }

func (e *mediaError) Error() string {
	return "an answer of type " + short(e.kind) + ", not JSON"
}

// fetch returns the body of a 200. make is called for each attempt; network
// faults and the statuses that say "later" are tried again while the context
// lasts, anything else is final.
func (w *Web) fetch(ctx context.Context, make func() (*http.Request, error)) (body []byte, err error) {
	client := *w.Client
	client.CheckRedirect = sameHost
	err = w.persist(ctx, func() error {
		body, err = w.once(ctx, &client, make)
		return err
	})
	if err != nil {
		return nil, err
	}
	return body, nil
}

// persist calls f until it succeeds or what it met will not pass. Where the time
// is up, the error says what was met before: that is what can be mended.
func (w *Web) persist(ctx context.Context, f func() error) error {
	var last error
	for attempt := 0; ; attempt++ {
		err := f()
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w (last: %w)", context.Cause(ctx), last)
		}
		if attempt+1 == maxAttempts || !again(err) {
			return err
		}
		if err := w.wait(ctx, w.pause(ctx, attempt, err)); err != nil {
			return fmt.Errorf("%w (last: %w)", err, last)
		}
	}
}

func (w *Web) once(ctx context.Context, client *http.Client, make func() (*http.Request, error)) ([]byte, error) {
	req, err := make()
	if err != nil {
		return nil, err
	}
	if w.Agent != "" {
		req.Header.Set("User-Agent", w.Agent)
	}
	resp, err := client.Do(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be used again
		return nil, &statusError{resp.StatusCode, resp.Header.Get("Retry-After")}
	}
	if kind := resp.Header.Get("Content-Type"); !isJSON(kind) {
		return nil, &mediaError{kind}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, errTooLarge
	}
	return body, nil
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// sameHost refuses to carry what we ask, and a token, anywhere else.
func sameHost(req *http.Request, via []*http.Request) error {
	if first := via[0].URL; req.URL.Host != first.Host || req.URL.Scheme != first.Scheme {
		return errElsewhere
	}
	if len(via) > 5 {
		return errElsewhere
	}
	return nil
}

// again reports whether a fault may pass.
func again(err error) bool {
	var status *statusError
	switch {
	case errors.As(err, &status):
		switch status.code {
		case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
			return true
		}
		return status.code >= 500
	case errors.Is(err, errElsewhere), errors.Is(err, errTooLarge):
		return false
	}
	var fault *url.Error // what Client.Do returns; a body cut short is none
	return errors.As(err, &fault) || errors.Is(err, io.ErrUnexpectedEOF) || isNetwork(err)
}

func isNetwork(err error) bool {
	var network interface{ Timeout() bool } // net.Error and the faults of a body
	return errors.As(err, &network)
}

// pause is how long to wait: what the server asks, within reason, else full
// jitter over a doubling width. Both leave half of the remaining time.
func (w *Web) pause(ctx context.Context, attempt int, err error) time.Duration {
	longest := longestWait
	if deadline, ok := ctx.Deadline(); ok {
		longest = max(0, min(longest, deadline.Sub(w.Now())/2))
	}
	var status *statusError
	if errors.As(err, &status) {
		if d, ok := w.retryAfter(status.retryAfter); ok {
			return min(d, longest)
		}
	}
	draw := rand.Float64
	if w.Jitter != nil {
		draw = w.Jitter
	}
	return min(time.Duration(draw()*float64(firstWait<<attempt)), longest)
}

// retryAfter reads seconds or a date; what is negative, unreadable or past is
// none. Seconds are bounded before they are multiplied: 99999999999 of them
// overflow a Duration.
func (w *Web) retryAfter(s string) (time.Duration, bool) {
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		return time.Duration(min(n, uint64(longestWait/time.Second))) * time.Second, true
	}
	if t, err := http.ParseTime(s); err == nil {
		if d := t.Sub(w.Now()); d > 0 {
			return d, true
		}
	}
	return 0, false
}

func (w *Web) wait(ctx context.Context, d time.Duration) error {
	if w.Wait != nil {
		return w.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// each runs f for 0…n-1, at most width at a time, and returns the first error;
// the others are called off.
func each(ctx context.Context, n, width int, f func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := make(chan int)
	failed := make(chan error, width)
	width = min(width, n)
	for range width {
		go func() {
			var first error
			for i := range work {
				if err := f(ctx, i); err != nil && first == nil {
					first = err
					cancel()
				}
			}
			failed <- first
		}()
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		work <- i
	}
	close(work)
	var first error
	for range width {
		if err := <-failed; first == nil || errors.Is(first, context.Canceled) && err != nil {
			first = err // rather what failed than what was called off for it
		}
	}
	if first == nil {
		return context.Cause(ctx)
	}
	return first
}
