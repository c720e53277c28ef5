package monitor

import (
	"fmt"
	"slices"
	"testing"
)

// Many runs in one second tell each thing once: a tag that was moved there and back, a
// finding that ended and came back.
func TestSameSecond(t *testing.T) {
	w, ask := quiet(), asks(t, "version: 1\n")
	_, s := run(t, New(), w.look(day0), ask)
	for i, step := range []struct {
		latest, owner string
		want          []string
	}{
		{"2.11.0", "", nil},
		{"1.0.0", "", []string{"tag-moved latest 2.11.0 1.0.0"}}, // its text is lower than the one before
		{"1.0.0", "", nil},
		{"2.11.0", "eve", []string{"publisher-unknown owner eve"}}, // moved back, as was advised
		{"2.11.0", "eve", nil},
		{"1.0.0", "", []string{"tag-moved latest 2.11.0 1.0.0"}},
		{"1.0.0", "eve", []string{"publisher-unknown owner eve"}},
		{"1.0.0", "eve", nil},
	} {
		w.h.Tags["latest"], w.h.Maintainers = step.latest, []string{"ann", "bob"}
		if step.owner != "" {
			w.h.Maintainers = append(w.h.Maintainers, step.owner)
		}
		var r Result
		r, s = run(t, s, w.look(day0), ask)
		if got := told(r.New); !slices.Equal(got, step.want) {
			t.Errorf("step %d: new %q, want %q", i, got, step.want)
		}
	}
	r, _ := run(t, s, w.look(day0.AddDate(0, 0, 1)), ask)
	if len(r.New) > 0 || len(r.Open) != 1 {
		t.Errorf("the next day: new %q, open %q", told(r.New), told(r.Open))
	}
}

// Two runs of one second that read the same state: what both saw is told once,
// whichever writes first.
func TestSameSecondTogether(t *testing.T) {
	for _, back := range []bool{false, true} {
		w, ask := quiet(), asks(t, "version: 1\n")
		_, s := run(t, New(), w.look(day0), ask)
		w.h.Tags["latest"] = "1.0.0"
		f, looks, n := &file{s}, []*Look{w.look(day0), w.look(day0)}, 0
		if back { // the second one sees what the first one does not yet
			looks[0] = quiet().look(day0)
		}
		for _, l := range append(looks, w.look(day0.AddDate(0, 0, 1))) {
			base := s
			if !l.At.Equal(day0) {
				base = f.state
			}
			n += len(f.finish(t, base, l, ask).New)
		}
		if n != 1 {
			t.Errorf("told %d times", n)
		}
	}
}

// A look of which the judgement of some versions could not be looked at tells of the
// others, ends what it saw to be over, and says nothing about those.
func TestMissedInPart(t *testing.T) {
	w, ask := quiet(), asks(t, "version: 1\n")
	for i := range 5 {
		w.stranger(fmt.Sprintf("2.%d.0", 12+i), day0)
	}
	_, s := run(t, New(), w.look(day0), ask) // all five are told
	w.judge("2.12.0")
	w.judge("2.13.0")
	w.stranger("2.20.0", day0)
	w.stranger("2.21.0", day0)
	w.stages = append(w.stages, quiet().stages...)
	l := w.look(day0.AddDate(0, 0, 1))
	delete(l.Judged, "2.13.0")
	l.Missed = map[Topic]string{Publishes: "who judged 2.13.0: api.github.com answered 503"}
	l.Unlooked = map[string]bool{"2.13.0": true, "2.14.0": true, "2.21.0": true}
	r, s := run(t, s, l, ask)
	if got, want := told(r.New), []string{"published-unknown 2.20.0"}; !slices.Equal(got, want) {
		t.Errorf("new %q, want %q", got, want)
	}
	if got, want := told(r.Ended), []string{"published-unknown 2.12.0"}; !slices.Equal(got, want) {
		t.Errorf("ended %q, want %q", got, want)
	}
	for _, it := range r.Open {
		if v := it.Finding.Version; it.Stale != l.Unlooked[v] {
			t.Errorf("%s: stale %v", v, it.Stale)
		}
	}
	if len(r.Open) != 4 || r.Missed[Publishes] == "" || !s.Last(widget, Publishes).Equal(day0) {
		t.Errorf("open %q, last %v", told(r.Open), s.Last(widget, Publishes))
	}
	r, _ = run(t, s, w.look(day0.AddDate(0, 0, 2)), ask)
	if got, want := told(r.New), []string{"published-unknown 2.21.0"}; !slices.Equal(got, want) {
		t.Errorf("the next look: new %q, want %q", got, want)
	}
	if got, want := told(r.Ended), []string{"published-unknown 2.13.0"}; !slices.Equal(got, want) {
		t.Errorf("the next look: ended %q, want %q", got, want)
	}
}
