package advisory

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// dated is an offline source of a day.
type dated struct{ told }

func (dated) offline() {}

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func ofAge(name string, d time.Duration, partial bool) dated {
	return dated{told{name: name, records: []Record{vuln("GHSA-a", "x", "0", "1.0.0")}, status: Status{AsOf: today.Add(-d), Partial: partial}}}
}

// Which data may decide when online sources are down, and which may not.
func TestSeek(t *testing.T) {
	down := told{name: "npm", err: errors.New("no route")}
	up := told{name: "osv", records: []Record{vuln("GHSA-a", "x", "0", "1.0.0")}, status: Status{AsOf: today}}
	fresh, old, future := ofAge("file:fresh", 23*time.Hour, false), ofAge("file:old", 25*time.Hour, false),
		ofAge("file:future", -time.Hour, false)
	undated := dated{told{name: "file:undated", records: up.records}}
	part := ofAge("snapshot", time.Hour, true)
	broken := dated{told{name: "file:broken", err: errors.New("damaged")}}
	for _, row := range []struct {
		name     string
		sources  []Source
		fallback Source
		all      bool
		stood    string // name of what stood in
		err      string // all of these words, separated by |; "" it is decided
	}{
		{"an online source answers", []Source{down, up}, old, false, "", ""},
		{"an online source answers, an old file beside it", []Source{up, old}, nil, false, "", ""},
		{"only offline, however old: the user's word", []Source{old}, nil, false, "", ""},
		{"only offline, broken: no fallback for what was named", []Source{broken}, fresh, false, "", "damaged"},
		{"all down, no fallback", []Source{down}, nil, false, "", "npm|no route"},
		{"all down, a fresh fallback", []Source{down}, fresh, false, "file:fresh", ""},
		{"all down, a fresh partial fallback the policy names", []Source{down}, part, false, "snapshot", ""},
		{"all down, an old fallback", []Source{down}, old, false, "", "npm|no route|file:old|25h old|allows 24h"},
		{"all down, a fallback from the future", []Source{down}, future, false, "", "future"},
		{"all down, a fallback without a date", []Source{down}, undated, false, "", "no date"},
		{"all down, a broken fallback", []Source{down}, broken, false, "", "no route|file:broken|damaged"},
		{"all are required", []Source{down, up}, fresh, true, "", "no route"},
		{"a fresh file beside", []Source{down, fresh}, nil, false, "file:fresh", ""},
		{"an old file beside", []Source{down, old}, nil, false, "", "no route|file:old|25h old"},
		{"an old file beside, a fresh fallback", []Source{down, old}, fresh, false, "file:fresh", ""},
		{"an old file beside, a broken fallback", []Source{down, old}, broken, false, "",
			"25h old|file:broken|could not stand in: look up advisories: file:broken: damaged"},
		{"an old file and a fresh partial one beside", []Source{down, old, part}, nil, false, "", "no route|file:old|25h old"},
		{"one of two files beside is fresh", []Source{down, old, fresh}, nil, false, "file:fresh", ""},
		{"a partial one beside does not do", []Source{down, part}, nil, false, "", "no route"},
		{"a broken file beside, a fresh fallback", []Source{down, broken}, fresh, false, "file:fresh", ""},
	} {
		terms := Requirements{All: row.all, MaxAge: 24 * time.Hour, Fallback: row.fallback, Now: today}
		matches, statuses, err := Seek(t.Context(), row.sources, graph("x@0.5.0"), terms)
		if (err == nil) != (row.err == "") || (err == nil) != (len(matches) == 1) {
			t.Errorf("%s: %v, %v", row.name, brief(matches), err)
		}
		for word := range strings.SplitSeq(row.err, "|") {
			if err != nil && !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q does not say %q", row.name, err, word)
			}
		}
		var stood []string
		for _, s := range statuses {
			if s.StandIn {
				stood = append(stood, s.Name)
				if s.Error != "" || s.Age != today.Sub(s.AsOf) {
					t.Errorf("%s: %+v", row.name, s)
				}
			}
		}
		if strings.Join(stood, " ") != row.stood {
			t.Errorf("%s: %q stood in, want %q", row.name, stood, row.stood)
		}
		if len(statuses) < len(row.sources) {
			t.Errorf("%s: %d statuses", row.name, len(statuses))
		}
	}
}

// What stands in is as old as what it says about the packages asked for.
func TestAgeOfWhatIsAsked(t *testing.T) {
	at := func(hours int) string { return today.Add(-time.Duration(hours) * time.Hour).Format(time.RFC3339) }
	about := func(published, modified string) Record {
		r := vuln("GHSA-a", "x", "0", "1.0.0")
		r.Published, r.Modified = published, modified
		return r
	}
	for _, row := range []struct {
		name    string
		records []Record
		err     string // "" it stands in
	}{
		{"old records in a fresh database", []Record{about(at(900), at(30)), about(at(900), at(40))},
			"packages asked for is of 2026-11-21T06:00:00Z and so 30h old"},
		{"one of them is fresh", []Record{about(at(900), at(30)), about(at(900), at(20))}, ""},
		{"published lately", []Record{about(at(1), "")}, ""},
		{"changed in the future", []Record{about(at(1), at(-2))}, "in the future"},
		{"no dates", []Record{about("", "soon")}, ""},
		{"nothing about them", nil, ""},
	} {
		source := dated{told{name: "file:db", records: row.records, status: Status{AsOf: today.Add(-time.Hour)}}}
		for _, beside := range []bool{false, true} {
			terms, sources := Requirements{MaxAge: 24 * time.Hour, Fallback: source, Now: today},
				[]Source{told{name: "npm", err: errors.New("no route")}}
			if beside {
				terms.Fallback, sources = nil, append(sources, source)
			}
			_, _, err := Seek(t.Context(), sources, graph("x@0.5.0"), terms)
			if (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("%s, beside %v: %v, want %q", row.name, beside, err, row.err)
			}
		}
	}
}

// What offline sources beside the fallback know counts too.
func TestFallbackIsNotAlone(t *testing.T) {
	beside := ofAge("file:own", 999*time.Hour, false)
	beside.records = []Record{vuln("ACME-1", "x", "0", "1.0.0")}
	matches, _, err := Seek(t.Context(), []Source{told{name: "npm", err: errors.New("no route")}, beside}, graph("x@0.5.0"),
		Requirements{MaxAge: 24 * time.Hour, Fallback: ofAge("file:fresh", time.Hour, false), Now: today})
	if err != nil || len(matches) != 2 {
		t.Errorf("%v, %v", brief(matches), err)
	}
}

// A server that never answers leaves the fallback its time.
func TestFallbackHasTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		terms := Requirements{MaxAge: 24 * time.Hour, Fallback: ofAge("file:fresh", time.Hour, false), Now: today}
		matches, statuses, err := Seek(ctx, []Source{told{name: "npm", hang: true}}, graph("x@0.5.0"), terms)
		if err != nil || len(matches) != 1 || statuses[0].Error == "" || !statuses[1].StandIn {
			t.Errorf("%v, %+v, %v", brief(matches), statuses, err)
		}
	})
}

func TestSpan(t *testing.T) {
	for _, row := range []struct {
		d    time.Duration
		want string
	}{{0, "0min"}, {59 * time.Minute, "59min"}, {25 * time.Hour, "25h"}, {48 * time.Hour, "2d"}, {50*time.Hour + 59*time.Minute, "2d 2h"}} {
		if got := Span(row.d); got != row.want {
			t.Errorf("%v: %s, want %s", row.d, got, row.want)
		}
	}
}
