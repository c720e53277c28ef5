package respond

import (
	"context"
	"fmt"
	"time"

	"github.com/publishgate/publishgate/internal/incident"
)

// day is one.
const day = 24 * time.Hour

// downloads counts what was downloaded since the first affected version came, and
// in the last week that is counted. A package that npm does not count is private or
// new, which is an answer.
func (q *Inquiry) downloads(ctx context.Context, l *incident.Look, earlier *incident.Record) {
	bad := q.Ask.Bad(l, earlier)
	if len(bad) == 0 {
		return
	}
	today := l.At.Truncate(day)
	from, week := today.Add(-day), today.Add(-14*day)
	for _, p := range l.History.Releases {
		if bad[p.Version] && !p.Published.IsZero() && p.Published.Before(from) {
			from = p.Published.Truncate(day)
		}
	}
	for version := range bad {
		if at := l.History.Times[version]; !at.IsZero() && at.Before(from) {
			from = at.Truncate(day)
		}
	}
	first := from
	if week.Before(first) {
		first = week
	}
	days, counted, err := q.Counter.Days(ctx, q.Ask.Package, first, today)
	if err != nil {
		l.Missed = append(l.Missed, fmt.Sprintf("the downloads: %v", err))
		return
	}
	if !counted || len(days) == 0 {
		return
	}
	d := incident.Downloads{Since: from.Format(time.DateOnly), Until: days[len(days)-1].Date.Format(time.DateOnly), Week: -1}
	last := int64(0)
	for i, one := range days {
		if !one.Date.Before(from) {
			d.Count += one.Count
		}
		if i >= len(days)-7 {
			last += one.Count
		}
	}
	if len(days) >= 7 {
		d.Week = last
	}
	if d.Versions, _, err = q.Counter.ByVersion(ctx, q.Ask.Package); err != nil {
		l.Missed = append(l.Missed, fmt.Sprintf("the downloads of each version: %v", err))
	}
	l.Downloads = &d
}
