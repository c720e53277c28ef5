package monitor

import (
	"slices"
	"time"

	"github.com/publishgate/publishgate/internal/policy"
)

// Settle joins what one run is to remember with what is in the file by now, and
// says what of its results is still new: what another run has told since this one
// read the state is open, and an event that it told is told. now is the results by
// package that Judge returned, next what is to be remembered of these packages.
//
// The caller holds a lock from reading current until the result is written, and
// tells what is new before it writes: whoever is killed in between tells it again,
// and nobody keeps it to himself.
func Settle(current *State, next map[string]*Package, now []Result, at time.Time) (*State, []Result) {
	at = at.UTC().Truncate(time.Second)
	clean := &State{Since: current.Since, Packages: make(map[string]*Package, len(current.Packages))}
	for name, p := range current.Packages {
		clean.Packages[name] = p.until(at)
	}
	out := make([]Result, len(now))
	for i, r := range now {
		p := clean.Packages[r.Package]
		out[i] = r
		if p == nil {
			continue
		}
		told := func(it Item) bool {
			rec, ok := p.Findings[it.key]
			return ok && (rec.N > it.n || rec.N == it.n && (!it.Overdue || !rec.Overdue.IsZero()))
		}
		out[i].New, out[i].Open = nil, slices.Clone(r.Open)
		for _, it := range r.New {
			switch {
			case !told(it):
				out[i].New = append(out[i].New, it)
			case !it.Event:
				it.Since = earlier(it.Since, p.Findings[it.key].Since)
				it.Overdue = false
				out[i].Open = append(out[i].Open, it)
			}
		}
		out[i].Ended = slices.DeleteFunc(slices.Clone(r.Ended), func(it Item) bool {
			rec, ok := p.Findings[it.key]
			return ok && (rec.N > it.n || rec.N == it.n && !rec.Open())
		})
		out[i].sort()
	}
	first := at
	for _, p := range next { // the day of the first look that was good
		for _, look := range p.Looks {
			first = earlier(first, look)
		}
	}
	mine := &State{Packages: next}
	if len(next) > 0 {
		mine.Since = first.Truncate(24 * time.Hour)
	}
	return Merge(clean, mine), out
}

// until returns what is remembered of a package without what lies ahead of the
// clock: that was no look, and would never be overdue.
func (p *Package) until(now time.Time) *Package {
	limit := now.Add(policy.Ahead)
	ahead := func(t time.Time) bool { return t.After(limit) }
	q := p.clone()
	for topic, t := range p.Looks {
		if ahead(t) {
			delete(q.Looks, topic)
		}
	}
	for key, r := range p.Findings {
		if ahead(r.Since) || ahead(r.Seen) || ahead(r.Ended) || ahead(r.Overdue) {
			open := r.Open()
			r.Since, r.Seen, r.Ended, r.Overdue = until(r.Since, now), until(r.Seen, now), until(r.Ended, now), until(r.Overdue, now)
			if open {
				r.Ended = time.Time{}
			}
			q.Findings[key] = r
		}
	}
	for version, c := range p.Counts {
		if ahead(c.At) {
			delete(q.Counts, version)
		}
	}
	q.Tags.At, q.People.At = until(q.Tags.At, now), until(q.People.At, now)
	if ahead(q.Week) {
		q.Week = time.Time{}
	}
	return q
}

func until(t, now time.Time) time.Time {
	if t.After(now.Add(policy.Ahead)) {
		return now
	}
	return t
}
