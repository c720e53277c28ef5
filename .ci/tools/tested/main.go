// Tested reads what `go test -json` tells and says what a person wants to know:
// each package with its time, the whole output of what failed, and the slowest
// tests. It fails when a test was skipped for a reason that is not in the files
// named, one reason a line: a tool that is missing is no pass.
//
//	go test -json ./... | tested SKIPS…
//
// With -left it says how to run those that were skipped for one of the reasons of
// a file: their names as -run wants them, and their packages. None is a failure.
//
//	tested -left REASONS <EVENTS
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// An event of `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64 // seconds
}

type tested struct {
	out     io.Writer
	reasons []string
	output  map[[2]string]string // what runs, by package and test: its output so far
	passed  int                  // tests, subtests too
	failed  int                  // packages
	skipped map[string]int       // accepted ones, by reason
	wrongly []string             // the others
	slow    []event
}

func main() {
	files, what := os.Args[1:], run
	if len(files) > 0 && files[0] == "-left" {
		files, what = files[1:], left
	}
	reasons, err := read(files)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tested:", err)
		os.Exit(2)
	}
	if !what(os.Stdin, os.Stdout, reasons) {
		os.Exit(1)
	}
}

// left prints the tests that were left out for one of the reasons and reports
// whether there are any. Of a subtest it prints the test that it is part of.
func left(in io.Reader, out io.Writer, reasons []string) bool {
	said, names, packages := map[[2]string]string{}, map[string]bool{}, map[string]bool{}
	for events := json.NewDecoder(in); ; {
		var e event
		if err := events.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			return false
		}
		key := [2]string{e.Package, e.Test}
		if e.Action == "output" {
			said[key] += e.Output
		}
		if e.Action == "skip" && slices.ContainsFunc(reasons, func(r string) bool { return strings.Contains(said[key], r) }) {
			test, _, _ := strings.Cut(e.Test, "/")
			names[test], packages[e.Package] = true, true
		}
	}
	fmt.Fprintf(out, "^(%s)$ %s\n", strings.Join(slices.Sorted(maps.Keys(names)), "|"), strings.Join(slices.Sorted(maps.Keys(packages)), " "))
	return len(names) > 0
}

// read returns the reasons in files.
func read(files []string) (reasons []string, err error) {
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				reasons = append(reasons, line)
			}
		}
	}
	return reasons, nil
}

// run reads all events and reports whether all is well.
func run(in io.Reader, out io.Writer, reasons []string) bool {
	t := tested{out: out, reasons: reasons, output: map[[2]string]string{}, skipped: map[string]int{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		switch {
		case len(line) == 0:
		case json.Unmarshal(line, &e) != nil || e.Action == "":
			fmt.Fprintf(out, "%s", line)
		default:
			t.add(e)
		}
		if err != nil {
			return t.sum() && err == io.EOF
		}
	}
}

func (t *tested) add(e event) {
	key := [2]string{e.Package, e.Test}
	switch e.Action {
	case "output":
		t.output[key] += e.Output
		return
	case "build-output":
		fmt.Fprint(t.out, e.Output)
		return
	case "pass":
		if e.Test == "" {
			fmt.Fprintf(t.out, "ok    %-60s %6.1f s\n", e.Package, e.Elapsed)
			break
		}
		t.passed++
		if !strings.Contains(e.Test, "/") {
			t.slow = append(t.slow, e)
		}
	case "skip":
		t.skip(e, t.output[key])
	case "fail":
		if e.Test == "" {
			t.failed++
		}
		fmt.Fprintf(t.out, "FAIL  %s %s\n%s", e.Package, e.Test, t.output[key])
	default:
		return
	}
	delete(t.output, key)
}

// skip judges a skipped test; a package that is skipped has no tests.
func (t *tested) skip(e event, output string) {
	if e.Test == "" {
		return
	}
	for _, reason := range t.reasons {
		if strings.Contains(output, reason) {
			t.skipped[reason]++
			return
		}
	}
	t.wrongly = append(t.wrongly, fmt.Sprintf("%s %s\n%s", e.Package, e.Test, output))
}

// sum says how it went and reports whether it went well.
func (t *tested) sum() bool {
	slices.SortStableFunc(t.slow, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	for _, e := range t.slow[:min(10, len(t.slow))] {
		fmt.Fprintf(t.out, "slow  %-60s %6.1f s\n", e.Package+" "+e.Test, e.Elapsed)
	}
	for _, test := range t.wrongly {
		fmt.Fprintf(t.out, "SKIPPED, which fails a landing: %s", test)
	}
	leftOut, why := 0, ""
	for _, reason := range t.reasons {
		if n := t.skipped[reason]; n > 0 {
			leftOut += n
			why += fmt.Sprintf("; %d: %s", n, reason)
		}
	}
	fmt.Fprintf(t.out, "%d tests passed, %d packages failed, %d tests skipped without an accepted reason, %d left out%s\n",
		t.passed, t.failed, len(t.wrongly), leftOut, why)
	return t.failed == 0 && len(t.wrongly) == 0 && t.passed > 0
}
