package incident

import (
	"fmt"
	"time"
)

// Clocks are how long after the beginning something must be done; 0: nobody says.
type Clocks struct {
	Respond time.Duration // somebody has begun, else it is escalated
	Contain time.Duration // it spreads no further
	Notify  time.Duration // those concerned know
	Report  time.Duration // the final report is written
}

// A Clock is one of them, running.
type Clock struct {
	Name    string `json:"name"`    // respond, contain, notify, report
	After   string `json:"after"`   // "24h"
	Due     string `json:"due"`     // RFC 3339
	Overdue bool   `json:"overdue"` // it ran out, and a step that it counts for is left
}

// clock names, as in the policy and in Clock.
const (
	respond = "respond"
	contain = "contain"
	notify  = "notify"
	final   = "report"
)

// running returns the clocks that began at a time.
func (c Clocks) running(began time.Time) []Clock {
	all := []Clock{}
	for _, one := range []struct {
		name string
		span time.Duration
	}{{respond, c.Respond}, {contain, c.Contain}, {notify, c.Notify}, {final, c.Report}} {
		if one.span > 0 {
			all = append(all, Clock{Name: one.name, After: Span(one.span), Due: stamp(began.Add(one.span))})
		}
	}
	return all
}

// due returns when a clock runs out; zero: it does not.
func (c Clocks) due(name string, began time.Time) time.Time {
	span := map[string]time.Duration{respond: c.Respond, contain: c.Contain, notify: c.Notify, final: c.Report}[name]
	if span == 0 {
		return time.Time{}
	}
	return began.Add(span)
}

// Span returns a duration in the biggest unit of the policy's that fits: 14d, 24h,
// 90m.
func Span(d time.Duration) string {
	switch day := 24 * time.Hour; {
	case d >= 2*day && d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", d/time.Minute)
}

// left says how long it is to a time, or since, in words for a person.
func left(to, now time.Time) string {
	d, form := to.Sub(now), "in %s"
	if d < 0 {
		d, form = -d, "%s ago"
	}
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf(form, fmt.Sprintf("%d days", d/(24*time.Hour)))
	case d >= time.Hour:
		return fmt.Sprintf(form, fmt.Sprintf("%d h", d/time.Hour))
	}
	return fmt.Sprintf(form, fmt.Sprintf("%d min", d/time.Minute))
}

// stamp writes a time as RFC 3339 in UTC; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// shown writes a time for a person.
func shown(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// shownStamp is shown of what stamp wrote.
func shownStamp(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return "at an unknown time"
	}
	return shown(t)
}
