package gate

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/npm"
)

// slow is a source that takes its time.
type slow struct {
	name  string
	takes time.Duration
}

func (s slow) Name() string { return s.name }

func (s slow) Answer(context.Context, []advisory.Asked) ([]advisory.Record, advisory.Status, error) {
	time.Sleep(s.takes)
	return nil, advisory.Status{}, nil
}

func TestProgress(t *testing.T) {
	for _, row := range []struct {
		name    string
		sources []advisory.Source
		want    string
	}{
		{"quick", []advisory.Source{slow{"npm", 900 * time.Millisecond}}, ""},
		{"slow", []advisory.Source{slow{"npm", 12 * time.Second}, slow{"osv", 5 * time.Second}, slow{"file:a\x1b", 0}},
			"publishgate: waiting for the advisories of npm, osv (1 s)\npublishgate: waiting for the advisories of npm, osv (2 s)\n" +
				"publishgate: waiting for the advisories of npm, osv (4 s)\npublishgate: waiting for the advisories of npm (8 s)\n"},
		{"hostile", []advisory.Source{slow{"a\x1b[1m\n::error::x", 1500 * time.Millisecond}},
			"publishgate: waiting for the advisories of a\\u{1b}[1m\\u{a}:\\u{3a}error:\\u{3a}x (1 s)\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			watched, stop := listening(&out).watch(row.sources)
			_, statuses, err := advisory.Look(t.Context(), watched, &npm.Graph{}, true)
			stop()
			if err != nil || len(statuses) != len(row.sources) || out.String() != row.want {
				t.Errorf("%s: got %q, %v; want %q", row.name, out.String(), err, row.want)
			}
		})
	}
	if watched, stop := (*Log)(nil).watch([]advisory.Source{slow{"npm", 0}}); watched[0] != (slow{"npm", 0}) {
		t.Error("watched, though nobody looks")
	} else {
		stop()
	}
}

// listening returns a log for somebody who watches, off a runner.
func listening(out io.Writer) *Log {
	return &Log{Say: &display.Printer{Out: out, Prefix: "publishgate: "}}
}

// What is waited for is told after 1, 2, 4, 8, 16 and 32 s, then every 30 s, and no
// longer once it came or the stage is over.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := listening(&out)
		done := l.waitFor("x")
		time.Sleep(93 * time.Second)
		done()
		done()
		time.Sleep(time.Hour)
		want := ""
		for _, s := range []int{1, 2, 4, 8, 16, 32, 62, 92} {
			want += fmt.Sprintf("publishgate: waiting for x (%d s)\n", s)
		}
		if out.String() != want {
			t.Errorf("got\n%swant\n%s", &out, want)
		}
		out.Reset()
		defer l.waitFor("y")()
		l.enter("next")
		time.Sleep(time.Minute)
		if out.Len() > 0 {
			t.Errorf("told in the next stage: %s", &out)
		}
	})
}
