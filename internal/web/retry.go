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

// A Retry says how often something is tried and how long to wait in between.
// Attempts is required.
type Retry struct {
	Attempts int           // at most, the first one included
	Each     time.Duration // for one attempt with its body; 0: only the context limits it
	First    time.Duration // the first wait is a random time up to this width
	Growth   int           // factor from one width to the next; 0 means 2

	// Patience is the longest wait that a server may ask for; 0: none. If it asks
	// for more, the error is final, unless Shorten is set.
	Patience time.Duration

	// Shorten cuts every wait to half of the time that is left, and to Patience.
	// It is for requests that are worth another attempt even before the server
	// said so.
	Shorten bool

	// Turn is waited for before each attempt, which begins when it has come: Each
	// does not count the waiting. Nil: nothing is waited for.
	Turn *Turn

	Clock
}

// A Clock holds what differs from run to run. The zero value is the real clock.
type Clock struct {
	Now    func() time.Time                           // nil: time.Now
	Sleep  func(context.Context, time.Duration) error // nil: Sleep
	Jitter func(width time.Duration) time.Duration    // returns a wait of up to width; nil: random
}

// Do calls try until it succeeds, until its error is final (see Again), or until
// the attempts, the patience or the time are used up. The context of each attempt
// ends after r.Each.
//
// The error wraps the last error of try. If the context ended, it wraps the last
// error before that, which is the one that can be fixed, and the context's cause.
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
	ctx, done, err := r.Turn.take(ctx)
	if err != nil {
		return err
	}
	defer done()
	if r.Each > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.Each)
		defer cancel()
	}
	return try(ctx)
}

// ended returns the error for a context that ended. last is the error from before
// that.
func ended(ctx context.Context, last error) error {
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(last, cause) {
		return last
	}
	return fmt.Errorf("%w (%w)", last, cause)
}

// wait cuts a wait to the patience and the time that is left, or says why that is
// not possible.
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
		asked := wait.Round(time.Second).String()
		if wait >= longestRetryAfter {
			asked = "a day or longer"
		}
		return 0, fmt.Sprintf("it asks to wait %s, which is more than %s", asked, r.Patience)
	}
	return wait, ""
}

// Time returns the time by this clock.
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
		return rand.N(width + 1) // from the full width, because many jobs of one matrix see the same outage
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

// Again reports whether another attempt may succeed, and how long the server
// asked to wait; said is false if it did not ask. The error tells this by a
// method Later. An error without that method is final.
func Again(err error) (asked time.Duration, said, again bool) {
	var later interface {
		Later() (asked time.Duration, said, again bool)
	}
	if !errors.As(err, &later) {
		return 0, false, false
	}
	return later.Later()
}

// Passes reports whether another attempt may get another status: 408, 425, 429
// and those from 500 on are such. 501 is not, because a server implements nothing
// new within minutes.
func Passes(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500 && status != http.StatusNotImplemented
}

// longestRetryAfter is the longest Retry-After; a longer one counts as this. The
// limit keeps the number of nanoseconds from overflowing.
const longestRetryAfter = 24 * time.Hour

// RetryAfter reads the header Retry-After (RFC 9110, 10.2.3), in seconds or as a
// date. said is false if the header is missing, invalid, or a date in the past.
// More than a day counts as a day.
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
