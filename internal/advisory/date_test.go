package advisory

import (
	"math"
	"testing"
)

// What RFC 3339 cannot write is no date, whether it is read from a document or
// from a database, and is not written either.
func TestDatesHaveFourDigitsOfYear(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"2024-01-01T00:00:00Z", true},
		{"0000-01-01T00:00:00Z", true},
		{"9999-12-31T23:59:59Z", true},
		{"9999-12-31T23:59:59-01:00", false}, // the year 10000
		{"0000-01-01T00:00:00+01:00", false}, // the year before 0000
		{"26303-11-05T00:00:00Z", false},
		{"10000-01-01T00:00:00Z", false},
		{"2024-01-01", false},
		{"", false},
	} {
		if got := dateText(c.text); (got != "") != c.want {
			t.Errorf("%s: %q, date: %t is wanted", c.text, got, c.want)
		}
		n := packTime(c.text)
		if back := unpackTime(n); c.want && n > 0 && back != c.text || !c.want && n != 0 {
			t.Errorf("%s is packed as %d, which is %q", c.text, n, back)
		}
	}
	for _, n := range []uint64{0, maxTime + 1, 767906179200, 1 << 40, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64} {
		if got := unpackTime(n); got != "" {
			t.Errorf("%d: %q", n, got)
		}
	}
	if got := unpackTime(maxTime); got != "9999-12-31T23:59:59Z" {
		t.Errorf("the last second there is: %q", got)
	}
}
