package registry_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/registry"
	fake "github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/web"
)

// counter returns a Counter of an address, on a day at noon.
func counter(t *testing.T, address, today string) *registry.Counter {
	t.Helper()
	transport := web.NewTransport(web.TransportOptions{})
	t.Cleanup(transport.CloseIdleConnections)
	noon := date(today).Add(12 * time.Hour)
	c, err := registry.NewCounter(registry.Options{Registry: address, Token: credential.New(canary), Transport: transport,
		Now: func() time.Time { return noon }, Sleep: (&waits{}).sleep, Jitter: func(d time.Duration) time.Duration { return d }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func date(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err) // a mistake in a test
	}
	return at
}

// widget returns a registry with the two years of @acme/widget.
func widget(t *testing.T) *fake.Server {
	t.Helper()
	s := fake.Start()
	t.Cleanup(s.Close)
	if err := s.Record(fake.Widget()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDownloads reads two years of days in as many calls as they need, without a
// credential.
func TestDownloads(t *testing.T) {
	s := widget(t)
	c := counter(t, s.URL, "2026-11-30")
	days, found, err := c.Days(t.Context(), "@acme/widget", date("2024-12-02"), date("2026-12-31"))
	if err != nil || !found || len(days) != 728 || !days[0].Date.Equal(date("2024-12-02")) || !days[727].Date.Equal(date("2026-11-29")) {
		t.Fatalf("%d days, %v, %v", len(days), found, err)
	}
	for i, d := range days {
		if d.Count != fake.Widget().Downloads[d.Date.Format(time.DateOnly)] || i > 0 && !d.Date.Equal(days[i-1].Date.AddDate(0, 0, 1)) {
			t.Fatalf("%v", d)
		}
	}
	if len(s.Requests()) != 2 || strings.Contains(s.Headers(), canary) {
		t.Errorf("%d requests, with\n%s", len(s.Requests()), s.Headers())
	}
	weeks := registry.Weeks(days)
	if len(weeks) != 104 || weeks[0].From.Weekday() != time.Monday || !weeks[103].From.Equal(date("2026-11-23")) {
		t.Errorf("%d weeks, %v", len(weeks), weeks)
	}
	if _, found, err := c.Days(t.Context(), "@acme/other", date("2026-11-01"), date("2026-11-20")); found || err != nil {
		t.Errorf("a package that is not counted: %v, %v", found, err)
	}
	if days, _, err := c.Days(t.Context(), "@acme/widget", date("2026-11-30"), date("2026-12-31")); err != nil || len(days) != 0 {
		t.Errorf("today: %v, %v", days, err)
	}
	if _, _, err := c.Days(t.Context(), "@acme/widget", date("2016-11-30"), date("2026-12-31")); err == nil {
		t.Error("ten years were asked for")
	}
	byVersion, found, err := c.ByVersion(t.Context(), "@acme/widget")
	if err != nil || !found || byVersion["1.4.3"] != 310 || len(byVersion) != 5 {
		t.Errorf("%v, %v, %v", byVersion, found, err)
	}
	if last := s.Requests()[len(s.Requests())-1]; last.Path != "/versions/@acme%2fwidget/last-week" {
		t.Errorf("asked for %s", last.Path)
	}
}

// TestDownloadsNotCountedYet: the last days are missing or 0 while the API lags,
// and neither is "nobody downloaded it". Two weeks of that are no lag.
func TestDownloadsNotCountedYet(t *testing.T) {
	for today, want := range map[string]string{"2026-11-30": "2026-11-29", "2026-12-04": "2026-11-29", "2026-12-13": "2026-11-29",
		"2026-12-20": "2026-12-06"} {
		s := widget(t)
		for _, missing := range []bool{false, true} {
			if missing {
				s.Uncounted()
				want = "2026-11-29"
			}
			days, _, err := counter(t, s.URL, today).Days(t.Context(), "@acme/widget", date("2026-11-01"), date(today))
			if err != nil || days[len(days)-1].Date.Format(time.DateOnly) != want {
				t.Errorf("%s, missing %v: %v, %v", today, missing, days, err)
			}
		}
	}
}

// TestWeeks: only whole ones.
func TestWeeks(t *testing.T) {
	days := func(from string, n int, without ...string) (all []registry.Day) {
		for i := range n {
			d := registry.Day{Date: date(from).AddDate(0, 0, i), Count: int64(i + 1)}
			if !strings.Contains(strings.Join(without, " "), d.Date.Format(time.DateOnly)) {
				all = append(all, d)
			}
		}
		return all
	}
	for _, c := range []struct {
		days []registry.Day
		want string
	}{
		{nil, ""},
		{days("2026-11-02", 7), "2026-11-02 28,"},
		{days("2026-11-02", 6), ""},
		{days("2026-11-01", 15), "2026-11-02 35,2026-11-09 84,"},
		{days("2026-11-03", 12), ""},
		{days("2026-11-02", 14, "2026-11-05"), "2026-11-09 77,"},
		{append(days("2026-11-02", 7), days("2026-11-02", 7)...), "2026-11-02 28,"},
	} {
		got := ""
		for _, w := range registry.Weeks(c.days) {
			got += fmt.Sprintf("%s %d,", w.From.Format(time.DateOnly), w.Count)
		}
		if got != c.want {
			t.Errorf("%v: %s, expected %s", c.days, got, c.want)
		}
	}
}

// TestDownloadsOfMany asks for 300 packages in three calls a year, and for none of
// a scope.
func TestDownloadsOfMany(t *testing.T) {
	s := fake.Start()
	defer s.Close()
	var names []string
	for i := range 300 {
		h := fake.History{Name: fmt.Sprintf("part-%03d", i), Versions: []fake.Version{{Version: "1.0.0"}},
			Downloads: map[string]int64{"2026-11-01": int64(i + 1)}}
		if i == 7 {
			h.Downloads = nil
		}
		if err := s.Record(h); err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name, h.Name)
	}
	all, err := counter(t, s.URL, "2026-11-30").DaysOf(t.Context(), names, date("2026-10-30"), date("2026-11-10"))
	if err != nil || len(all) != 299 || len(s.Requests()) != 3 || len(all["part-299"]) != 12 || all["part-299"][2].Count != 300 ||
		all["part-007"] != nil {
		t.Errorf("%d packages in %d requests, %v, %v", len(all), len(s.Requests()), all["part-299"], err)
	}
	for _, names := range [][]string{{"@acme/a", "b"}, {"a,b"}, {"../a"}} {
		if _, err := counter(t, s.URL, "2026-11-30").DaysOf(t.Context(), names, date("2026-10-30"), date("2026-11-10")); err == nil {
			t.Errorf("%v were asked for together", names)
		}
	}
	one, err := counter(t, s.URL, "2026-11-30").DaysOf(t.Context(), []string{"part-001"}, date("2026-10-30"), date("2026-11-10"))
	if err != nil || len(one["part-001"]) != 12 {
		t.Errorf("%v, %v", one, err)
	}
}

// TestDownloadsRefused: what is no count is an error, and says who answered.
func TestDownloadsRefused(t *testing.T) {
	year := strings.Repeat(`{"day":"2026-11-01","downloads":1},`, 400)
	for body, want := range map[string]string{
		"": "cannot be read", "<html>": "cannot be read", "[]": "cannot be read", "{}": `about ""`, `{"package":"b"}`: `about "b"`,
		`{"package":"a"}`: "without a list", `{"package":"a","downloads":7}`: "without a list",
		`{"package":"a","downloads":[` + strings.TrimSuffix(year, ",") + `]}`:                                 "too long",
		`{"package":"a","downloads":[{"day":"2026-11-01"}]}`:                                                  `"" downloads on "2026-11-01"`,
		`{"package":"a","downloads":[{"day":"soon","downloads":1}]}`:                                          `on "soon"`,
		`{"package":"a","downloads":[{"day":"2026-11-01","downloads":-1}]}`:                                   `"-1" downloads`,
		`{"package":"a","downloads":[{"day":"2026-11-01","downloads":1.5}]}`:                                  `"1.5" downloads`,
		`{"package":"a","downloads":[{"day":"2026-11-01","downloads":1e99}]}`:                                 `"1e99" downloads`,
		`{"package":"a","downloads":[{"day":"2026-11-01","downloads":"1"}]}`:                                  `"1" downloads`,
		`{"package":"a","downloads":[{"day":"2026-11-01","downloads":9999999999999999}]}`:                     "9999",
		`{"package":"a","downloads":[{"day":"2099-01-01","downloads":1}]}`:                                    "about 2099-01-01",
		`{"package":"a","downloads":[{"day":"2026-11-02","downloads":1},{"day":"2026-11-01","downloads":1}]}`: "out of order",
		`{"package":"a","downloads":[{"day":"2026-11-01","downloads":1},{"day":"2026-11-01","downloads":1}]}`: "out of order",
		`{"package":"a","downloads":[{"day":"2026-11-01","downloads":1}],"downloads":[]}`:                     "twice",
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
		c := counter(t, s.URL, "2026-11-30")
		days, found, err := c.Days(t.Context(), "a", date("2026-11-01"), date("2026-11-10"))
		if found || err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "downloads API") {
			t.Errorf("%.80s: %v, %v, %v, expected %q", body, days, found, err, want)
		}
		if counts, found, err := c.ByVersion(t.Context(), "a"); found || err == nil {
			t.Errorf("%.80s: %v, %v, %v", body, counts, found, err)
		}
		s.Close()
	}
	s := widget(t)
	for fault, want := range map[string]string{"downloads-500": "the downloads API answered GET with 500",
		"downloads-429-retry=31536000": "asks to wait", "downloads-302=http://other.example/": "-downloads-url",
		"downloads-403": "403", "downloads-truncated": "EOF", "downloads-bomb": "larger than", "downloads-html": "cannot be read"} {
		s.Fail(fault, 0, 0)
		_, found, err := counter(t, s.URL, "2026-11-30").Days(t.Context(), "@acme/widget", date("2026-11-01"), date("2026-11-10"))
		if found || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", fault, found, err)
		}
		s.Mend()
	}
	for _, address := range []string{"", "api.npmjs.org", "https://user:pass@x.example/", "https://x.example/?q", "ftp://x.example/"} {
		if _, err := registry.NewCounter(registry.Options{Registry: address, Now: time.Now}); err == nil ||
			!strings.Contains(err.Error(), "downloads API") || strings.Contains(err.Error(), "pass") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
