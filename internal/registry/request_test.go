package registry

import (
	"testing"
	"time"
)

// Whatever Retry-After says, the wait is nothing, what it says, or recognisably
// too long.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	far := longestRetryAfter + time.Second
	tests := map[string]time.Duration{
		"": 0, "0": 0, "1": time.Second, " 7 ": 7 * time.Second, "600": 10 * time.Minute, "601": far,
		"18446744074":          far, // times a second it wraps to 0.3 s
		"99999999999":          far,
		"99999999999999999999": far,
		"-1":                   0, "1.5": 0, "soon": 0, "1 ": time.Second, "+1": 0, "0x10": 0,
		"Tue, 01 Sep 2026 12:00:05 GMT": 5 * time.Second,
		"Tue, 01 Sep 2026 11:59:59 GMT": 0,
		"Thu, 01 Jan 2099 00:00:00 GMT": far,
		"Tue, 99 Sep 2026 12:00:05 GMT": 0,
	}
	for header, want := range tests {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %s, expected %s", header, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("18446744074")
	f.Add("Tue, 01 Sep 2026 12:00:05 GMT")
	f.Fuzz(func(t *testing.T, header string) {
		if got := retryAfter(header, time.Unix(1_700_000_000, 0)); got < 0 || got > longestRetryAfter+time.Second {
			t.Errorf("%q: %s", header, got)
		}
	})
}
