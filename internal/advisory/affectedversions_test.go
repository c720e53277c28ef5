package advisory

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/publishgate/publishgate/internal/npm"
)

// TestReach compares what is sorted out once with what each record says.
func TestReach(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	bound := func() string {
		return []string{"", "0", fmt.Sprintf("%d.%d.0", r.Intn(3), r.Intn(3)), fmt.Sprintf("%d.%d.1-rc.%d", r.Intn(3),
			r.Intn(3), r.Intn(2)), "1.x?", fmt.Sprintf("%d.%d", r.Intn(3), r.Intn(3))}[r.Intn(6)]
	}
	var grid []npm.Version
	for a := range 3 {
		for b := range 3 {
			for _, end := range []string{"0", "1", "1-0", "1-rc.0", "1-rc.1", "1-rc.1.0"} {
				v, err := npm.ParseVersion(fmt.Sprintf("%d.%d.%s", a, b, end))
				if err != nil {
					t.Fatal(err)
				}
				grid = append(grid, v)
			}
		}
	}
	for range 2000 {
		var records []Record
		var all []*Record
		for i := range 1 + r.Intn(3) {
			rec := Record{ID: fmt.Sprintf("GHSA-%d", i), Package: "a"}
			for range r.Intn(3) {
				rec.Ranges = append(rec.Ranges, Range{Introduced: bound(), Fixed: bound(), LastAffected: bound(), Limit: bound()})
			}
			for range r.Intn(2) {
				rec.Versions = append(rec.Versions, bound())
			}
			records = append(records, rec)
		}
		for i := range records {
			all = append(all, &records[i])
		}
		x := NewAffectedVersions(all...)
		for _, v := range grid {
			want := slices.ContainsFunc(records, func(rec Record) bool { return rec.Affects(v.Canonical(), v) })
			if got := x.Holds(v); got != want {
				t.Fatalf("%+v\nholds %s: %t, expected %t", records, v, got, want)
			}
		}
		// Every copy is matched with just the records that affect its version.
		k := newKnowledge()
		k.records.add("one", records)
		g := &npm.Graph{}
		want := 0
		for i, v := range grid {
			g.Packages = append(g.Packages, &npm.Package{Name: "a", Version: v.Canonical(), Location: fmt.Sprint(i), Source: npm.SourceRegistry})
			for _, rec := range records {
				if rec.Affects(v.Canonical(), v) {
					want++
				}
			}
		}
		matches := k.Match(g)
		for _, m := range matches {
			v, _ := npm.ParseVersion(m.Package.Version)
			if !m.Record.Affects(m.Package.Version, v) {
				t.Fatalf("%+v is matched with %s", m.Record, v)
			}
		}
		if len(matches) != want {
			t.Fatalf("%d matches, expected %d", len(matches), want)
		}
	}
}

// TestManyNames folds a thousand advisories that share no name and a thousand
// that all share one.
func TestManyNames(t *testing.T) {
	var apart, alike []*knownRecord
	for i := range 1000 {
		run := []Range{{Fixed: fmt.Sprintf("1.%d.0", i)}}
		apart = append(apart,
			&knownRecord{Record: &Record{ID: fmt.Sprintf("GHSA-%04d", i), Aliases: []string{fmt.Sprintf("CVE-1-%d", i)}, Ranges: run}})
		alike = append(alike, &knownRecord{Record: &Record{ID: fmt.Sprintf("R%d-1", i), Aliases: []string{"CVE-1-1"}, Ranges: run}})
	}
	if got := combine(apart); len(got) != 1000 {
		t.Errorf("%d of those that share nothing", len(got))
	}
	got := combine(alike)
	if len(got) != 1 || len(got[0].Ranges) != 1000 || len(got[0].Aliases) != 1000 {
		t.Errorf("%d of those that share a name", len(got))
	}
}
