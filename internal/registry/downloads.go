package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/strict"
)

// PublicDownloads is the address of npm's API of download counts. Its rules are
// those of npm/registry, docs/download-counts.md: a range has at most 18 months,
// and 365 days where one call asks for several packages, of at most 128, none of
// them scoped. A range that is too long loses its beginning.
const PublicDownloads = "https://api.npmjs.org/"

// Limits of what is asked of the downloads API.
const (
	MaxDownloadYears = 5 // that Days reads

	daysPerCall     = 365
	packagesPerCall = 128
	maxCountsBytes  = 8 << 20 // of one answer: 128 packages × 365 days have 2 MB
	maxCount        = 1 << 50 // downloads of a package on one day

	// countingLag is how old a day without downloads may be and still be one that is
	// not counted yet. The counts of a day come on the next one, and have come up to
	// four days later (npm/documentation#1366).
	countingLag = 14 * day

	day = 24 * time.Hour
)

// firstCounted is the first day with counts.
var firstCounted = time.Date(2015, 1, 10, 0, 0, 0, 0, time.UTC)

// A Counter reads download counts, without a credential. It is safe for
// concurrent use.
type Counter struct{ client *Client }

// NewCounter makes a Counter. Options.Registry is the address of the API, such as
// PublicDownloads; a token is not used.
func NewCounter(o Options) (*Counter, error) {
	if _, err := ParseURL(o.Registry); err != nil {
		return nil, errors.New("the address of the downloads API cannot be used: expected https://host/path/ in its plain form, " +
			"without a user name, a query or escapes")
	}
	o.Token = Options{}.Token
	c, err := New(o)
	if err != nil {
		return nil, err
	}
	c.who, c.flag = "the downloads API", "-downloads-url"
	return &Counter{c}, nil
}

// URL returns the address of the API, with a slash at the end.
func (c *Counter) URL() string { return c.client.URL() }

// A Day is the number of downloads of one day.
type Day struct {
	Date  time.Time // midnight, UTC
	Count int64
}

// A Week is the number of downloads of seven days, Monday to Sunday.
type Week struct {
	From  time.Time // its Monday, midnight, UTC
	Count int64
}

// Days reads the downloads of a package on each day from one to another, both
// included, oldest first. found is false if the API does not count that package:
// it is private, or new.
//
// A day that the API has no number for is missing, and so is today. So are the
// last days without downloads, unless they are older than two weeks: they are not
// counted yet.
func (c *Counter) Days(ctx context.Context, name string, from, to time.Time) (days []Day, found bool, err error) {
	if err := checkName(name); err != nil {
		return nil, false, err
	}
	spans, err := c.spans(from, to)
	if err != nil {
		return nil, false, err
	}
	for _, s := range spans {
		doc, there, err := c.get(ctx, "downloads/range/"+s.String()+"/"+name)
		if err != nil {
			return nil, false, fmt.Errorf("read the downloads of %s: %w", name, err)
		}
		if !there {
			continue
		}
		part, err := counted(doc, name, s)
		if err != nil {
			return nil, false, err
		}
		days, found = append(days, part...), true
	}
	return c.settled(days), found, nil
}

// DaysOf reads the downloads of several packages as Days does, in few requests:
// scoped packages cannot be among them. One that the API does not count is missing.
func (c *Counter) DaysOf(ctx context.Context, names []string, from, to time.Time) (map[string][]Day, error) {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	for _, name := range names {
		if err := checkName(name); err != nil {
			return nil, err
		}
		if strings.Contains(name, "/") || strings.Contains(name, ",") {
			return nil, fmt.Errorf("the downloads of %s have to be asked for alone: npm counts no scoped packages together", name)
		}
	}
	spans, err := c.spans(from, to)
	if err != nil {
		return nil, err
	}
	all := map[string][]Day{}
	for part := range slices.Chunk(names, packagesPerCall) {
		if len(part) == 1 {
			days, found, err := c.Days(ctx, part[0], from, to)
			if err != nil {
				return nil, err
			}
			if found {
				all[part[0]] = days
			}
			continue
		}
		for _, s := range spans {
			doc, there, err := c.get(ctx, "downloads/range/"+s.String()+"/"+strings.Join(part, ","))
			if err != nil {
				return nil, fmt.Errorf("read the downloads of %d packages: %w", len(part), err)
			}
			for _, name := range part {
				one := doc.Get(name)
				if !there || one.Kind() == strict.Null {
					continue
				}
				days, err := counted(one, name, s)
				if err != nil {
					return nil, err
				}
				all[name] = append(all[name], days...)
			}
		}
	}
	for name, days := range all {
		all[name] = c.settled(days)
	}
	return all, nil
}

