package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestSigningCosts runs the program as a process, with and without signing, and
// holds what the signing costs: memory by limit, time for the log.
//
//	go test . -run TestSigningCosts -v
func TestSigningCosts(t *testing.T) {
	j := newSigningJob(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "publishgate") // by this name the test binary is the program
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	servers := []string{"INPUT_FULCIO-URL", "INPUT_REKOR-URL", "INPUT_TIMESTAMP-SERVER-URL", "INPUT_TRUSTED-ROOT"}
	run := func(sign string) (took time.Duration, memory int64) {
		cmd := exec.CommandContext(t.Context(), program)
		for name, value := range j.env {
			if sign != "none" || !slices.Contains(servers, name) {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
		}
		cmd.Env = append(cmd.Env, "INPUT_OUT="+t.TempDir(), "INPUT_SIGN="+sign)
		began := time.Now()
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		return time.Since(began), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss / 1024
	}
	const rounds = 5
	times, memories := map[string][]time.Duration{}, map[string][]int64{}
	var slowest []time.Duration
	for range rounds {
		for _, sign := range []string{"none", "keyless"} {
			j.seen.reset()
			took, memory := run(sign)
			times[sign], memories[sign] = append(times[sign], took), append(memories[sign], memory)
		}
		slowest = append(slowest, j.seen.slowest)
	}
	middle := func(of []time.Duration) time.Duration { return slices.Sorted(slices.Values(of))[len(of)/2] }
	t.Logf("median of %d: %s without signing, %s with; its slowest request %s", rounds, middle(times["none"]),
		middle(times["keyless"]), middle(slowest))
	more := slices.Min(memories["keyless"]) - slices.Min(memories["none"])
	t.Logf("memory: %v MiB without signing, %v with", memories["none"], memories["keyless"])
	if more > 16 {
		t.Errorf("signing takes %d MiB more memory, expected at most 16", more)
	}
}
