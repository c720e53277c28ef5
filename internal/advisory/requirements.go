package advisory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
)

// Requirements say what a run requires of the sources.
type Requirements struct {
	All bool // every source, not one complete one

	// MaxAge is the maximum age of offline data that stands in for online sources.
	// If only offline sources were asked for, their age is the user's choice; the
	// report has it.
	MaxAge time.Duration

	// Fallback is asked if no online source could answer and no other offline
	// source may stand in; nil: none. It is not used with All.
	Fallback Source

	Now time.Time
}

// skew is the tolerated difference between this clock and the one that dated a
// database.
const skew = 5 * time.Minute

// offline marks sources whose data has a date and is not current.
type offline interface{ offline() }

func (file) offline()     {}
func (snapshot) offline() {}

// Offline reports whether a source needs no network to answer.
func Offline(s Source) bool {
	_, ok := s.(offline)
	return ok
}

// Seek looks up advisories as Look does, under requirements; see SeekAll.
func Seek(ctx context.Context, sources []Source, g *npm.Graph, t Requirements) ([]Match, []Status, error) {
	known, statuses, err := SeekAll(ctx, sources, Ask(g), t)
	if err != nil {
		return nil, statuses, err
	}
	return known.Match(g), statuses, nil
}

// SeekAll asks sources as Gather does, under requirements. If online sources were
// given and none could answer, another source stands in: an offline one among
// them, else the fallback. It must not be older than the requirements allow. The
// fallback's status comes last.
func SeekAll(ctx context.Context, sources []Source, asked []Asked, t Requirements) (*Knowledge, []Status, error) {
	var beside []Source // offline ones
	for _, s := range sources {
		if Offline(s) {
			beside = append(beside, s)
		}
	}
	if t.All || len(beside) == len(sources) {
		return Gather(ctx, sources, asked, t.All)
	}
	known, statuses, err := t.gather(ctx, sources, asked)
	if err == nil && answered(sources, statuses) {
		return known, statuses, nil
	}
	if err == nil { // an offline source is in
		if err = t.fresh(statuses, sources); err == nil {
			return known, statuses, nil
		}
	}
	if t.Fallback == nil || ctx.Err() != nil {
		return nil, statuses, err
	}
	return t.fallBack(ctx, beside, statuses, asked, err)
}

// gather asks the sources. If another source may answer instead, they get three
// quarters of the time: otherwise servers that accept and never answer would use
// up all of it.
func (t Requirements) gather(ctx context.Context, sources []Source, asked []Asked) (*Knowledge, []Status, error) {
	if deadline, ok := ctx.Deadline(); ok && (t.Fallback != nil || len(sources) > 1) {
		var cancel context.CancelFunc
		// The timer uses the real clock, whatever Now is.
		ctx, cancel = context.WithTimeoutCause(ctx, time.Until(deadline)*3/4, errNoTime)
		defer cancel()
	}
	return Gather(ctx, sources, asked, false)
}

var errNoTime = errors.New("no answer in three quarters of the time there was; the rest is kept for judging by what others say")

// answered reports whether an online source gave a complete answer.
func answered(sources []Source, statuses []Status) bool {
	for i, s := range sources {
		if !Offline(s) && statuses[i].Error == "" && !statuses[i].Partial {
			return true
		}
	}
	return false
}

// fresh returns an error unless a complete offline source may stand in. It
// marks that source as a stand-in.
func (t Requirements) fresh(statuses []Status, sources []Source) error {
	var errs []error
	good := false
	for i, s := range sources {
		switch st := &statuses[i]; {
		case st.Error != "":
			errs = append(errs, fmt.Errorf("%s: %s", st.Name, st.Error))
		case Offline(s) && !st.Partial:
			if err := t.age(st); err != nil {
				errs = append(errs, fmt.Errorf("%s cannot stand in: %w", st.Name, err))
				continue
			}
			good = true
		}
	}
	if good {
		return nil
	}
	return fmt.Errorf("look up advisories: %w", errors.Join(errs...))
}

// age marks a status as a stand-in's. It returns an error if its data is older
// than the requirements allow. The age is that of the newest record about the packages
// asked about: a fresh record about another package does not make old data new.
// Without such records it is the age of the data itself.
func (t Requirements) age(st *Status) error {
	what, asOf := "its data is", st.AsOf
	if !st.Newest.IsZero() {
		what, asOf = "the newest of what it says about the packages asked for is", st.Newest
	}
	age := t.Now.Sub(asOf)
	switch {
	case asOf.IsZero() || asOf.Unix() <= 0:
		return errors.New("its data has no date")
	case age < -skew:
		return fmt.Errorf("%s of %s, which is in the future", what, asOf.Format(time.RFC3339))
	case age > t.MaxAge:
		return fmt.Errorf("%s of %s and so %s old, advisories.max-age allows %s", what, asOf.Format(time.RFC3339), Span(age), Span(t.MaxAge))
	}
	st.StandIn, st.Age = true, max(0, age)
	return nil
}

// fallBack asks the fallback, and the offline sources again: their records
// still count.
func (t Requirements) fallBack(ctx context.Context, beside []Source, statuses []Status, asked []Asked,
	cause error) (*Knowledge, []Status, error) {
	var working []Source
	for _, s := range beside {
		for _, st := range statuses {
			if st.Name == s.Name() && st.Error == "" {
				working = append(working, s)
				break
			}
		}
	}
	known, again, err := Gather(ctx, append(working, t.Fallback), asked, true)
	last := again[len(again)-1]
	if err == nil {
		err = t.age(&last)
	}
	statuses = append(statuses, last)
	if err != nil {
		if statuses[len(statuses)-1].Error == "" {
			statuses[len(statuses)-1].Error = err.Error()
		}
		return nil, statuses, fmt.Errorf("%w\nthe fallback %s could not stand in: %w", cause, t.Fallback.Name(), err)
	}
	return known, statuses, nil
}

// Span formats an age: 45min, 5h, 3d 2h.
func Span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%dmin", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%(24*time.Hour) < time.Hour:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	return fmt.Sprintf("%dd %dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}
