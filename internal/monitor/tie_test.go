package monitor

import (

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
		{"2.11.0", "eve", []string{"publisher-unknown owner eve", "tag-moved latest 1.0.0 2.11.0"}},
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

