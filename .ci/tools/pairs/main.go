// Pairs runs two commands in turn, A B A B …, and says how long each took: the
// median of the wall clock and of the processor time of whole processes, and the
// median of the ratios pair by pair, which holds where the machine's speed
// drifts.
//
//	pairs [-n RUNS] [-name TEXT] 'COMMAND A' 'COMMAND B'
//
// A command is split at spaces and is given no shell. One that fails ends it.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

type run struct{ wall, cpu float64 } // milliseconds

func main() {
	n := flag.Int("n", 10, "counted runs of each, after one that is not")
	name := flag.String("name", "", "what is measured, the first cell of the row")
	flag.Parse()
	if flag.NArg() != 2 || *n < 1 {
		flag.Usage()
		os.Exit(2)
	}
	var a, b []run
	for i := range *n + 1 {
		x, y := measure(flag.Arg(0)), measure(flag.Arg(1))
		if i > 0 {
			a, b = append(a, x), append(b, y)
		}
	}
	wall := func(r run) float64 { return r.wall }
	cpu := func(r run) float64 { return r.cpu }
	fmt.Printf("| %s | %.1f | %.1f | %.2f | %.1f | %.1f | %.2f |\n", *name,
		median(a, wall), median(b, wall), ratio(a, b, wall), median(a, cpu), median(b, cpu), ratio(a, b, cpu))
}

func measure(command string) run {
	words := strings.Fields(command)
	cmd := exec.Command(words[0], words[1:]...)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "pairs: %s: %v\n%s", command, err, out)
		os.Exit(1)
	}
	return run{1000 * time.Since(began).Seconds(), 1000 * (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()}
}

func median(runs []run, of func(run) float64) float64 {
	var all []float64
	for _, r := range runs {
		all = append(all, of(r))
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

func ratio(a, b []run, of func(run) float64) float64 {
	var all []run
	for i := range a {
		all = append(all, run{wall: of(a[i]) / of(b[i])})
	}
	return median(all, func(r run) float64 { return r.wall })
}
