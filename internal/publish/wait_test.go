package publish_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/publish"
)

// What becomes of a version that the registry accepted, by what it says and
// shows afterwards.
func TestWait(t *testing.T) {
	ball := demo(t)
	for _, c := range []struct {
		name    string
		states  []string
		visible time.Duration // after so long; -1: never
		wait    time.Duration
		faults  []string // of the PUT
		earlier string   // what an earlier run's receipt says of these bytes; empty: there is none
		want    publish.Published
		err     string
		says    string
		slept   time.Duration // at most
	}{
		{name: "at once", wait: time.Hour, want: publish.Yes},
		{name: "validated, then visible", states: []string{"validating", "validating", "published"}, visible: time.Minute, wait: time.Hour,
			want: publish.Yes, slept: 90 * time.Second},
		{name: "visible after 21 minutes, nothing is told", visible: 21 * time.Minute, wait: 25 * time.Minute, want: publish.Yes,
			slept: 22 * time.Minute},
		{name: "visible, whatever it says", states: []string{"deleted"}, wait: time.Hour, want: publish.Yes},
		{name: "never", states: []string{"validating"}, visible: -1, wait: 25 * time.Minute, want: publish.Accepted, err: "invisible",
			says: `it says that it is "validating"`, slept: 25 * time.Minute},
		{name: "never, and nothing is told", visible: -1, wait: 25 * time.Minute, want: publish.Accepted, err: "invisible",
			says: "run again: it settles", slept: 25 * time.Minute},
		{name: "never, and the state is down", states: []string{"503"}, visible: -1, wait: time.Minute, want: publish.Accepted, err: "invisible",
			slept: time.Minute},
		{name: "no time to wait", visible: -1, want: publish.Accepted, err: "invisible"},
		{name: "blocked", states: []string{"validating", "blocked"}, visible: -1, wait: time.Hour, want: publish.Withheld, err: "blocked",
			says: "the registry blocks @acme/demo@1.0.0", slept: time.Minute},
		{name: "deleted", states: []string{"published", "deleted"}, visible: -1, wait: time.Hour, want: publish.No, err: "other",
			says: "raise the version", slept: time.Minute},
		{name: "an unknown word", states: []string{"\u202efrozen"}, visible: -1, wait: time.Hour, want: publish.Accepted, err: "other",
			says: `"\u202efrozen", which this program does not know`},
		{name: "not told at first, then validating", states: []string{"-", "-", "validating"}, visible: 2 * time.Minute, wait: time.Hour,
			want: publish.Yes, slept: 3 * time.Minute},
		// A run that comes back while its version is still being validated.
		{name: "409 while ours is pending", states: []string{"validating"}, visible: 5 * time.Minute, wait: time.Hour,
			faults: []string{"put-409-staged"}, want: publish.Already, slept: 6 * time.Minute},
		{name: "403 while ours is pending", states: []string{"validating"}, visible: 5 * time.Minute, wait: time.Hour,
			faults: []string{"put-403-over"}, want: publish.Already, slept: 6 * time.Minute},
		{name: "409, it never shows, an earlier run had a yes", visible: -1, wait: time.Hour, faults: []string{"put-409-staged"},
			earlier: "accepted",
			want:    publish.Accepted, err: "invisible", slept: time.Hour},
		{name: "409, it never shows, an earlier run was about to send", visible: -1, wait: time.Hour, faults: []string{"put-409-staged"},
			earlier: "false",
			want:    publish.No, err: "unknown", says: "npm stage list", slept: time.Hour},
		{name: "409, it never shows", visible: -1, wait: time.Hour, faults: []string{"put-409-staged"}, want: publish.No, err: "unknown",
			slept: time.Hour},
		{name: "409, it is staged", states: []string{"staged"}, visible: -1, wait: time.Hour, faults: []string{"put-409-staged"},
			want: publish.No, err: "other", says: "npm stage list"},
		{name: "409, it is blocked", states: []string{"blocked"}, visible: -1, wait: time.Hour, faults: []string{"put-409-staged"},
			want: publish.Withheld, err: "blocked"},
		{name: "403, it was deleted", states: []string{"deleted"}, visible: -1, wait: time.Hour, faults: []string{"put-403-over"},
			want: publish.No, err: "other", says: "raise the version"},
		{name: "403, no time to wait, a moment later", visible: 8 * time.Second, faults: []string{"put-403-over"}, want: publish.Already,
			slept: 15 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, f := range c.faults {
				w.Fail(f, 0, 0)
			}
			r := &told{Client: w.client, states: c.states}
			r.hidden = func() bool {
				if c.visible < 0 || w.slept < c.visible {
					return true
				}
				if len(c.faults) > 0 { // an earlier run had sent it
					w.Seed("@acme/demo", "1.0.0", "latest", ball.Bytes)
				}
				return false
			}
			wait := w.waitFor(c.wait)
			p := w.plan(t, ball, publish.Options{})
			if c.earlier != "" {
				e := p.Receipt()
				e.Road, e.Published = "direct", c.earlier
				wait.Earlier = &e
			}
			out, err := publish.Publish(t.Context(), r, p, allow(t, ball), wait)
			if out.Published != c.want || kindOf(err) != c.err || c.says != "" && !says(err, c.says) {
				t.Errorf("%s, %v, expected %s, %q", out.Published, err, c.want, c.err)
			}
			if out.Visible != (c.want == publish.Yes || c.want == publish.Already) || len(w.Puts()) != 1 {
				t.Errorf("%+v\n%s", out, w.Log())
			}
			if w.slept > c.slept || r.looks > 130 {
				t.Errorf("waited %s, at most %s expected, and looked %d times", w.slept, c.slept, r.looks)
			}
		})
	}
}

