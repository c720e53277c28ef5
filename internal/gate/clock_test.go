package gate

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// A cache may answer a GET with an old date, with or without an Age. An answer
// that no cache can give shows the server's clock.
func TestClock(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	type answer struct {
		method, host string
		off          time.Duration
		age          string
	}
	for _, row := range []struct {
		name    string
		answers []answer
		want    string
	}{
		{"nobody was asked", nil, ""},
		{"within the hour", []answer{{"POST", "a", time.Hour, ""}, {"GET", "b", -time.Hour, ""}}, ""},
		{"beyond it", []answer{{"POST", "a", time.Hour + time.Second, ""}}, "a says 2026-01-02T04:04:06Z, which is 1h ahead of"},
		{"behind", []answer{{"GET", "a", -48 * time.Hour, ""}}, "a says 2025-12-31T03:04:05Z, which is 2d behind"},
		{"a copy with its age", []answer{{"GET", "a", -48 * time.Hour, "172800"}}, ""},
		{"an age that is none", []answer{{"GET", "a", -48 * time.Hour, "soon"}}, "behind"},
		{"an age on what no cache gives", []answer{{"POST", "a", -48 * time.Hour, "172800"}}, "behind"},
		{"a copy beside a new answer", []answer{{"GET", "a", -48 * time.Hour, ""}, {"GET", "a", 0, ""}, {"GET", "a", 48 * time.Hour, ""}}, ""},
		{"one wrong answer", []answer{{"POST", "a", 0, ""}, {"POST", "a", -48 * time.Hour, ""}, {"POST", "a", 0, ""},
			{"GET", "a", 0, ""}}, "behind"},
		{"a copy, then what is new", []answer{{"GET", "a", -48 * time.Hour, ""}, {"POST", "a", 0, ""}}, ""},
		{"one host of two", []answer{{"POST", "a", 0, ""}, {"POST", "b", 2 * time.Hour, ""}}, "b says"},
	} {
		c := newClock(nil, func() time.Time { return now })
		for _, a := range row.answers {
			req, err := http.NewRequest(a.method, "https://"+a.host+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			header := http.Header{"Date": {now.Add(a.off).Format(http.TimeFormat)}}
			if a.age != "" {
				header.Set("Age", a.age)
			}
			c.note(req, header)
		}
		if err := c.disagree("it"); (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		}
	}
	c := newClock(nil, time.Now)
	req, _ := http.NewRequest("POST", "https://a/", nil)
	for _, date := range []string{"", "yesterday", "2020-01-01T00:00:00Z"} {
		c.note(req, http.Header{"Date": {date}})
	}
	if err := c.disagree("it"); err != nil {
		t.Errorf("a server without a clock: %v", err)
	}
}
