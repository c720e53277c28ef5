package npm

import (
	"math/rand"
	"strings"
	"testing"
)

// TestRangeOfManyAlternatives compares what is sorted out once with what each
// alternative says.
func TestRangeOfManyAlternatives(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	part := func() string { return string("0123"[r.Intn(4)]) }
	version := func() string {
		v := part() + "." + part() + "." + part()
		if r.Intn(3) == 0 {
			v += "-" + []string{"0", "a", "a.0", "b", "rc.1"}[r.Intn(5)]
		}
		return v
	}
	var grid []Version
	for a := range 5 {
		for b := range 4 {
			for c := range 5 {
				for _, pre := range []string{"", "0", "a", "a.0", "a.1", "b", "rc.1", "z"} {
					grid = append(grid, Version{Major: uint64(a), Minor: uint64(b), Patch: uint64(c), pre: pre})
				}
			}
		}
	}
	for range 3000 {
		var alternatives []string
		for range 1 + r.Intn(4) {
			var words []string
			for range 1 + r.Intn(2) {
				words = append(words, []string{"", "^", "~", ">", ">=", "<", "<=", "="}[r.Intn(8)]+version())
			}
			alternatives = append(alternatives, strings.Join(words, " "))
		}
		text := strings.Join(alternatives, " || ")
		rng, err := ParseRange(text)
		if err != nil {
			t.Fatal(err)
		}
		x := &rangeIndex{}
		var lowest Version
		found := false
		for _, v := range grid {
			for _, pre := range []bool{false, true} {
				if got, want := x.contains(rng, v, pre), rng.Contains(v, pre); got != want {
					t.Fatalf("%q contains %s (%t): %t, expected %t", text, v, pre, got, want)
				}
			}
			if rng.Contains(v, false) && (!found || v.Compare(lowest) < 0) {
				lowest, found = v, true
			}
		}
		if low, ok := rng.Lowest(); ok && !rng.Contains(low, false) || found && (!ok || low.Compare(lowest) > 0) {
			t.Fatalf("the lowest of %q is %s (%t), and %s is in it", text, low, ok, lowest)
		}
	}
}

func TestVersions(t *testing.T) {
	v := func(s string) Version {
		w, err := ParseVersion(s)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	span := func(low, high string) Span {
		if high == "" {
			return Span{Low: v(low), Endless: true}
		}
		return Span{Low: v(low), High: v(high)}
	}
	set := NewVersions([]Span{span("3.0.0", "4.0.0"), span("1.0.0", "1.5.0"), span("1.2.0", "2.0.0"),
		span("2.0.0", "2.0.0"), span("5.0.0-a", "5.0.0"), span("6.0.0", "")})
	if len(set) != 4 {
		t.Errorf("%v", set)
	}
	for text, want := range map[string]bool{"0.9.0": false, "1.0.0": true, "1.9.9": true, "2.0.0": false, "3.0.0": true,
		"5.0.0-b": true, "5.0.0": false, "9.9.9": true} {
		if got := set.Holds(v(text)); got != want {
			t.Errorf("holds %s: %t", text, got)
		}
	}
	if got := set.Releases(); len(got) != 3 {
		t.Errorf("between releases: %v", got)
	}
	for _, c := range []struct {
		other Versions
		want  string
	}{
		{NewVersions([]Span{span("0.1.0", "0.2.0"), span("2.0.0", "2.5.0")}), ""},
		{NewVersions([]Span{span("0.1.0", "1.0.1")}), "1.0.0"},
		{NewVersions([]Span{span("1.9.0", "3.5.0")}), "1.9.0"},
		{NewVersions([]Span{span("2.0.0", "3.5.0"), span("7.0.0", "")}), "3.0.0"},
		{nil, ""},
	} {
		low, found := set.Common(c.other)
		if back, ok := c.other.Common(set); found != ok || found && back.Compare(low) != 0 {
			t.Errorf("%v: %s one way, %s the other", c.other, low, back)
		}
		if found != (c.want != "") || found && low.String() != c.want {
			t.Errorf("%v: %s, %t, expected %q", c.other, low, found, c.want)
		}
	}
}