// The waiting has a clock of its own: it goes on when the deadline of the run is
// over, and ends with the signal to stop.
func TestWaitOutlastsTheDeadline(t *testing.T) {
	ball := demo(t)
	for _, stopped := range []bool{false, true} {
		w := newWorld(t)
		whole, stop := context.WithCancel(t.Context())
		defer stop()
		deadline, over := context.WithCancel(whole)
		defer over()
		r := &told{Client: w.client, hidden: func() bool {
			over()
			if stopped && w.slept > time.Minute {
				stop()
			}
			return w.slept < 5*time.Minute
		}}
		wait := w.waits()
		wait.Context = whole
		out, err := publish.Publish(deadline, r, w.plan(t, ball, publish.Options{}), allow(t, ball), wait)
		if !stopped && (err != nil || out.Published != publish.Yes) ||
			stopped && (kindOf(err) != "invisible" || out.Published != publish.Accepted || w.slept > 2*time.Minute) {
			t.Errorf("stopped %t: %+v, %v, waited %s", stopped, out, err, w.slept)
		}
	}
}

// However long a wait is, the registry is asked a few hundred times at most.
func TestLooksAreBounded(t *testing.T) {
	ball := demo(t)
	for _, road := range []publish.Road{publish.Direct, publish.Staging} {
		w := newWorld(t)
		r := &told{Client: w.client, states: []string{"validating"}, hidden: func() bool { return true }}
		out, _ := publish.Publish(t.Context(), r, w.plan(t, ball, publish.Options{Road: road}), allow(t, ball), w.waitFor(7*24*time.Hour))
		if r.looks > 220 || w.slept != 7*24*time.Hour {
			t.Errorf("%s: %d looks in %s", out.Published, r.looks, w.slept)
		}
	}
}

// Who waits is told so, at each look but the first.
func TestTell(t *testing.T) {
	ball := demo(t)
	for _, c := range []struct {
		road    publish.Road
		visible time.Duration
		want    string
	}{
		{publish.Direct, 0, ""},
		{publish.Direct, time.Second, ""},
		{publish.Direct, 11 * time.Minute, "validating 24m59s, validating 24m57s … validating 14m30s (25)"},
		{publish.Staging, 6 * time.Minute, "validating 24m59s, validating 24m57s … validating 30s (53)"},
	} {
		w := newWorld(t)
		r := &told{Client: w.client, states: []string{"validating"}, hidden: func() bool { return w.slept < c.visible }}
		wait := w.waits()
		var said []string
		wait.Tell = func(state string, left time.Duration) { said = append(said, state+" "+left.String()) }
		_, _ = publish.Publish(t.Context(), r, w.plan(t, ball, publish.Options{Road: c.road}), allow(t, ball), wait)
		got := strings.Join(said, ", ")
		if n := len(said); n > 3 {
			got = fmt.Sprintf("%s, %s … %s (%d)", said[0], said[1], said[n-1], n)
		}
		if got != c.want {
			t.Errorf("visible after %s: told %q, expected %q", c.visible, got, c.want)
		}
	}
}

// The deadline that passes while the document is under way ends the sending: what
// became of it is found out, and it is not sent again.
func TestDeadlineWhileSending(t *testing.T) {
	ball := demo(t)
	for _, c := range []struct {
		fault string
		want  publish.Published
		err   string
	}{
		{"put-hang-stored", publish.Yes, ""},
		{"put-hang", publish.No, "unknown"},
	} {
		w := newWorld(t)
		w.Fail(c.fault, 0, 0)
		deadline, over := context.WithCancel(t.Context())
		defer over()
		go func() {
			for len(w.Puts()) == 0 {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(50 * time.Millisecond) // so that it is stored
			over()
		}()
		wait := w.waits()
		wait.Context = t.Context()
		out, err := publish.Publish(deadline, w.client, w.plan(t, ball, publish.Options{}), allow(t, ball), wait)
		if out.Published != c.want || kindOf(err) != c.err || len(w.Puts()) != 1 {
			t.Errorf("%s: %+v, %v\n%s", c.fault, out, err, w.Log())
		}
	}
}

// Looking ahead takes four requests at most, and publishing and reading back after
// it four.
func TestRequests(t *testing.T) {
	for _, c := range []struct {
		name          string
		known         bool
		access        string
		before, after int
	}{
		{"a new package", false, "public", 2, 4},
		{"one more version", true, "public", 4, 4},
		{"one more version, its access is as it is", true, "", 4, 3},
	} {
		w := newWorld(t)
		ball := demo(t)
		if c.known {
			w.Seed("@acme/demo", "0.9.0", "latest", []byte("x"))
		}
		p := w.plan(t, ball, publish.Options{Access: c.access})
		f, err := publish.Look(t.Context(), w.client, p, true)
		if n := len(w.Requests()); err != nil || f.Already || n != c.before {
			t.Errorf("%s: %+v, %v, %d requests before:\n%s", c.name, f, err, n, w.Log())
		}
		wait := w.waits()
		wait.Ahead = &f
		out, err := publish.Publish(t.Context(), w.client, p, allow(t, ball), wait)
		if n := len(w.Requests()); err != nil || out.Published != publish.Yes || w.slept != 0 || n != c.before+c.after {
			t.Errorf("%s: %+v, %v, waited %s, %d requests:\n%s", c.name, out, err, w.slept, n, w.Log())
		}
	}
}
