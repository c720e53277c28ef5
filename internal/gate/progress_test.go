package gate

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
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
			"publishgate: waiting for the advisories of npm, osv (1 s)\npublishgate: waiting for the advisories of npm (11 s)\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			watched, stop := watch(&out, row.sources)
			_, statuses, err := advisory.Look(t.Context(), watched, &npm.Graph{}, true)
			stop()
			if err != nil || len(statuses) != len(row.sources) || out.String() != row.want {
				t.Errorf("%s: got %q, %v; want %q", row.name, out.String(), err, row.want)
			}
		})
	}
	if watched, stop := watch(nil, []advisory.Source{slow{"npm", 0}}); watched[0] != (slow{"npm", 0}) {
		t.Error("watched, though nobody looks")
	} else {
		stop()
	}
}
