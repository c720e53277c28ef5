package report

import "time"

// age says when an advisory was published, and how long that was before the run.
func age(published string, at time.Time) string {
	t, err := time.Parse(time.RFC3339, published)
	if err != nil {
		return "no publication date"
	}
	s := "published " + t.UTC().Format("2006-01-02")
	days := int(at.Sub(t) / (24 * time.Hour))
	switch {
	case at.IsZero() || days < 0:
		return s
	case days == 0:
		return s + ", today"
	}
	return s + ", " + count(days, "day", "days") + " ago"
}
