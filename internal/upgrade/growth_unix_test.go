//go:build unix

package upgrade_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/advisory"
	"github.com/publishgate/publishgate/internal/npm"
	"github.com/publishgate/publishgate/internal/upgrade"
)

// many is a project in which n packages are affected, all asked for by one range:
// by the root, or by one dependency of it.
func many(t *testing.T, n int, direct bool, rng string) upgrade.Input {
	t.Helper()
	root := &npm.Package{Name: "root", Version: "1.0.0", Source: npm.SourceLocal}
	hub := &npm.Package{Name: "hub", Version: "1.0.0", Location: "node_modules/hub", Source: npm.SourceRegistry}
	from, asks := hub, `"hub": "^1.0.0"`
	if direct {
		from, asks = root, ""
	} else {
		root.Deps = []npm.Edge{{Name: "hub", Range: "^1.0.0", To: hub, Valid: true}}
	}
	in := upgrade.Input{Graph: &npm.Graph{Manager: "npm", Version: "3", Lockfile: "package-lock.json", Root: root}}
	in.Graph.Packages = []*npm.Package{root, hub}
	var lines strings.Builder
	for i := range n {
		name := fmt.Sprintf("p%d", i)
		p := &npm.Package{Name: name, Version: "1.0.0", Location: "node_modules/" + name, Source: npm.SourceRegistry}
		in.Graph.Packages = append(in.Graph.Packages, p)
		from.Deps = append(from.Deps, npm.Edge{Name: name, Range: rng, To: p, Valid: true})
		in.Affected = append(in.Affected, advisory.Match{Package: p, Fixed: "1.0.1", Record: &advisory.Record{
			ID: "GHSA-" + name, Package: name, Ranges: []advisory.Range{{Introduced: "0", Fixed: "1.0.1"}}}})
		if direct {
			fmt.Fprintf(&lines, ",\n    %q: %q", name, rng)
		}
	}
	asks += strings.TrimPrefix(lines.String(), ",\n    ")
	text := "{\n  \"name\": \"root\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n    " + asks + "\n  }\n}\n"
	m, err := npm.ParseManifest([]byte(text), "package.json")
	if err != nil {
		t.Fatal(err)
	}
	in.Manifest = m
	return in
}

// The processor's time for a plan grows as the project does: of one four times as
// large it is about four times as long, and sixteen times if each step looks at
// all others. A ratio within one run does not depend on the machine.
func TestMakeGrowth(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // what it takes depends on all that the process has
	for _, c := range []struct {
		name, rng string
		direct    bool
		do        upgrade.Kind
	}{
		{"raises", "1.0.0", true, upgrade.Raise},
		{"overrides", "1.0.0", false, upgrade.Override},
		{"updates", "^1.0.0", false, upgrade.Update},
	} {
		t.Run(c.name, func(t *testing.T) {
			const n = 1000
			cost := func(n int) (least time.Duration) {
				in := many(t, n, c.direct, c.rng)
				for range 3 {
					runtime.GC()
					before := processor(t)
					p := upgrade.Make(in)
					if took := processor(t) - before; least == 0 || took < least {
						least = took
					}
					if len(p.Steps) != n || p.Steps[0].Do != c.do {
						t.Fatalf("%d steps, the first is %s", len(p.Steps), p.Steps[0].Do)
					}
				}
				return least
			}
			for range 4 { // a machine with much to do has slow spells: one good measurement shows the growth
				small, large := cost(n), cost(4*n)
				t.Logf("%s, of four times as many %s", small, large)
				if large <= 7*max(small, 5*time.Millisecond) {
					return
				}
			}
			t.Errorf("%d packages take more than seven times what %d take", 4*n, n)
		})
	}
}

// processor returns the time that this process has had the processor.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
