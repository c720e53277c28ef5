package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/away"
)

// TestOnlineRounds holds what asking costs, without a clock: the connections, the
// requests, and how many answers a run waits for one after another. These are three,
// but for the advisories about what a fix plan names, which can be asked for when
// the plan is made.
func TestOnlineRounds(t *testing.T) {
	for _, c := range []struct {
		name, policy  string
		plain         bool
		exit          int
		registry, osv int // requests
		rounds        int
	}{
		{"built-in", "", false, 0, 18, 7, 5},
		{"everything", everythingAsked, false, 1, 87, 9, 5},
		{"everything, over HTTP/1.1", everythingAsked, true, 1, 87, 9, 0}, // who waits for a turn makes more rounds
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newOnlineWorld(t, &away.Way{Quiet: 1500 * time.Millisecond, Plain: c.plain}, 60, "")
			policy := filepath.Join(t.TempDir(), "policy.yml")
			if err := os.WriteFile(policy, []byte("version: 1\n"+c.policy), 0o644); err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			p := cli.Process{Args: w.args(policy, t.TempDir()), Stdout: &said, Stderr: io.Discard, Now: time.Now}
			if code := cli.Main(t.Context(), p); code != c.exit {
				t.Errorf("exit %d\n%s", code, said.String())
			}
			most := 1
			if c.plain {
				// 16 at once, and dials that were overtaken by a connection that became
				// free; each request of its own would be 87.
				most = 3 * 16
			}
			for host, want := range map[string]int{"registry": c.registry, "osv": c.osv} {
				if got := w.Dials(host); got > most {
					t.Errorf("%d connections to the %s, want %d at most", got, host, most)
				}
				if got := w.Asked(host); got != want {
					t.Errorf("%d requests to the %s, want %d", got, host, want)
				}
			}
			if c.rounds == 0 {
				return
			}
			rounds := w.Rounds()
			for i, r := range rounds {
				if i >= c.rounds || i >= 3 && slices.ContainsFunc(r, func(asked string) bool {
					return !strings.HasPrefix(asked, "osv ") && !strings.HasPrefix(asked, "registry POST ")
				}) {
					t.Errorf("round %d of %d has %q", i+1, len(rounds), r)
				}
			}
		})
	}
}
