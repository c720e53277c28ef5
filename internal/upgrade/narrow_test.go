package upgrade

import (
	"context"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
)

// told is a source of a few records that knows all about their packages.
type told []advisory.Record

func (told) Name() string { return "told" }

func (t told) Answer(context.Context, []advisory.Asked) ([]advisory.Record, advisory.Status, error) {
	return t, advisory.Status{Depth: advisory.OfAll}, nil
}

// knows looks up records: "left 0 1.2.0" is GHSA-left-1.2.0 about left below
// 1.2.0, without a third word there is no fix; "left =1.2.3" names one version.
func knows(t *testing.T, texts ...string) *advisory.Knowledge {
	t.Helper()
	var records told
	var asked []advisory.Asked
	for _, text := range texts {
		word := strings.Fields(text)
		r := advisory.Record{ID: "GHSA-" + strings.Join(word, "-"), Package: word[0]}
		if version, ok := strings.CutPrefix(word[1], "="); ok {
			r.Versions = []string{version}
			if len(word) > 2 {
				r.Kind = advisory.Malware
			}
		} else {
			r.Ranges = []advisory.Range{{Introduced: word[1]}}
			if len(word) > 2 {
				r.Ranges[0].Fixed = word[2]
			}
		}
		records = append(records, r)
		asked = append(asked, advisory.Asked{Name: word[0], Versions: []string{advisory.AnyVersion}})
	}
	known, _, err := advisory.Gather(t.Context(), []advisory.Source{records}, asked, false)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

func TestNarrow(t *testing.T) {
	tests := []struct {
		text    string
		records []string
		want    string // "": nothing is left
	}{
		{"^4.17.0", []string{"x 0 4.17.21"}, "^4.17.21"},
		{"^4.17.21", []string{"x 0 4.17.21"}, "^4.17.21"},
		{"~1.2.0", []string{"x 0 1.2.5"}, "~1.2.5"},
		{"~1.2.0", []string{"x 0 1.3.0"}, ""},
		{"1.x", []string{"x 0 1.2.5"}, "^1.2.5"},
		{"1", []string{"x 0 1.2.5"}, "^1.2.5"},
		{"1.2.x", []string{"x 0 1.2.5"}, "~1.2.5"},
		{"*", []string{"x 0 1.2.5"}, ">=1.2.5"},
		{"", []string{"x 0 1.2.5"}, ">=1.2.5"},
		{">=1.0.0", []string{"x 0 1.2.5"}, ">=1.2.5"},
		{">1.0.0 <3", []string{"x 0 1.2.5"}, ">=1.2.5 <3.0.0"},
		{"1.0.0 - 2.0.0", []string{"x 0 1.2.5"}, ">=1.2.5 <=2.0.0"},
		{"1.2.3", []string{"x 0 1.2.5"}, ""},
		{"=1.2.3", []string{"x 0 1.2.5"}, ""},
		{"^1.0.0 || ^2.0.0", []string{"x 0 1.2.5"}, "^1.2.5 || ^2.0.0"},
		{"^1.0.0 || ^2.0.0", []string{"x 0 2.1.0"}, "^2.1.0"},
		{"^16 || ^17 || ^18", []string{"x 16.0.0 16.4.2", "x 17.0.0 17.1.0"}, "^16.4.2 || ^17.1.0 || ^18"},
		{"^4.3.0", []string{"x =4.4.2"}, ""}, // nobody says that there is a 4.4.3
		{"^1.0.0", []string{"x 0 1.2.0", "x 1.2.0 1.3.0"}, "^1.3.0"},
		{"^1.0.0", []string{"x 0 1.2.0", "x 1.5.0 1.6.0"}, "^1.6.0"},
		{"^1.0.0", []string{"x 0 1.2.0", "x 1.5.0"}, ""},
		{"^0.2.1", []string{"x 0 0.2.4"}, "^0.2.4"},
		{"^0.2.1", []string{"x 0 0.3.0"}, ""},
		{"^1.0.0-rc.1", []string{"x 0 1.0.0-rc.2"}, ""},
		{"latest", []string{"x 0 1.2.5"}, ""},
	}
	for _, tt := range tests {
		known := knows(t, tt.records...)
		got, ok := Narrow(known, "x", tt.text)
		if got != tt.want || ok != (tt.want != "") && tt.text != "" {
			t.Errorf("%q with %q: %q, %t, want %q", tt.text, tt.records, got, ok, tt.want)
		}
	}
}

// Whatever the range: what comes out admits nothing affected and nothing that
// the range did not admit.
func FuzzNarrow(f *testing.F) {
	for _, text := range []string{"^1.0.0", "~1.2", "1.x || >=2 <3", "1 - 2", ">1.2.3-rc.1 <2", "^0.0.1 || *", "v1", ">=1.0.0-0"} {
		f.Add(text, "1.2.5", "2.1.0")
	}
	f.Fuzz(func(t *testing.T, text, fixed, later string) {
		known := knows2(t, fixed, later)
		narrowed, ok := Narrow(known, "x", text)
		if !ok {
			return
		}
		r, err := npm.ParseRange(narrowed)
		if err != nil {
			t.Fatalf("%q → %q: %v", text, narrowed, err)
		}
		if hits := known.Admitted("x", r); len(hits) > 0 {
			t.Fatalf("%q → %q admits %s", text, narrowed, hits[0].Version)
		}
		old, err := npm.ParseRange(text)
		if low, found := r.Lowest(); err != nil || found && !old.Contains(low, false) {
			t.Fatalf("%q → %q begins outside, at %s", text, narrowed, low)
		}
	})
}

func knows2(t *testing.T, fixed, later string) *advisory.Knowledge {
	for _, text := range []string{fixed, later} {
		if _, err := npm.ParseVersion(text); err != nil || strings.ContainsAny(text, " \t\u00a0") {
			t.Skip("not two versions: nothing to narrow")
		}
	}
	return knows(t, "x 0 "+fixed, "x ="+later)
}
