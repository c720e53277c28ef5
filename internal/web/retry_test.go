package web_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/web"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// A trouble is an error that says whether another attempt may succeed.
type trouble struct {
	asked       time.Duration
	said, again bool
}

func (trouble) Error() string                        { return "trouble" }
func (e trouble) Later() (time.Duration, bool, bool) { return e.asked, e.said, e.again }

// clock returns a clock that moves only while somebody sleeps.
func clock(slept *[]time.Duration) web.Clock {
	now := noon
	return web.Clock{
		Now:    func() time.Time { return now },
		Jitter: func(width time.Duration) time.Duration { return width },
		Sleep: func(ctx context.Context, d time.Duration) error {
			*slept = append(*slept, d)
			now = now.Add(d)
			return ctx.Err()
		},
	}
}

// TestRetry: how many attempts are made, after which waits, and what the error
// says.
func TestRetry(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	passing, final := trouble{again: true}, trouble{}
	asks := func(d time.Duration) error { return trouble{d, true, true} }
	patient := web.Retry{Attempts: 4, First: 500 * ms, Patience: 10 * time.Minute}
	hurried := web.Retry{Attempts: 4, First: 500 * ms, Patience: 30 * s, Shorten: true}
	for name, c := range map[string]struct {
		retry  web.Retry
		left   time.Duration // until the deadline; 0: none
		errs   []error       // errors of the attempts, in order; later attempts succeed
		waits  []time.Duration
		failed string // part of the error; empty: the call succeeded
	}{
		"at once":        {patient, 0, nil, nil, ""},
		"the third time": {patient, 0, []error{passing, passing}, []time.Duration{500 * ms, s}, ""},
		"never": {patient, 0, []error{passing, passing, passing, passing}, []time.Duration{500 * ms,
			s, 2 * s}, "trouble (tried 4 times)"},
		"one attempt": {web.Retry{Attempts: 1}, 0, []error{passing}, nil, "trouble"},
		"no policy":   {web.Retry{}, 0, []error{passing}, nil, "trouble"},
		"steeper": {web.Retry{Attempts: 3, First: s, Growth: 4}, 0, []error{passing, passing},
			[]time.Duration{s, 4 * s}, ""},
		"final":                        {patient, 0, []error{passing, final}, []time.Duration{500 * ms}, "trouble"},
		"no Later":                     {patient, 0, []error{errors.New("other")}, nil, "other"},
		"asked for":                    {patient, 0, []error{asks(7 * s), passing}, []time.Duration{7 * s, s}, ""},
		"asked for none":               {patient, 0, []error{asks(0)}, []time.Duration{0}, ""},
		"asked for as much as allowed": {patient, 0, []error{asks(10 * time.Minute)}, []time.Duration{10 * time.Minute}, ""},
		"asked for a year": {patient, 0, []error{asks(24 * time.Hour)}, nil,
			"it asks to wait a day or longer, which is more than 10m0s"},
		"asked for more":              {patient, 0, []error{asks(10*time.Minute + s)}, nil, "it asks to wait 10m1s, which is more than 10m0s"},
		"asked for what is left":      {patient, 7 * s, []error{asks(7 * s)}, nil, "in 7s, would be past the deadline"},
		"asked for less than is left": {patient, 8 * s, []error{asks(7 * s)}, []time.Duration{7 * s}, ""},
		"own wait past the deadline":  {patient, 400 * ms, []error{passing}, nil, "past the deadline"},
		"the deadline comes nearer":   {patient, s, []error{passing, passing}, []time.Duration{500 * ms}, "past the deadline"},
		"shortened to the patience":   {hurried, 0, []error{asks(time.Hour)}, []time.Duration{30 * s}, ""},
		"shortened to half the time":  {hurried, 10 * s, []error{asks(time.Hour)}, []time.Duration{5 * s}, ""},
		"own wait shortened":          {hurried, 600 * ms, []error{passing}, []time.Duration{300 * ms}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var waits []time.Duration
			c.retry.Clock = clock(&waits)
			ctx := t.Context()
			if c.left > 0 {
				ctx = until{ctx, noon.Add(c.left)}
			}
			tries := 0
			err := c.retry.Do(ctx, func(context.Context) error {
				if tries++; tries <= len(c.errs) {
					return c.errs[tries-1]
				}
				return nil
			})
			if (err == nil) != (c.failed == "") || err != nil && !strings.HasSuffix(strings.TrimSuffix(err.Error(), ")"),
				strings.TrimSuffix(c.failed, ")")) {
				t.Errorf("error %v, want %q", err, c.failed)
			}
			if !slices.Equal(waits, c.waits) {
				t.Errorf("waited %v, want %v", waits, c.waits)
			}
			if want := len(c.waits) + 1; tries != want {
				t.Errorf("%d attempts, want %d", tries, want)
			}
		})
	}
}

