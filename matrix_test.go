package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/matrix"
	"github.com/publishgate/publishgate/internal/testserver/race"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// TestMatrix runs the reusable workflow for one package and for 40: each version is
// sent once, with the bytes that were built, behind all that it needs.
func TestMatrix(t *testing.T) {
	for _, n := range []int{1, 40} {
		for _, how := range []string{"stage", "npm"} {
			t.Run(fmt.Sprintf("%d/%s", n, how), func(t *testing.T) {
				w := newMatrixWorld(t, n, 1, nil)
				if how == "npm" {
					w.directly()
				}
				w.attempts(1)
				w.published()
			})
		}
	}
}

// TestMatrixKilled kills jobs of it at random, and runs the failed ones again. In
// the end all is as if nobody had been killed.
func TestMatrixKilled(t *testing.T) {
	killed := map[string]int{}
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newMatrixWorld(t, 12, seed, nil)
			if seed%2 == 1 {
				w.directly()
			}
			w.killAtRandom(seed)
			w.attempts(20)
			w.published()
			for _, at := range w.run.Killed {
				killed[at.Job]++
			}
			t.Logf("%d attempts, killed: %v", w.run.Attempts, w.run.Killed)
		})
	}
	for _, job := range []string{"judge", "merge", "publish"} {
		if killed[job] == 0 && !t.Failed() {
			t.Errorf("%s was never killed: %v", job, killed)
		}
	}
}

// TestMatrixLarge does so with 300 packages.
func TestMatrixLarge(t *testing.T) {
	race.Leave(t, "TestMatrixKilled")
	w := newMatrixWorld(t, 300, 1, nil)
	w.run.Inputs["shards"] = 8.0
	w.killAtRandom(3)
	began := time.Now()
	w.attempts(20)
	w.published()
	t.Logf("300 packages, %d attempts, %d kills, %s", w.run.Attempts, len(w.run.Killed), time.Since(began).Round(time.Second))
}

// directly publishes without staging.
func (w *matrixWorld) directly() {
	w.run.Inputs["publish"] = "npm"
	w.npm.Grant("npm_of_the_test", registry.Grant{Kind: "token"})
}

// attempts runs the workflow until all is well, and fails if that is never.
func (w *matrixWorld) attempts(most int) {
	w.Helper()
	for range most {
		well, err := w.run.Attempt()
		if err != nil {
			w.Fatalf("%v\n%s", err, w.run.Log.String())
		}
		if well {
			return
		}
	}
	w.Fatalf("not well after %d attempts\n%s", most, w.run.Log.String())
}

// published fails unless each package is there once with its bytes, in order.
func (w *matrixWorld) published() {
	w.Helper()
	all := w.sent()
	for _, name := range w.names {
		built, err := os.ReadFile(filepath.Join(w.packed, strings.ReplaceAll(name, "/", "-")+".tgz"))
		if err != nil || !bytes.Equal(all[name], built) {
			w.Errorf("%s: %d bytes are there, %d were built (%v)", name, len(all[name]), len(built), err)
		}
	}
	if len(w.early) > 0 {
		w.Errorf("sent too early: %s", w.early)
	}
	if w.Failed() {
		w.Log(w.run.Log.String())
	}
}

// killAtRandom kills steps of the first attempts: at a request to the registry,
// done or not, or after some time; the step alone, or its runner.
func (w *matrixWorld) killAtRandom(seed uint64) {
	random := rand.New(rand.NewPCG(seed, 3))
	w.run.Kill = func(at matrix.Place) (<-chan struct{}, bool) {
		w.arm(0, false, nil) // what was meant for the step before
		if at.Attempt > 6 || at.Job == "build" || at.Job == "plan" || random.IntN(2) == 0 || at.Job == "judge" && random.IntN(3) > 0 {
			return nil, false
		}
		dies, wholeJob := make(chan struct{}), random.IntN(2) == 0
		if at.Job == "merge" || random.IntN(3) == 0 {
			time.AfterFunc(time.Duration(random.IntN(300))*time.Millisecond, func() { close(dies) })
			return dies, wholeJob
		}
		most := 6 * len(w.names)
		if at.Job == "judge" { // a shard has some of them, and asks little
			most = 1 + len(w.names)/4
		}
		w.arm(1+random.IntN(most), random.IntN(2) == 0, dies)
		return dies, wholeJob
	}
}
