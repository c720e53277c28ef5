package migrate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// momentForms are the date formats that the other tools accept: RFC 3339, TOML,
// RFC 2822, and those formats of JavaScript's Date that have a four-digit year.
// A date without a zone is UTC.
var momentForms = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05",
	"2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04",
	"2006-1-2", "2006/1/2", "1/2/2006", "1-2-2006",
	"2 Jan 2006", "2 January 2006", "2 January, 2006", "Jan 2, 2006", "January 2, 2006", "Jan 2 2006", "January 2 2006",
	time.RFC1123, time.RFC1123Z, "Mon, 2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05 -0700", "Mon Jan 2 2006",
	"2006-01",
}

// moment reads the end of an entry: a date, or JavaScript's milliseconds since
// 1970.
func moment(v value) (time.Time, error) {
	s := strings.TrimSpace(v.text)
	if v.kind == number || digits(s) && len(s) > 4 {
		ms, err := strconv.ParseInt(s, 10, 64)
		if err != nil || ms < 1e11 || ms > 1e14 { // smaller: seconds, which JavaScript would read as a day in 1970
			return time.Time{}, fmt.Errorf("its end %.40q is neither a date nor milliseconds", s)
		}
		return time.UnixMilli(ms).UTC(), nil
	}
	if v.scalar() && v.kind != boolean {
		for _, form := range momentForms {
			if t, err := time.Parse(form, s); err == nil && t.Year() > 1970 {
				return t.UTC(), nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("its end %.40q is no date that can be read", s)
}
