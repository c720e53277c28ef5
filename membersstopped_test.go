package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestMembersStopped: a signal to stop ends the run before the next member, and the
// report says which are there. Another run goes on.
func TestMembersStopped(t *testing.T) {
	for _, road := range []string{"npm", "stage"} {
		t.Run(road, func(t *testing.T) {
			t.Parallel()
			r := newMemberRelease(t, "-publish", road)
			r.env = []string{"NODE_AUTH_TOKEN=token-of-the-test"}
			if road == "stage" {
				r.npm.Grant("token-of-the-test", registry.Grant{Kind: "stage-only"})
			}
			r.signal = syscall.SIGTERM
			out := filepath.Join(t.TempDir(), "out")
			code, said := r.run(out, 1, true)
			if code != 3 || len(r.stores()) != 2 || !strings.Contains(said, "; not sent: @acme/") ||
				!strings.Contains(said, "Run the same again") || !strings.Contains(said, "stopped by a signal") {
				t.Errorf("exit %d after %v\n%s", code, r.stores(), said)
			}
			var run struct {
				Reason  string
				Members []struct {
					Name, Reason string
				}
			}
			data, err := os.ReadFile(filepath.Join(out, "run.json"))
			if err == nil {
				err = json.Unmarshal(data, &run)
			}
			if err != nil || run.Reason != "signal" || len(run.Members) != len(memberNeeds) {
				t.Errorf("%+v, %v", run, err)
			}
			for _, m := range run.Members {
				if !slices.Contains(r.stores(), m.Name) && m.Reason == "" {
					t.Errorf("%s was not sent, and its run says that all is well", m.Name)
				}
			}
			if code, said := r.run(out, -1, false); code != 0 {
				t.Errorf("exit %d\n%s", code, said)
			}
			r.complete(out, road == "stage")
		})
	}
}

// stop sends the signal, and gives it a moment to arrive: what is asked for then is
// answered.
func (r *memberRelease) stop(p *os.Process) {
	if err := p.Signal(r.signal); err != nil {
		r.Error(err)
	}
	time.Sleep(200 * time.Millisecond)
}
