package advisory

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/publishgate/publishgate/internal/finding"
	"github.com/publishgate/publishgate/internal/npm"
)

// told is a source that says what it was told to say.
type told struct {
	name    string
	records []Record
	status  Status
	err     error
	hang    bool
}

func (s told) Name() string { return s.name }

func (s told) Answer(ctx context.Context, _ []Asked) ([]Record, Status, error) {
	if s.hang {
		<-ctx.Done()
		return nil, Status{}, ctx.Err()
	}
	return s.records, s.status, s.err
}

// graph makes a flat graph of "name@version" from the registry.
func graph(ids ...string) *npm.Graph {
	root := &npm.Package{Name: "root", Version: "1.0.0", Source: npm.SourceLocal}
	g := &npm.Graph{Root: root, Packages: []*npm.Package{root}}
	for _, id := range ids {
		at := strings.LastIndexByte(id, '@')
		g.Packages = append(g.Packages, &npm.Package{Name: id[:at], Version: id[at+1:], Location: "node_modules/" + id[:at],
			Source: npm.SourceRegistry})
	}
	return g
}

// brief prints matches as "name@version id severity fixed sources".
func brief(matches []Match) []string {
	list := []string{}
	for _, m := range matches {
		list = append(list, strings.Join([]string{m.Package.ID(), m.Record.ID, m.Record.Severity.String(), m.Fixed,
			strings.Join(m.Sources, "+")}, " "))
	}
	return list
}

func vuln(id, pkg, in, out string) Record {
	return Record{ID: id, Package: pkg, Severity: finding.High, Ranges: []Range{{Introduced: in, Fixed: out}}}
}

func TestLookNeedsACompleteSource(t *testing.T) {
	down := told{name: "npm", err: errors.New("no route")}
	up := told{name: "osv", records: []Record{vuln("GHSA-a", "x", "0", "1.0.0")}}
	part := told{name: "snapshot", records: up.records, status: Status{Partial: true}}
	for _, row := range []struct {
		name    string
		sources []Source
		all     bool
		want    int    // matches
		err     string // all of these words, separated by |
	}{
		{"none", nil, false, 0, "no source"},
		{"one up", []Source{up}, false, 1, ""},
		{"one down", []Source{down}, false, 0, "npm|no route"},
		{"one of two down", []Source{down, up}, false, 1, ""},
		{"one of two down, all needed", []Source{down, up}, true, 0, "npm|no route"},
		{"both up, all needed", []Source{up, part}, true, 1, ""},
		{"both down", []Source{down, told{name: "osv", err: errors.New("a reset")}}, false, 0, "npm|no route|osv|a reset"},
		{"a partial one cannot stand in", []Source{down, part}, false, 0, "npm|no route"},
		{"a partial one, by choice", []Source{part}, false, 1, ""},
		{"a partial one, and a complete one", []Source{part, up}, false, 1, ""},
	} {
		matches, statuses, err := Look(t.Context(), row.sources, graph("x@0.5.0"), row.all)
		if len(matches) != row.want || (err == nil) != (row.err == "") || err != nil && matches != nil {
			t.Errorf("%s: got %v, %v", row.name, brief(matches), err)
		}
		for word := range strings.SplitSeq(row.err, "|") {
			if err != nil && !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q does not say %q", row.name, err, word)
			}
		}
		if len(statuses) != len(row.sources) {
			t.Errorf("%s: %d statuses", row.name, len(statuses))
		}
		for i, s := range statuses {
			if s.Name != row.sources[i].Name() || (s.Error != "") != (row.sources[i].(told).err != nil) {
				t.Errorf("%s: status %+v", row.name, s)
			}
		}
	}
}

func TestLookDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		up := told{name: "osv", records: []Record{vuln("GHSA-a", "x", "0", "1.0.0")}}
		matches, statuses, err := Look(t.Context(), []Source{told{name: "npm", hang: true}, up}, graph("x@0.5.0"), false)
		if len(matches) != 1 || err != nil || !strings.Contains(statuses[0].Error, "no answer") || time.Since(start) != grace {
			t.Errorf("after %v: %v, %+v, %v", time.Since(start), brief(matches), statuses, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, _, err = Look(ctx, []Source{told{name: "npm", hang: true}, up}, graph("x@0.5.0"), true)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("all needed: %v", err)
		}
	})
}

