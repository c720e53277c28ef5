package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/away"
)

// TestOnlineFigures prints how long a run takes beside servers that are 20 ms away,
// and offline: whole processes, run in turn, the least of some rounds.
//
//	PUBLISHGATE_ONLINE=PROGRAM[,PROGRAM…] go test -vet=off -run '^TestOnlineFigures$' -v .
//
// PUBLISHGATE_ONLINE_ROUNDS is how many, PUBLISHGATE_ONLINE_LATENCY another wait (on a
// busy machine a long one tells more), and PUBLISHGATE_ONLINE_DIR names another package
// than one with 2,500 dependencies.
func TestOnlineFigures(t *testing.T) {
	programs := os.Getenv("PUBLISHGATE_ONLINE")
	if programs == "" {
		t.Skip("PUBLISHGATE_ONLINE is not set: it names the programs to measure")
	}
	rounds := 5
	if n, err := strconv.Atoi(os.Getenv("PUBLISHGATE_ONLINE_ROUNDS")); err == nil {
		rounds = n
	}
	latency := 20 * time.Millisecond
	if d, err := time.ParseDuration(os.Getenv("PUBLISHGATE_ONLINE_LATENCY")); err == nil {
		latency = d
	}
	for _, plain := range []bool{false, true} {
		w := newOnlineWorld(t, &away.Way{Latency: latency, Plain: plain}, 2500, os.Getenv("PUBLISHGATE_ONLINE_DIR"))
		for _, c := range onlinePolicies {
			policy := filepath.Join(t.TempDir(), "policy.yml")
			if err := os.WriteFile(policy, []byte("version: 1\n"+c.policy), 0o644); err != nil {
				t.Fatal(err)
			}
			type result struct {
				wall, cpu            []time.Duration
				memory, asked, dials int64
			}
			of := map[string]*result{}
			all := strings.Split(programs, ",")
			for range rounds {
				for _, p := range append(all, "offline") {
					program, args := p, w.args(policy, t.TempDir())
					if p == "offline" {
						program, args = all[len(all)-1], slices.Insert(args, 1, "-offline", "-previous", w.before)
						args[slices.Index(args, "-advisories")+1] = "snapshot"
					}
					w.Reset()
					cmd := exec.CommandContext(t.Context(), program, args...)
					cmd.Env = []string{"HOME=" + t.TempDir()}
					begun := time.Now()
					said, _ := cmd.CombinedOutput()
					took := time.Since(begun)
					if code := cmd.ProcessState.ExitCode(); code > 1 {
						t.Fatalf("%s: exit %d\n%.3000s", p, code, said)
					}
					if of[p] == nil {
						of[p] = &result{}
					}
					r := of[p]
					r.wall, r.cpu = append(r.wall, took), append(r.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
					r.memory = max(r.memory, maxRSS(cmd.ProcessState))
					r.asked, r.dials = int64(w.Asked("registry")+w.Asked("osv")), int64(w.Dials("registry")+w.Dials("osv"))
				}
			}
			for _, p := range append(all, "offline") {
				r := of[p]
				fmt.Printf("%-11s plain=%-5v %-10s wall %6.0f (median %6.0f) cpu %6.0f ms, %4d MiB, %5d requests, %4d dials\n", c.name, plain,
					filepath.Base(p), milli(slices.Min(r.wall)), milli(middle(r.wall)), milli(slices.Min(r.cpu)), r.memory, r.asked, r.dials)
			}
		}
	}
}

// onlinePolicies ask registries for little, and for much.
var onlinePolicies = []struct{ name, policy string }{
	{"built-in", ""},
	{"licences", "licenses: {deny: [GPL-*], unknown: block}\n"},
	{"signatures", "dependencies: {signatures: required}\n"},
	{"everything", everythingAsked},
}

const everythingAsked = `audit-level: low
scopes: {prod: low, optional: low, peer: low, dev: low}
sla: {critical: 24h, high: 72h, moderate: next-release, low: next-minor}
licenses: {deny: [GPL-*], unknown: block}
versions: {step: semver, superseded: {deprecate: required}}
about: {owner: a, acknowledged-by: [ann]}
dependencies:
  signatures: required
  attestations: {downgrade: block}
  min-release-age: 3d
  deprecated: block
  vulnerable-range: block
  install-scripts: {allow: []}
`

// args returns the command line of a gate.
func (w *onlineWorld) args(policy, out string) []string {
	args := []string{"gate", "-sign", "none", "-registry", w.registry, "-advisories", "npm,osv:" + w.osv, "-policy", policy,
		"-out", filepath.Join(out, "out")}
	if w.ca != "" {
		args = append(args, "-ca-file", w.ca)
	}
	return append(args, w.dir)
}

// maxRSS is in MiB.
func maxRSS(s *os.ProcessState) int64 { return s.SysUsage().(*syscall.Rusage).Maxrss >> 10 }

func milli(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
