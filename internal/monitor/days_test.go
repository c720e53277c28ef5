package monitor

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/registry"
)

// An event of the days: what it does, and what must be told of it, each once.
type deed struct {
	name string
	do   func(w *world, version string, at time.Time) (told []string)
}

// deeds leave something behind that every later look sees, so that whoever missed a
// day must still tell of it.
var deeds = []deed{
	{"a release", func(w *world, v string, at time.Time) []string { w.publish(v, at); return nil }},
	{"a stranger's release", func(w *world, v string, at time.Time) []string {
		p := w.stranger(v, at)
		p.Trust, p.By, p.Approver, p.TrustedPublisher = registry.NoTrust, "eve", "", ""
		return []string{"published-unknown " + v, "trust-lowered " + v, "publisher-unknown published " + v + " eve"}
	}},
	{"other bytes", func(w *world, v string, at time.Time) []string {
		w.publish(v, at).Integrity = integrity("evil " + v)
		return []string{"published-differs " + v}
	}},
	{"another repository", func(w *world, v string, at time.Time) []string {
		w.publish(v, at)
		w.built[v] = Built{Repository: "https://github.com/evil/widget"}
		return []string{"published-elsewhere " + v}
	}},
	{"a new owner", func(w *world, v string, at time.Time) []string {
		w.h.Maintainers = append(w.h.Maintainers, "owner-"+v)
		return []string{"publisher-unknown owner owner-" + v}
	}},
	{"a tag by hand", func(w *world, v string, at time.Time) []string {
		w.h.Tags["tag-"+v] = "1.0.0"
		return []string{"tag-moved tag-" + v + "  1.0.0"}
	}},
	{"a version unpublished", func(w *world, v string, at time.Time) []string {
		p := w.publish(v, at)
		gone := *p
		w.remove(v)
		w.h.Tags["latest"] = w.h.Releases[len(w.h.Releases)-1].Version
		return []string{"version-gone " + gone.Version}
	}},
	{"an advisory", func(w *world, v string, at time.Time) []string {
		a := w.audits["2.11.0"]
		a.Vulnerable = append(slices.Clone(a.Vulnerable), Vulnerable{ID: "GHSA-" + v, Severity: "high", Package: "dep@" + v, Published: at})
		w.audits["2.11.0"] = a
		return []string{"supported-vulnerable dep@" + v + " GHSA-" + v}
	}},
	{"a stage", func(w *world, v string, at time.Time) []string {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012s", strings.ReplaceAll(v, ".", ""))
		w.stages = append(w.stages, registry.Staged{ID: id, Version: v, Integrity: integrity("staged " + v)})
		return []string{"staged-unknown " + id}
	}},
	{"a licence", func(w *world, v string, at time.Time) []string {
		a := w.audits["2.11.0"]
		a.Licenses = append(slices.Clone(a.Licenses), "LicenseRef-"+v)
		w.audits["2.11.0"] = a
		return nil // one finding, however many licences: told below
	}},
}

// A file is what runs share: they read it, look, and write under a lock.
type file struct{ state *State }

// finish is the end of a run that read base: what others wrote since counts.
func (f *file) finish(t *testing.T, base *State, l *Look, a *Ask) Result {
	t.Helper()
	r, next := Judge(base, l, a)
	joined, rs := Settle(f.state, map[string]*Package{l.Package: next}, []Result{r}, l.At)
	f.state = again(t, joined)
	return rs[0]
}

