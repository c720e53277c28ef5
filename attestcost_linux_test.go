package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// A cost is what one process took, or several one after another.
type cost struct {
	Wall   time.Duration `json:"wall"`
	CPU    time.Duration `json:"cpu"`
	Memory int64         `json:"memory"` // at its highest, in KiB; of several that of the largest
}

func (c cost) and(next cost) cost {
	return cost{c.Wall + next.Wall, c.CPU + next.CPU, max(c.Memory, next.Memory)}
}

// costs returns a function that runs a command, which must succeed, and says what
// it cost. Nothing of the test binary is in the figures.
func costs(t *testing.T) func(*exec.Cmd) cost {
	t.Helper()
	dir := t.TempDir()
	meter, file := filepath.Join(dir, "costs"), filepath.Join(dir, "costs.json")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", ".ci/tools", "-o", meter, "./costs")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build what measures: %v\n%s", err, said)
	}
	return func(cmd *exec.Cmd) (c cost) {
		t.Helper()
		cmd.Args = append([]string{meter, file, cmd.Path}, cmd.Args[1:]...)
		cmd.Path = meter
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", cmd.Args[2:], err, said)
		}
		if err := json.Unmarshal(read(t, dir, "costs.json"), &c); err != nil || c.Memory == 0 {
			t.Fatalf("%q cost %+v: %v", cmd.Args[2:], c, err)
		}
		if err := os.Remove(file); err != nil { // the next must write its own
			t.Fatal(err)
		}
		return c
	}
}

// middle is the median.
func middle[T int64 | time.Duration](of []T) T { return slices.Sorted(slices.Values(of))[len(of)/2] }

// TestSigningCosts runs the program as a process, with and without signing, and
// holds what the signing costs: memory by limit, time for the log.
//
//	go test . -run TestSigningCosts -v
func TestSigningCosts(t *testing.T) {
	j := newSigningJob(t)
	// Built here, since a test binary with the race detector takes memory of its own.
	program := filepath.Join(t.TempDir(), "publishgate")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, said)
	}
	measure := costs(t)
	const rounds = 5
	times, memories := map[string][]time.Duration{}, map[string][]int64{}
	var slowest []time.Duration
	for range rounds {
		for _, sign := range []string{"none", "keyless"} {
			j.seen.reset()
			cmd := exec.CommandContext(t.Context(), program)
			cmd.Env = append(j.signs(sign), "INPUT_OUT="+t.TempDir())
			c := measure(cmd)
			times[sign], memories[sign] = append(times[sign], c.Wall), append(memories[sign], c.Memory/1024)
		}
		slowest = append(slowest, j.seen.slowest)
	}
	t.Logf("median of %d: %s without signing, %s with; its slowest request %s", rounds, middle(times["none"]),
		middle(times["keyless"]), middle(slowest))
	more := slices.Min(memories["keyless"]) - slices.Min(memories["none"])
	t.Logf("memory: %v MiB without signing, %v with", memories["none"], memories["keyless"])
	if more > 16 {
		t.Errorf("signing takes %d MiB more memory, expected at most 16", more)
	}
}

// signs is the environment of a run that signs in a way, or "none".
func (j *signingJob) signs(way string) []string {
	env := []string{"INPUT_SIGN=" + way}
	for name, value := range j.env {
		if _, server := noServers[name]; name != "INPUT_SIGN" && (way != "none" || !server) {
			env = append(env, name+"="+value)
		}
	}
	return env
}
