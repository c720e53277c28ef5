package advisory

import (
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/strict"
)

func affected(t *testing.T, r *Record, version string) bool {
	t.Helper()
	v, err := npm.ParseVersion(version)
	if err != nil {
		t.Fatal(err)
	}
	return r.Affects(version, v)
}

// events reads "introduced 0, fixed 1.2.3" into a record.
func events(t *testing.T, text string) []Range {
	t.Helper()
	var list []event
	for part := range strings.SplitSeq(text, ", ") {
		word, version, _ := strings.Cut(part, " ")
		kind, ok := eventKinds(word)
		if !ok {
			t.Fatalf("no event %q", word)
		}
		list = append(list, event{kind: kind, text: version})
	}
	return intervals(list)
}

// The evaluation algorithm of https://ossf.github.io/osv-schema/#evaluation.
func TestEvents(t *testing.T) {
	for _, row := range []struct{ events, in, out string }{
		{"introduced 0, fixed 1.2.3", "0.0.0-0 0.0.0 1.2.2 1.2.3-rc.1 1.2.3-0", "1.2.3 1.2.4-0 2.0.0"},
		{"introduced 1.0.0, fixed 1.2.3", "1.0.0 1.0.1-a", "1.0.0-rc.1 0.9.0 1.2.3"},
		{"introduced 1.0.0, last_affected 1.2.3", "1.0.0 1.2.3", "1.2.4-0 0.9.0"},
		{"introduced 1.0.0", "1.0.0 99.0.0", "0.9.0 1.0.0-rc.1"},
		{"introduced 0", "0.0.0-0 99.0.0", ""},
		{"introduced 0, fixed 1.0.0, introduced 2.0.0, fixed 2.1.0", "0.5.0 2.0.5", "1.0.0 1.5.0 2.1.0 2.0.0-a"},
		{"introduced 0, introduced 2.0.0, fixed 1.0.0, fixed 2.1.0", "0.5.0 2.0.5", "1.0.0 1.5.0 2.1.0"}, // unsorted
		{"fixed 1.0.0, introduced 0", "0.5.0", "1.0.0"},
		{"introduced 0, fixed 1.0.0, fixed 2.0.0", "0.5.0", "1.0.0 1.5.0 3.0.0"},
		{"introduced 0, introduced 1.0.0, fixed 2.0.0", "0.5.0 1.5.0", "2.0.0"},
		{"introduced 1.0.0, fixed 1.0.0", "", "1.0.0 0.9.0 1.1.0"},
		{"introduced 0, fixed 1.0.0, introduced 1.0.0, fixed 2.0.0", "0.5.0 1.0.0 1.5.0", "2.0.0"},
		{"introduced 1.0.0, limit 1.5.0", "1.0.0 1.4.9 1.5.0-rc.1", "1.5.0 2.0.0"},
		{"introduced 1.0.0, fixed 1.2.0, limit 1.5.0", "1.0.0", "1.2.0 1.5.0"},
		{"introduced 1.0.0, fixed 2.0.0, limit 1.5.0", "1.4.0", "1.5.0 1.9.0"},
		{"introduced 1.0.0, last_affected 2.0.0, limit 1.5.0", "1.4.0", "1.5.0 2.0.0"},
		{"introduced 2.0.0, limit 1.5.0", "", "1.0.0 2.0.0 3.0.0"},
		{"introduced 1.0.0, limit 1.2.0, limit 1.5.0", "1.4.0", "1.5.0"}, // before any limit
		{"introduced 1.0.0, limit *", "9.0.0", "0.9.0"},
		{"fixed 1.0.0", "0.0.1", "1.0.0"},                        // the beginning is missing: open
		{"introduced 0, fixed next", "0.0.1 99.0.0", ""},         // the end is unreadable: open
		{"introduced first, fixed 1.0.0", "0.0.1", "1.0.0"},      // the beginning is unreadable: open
		{"introduced 1.2, fixed 1.4", "1.2.0 1.3.9", "1.4.0"},    // old advisories
		{"introduced 0, last_affected 01.3", "1.3.0", "1.3.1"},   // and older ones
		{"introduced v1.0.0, fixed =2.0.0-rc", "1.0.0", "2.0.0"}, // and odd ones
	} {
		r := Record{Ranges: events(t, row.events)}
		for _, v := range strings.Fields(row.in) {
			if !affected(t, &r, v) {
				t.Errorf("%s: %s is not affected; ranges %v", row.events, v, r.Ranges)
			}
		}
		for _, v := range strings.Fields(row.out) {
			if affected(t, &r, v) {
				t.Errorf("%s: %s is affected; ranges %v", row.events, v, r.Ranges)
			}
		}
	}
}