// until is a context with a deadline by the test's clock.
type until struct {
	context.Context
	at time.Time
}

func (u until) Deadline() (time.Time, bool) { return u.at, true }

// TestRetryEnds: if the time is up, the error says what was met before.
func TestRetryEnds(t *testing.T) {
	over := errors.New("the run is over")
	for name, end := range map[string]int{"in the first attempt": 1, "in the second": 2, "while waiting": 3} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			r := web.Retry{Attempts: 4, Clock: web.Clock{Sleep: func(ctx context.Context, _ time.Duration) error {
				if end == 3 {
					cancel(over)
				}
				return ctx.Err()
			}}}
			tries := 0
			err := r.Do(ctx, func(ctx context.Context) error {
				if tries++; tries == end {
					cancel(over)
					return ctx.Err()
				}
				return trouble{again: true}
			})
			var met trouble
			if !errors.Is(err, over) || errors.As(err, &met) != (end > 1) || tries != min(end, 4-end) {
				t.Errorf("%v after %d attempts", err, tries)
			}
		})
	}
}

// TestRetryEach: an attempt that hangs is ended, and the next one is made.
func TestRetryEach(t *testing.T) {
	tries := 0
	r := web.Retry{Attempts: 2, Each: 10 * time.Millisecond, First: 1}
	err := r.Do(t.Context(), func(ctx context.Context) error {
		if tries++; tries == 1 {
			<-ctx.Done()
			return &web.Fault{Err: ctx.Err()}
		}
		return nil
	})
	if err != nil || tries != 2 {
		t.Errorf("%v after %d attempts", err, tries)
	}
}

// TestRealClock: the zero Clock waits no longer than the width, and no longer
// than the context lasts.
func TestRealClock(t *testing.T) {
	fail := func(context.Context) error { return trouble{again: true} }
	r := web.Retry{Attempts: 3, First: time.Millisecond}
	if err := r.Do(t.Context(), fail); err == nil {
		t.Error("no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	r = web.Retry{Attempts: 2, Patience: time.Hour}
	began := time.Now()
	err := r.Do(ctx, func(context.Context) error {
		time.AfterFunc(5*time.Millisecond, cancel)
		return trouble{time.Hour, true, true}
	})
	if !errors.Is(err, context.Canceled) || time.Since(began) > time.Minute {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func TestPasses(t *testing.T) {
	for status, want := range map[int]bool{
		408: true, 425: true, 429: true, 500: true, 502: true, 503: true, 504: true, 599: true,
		200: false, 301: false, 400: false, 401: false, 403: false, 404: false, 409: false, 501: false,
	} {
		if got := web.Passes(status); got != want {
			t.Errorf("%d: %v", status, got)
		}
	}
}

// TestRetryAfter: any header gives nothing, the wait it states, or a day.
func TestRetryAfter(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"": -1, "0": 0, "1": time.Second, " 7 ": 7 * time.Second, "600": 10 * time.Minute, "86401": day,
		"18446744074":          day, // this many seconds overflow to 0.3 s
		"99999999999":          day,
		"99999999999999999999": day,
		"-1":                   -1, "1.5": -1, "soon": -1, "+1": -1, "0x10": -1,
		"Tue, 01 Sep 2026 12:00:05 GMT": 5 * time.Second,
		"Tue, 01 Sep 2026 11:59:59 GMT": -1,
		"Wed, 01 Sep 2027 12:00:00 GMT": day,
		"Tue, 99 Sep 2026 12:00:05 GMT": -1,
	} {
		got, said := web.RetryAfter(http.Header{"Retry-After": {text}}, noon)
		if !said {
			got--
		}
		if got != want {
			t.Errorf("%q: %s (said: %v), want %s", text, got, said, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("18446744074")
	f.Add("Tue, 01 Sep 2026 12:00:05 GMT")
	f.Fuzz(func(t *testing.T, text string) {
		got, said := web.RetryAfter(http.Header{"Retry-After": {text}}, noon)
		if got < 0 || got > 24*time.Hour || !said && got != 0 {
			t.Errorf("%q: %s", text, got)
		}
	})
}