func TestLookMerges(t *testing.T) {
	low := vuln("GHSA-a", "x", "0", "1.0.0")
	low.Severity, low.Published, low.Modified = finding.Low, "2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z"
	low.Aliases = []string{"CVE-1"}
	high := vuln("GHSA-a", "x", "2.0.0", "2.1.0")
	high.Published, high.Modified = "2024-04-01T00:00:00Z", "2024-06-01T00:00:00Z"
	unrated := vuln("GHSA-a", "x", "0", "1.2.0")
	unrated.Severity = finding.Unknown
	mal := vuln("MAL-1", "x", "0", "")
	mal.Kind, mal.Aliases, mal.Published = Malware, []string{"GHSA-a"}, "2023-01-01T00:00:00Z"
	cve := vuln("CVE-1", "x", "0", "1.0.0")
	cve2 := vuln("CVE-2", "x", "0", "1.0.0")
	other := vuln("GHSA-b", "x", "0", "1.5.0")
	other.Aliases = []string{"CVE-1", "GHSA-a"}
	own := vuln("ACME-7", "x", "0", "1.0.0")
	own.Aliases = []string{"CVE-1"}
	elsewhere := vuln("GHSA-a", "y", "0", "1.0.0")
	gone := low
	gone.Withdrawn, gone.Modified = true, "2024-07-01T00:00:00Z"
	undated := vuln("GHSA-a", "x", "0", "1.0.0")

	for _, row := range []struct {
		name string
		a, b []Record
		ids  []string
		want []string
	}{
		{"same id, worst severity, union of ranges", []Record{low}, []Record{high}, []string{"x@0.5.0", "x@1.5.0", "x@2.0.5"},
			[]string{"x@0.5.0 GHSA-a high 1.0.0 a+b", "x@2.0.5 GHSA-a high 2.1.0 a+b"}},
		{"who does not rate gives way", []Record{unrated}, []Record{low}, []string{"x@0.5.0"}, []string{"x@0.5.0 GHSA-a low 1.2.0 a+b"}},
		{"all ids of one advisory", []Record{low, cve}, []Record{mal, own}, []string{"x@0.5.0"}, []string{"x@0.5.0 GHSA-a high  a+b"}},
		{"not related", []Record{low}, []Record{cve2}, []string{"x@0.5.0"}, []string{"x@0.5.0 CVE-2 high 1.0.0 b", "x@0.5.0 GHSA-a low 1.0.0 a"}},
		{"two ids of one registry stay two", []Record{low}, []Record{other}, []string{"x@0.5.0"},
			[]string{"x@0.5.0 GHSA-a low 1.0.0 a", "x@0.5.0 GHSA-b high 1.5.0 b"}},
		{"even beside a CVE they share", []Record{low, other}, []Record{cve}, []string{"x@0.5.0"},
			[]string{"x@0.5.0 GHSA-a high 1.0.0 a+b", "x@0.5.0 GHSA-b high 1.5.0 a"}},
		{"the same id about another package", []Record{low}, []Record{elsewhere}, []string{"x@0.5.0", "y@0.5.0"},
			[]string{"x@0.5.0 GHSA-a low 1.0.0 a", "y@0.5.0 GHSA-a high 1.0.0 b"}},
		{"withdrawn later", []Record{low}, []Record{gone}, []string{"x@0.5.0"}, []string{"x@0.5.0 GHSA-a low 1.0.0 a+b"}},
		{"withdrawn and not, by one source", []Record{low, gone}, nil, []string{"x@0.5.0"}, []string{"x@0.5.0 GHSA-a low 1.0.0 a"}},
		{"not withdrawn and so, by one source", []Record{gone, low}, []Record{gone}, []string{"x@0.5.0"},
			[]string{"x@0.5.0 GHSA-a low 1.0.0 a+b"}},
		{"withdrawn by all", []Record{gone, gone}, []Record{gone}, []string{"x@0.5.0"}, []string{}},
		{"withdrawn, alone", []Record{gone}, nil, []string{"x@0.5.0"}, []string{}},
		{"withdrawn, but told without a date", []Record{gone}, []Record{undated}, []string{"x@0.5.0"}, []string{"x@0.5.0 GHSA-a high 1.0.0 a+b"}},
	} {
		for _, swap := range []bool{false, true} {
			sources := []Source{told{name: "a", records: row.a}, told{name: "b", records: row.b}}
			if swap {
				slices.Reverse(sources)
			}
			matches, _, err := Look(t.Context(), sources, graph(row.ids...), true)
			if got := brief(matches); err != nil || !reflect.DeepEqual(got, row.want) {
				t.Errorf("%s (swapped %v):\ngot  %q, %v\nwant %q", row.name, swap, got, err, row.want)
			}
		}
	}

	matches, _, _ := Look(t.Context(), []Source{told{name: "a", records: []Record{low}},
		told{name: "b", records: []Record{mal, high}}}, graph("x@0.5.0"), true)
	if len(matches) != 1 || matches[0].Record.Kind != Malware || matches[0].Record.Published != mal.Published ||
		matches[0].Record.Modified != high.Modified ||
		!reflect.DeepEqual(matches[0].Record.Aliases, []string{"CVE-1", "MAL-1"}) {
		t.Errorf("merged: %+v", matches)
	}
	one, two := Record{ID: "GHSA-v", Package: "x", Versions: []string{"1.0.0"}}, Record{ID: "GHSA-v", Package: "x",
		Versions: []string{"2.0.0"}}
	matches, _, _ = Look(t.Context(), []Source{told{name: "a", records: []Record{one}},
		told{name: "b", records: []Record{two}}}, graph("x@1.0.0", "x@2.0.0"), true)
	if len(matches) != 2 {
		t.Errorf("union of versions: %v", brief(matches))
	}
	if low.Severity != finding.Low || len(low.Ranges) != 1 || len(low.Aliases) != 1 {
		t.Error("merging changed what a source returned")
	}
}

