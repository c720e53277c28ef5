package respond

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/incident"
	"github.com/publishgate/publishgate/internal/registry"
	server "github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestDownloads counts from the day on which the first affected version came, and
// the last seven days that are counted; an API that is down is missed, and a package
// that it does not count is not.
func TestDownloads(t *testing.T) {
	now := time.Date(2026, 10, 20, 9, 0, 0, 0, time.UTC)
	counts := map[string]int64{}
	for i := range 40 {
		counts[now.AddDate(0, 0, -1-i).Format(time.DateOnly)] = int64(10 + i)
	}
	for name, c := range map[string]struct {
		rng     string
		arrange func(*server.Server)
		missed  int
		want    *incident.Downloads
	}{
		// From 1 to 19 October: 10 + … + 28.
		"counted": {">=1.0.1", func(*server.Server) {}, 0, &incident.Downloads{Since: "2026-10-01", Until: "2026-10-19", Count: 361, Week: 91}},
		"down":    {">=1.0.1", func(s *server.Server) { s.Fail("downloads-500", 0, -1) }, 1, nil},
		"html":    {">=1.0.1", func(s *server.Server) { s.Fail("downloads-html", 0, -1) }, 1, nil},
		"unknown": {">=1.0.1", func(s *server.Server) { s.Fail("downloads-404", 0, -1) }, 0, nil},
		"nothing": {"9.x", func(*server.Server) {}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := server.Start()
			defer s.Close()
			if err := s.Have([]byte(widget)); err != nil {
				t.Fatal(err)
			}
			if err := s.Count("w", counts, map[string]int64{"1.0.1": 7}); err != nil {
				t.Fatal(err)
			}
			c.arrange(s)
			a := actor(t, s)
			counter, err := registry.NewCounter(registry.Options{Registry: s.URL, Now: func() time.Time { return now }, Sleep: a.Ways.Sleep})
			if err != nil {
				t.Fatal(err)
			}
			q := &Inquiry{Ask: incident.Ask{Kind: incident.Package, Package: "w", Range: c.rng, Registry: s.URL},
				Client: a.Client, Counter: counter, Now: func() time.Time { return now }}
			l := q.Look(t.Context(), nil)
			if len(l.Missed) != c.missed {
				t.Errorf("missed %q", l.Missed)
			}
			switch got := l.Downloads; {
			case got == nil || c.want == nil:
				if got != nil || c.want != nil {
					t.Errorf("%+v, want %+v", got, c.want)
				}
			case got.Since != c.want.Since || got.Until != c.want.Until || got.Count != c.want.Count || got.Week != c.want.Week ||
				got.Versions["1.0.1"] != 7:
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// TestLives: a token that is refused is revoked; one that nobody can be asked about
// is not called so.
func TestLives(t *testing.T) {
	for name, c := range map[string]struct {
		fault  string
		want   incident.Answer
		missed bool
	}{"accepted": {"", incident.Yes, false}, "refused": {"whoami-401", incident.No, false}, "down": {"whoami-503", incident.Unasked, true},
		"html": {"whoami-html", incident.Unasked, true}, "not there": {"whoami-404", incident.Unasked, true}} {
		s := server.Start()
		if err := s.Have([]byte(widget)); err != nil {
			t.Fatal(err)
		}
		if c.fault != "" {
			s.Fail(c.fault, 0, -1)
		}
		client := actor(t, s).Client
		q := &Inquiry{Ask: incident.Ask{Kind: incident.Token, Package: "w", Range: "*", Registry: s.URL},
			Client: client, Suspect: client, Now: time.Now}
		l := q.Look(t.Context(), nil)
		if l.Lives != c.want || slices.ContainsFunc(l.Missed, func(m string) bool { return strings.Contains(m, "revoked") }) != c.missed {
			t.Errorf("%s: %v, missed %q", name, l.Lives, l.Missed)
		}
		s.Close()
	}
}