// Forty days of daily runs with something happening on most of them, days without
// a run, sources that are down, and runs that overlap: each thing is told as new
// once, nothing is missed, and the state is read as it was written after each step.
func TestDays(t *testing.T) {
	total := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		w, ask := quiet(), asks(t, "version: 1\n")
		f := &file{New()}
		f.finish(t, f.state, w.look(day0), ask)
		counts, want := map[string]int{}, map[string]bool{}
		seen := func(res Result) {
			for _, text := range told(res.New) {
				counts[text]++
			}
			if len(res.Ended) > 0 {
				t.Fatalf("seed %d: %q ended, and nothing was taken back", seed, told(res.Ended))
			}
		}
		for day := 1; day <= 40; day++ {
			at := day0.AddDate(0, 0, day)
			if r.IntN(3) > 0 {
				d := deeds[r.IntN(len(deeds))]
				for _, text := range d.do(w, fmt.Sprintf("2.%d.0", 100+day), at.Add(-time.Hour)) {
					want[text] = true
				}
				if d.name == "a licence" {
					want["license-changed brings 2.11.0"] = true
				}
			}
			if day < 40 && r.IntN(5) == 0 {
				continue // no run on this day
			}
			clear(w.missed)
			if day < 40 && r.IntN(3) == 0 {
				w.missed[Topics[r.IntN(len(Topics))]] = "answered 503"
			}
			base := f.state
			l := w.look(at)
			if day < 40 && r.IntN(4) == 0 {
				l.Asked = []Topic{Topics[r.IntN(len(Topics))], Topics[r.IntN(len(Topics))]}
			}
			switch r.IntN(4) {
			case 0: // two runs that read the same state; the one that looked first writes last
				late := w.look(at.Add(time.Minute))
				seen(f.finish(t, base, late, ask))
				seen(f.finish(t, base, l, ask))
			case 1: // the same, in order
				late := w.look(at.Add(time.Minute))
				seen(f.finish(t, base, l, ask))
				seen(f.finish(t, base, late, ask))
			default:
				seen(f.finish(t, base, l, ask))
			}
		}
		for text := range want {
			if counts[text] != 1 {
				t.Errorf("seed %d: %q was told %d times", seed, text, counts[text])
			}
			total++
			delete(counts, text)
		}
		if len(counts) > 0 {
			t.Errorf("seed %d: %v was told, and did not happen", seed, slices.Sorted(maps.Keys(counts)))
		}
	}
	if total < 600 {
		t.Errorf("%d things happened: too few", total)
	}
}

// A condition that ends and returns is new again; one that is waived is not told, and
// is new once nothing waives it any more; an overdue one is told again, once.
func TestCourse(t *testing.T) {
	w := quiet()
	plain := "version: 1\nsla: {critical: 24h, high: 72h, low: 90d}\naudit-level: high\n"
	ask := asks(t, plain)
	_, s := run(t, New(), w.look(day0), ask)
	was := w.audits["2.11.0"]
	hole := was
	hole.Vulnerable = []Vulnerable{{ID: "GHSA-1", Severity: "high", Package: "lodash@4.17.15", Published: day0}}
	waived := asks(t, plain+"exceptions: [{id: GHSA-1, package: lodash, reason: not reached, owner: ann, expires: 2026-11-09}]\n")
	const text = "supported-vulnerable lodash@4.17.15 GHSA-1"
	var r Result
	for _, step := range []struct {
		day                      int
		audit                    Audit
		ask                      *Ask
		fresh, open, gone, waive string
	}{
		{1, hole, ask, text, "", "", ""},
		{2, hole, ask, "", text, "", ""},
		{3, hole, ask, text + " (overdue)", "", "", ""},
		{4, hole, ask, "", text, "", ""},
		{5, was, ask, "", "", text, ""},
		{6, hole, waived, "", "", "", text},
		{7, hole, waived, "", "", "", text},
		{8, hole, ask, text, "", "", ""}, // overdue from the start: told once
		{9, hole, waived, "", text, "", ""},
		{10, was, waived, "", "", text, ""},
	} {
		w.audits["2.11.0"] = step.audit
		r, s = run(t, s, w.look(day0.AddDate(0, 0, step.day)), step.ask)
		got := strings.Join([]string{strings.Join(told(r.New), "+"), strings.Join(told(r.Open), "+"), strings.Join(told(r.Ended), "+"),
			strings.Join(told(r.Waived), "+")}, "|")
		if want := strings.Join([]string{step.fresh, step.open, step.gone, step.waive}, "|"); got != want {
			t.Fatalf("day %d: %s, want %s", step.day, got, want)
		}
	}
}

