package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Retry says how often and how patiently something is tried again. Attempts
// is required.
type Retry struct {
	Attempts int           // at most, the first one included
	Each     time.Duration // for one attempt, its body included; 0: no limit but the context's
	First    time.Duration // width of the first wait; the wait is drawn from it
	Growth   int           // factor from one width to the next; 0 means 2

	// Patience is the longest wait that a server may ask for; 0: none. What it
	// asks for beyond that is final, unless Shorten is set.
	Patience time.Duration

	// Shorten makes every wait fit into half of the time that is left, and into
	// Patience: for an answer that is worth asking for again even so.
	Shorten bool

	Clock
}

// A Clock is what is not the same in each run. The zero value is the real one.
type Clock struct {
	Now    func() time.Time                           // nil: time.Now
	Sleep  func(context.Context, time.Duration) error // nil: Sleep
	Jitter func(width time.Duration) time.Duration    // a wait of up to width; nil: random
}

// Do calls try until it succeeds, until what it met will not pass (see Again),
// or until the attempts, the patience or the time are used up. The context of
// an attempt ends after r.Each.
//
// Its error wraps the last error of try. Where the context ended, it wraps the
// last error from before that, which is what can be mended, and the context's
// cause.
func (r *Retry) Do(ctx context.Context, try func(context.Context) error) error {
	var last error
	width := r.First
	for attempt := 1; ; attempt++ {
		err := r.once(ctx, try)
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		if ctx.Err() != nil {
			return ended(ctx, last)
		}
		asked, said, again := Again(err)
		switch {
		case !again:
			return err
		case attempt >= r.Attempts && r.Attempts > 1:
			return fmt.Errorf("%w (tried %d times)", err, attempt)
		case attempt >= r.Attempts:
			return err
		}
		if !said {
			asked = r.jitter(width)
		}
		wait, why := r.wait(ctx, asked)
		if why != "" {
			return fmt.Errorf("%w (%s)", err, why)
		}
		if err := r.sleep(ctx, wait); err != nil {
			return ended(ctx, last)
		}
		width *= time.Duration(cmp.Or(r.Growth, 2))
	}
}

func (r *Retry) once(ctx context.Context, try func(context.Context) error) error {
	if r.Each > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.Each)
		defer cancel()
	}
	return try(ctx)
}

// ended is the error for a context that ended after what was last met.
func ended(ctx context.Context, last error) error {
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(last, cause) {
		return last
	}
	return fmt.Errorf("%w (%w)", last, cause)
}

// wait fits a wait into the patience and the time that is left, or says why it
// does not.
func (r *Retry) wait(ctx context.Context, wait time.Duration) (fit time.Duration, why string) {
	deadline, limited := ctx.Deadline()
	left := deadline.Sub(r.Time())
	if r.Shorten {
		wait = min(wait, r.Patience)
		if limited {
			wait = min(wait, max(0, left/2))
		}
		return wait, ""
	}
	if limited && left <= wait {
		return 0, fmt.Sprintf("the next attempt, in %s, would be past the deadline", wait.Round(time.Second))
	}
	if r.Patience > 0 && wait > r.Patience {
		return 0, fmt.Sprintf("it asks to wait %s, which is more than %s", wait.Round(time.Second), r.Patience)
	}
	return wait, ""
}

// Time is the time by this clock.
func (c Clock) Time() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func (c Clock) sleep(ctx context.Context, d time.Duration) error {
	if c.Sleep == nil {
		return Sleep(ctx, d)
	}
	return c.Sleep(ctx, d)
}

func (c Clock) jitter(width time.Duration) time.Duration {
	if c.Jitter == nil {
		return rand.N(width + 1) // over the full width: many jobs of one matrix see the same outage
	}
	return c.Jitter(width)
}

// Sleep waits for d or until ctx is done.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Again reports whether what an error says may pass, as the error itself tells
// by a method Later, and how long the server asked to wait where it said so. An
// error without that method is final.
func Again(err error) (asked time.Duration, said, again bool) {
	var later interface {
		Later() (asked time.Duration, said, again bool)
	}
	if !errors.As(err, &later) {
		return 0, false, false
	}
	return later.Later()
}

// Passes reports whether a status may be another at the next attempt: 408, 425,
// 429 and those of a server in trouble. 501 is none of these: nothing will be
// implemented within minutes.
func Passes(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500 && status != http.StatusNotImplemented
}

// longestRetryAfter is what any longer Retry-After is read as. It keeps the
// product of seconds from overflowing.
const longestRetryAfter = 24 * time.Hour

// RetryAfter reads the header Retry-After (RFC 9110, 10.2.3): seconds or a
// date. said is false where there is nothing sensible in it, as in a date that
// is over. More than a day is read as a day.
func RetryAfter(header http.Header, now time.Time) (wait time.Duration, said bool) {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if digits := strings.Trim(text, "0123456789") == ""; digits {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds > int64(longestRetryAfter/time.Second) {
			return longestRetryAfter, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(text)
	if err != nil || !at.After(now) {
		return 0, false
	}
	return min(at.Sub(now), longestRetryAfter), true
}
