package advisory

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// everyVersion is a grid that is dense around the bounds the tests use.
func everyVersion() []npm.Version {
	var all []npm.Version
	for major := range 3 {
		for minor := range 3 {
			for patch := range 4 {
				for _, pre := range []string{"-0", "-rc.1", "-rc.1.0", "-rc.2", ""} {
					v, err := npm.ParseVersion(fmt.Sprintf("%d.%d.%d%s", major, minor, patch, pre))
					if err != nil {
						panic(err)
					}
					all = append(all, v)
				}
			}
		}
	}
	return all
}

// The lowest version that a range admits and a record affects is found without
// trying them all: trying them all finds the same.
func TestAdmittedIsExact(t *testing.T) {
	ranges := []string{
		"^1.0.0", "~1.1.0", "1.x", "1.1", "*", "", ">=1.1.0-rc.1", ">1.0.0-rc.1 <1.1.0", "<1.0.0", "1.1.1", ">1.1.1 <1.1.2",
		"^0.1.1", "0.0.1 || ^2.0.0",
		">=1.1.2-rc.2 <2", "<=1.1.0-rc.1", "<0.0.0-0", "^2.2.3", "1.0.0 - 1.2.1", ">1.2.2 <2.0.0-rc.2",
	}
	bounds := []string{"0", "0.1.0", "1.0.0-rc.1", "1.0.0", "1.1.1-0", "1.1.1", "1.1.2-rc.2", "1.2.3", "2.0.0", "2.2.3"}
	var records []Record
	for _, from := range bounds {
		records = append(records, Record{Versions: []string{from}}, Record{Ranges: []Range{{Introduced: from}}})
		for _, to := range bounds {
			records = append(records, Record{Ranges: []Range{{Introduced: from, Fixed: to}}},
				Record{Ranges: []Range{{Introduced: from, LastAffected: to}}})
		}
	}
	grid := everyVersion()
	for _, text := range ranges {
		rng, err := npm.ParseRange(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			at := slices.IndexFunc(grid, func(v npm.Version) bool { return rng.Contains(v, false) && r.Affects(v.Canonical(), v) })
			low, found := r.within(rng)
			if want := at >= 0; want && (!found || low.Compare(grid[at]) > 0) {
				t.Errorf("%q and %+v %v: %s, %t, but %s is in both", text, r.Ranges, r.Versions, low, found, grid[at])
			}
			if found && (!rng.Contains(low, false) || !r.Affects(low.Canonical(), low)) {
				t.Errorf("%q and %+v %v: %s is not in both", text, r.Ranges, r.Versions, low)
			}
			at = slices.IndexFunc(grid, func(v npm.Version) bool { return rng.Contains(v, false) && !r.Affects(v.Canonical(), v) })
			low, found = NewAffectedVersions(&r).outside(rng.Admitted())
			if want := at >= 0; want && (!found || low.Compare(grid[at]) > 0) ||
				found && (!rng.Contains(low, false) || r.Affects(low.Canonical(), low)) {
				t.Errorf("%q without %+v %v: %s, %t", text, r.Ranges, r.Versions, low, found)
			}
		}
	}
}

func TestKnownDepth(t *testing.T) {
	v100, v200 := npm.Version{Major: 1}, npm.Version{Major: 2}
	asked := []Asked{{"a", []string{AnyVersion, "1.0.0"}}, {"b", []string{"1.0.0"}}}
	partial := Status{Partial: true, Depth: OfAll}
	tests := []struct {
		name    string
		sources []Source
		want    string // whole a, vouches a@1 a@2, whole b, vouches b@1 b@2
	}{
		{"of versions", []Source{told{name: "x"}}, "false true false false true false"},
		{"of whole", []Source{told{name: "x", status: Status{Depth: OfWhole}}}, "true true true false true false"},
		{"of all", []Source{told{name: "x", status: Status{Depth: OfAll}}}, "true true true true true true"},
		{"not told of a", []Source{told{name: "x", status: Status{Depth: OfAll, Unasked: []string{"a"}}}}, "false false false true true true"},
		{"one is down", []Source{told{name: "x"}, told{name: "y", status: Status{Depth: OfAll}, err: errNoCanary}},
			"false true false false true false"},
		{"partial beside complete", []Source{told{name: "x"}, told{name: "y", status: partial}}, "false true false false true false"},
		{"partial alone", []Source{told{name: "y", status: partial}}, "true true true true true true"},
	}
	for _, tt := range tests {
		known, _, err := Gather(t.Context(), tt.sources, asked, false)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(known.Whole("a"), known.Vouches("a", v100), known.Vouches("a", v200), known.Whole("b"),
			known.Vouches("b", v100), known.Vouches("b", v200))
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	var nobody *Knowledge
	if nobody.Whole("a") || nobody.Vouches("a", v100) || nobody.Affected("a", v100) ||
		nobody.Admitted("a", npm.Range{}) != nil || nobody.Floors("a") != nil {
		t.Error("nobody knows something")
	}
}

func TestKnownAdd(t *testing.T) {
	gather := func(records ...Record) *Knowledge {
		known, _, err := Gather(t.Context(), []Source{told{name: "x", records: records}}, []Asked{{"a", []string{"1.0.0"}}}, false)
		if err != nil {
			t.Fatal(err)
		}
		return known
	}
	k := gather(vuln("GHSA-1", "a", "0", "1.0.1"))
	other := gather(vuln("GHSA-1", "a", "2.0.0", "2.0.1"), vuln("GHSA-2", "b", "0", "9.0.0"))
	k.Add(other)
	for text, want := range map[string]bool{"1.0.0": true, "1.0.1": false, "2.0.0": true} {
		v, _ := npm.ParseVersion(text)
		if got := k.Affected("a", v); got != want {
			t.Errorf("a@%s affected: %t", text, got)
		}
	}
	if floors := k.Floors("a"); fmt.Sprint(floors) != "[1.0.1 2.0.1]" {
		t.Errorf("floors %v", floors)
	}
	if !k.Affected("b", npm.Version{}) {
		t.Error("b was not taken over")
	}
}

// Who knows packages is asked for the package, who knows versions for those.
func TestAnyVersionIsAskedInEachSourcesWay(t *testing.T) {
	asked := []Asked{{"a", []string{AnyVersion, "1.0.0", "1.2.0"}}, {"b", []string{"1.0.0"}}, {"c", []string{AnyVersion}}}
	var got []string
	for _, q := range queries(asked) {
		got = append(got, q.Package.Name+"@"+q.Version)
	}
	if want := []string{"a@", "b@1.0.0", "c@"}; !slices.Equal(got, want) {
		t.Errorf("osv: %q, want %q", got, want)
	}
	body, err := npmBody(asked)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if want := `{"a":["1.0.0","1.2.0"],"b":["1.0.0"],"minimist":["0.0.8"]}` + "\n"; string(text) != want || err != nil {
		t.Errorf("npm: %s, %v; want %s", text, err, want)
	}
	if q, _ := json.Marshal(queries(asked)[0]); string(q) != `{"package":{"name":"a","ecosystem":"npm"}}` {
		t.Errorf("osv: %s", q)
	}
}