// What is down neither ends nor begins anything, and its last good look stays.
func TestMissed(t *testing.T) {
	w, ask := quiet(), asks(t, "version: 1\n")
	w.stranger("2.12.0", day0)
	r, s := run(t, New(), w.look(day0), ask)
	if got := told(r.New); !slices.Equal(got, []string{"published-unknown 2.12.0"}) {
		t.Fatalf("%q", got)
	}
	w.publish("2.13.0", day0.Add(time.Hour))
	l := w.look(day0.AddDate(0, 0, 1))
	l.Judged, l.Missed = nil, map[Topic]string{Publishes: "api.github.com answered 503"}
	r, s = run(t, s, l, ask)
	if len(r.New)+len(r.Ended) > 0 || len(r.Open) != 1 || !s.Last(widget, Publishes).Equal(day0) || r.Missed[Publishes] == "" {
		t.Errorf("new %q, ended %q, open %q, last %v", told(r.New), told(r.Ended), told(r.Open), s.Last(widget, Publishes))
	}
	r, _ = run(t, s, w.look(day0.AddDate(0, 0, 2)), ask)
	if len(r.New)+len(r.Ended) > 0 || len(r.Open) != 1 {
		t.Errorf("new %q, ended %q, open %q", told(r.New), told(r.Ended), told(r.Open))
	}
	// a package that was never there is not looked at
	r, next := Judge(New(), &Look{Package: "none", At: day0, Asked: Topics}, ask)
	if len(r.New) > 0 || r.Missed[Publishes] == "" || !next.Looks[Publishes].IsZero() {
		t.Errorf("%+v", r)
	}
}

// A state from the future is none: it is said, the next look counts, and it does not
// come back from the file.
func TestAhead(t *testing.T) {
	w, ask := quiet(), asks(t, "version: 1\nmonitor: {publishes: daily}\n")
	_, s := run(t, New(), w.look(day0.AddDate(73, 0, 0)), ask)
	w.stranger("2.12.0", day0)
	r, s := run(t, s, w.look(day0.AddDate(0, 0, 1)), ask)
	got := told(r.New)
	for _, topic := range Topics {
		if !slices.Contains(got, "monitor-overdue "+string(topic)+" ahead") {
			t.Errorf("%s: %q", topic, got)
		}
	}
	if last := s.Last(widget, Publishes); !last.Equal(day0.AddDate(0, 0, 1)) {
		t.Errorf("the last look is %v", last)
	}
	if !slices.Contains(got, "published-unknown 2.12.0") {
		t.Errorf("%q", got)
	}
	if r, _ = run(t, s, w.look(day0.AddDate(0, 0, 2)), ask); len(r.New) > 0 {
		t.Errorf("told again: %q", told(r.New))
	}
}

// The trust of each version is compared as registry.Facts.Before compares it.
func TestTrustIsThatOfFacts(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		h := &registry.History{Name: widget, Tags: map[string]string{}, Times: map[string]time.Time{}}
		facts := &registry.Facts{Of: map[string]registry.Fact{}}
		for _, i := range r.Perm(12) {
			version := fmt.Sprintf("%d.%d.%d%s", r.IntN(2), r.IntN(3), i, pick(r, "", "", "-rc.1"))
			number, _ := npm.ParseVersion(version)
			p := registry.Publication{Version: version, Number: number, Trust: registry.Trust(r.IntN(4)), Integrity: integrity(version),
				Published: pick(r, time.Time{}, day0.AddDate(0, 0, r.IntN(300)))}
			h.Releases = append(h.Releases, p)
			facts.Of[version] = registry.Fact{Trust: p.Trust, Published: p.Published}
			facts.Grades = append(facts.Grades, registry.Grade{Number: number, Trust: p.Trust, Published: p.Published})
		}
		look := &Look{Package: widget, At: day0.AddDate(2, 0, 0), Asked: Topics, History: h}
		got, _ := Judge(New(), look, asks(t, "monitor: {since: 2020-01-01}"))
		for _, p := range h.Releases {
			best, lower := facts.Before(p.Version)
			i := slices.IndexFunc(got.New, func(it Item) bool { return it.Finding.Rule == "trust-lowered" && it.Finding.Version == p.Version })
			if lower != (i >= 0) || lower && !strings.Contains(got.New[i].Finding.Message, "; "+best.Number.Canonical()+" of ") {
				t.Fatalf("seed %d: %s: Facts say %v %v", seed, p.Version, best, lower)
			}
		}
	}
}
