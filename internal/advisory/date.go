package advisory

import (
	"math"
	"time"
)

// RFC 3339 writes years in four digits (section 1): these are the first second
// of the year 0000 and the last of 9999, after 1970. Outside them is no date.
const (
	minTime = -62167219200
	maxTime = 253402300799
)

// dateAt returns the time at a number of seconds after 1970, UTC, and whether
// it is a date. Reading and writing both use it.
func dateAt(seconds int64) (time.Time, bool) {
	if seconds < minTime || seconds > maxTime {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0).UTC(), true
}

// parseTime reads RFC 3339; OSV demands UTC, others do not.
func parseTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, false
	}
	if _, ok := dateAt(t.Unix()); !ok { // such as 9999-12-31T23:59:59-01:00
		return time.Time{}, false
	}
	return t, true
}

// dateText returns s if it is a date, else "", as for a record without one.
func dateText(s string) string {
	if _, ok := parseTime(s); !ok {
		return ""
	}
	return s
}

// packTime returns a date as stored in the database: whole seconds after 1970;
// 0 for no date or an earlier one.
func packTime(s string) uint64 {
	t, ok := parseTime(s)
	if !ok || t.Unix() < 0 {
		return 0
	}
	return uint64(t.Unix())
}

// unpackTime returns the date for a number of packTime, "" for 0.
func unpackTime(n uint64) string {
	if n == 0 || n > math.MaxInt64 {
		return ""
	}
	t, ok := dateAt(int64(n))
	if !ok {
		return ""
	}
	return t.Format(time.RFC3339)
}