func TestEnumeratedVersions(t *testing.T) {
	r := Record{Versions: []string{"1.0.0", "1.2.0-rc.1", "12.0"}}
	for v, want := range map[string]bool{"1.0.0": true, "1.2.0-rc.1": true, "12.0.0": true, "1.2.0": false,
		"1.0.1": false, "1.0.0+b": true, "12.0.1": false} {
		if got := affected(t, &r, v); got != want {
			t.Errorf("%s: got %v", v, got)
		}
	}
	if affected(t, &Record{}, "1.0.0") {
		t.Error("a record without facts affects something")
	}
}

// What "vulnerable_versions" of the bulk endpoint means: npm audit includes
// prereleases.
func TestNPMRange(t *testing.T) {
	for _, row := range []struct{ spec, in, out string }{
		{"<1.2.3", "0.0.0-0 1.2.2 1.2.3-rc.1", "1.2.3"},
		{">=1.0.0 <1.2.3 || 2.x", "1.0.0 2.0.0-rc.1 2.9.9", "1.0.0-a 1.2.3 3.0.0 3.0.0-a"},
		{">= 1.0.0, < 1.2.3", "1.0.0 1.2.3-rc.1", "1.2.3"},
		{"<=1.2.3", "1.2.3 1.2.3-a", "1.2.4-0"},
		{"> 1.2.3", "1.2.4-0 2.0.0", "1.2.3 1.2.3-a"},
		{">1.2.3-rc.1", "1.2.3-rc.1.0 1.2.3-rc.2 1.2.3", "1.2.3-rc.1 1.2.3-rc.0"},
		{"=1.2.3", "1.2.3", "1.2.3-a 1.2.4"},
		{"*", "0.0.0-0 1.0.0-a 9.0.0", ""},
		{"", "0.0.0-0 9.0.0", ""},
		{"every version", "0.0.0-0 9.0.0", ""}, // unreadable: all
		{"<0", "", "0.0.0 0.0.0-0 1.0.0"},
	} {
		r := Record{Ranges: npmRange(row.spec)}
		for _, v := range strings.Fields(row.in) {
			if !affected(t, &r, v) {
				t.Errorf("%q: %s is not affected; ranges %v", row.spec, v, r.Ranges)
			}
		}
		for _, v := range strings.Fields(row.out) {
			if affected(t, &r, v) {
				t.Errorf("%q: %s is affected; ranges %v", row.spec, v, r.Ranges)
			}
		}
	}
}

// FuzzEvents compares our intervals with the schema's algorithm run step by
// step, on events that it defines: versions that can be read, an introduced.
func FuzzEvents(f *testing.F) {
	f.Add([]byte{0, 0, 1, 5}, uint8(3))
	f.Add([]byte{0, 2, 2, 5, 0, 7, 3, 9}, uint8(8))
	f.Add([]byte{0, 0, 0, 4, 1, 2, 1, 6}, uint8(5))
	f.Fuzz(func(t *testing.T, data []byte, at uint8) {
		v := npm.Version{Major: 1, Minor: uint64(at % 16)}
		var list []event
		begins := false
		for i := 0; i+1 < len(data) && len(list) < 12; i += 2 {
			e := event{kind: eventKind(data[i] % 4), version: npm.Version{Major: 1, Minor: uint64(data[i+1] % 16)}}
			e.text = e.version.Canonical()
			for _, other := range list { // what comes first at one version is not defined
				if other.version == e.version && other.kind != limit && e.kind != limit {
					return
				}
			}
			begins = begins || e.kind == introduced
			list = append(list, e)
		}
		if !begins {
			return
		}
		r := Record{Ranges: intervals(list)}
		if got, want := r.Affects(v.Canonical(), v), evaluate(list, v); got != want {
			t.Errorf("%v at %v: got %v, want %v; ranges %v", list, v, got, want, r.Ranges)
		}
	})
}

// evaluate is the algorithm of the schema, as written there.
func evaluate(list []event, v npm.Version) bool {
	limits, before := 0, false
	for _, e := range list {
		if e.kind == limit {
			limits++
			before = before || v.Compare(e.version) < 0
		}
	}
	if limits > 0 && !before {
		return false
	}
	vulnerable := false
	for at := range uint64(16) { // in order of version
		for _, e := range list {
			if e.version.Minor != at {
				continue
			}
			switch {
			case e.kind == introduced && v.Compare(e.version) >= 0:
				vulnerable = true
			case e.kind == fixed && v.Compare(e.version) >= 0, e.kind == lastAffected && v.Compare(e.version) > 0:
				vulnerable = false
			}
		}
	}
	return vulnerable
}

func parse(t *testing.T, text string) ([]Record, error) {
	t.Helper()
	doc, err := strict.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return ParseOSV(doc, testNow, nil)
}