func TestFixed(t *testing.T) {
	for _, row := range []struct {
		ranges  []Range
		version string
		want    string
	}{
		{[]Range{{"0", "1.2.3", "", ""}}, "1.0.0", "1.2.3"},
		{[]Range{{"0", "1.2.3", "", ""}, {"1.2.0", "1.4.0", "", ""}}, "1.0.0", "1.4.0"}, // 1.2.3 is affected by the other
		{[]Range{{"0", "1.2.3", "", ""}, {"2.0.0", "2.1.0", "", ""}}, "2.0.0", "2.1.0"},
		{[]Range{{"2.0.0", "2.1.0", "", ""}, {"0", "1.2.3", "", ""}}, "1.0.0", "1.2.3"},
		{[]Range{{"0", "", "1.2.3", ""}}, "1.0.0", ""},
		{[]Range{{"0", "", "", ""}}, "1.0.0", ""},
		{[]Range{{"0", "", "", ""}, {"0", "2.0.0", "", ""}}, "1.0.0", ""},
		{[]Range{{"1.0.0", "2.0.0-0", "", ""}}, "1.0.0", ""}, // nobody releases that
		{[]Range{{"0", "", "", "2.0.0"}}, "1.0.0", ""},
		{[]Range{{"0", "1.2", "", ""}}, "1.0.0", "1.2.0"},
	} {
		r := Record{Ranges: row.ranges}
		v, _ := npm.ParseVersion(row.version)
		if got := NewAffectedVersions(&r).fixedAfter(v); got != row.want {
			t.Errorf("%v at %s: got %q, want %q", row.ranges, row.version, got, row.want)
		}
	}
}

func TestUnauditable(t *testing.T) {
	for _, row := range []struct {
		p    npm.Package
		why  string // a word of it; empty: nothing to say
		asks bool
	}{
		{npm.Package{Name: "a", Version: "1.0.0", Source: npm.SourceRegistry}, "", true},
		{npm.Package{Name: "a", Version: "1.0.0", Source: npm.SourceBundled}, "", true},
		{npm.Package{Name: "a", Version: "1.0.0", Source: npm.SourceGit}, "git", true},
		{npm.Package{Name: "a", Version: "1.0.0", Source: npm.SourceURL}, "address", true},
		{npm.Package{Name: "a", Version: "1.0.0", Source: npm.SourceFile}, "file", true},
		{npm.Package{Name: "a", Version: "1.0.0"}, "not known", true},
		{npm.Package{Name: "a", Version: "1.0", Source: npm.SourceRegistry}, "semantic", false},
		{npm.Package{Name: "a", Source: npm.SourceRegistry}, "no version", false},
		{npm.Package{Version: "1.0.0", Source: npm.SourceRegistry}, "no name", false},
		{npm.Package{Name: "a", Version: "1.0.0", Source: npm.SourceLocal}, "", false},
		{npm.Package{Name: "a", Link: true}, "", false},
	} {
		why := Unauditable(&row.p)
		if (why == "") != (row.why == "") || !strings.Contains(why, row.why) {
			t.Errorf("%+v: got %q, want %q", row.p, why, row.why)
		}
		if asks := len(Ask(&npm.Graph{Packages: []*npm.Package{&row.p}})) == 1; asks != row.asks {
			t.Errorf("%+v: asked %v", row.p, asks)
		}
	}
}

func TestAsk(t *testing.T) {
	got := Ask(graph("b@1.10.0", "a@2.0.0", "b@1.9.0", "b@v1.9.0+build"))
	want := []Asked{{"a", []string{"2.0.0"}}, {"b", []string{"1.9.0", "1.10.0"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