// ByVersion reads the downloads of each version of a package in the seven days
// that the API counts as the last week: version → number. found is false if it
// does not count the package.
func (c *Counter) ByVersion(ctx context.Context, name string) (counts map[string]int64, found bool, err error) {
	if err := checkName(name); err != nil {
		return nil, false, err
	}
	doc, found, err := c.get(ctx, "versions/"+escapedName(name)+"/last-week")
	if err != nil {
		return nil, false, fmt.Errorf("read the downloads of the versions of %s: %w", name, err)
	}
	if !found {
		return nil, false, nil
	}
	list := doc.Get("downloads")
	if got := doc.Get("package").Text(); got != name || list.Kind() != strict.Object || list.Len() > MaxVersions {
		return nil, false, &AnswerError{What: fmt.Sprintf("asked for the downloads of the versions of %s, the downloads API answered about "+
			"%+.100q, with no list of versions or too long a one", name, got)}
	}
	counts = map[string]int64{}
	for version, v := range list.Members() {
		n, ok := number(v)
		if !ok {
			return nil, false, &AnswerError{What: fmt.Sprintf("the downloads API has no number for %s@%+.100q", name, version.Text())}
		}
		counts[version.Text()] = n
	}
	return counts, true, nil
}

// Weeks adds up days to weeks, oldest first. A week counts only if each of its
// days has a number. The days may be in any order; of one date the first counts.
func Weeks(days []Day) (all []Week) {
	counts := map[time.Time]int64{}
	var mondays []time.Time
	for _, d := range days {
		date := d.Date.UTC().Truncate(day)
		if _, twice := counts[date]; twice {
			continue
		}
		counts[date] = d.Count
		if date.Weekday() == time.Monday {
			mondays = append(mondays, date)
		}
	}
	slices.SortFunc(mondays, time.Time.Compare)
	for _, monday := range mondays {
		w, whole := Week{From: monday}, true
		for i := range 7 {
			n, counted := counts[monday.AddDate(0, 0, i)]
			whole = whole && counted
			w.Count += n
		}
		if whole {
			all = append(all, w)
		}
	}
	return all
}

// A span is some days, both ends included.
type span struct{ from, to time.Time }

func (s span) String() string { return s.from.Format(time.DateOnly) + ":" + s.to.Format(time.DateOnly) }

// spans cuts the days that may be asked for into those of one call.
func (c *Counter) spans(from, to time.Time) (all []span, err error) {
	today := c.client.again.Time().UTC().Truncate(day)
	from, to = from.UTC().Truncate(day), to.UTC().Truncate(day)
	if from.Before(firstCounted) {
		from = firstCounted
	}
	if yesterday := today.Add(-day); to.After(yesterday) {
		to = yesterday
	}
	if to.Sub(from) > MaxDownloadYears*366*day {
		return nil, fmt.Errorf("downloads of more than %d years are not asked for", MaxDownloadYears)
	}
	for !from.After(to) {
		s := span{from, from.AddDate(0, 0, daysPerCall-1)}
		if s.to.After(to) {
			s.to = to
		}
		all, from = append(all, s), s.to.Add(day)
	}
	return all, nil
}

// get reads one answer. found is false if the API does not know the package.
func (c *Counter) get(ctx context.Context, path string) (doc strict.Value, found bool, err error) {
	body, err := c.client.get(ctx, path, acceptVersion, maxCountsBytes)
	if absent(err) {
		return strict.Value{}, false, nil
	}
	if err != nil {
		return strict.Value{}, false, err
	}
	doc, err = strict.ParseWithin(body, strict.Limits{Bytes: maxCountsBytes})
	if err != nil {
		return strict.Value{}, false, &AnswerError{"the answer of the downloads API cannot be read", err}
	}
	return doc, true, nil
}

// counted reads the days of one package in an answer.
func counted(doc strict.Value, name string, asked span) (days []Day, err error) {
	bad := func(format string, args ...any) error {
		return &AnswerError{What: fmt.Sprintf("asked for the downloads of %s from %s, the downloads API answered ", name,
			strings.Replace(asked.String(), ":", " to ", 1)) + fmt.Sprintf(format, args...)}
	}
	list := doc.Get("downloads")
	if got := doc.Get("package").Text(); got != name {
		return nil, bad("about %+.100q", got)
	}
	if list.Kind() != strict.Array || list.Len() > daysPerCall+1 {
		return nil, bad("without a list of days, or with too long a one")
	}
	for v := range list.Elements() {
		date, err := time.Parse(time.DateOnly, v.Get("day").Text())
		n, ok := number(v.Get("downloads"))
		switch {
		case err != nil || !ok:
			return nil, bad("with %+.40q downloads on %+.40q", v.Get("downloads").Raw(), v.Get("day").Text())
		case date.Before(asked.from) || date.After(asked.to):
			return nil, bad("about %s", date.Format(time.DateOnly))
		case len(days) > 0 && !date.After(days[len(days)-1].Date):
			return nil, bad("with %s out of order", date.Format(time.DateOnly))
		}
		days = append(days, Day{date, n})
	}
	return days, nil
}

// settled leaves out the last days that may not be counted yet.
func (c *Counter) settled(days []Day) []Day {
	since := c.client.again.Time().UTC().Add(-countingLag)
	for len(days) > 0 && days[len(days)-1].Count == 0 && days[len(days)-1].Date.After(since) {
		days = days[:len(days)-1]
	}
	return days
}

// number reads a count: a whole number.
func number(v strict.Value) (int64, bool) {
	if v.Kind() != strict.Number {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v.Raw()), 10, 64)
	return n, err == nil && n >= 0 && n <= maxCount
}
