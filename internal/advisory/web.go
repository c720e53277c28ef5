package advisory

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/web"
)

// A Web is how the online sources reach the network: everything that is not
// the same on each run comes in here.
type Web struct {
	Client *http.Client     // required; redirects to another host are never followed, whatever it says
	Agent  string           // User-Agent; empty: Go's
	Now    func() time.Time // required: dates answers and reads Retry-After dates

	Turns *web.Turns // bound the requests at once, with those of others who have them too; nil: each source does alone

	// Wait waits between attempts; nil: a timer. Jitter draws a wait of up to a
	// width; nil: at random.
	Wait   func(ctx context.Context, d time.Duration) error
	Jitter func(width time.Duration) time.Duration
}

const maxAnswer = 64 << 20

// A statusError is an HTTP answer other than 200.
type statusError struct {
	code  int
	asked time.Duration // by Retry-After, where said
	said  bool
}

func (e *statusError) Error() string {
	return fmt.Sprintf("HTTP %d %s", e.code, http.StatusText(e.code))
}

// Later reports whether it may pass, and when.
func (e *statusError) Later() (asked time.Duration, said, again bool) {
	return e.asked, e.said, web.Passes(e.code)
}

// A mediaError is a 200 that says itself that it is no JSON: the page of a
// proxy, a login, a status page.
type mediaError struct{ kind string }

func (e *mediaError) Error() string {
	return "an answer of type " + short(e.kind) + ", not JSON"
}

// maxRedirects is how many hops a question or a download may take.
const maxRedirects = 5

// sameHost refuses to carry what we ask, and a token, anywhere else.
var sameHost = web.Redirects{Hops: maxRedirects, Rule: "another host",
	Allow: func(to, first *http.Request) bool { return web.SameOrigin(to.URL, first.URL) }}

// retry returns the policy for what is asked. Sources are asked under a
// deadline of their own, so a server that asks for too long a wait is asked
// once more within it, and not given up.
func (w *Web) retry() web.Retry {
	return web.Retry{Attempts: 4, First: 500 * time.Millisecond, Patience: 30 * time.Second, Shorten: true,
		Clock: web.Clock{Now: w.Now, Sleep: w.Wait, Jitter: w.Jitter}}
}

// fetch returns the body of a 200. make is called for each attempt; network
// faults and the statuses that say "later" are tried again while the context
// lasts, anything else is final.
func (w *Web) fetch(ctx context.Context, make func() (*http.Request, error)) (body []byte, err error) {
	client := *w.Client
	client.CheckRedirect = sameHost.Check
	first, err := make() // for its address
	if err != nil {
		return nil, err
	}
	retry := w.retry()
	retry.Turn = w.Turns.Of(first.Method, first.URL.Host)
	err = retry.Do(ctx, func(ctx context.Context) error {
		body, err = w.once(ctx, &client, make)
		return err
	})
	if err != nil {
		return nil, err
	}
	return body, nil
}

func (w *Web) once(ctx context.Context, client *http.Client, make func() (*http.Request, error)) ([]byte, error) {
	req, err := make()
	if err != nil {
		return nil, err
	}
	if w.Agent != "" {
		req.Header.Set("User-Agent", w.Agent)
	}
	resp, body, err := web.Exchange(client, req.WithContext(ctx), maxAnswer)
	if err != nil {
		return nil, err
	}
	if err := w.status(resp); err != nil {
		return nil, err
	}
	if kind := resp.Header.Get("Content-Type"); !isJSON(kind) {
		return nil, &mediaError{kind}
	}
	return body, nil
}

// status returns an error unless an answer is a 200.
func (w *Web) status(resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	e := &statusError{code: resp.StatusCode}
	e.asked, e.said = web.RetryAfter(resp.Header, w.Now())
	return e
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
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
