package action

import (
	"fmt"
	"os"
	"slices"
	"strings"

	githubactions "github.com/sethvargo/go-githubactions"

	"github.com/publishgate/publishgate/internal/display"
)

// SummaryLimit is the largest job summary that is written, in bytes. The runner
// discards a summary above 1 MiB (actions/runner, FileCommandManager).
const SummaryLimit = 900 << 10

// Per step, the runner keeps 10 annotations of each kind, and 4,096 characters
// of each (actions/runner, ExecutionContext).
const (
	maxAnnotations = 10
	maxMessage     = 4000
)

// last is the output that later steps rely on. It is set after all others, so a
// step that is killed before leaves it unset.
const last = "result"

// Outputs sets the outputs of the step in the order of their names, and result
// last. A value that is not one line of printable text is replaced by the empty
// one: outputs are words, counts, paths and digests, and none can inject a
// second output.
func (r *Runner) Outputs(values map[string]string) error {
	if r.getenv("GITHUB_OUTPUT") == "" {
		return nil // a local run with GITHUB_ACTIONS set
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		switch {
		case a == last:
			return 1
		case b == last:
			return -1
		}
		return strings.Compare(a, b)
	})
	return r.guard("the outputs are not set, so that later steps of the job see no result", "GITHUB_OUTPUT", func() {
		for _, name := range names {
			value := values[name]
			if !oneLine(value) {
				value = ""
			}
			r.lib.SetOutput(name, value)
		}
	})
}

// oneLine reports whether a value is safe with the library's fixed heredoc
// delimiter, which only takes effect on a line of its own.
func oneLine(value string) bool {
	return !strings.ContainsFunc(value, func(c rune) bool {
		return c < ' ' || c == 0x7f || c == 0x85 ||
			c == 0x2028 || c == 0x2029
	}) &&
		!strings.Contains(value, "_GitHubActionsFileCommandDelimeter_")
}

// Summary appends a page to the job summary.
func (r *Runner) Summary(markdown string) error {
	if r.getenv("GITHUB_STEP_SUMMARY") == "" {
		return nil
	}
	if len(markdown) > SummaryLimit {
		return fmt.Errorf("write the job summary: %d bytes, more than the %d that are kept", len(markdown), SummaryLimit)
	}
	return r.guard("there is no job summary; report.md of the evidence says the same", "GITHUB_STEP_SUMMARY",
		func() { r.lib.AddStepSummary(markdown) })
}

// guard calls write, which writes to the file that a variable names. It converts
// the library's panics, by which it reports a file it cannot write, to errors.
// What is no file is not opened: a pipe would wait for a reader for ever.
func (r *Runner) guard(lost, variable string, write func()) (err error) {
	if info, err := os.Stat(r.getenv(variable)); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %s, which is no file (%s is the runner's)", lost, r.getenv(variable), variable)
	}
	if p := caught(write); p != nil {
		return fmt.Errorf("%s: %s (%s is the runner's)", lost, strings.TrimPrefix(fmt.Sprint(p), libraryLead), variable)
	}
	return nil
}

// libraryLead is how the library's errors about files begin.
const libraryLead = "unable to write command to the environment file: "

// caught calls write and returns what it panics with.
func caught(write func()) (p any) {
	defer func() { p = recover() }()
	write()
	return nil
}

// An Annotation is a note on a line of a file in the repository.
type Annotation struct {
	Kind         string // "error", "warning" or "notice"
	Title        string // our own words
	File         string // path from the repository's root; empty: none
	Line, Column int
	Message      string // already escaped for people
}

// Annotate writes annotations as commands, the first ten of each kind, which is
// what the runner keeps.
func (r *Runner) Annotate(all []Annotation) error {
	if len(all) == 0 {
		return nil
	}
	return r.issue(func() { r.annotate(all) })
}

func (r *Runner) annotate(all []Annotation) {
	count := map[string]int{}
	for _, a := range all {
		if count[a.Kind]++; count[a.Kind] > maxAnnotations {
			continue
		}
		properties := githubactions.CommandProperties{"title": a.Title}
		if a.File != "" {
			properties["file"] = a.File
			properties["line"] = fmt.Sprint(max(a.Line, 1))
			properties["col"] = fmt.Sprint(max(a.Column, 1))
		}
		r.lib.IssueCommand(&githubactions.Command{Name: a.Kind, Message: clip(a.Message), Properties: properties})
	}
}

// clip truncates a message between two characters.
func clip(message string) string {
	return display.Clip(message, maxMessage)
}
