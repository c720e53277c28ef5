package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/gate"
	"github.com/publishgate/publishgate/internal/report"
)

// readers is how long the readers of the streams have where the registry was
// waited for until after the deadline.
const readers = 10 * time.Second

// runGate is the main command: it configures and runs the gate, and reports.
func runGate(ctx context.Context, p Process) error {
	say := newVoice(p)
	runner := say.runner
	v, dirs, mistakes := parseArgs(p.Args, options)
	if word := noFolder(dirs); word != "" {
		text, near := unknownCommand(word)
		switch {
		case near:
			return &UsageError{[]string{text}} // the other arguments were meant for that command
		case p.Args[0] == word: // in the position of a command
			mistakes = append(mistakes, text)
		}
	}
	if runner != nil && len(p.Args) == 0 {
		v, mistakes = readInputs(p.Env, runner)
	}
	say.begin(p, v["format"])
	c, err := configure(p, v, dirs, runner, mistakes)
	p.streams.until = time.Now().Add(c.Deadline)
	if err != nil {
		return tellMistakes(p, runner, err)
	}
	c.Log = say.log(p)
	c.Observe = c.Log.Sent
	p.learn(&c.Acting)
	c.Waiting = newPrinter(p.Stderr)
	c.Show = func(o *gate.Outcome, ran error) error {
		if o.Waited() && time.Now().After(p.streams.until) {
			p.streams.until = time.Now().Add(readers)
		}
		return show(p, v["format"], o, ran)
	}
	c.Warn = func(err error) { warn(p, err) }
	c.Heard = func() error { return p.streams.written(ctx) }
	_, err = gate.Run(ctx, c)
	return err
}

// tellMistakes reports mistakes in the inputs to the runner. They are also
// printed, like every error.
func tellMistakes(p Process, runner *action.Runner, err error) error {
	var usage *UsageError
	if runner != nil && errors.As(err, &usage) {
		if tellErr := gate.TellMistakes(runner, usage.Mistakes); tellErr != nil {
			warn(p, tellErr)
		}
	}
	return err
}

// warn prints a warning on stderr; of joined errors one each.
func warn(p Process, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			warn(p, err)
		}
		return
	}
	newPrinter(p.Stderr).Printf("warning: %s", err)
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// readInputs reads the action's inputs, which the runner sets as INPUT_NAME. An
// unknown input is a mistake, as an unknown flag is.
func readInputs(env []string, runner *action.Runner) (values, []string) {
	known := append(append([]option{}, options...), inputsOnly...)
	v := values{}
	for _, o := range known {
		if value := runner.Input(o.name); value != "" {
			v[o.name] = value
		}
	}
	var mistakes []string
	for _, kv := range env {
		name, found := strings.CutPrefix(kv, "INPUT_")
		if !found {
			continue
		}
		name, _, _ = strings.Cut(name, "=")
		name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
		// args and entrypoint are the runner's own, for every container action.
		if !isOption(known, name) && name != "args" && name != "entrypoint" {
			mistakes = append(mistakes, unknown("input", "", name, known))
		}
	}
	return v, mistakes
}

func isOption(known []option, name string) bool {
	for _, o := range known {
		if o.name == name {
			return true
		}
	}
	return false
}

// show prints the result on stdout in the requested format, and what was done
// on stderr. With a mistake there is no result.
func show(p Process, format string, o *gate.Outcome, ran error) error {
	var printErr error
	switch {
	case errors.Is(ran, gate.ErrUsage) && o.Whole == nil:
	case o.Whole != nil:
		printErr = showMembers(p, format, o.Whole)
	case format == "json":
		printErr = report.ToldJSON(p.Stdout, &o.Document)
	case format == "markdown":
		printErr = report.Markdown(p.Stdout, &o.Document)
	default:
		printErr = report.Text(p.Stdout, &o.Document, p.color())
	}
	say := newPrinter(p.Stderr)
	if printErr != nil {
		printErr = fmt.Errorf("write to standard output: %w", printErr)
	} else if len(o.Preview) > 0 {
		say.JSON(o.Preview)
	}
	for i := range o.Run.Acts {
		a := &o.Run.Acts[i]
		switch {
		case ran != nil && (a.State == report.Failed && a.What != "upload" && a.What != "submit" || a.Text == ran.Error()):
			// The error says the same.
		case a.Warns():
			say.Printf("warning: %s: %s", a.Said(), a.Text)
		default:
			say.Printf("%s: %s", a.Said(), a.Text)
		}
	}
	if len(o.Evidence) > 0 && o.Whole != nil {
		say.Printf("evidence in %s, of each member in the folder of its name there", o.Folder)
	} else if len(o.Evidence) > 0 {
		say.Printf("evidence in %s", o.Folder)
	}
	return printErr
}

// showMembers prints the result of several members of a workspace.
func showMembers(p Process, format string, w *report.Whole) error {
	switch format {
	case "json":
		return report.MembersJSON(p.Stdout, w)
	case "markdown":
		return report.MembersMarkdown(p.Stdout, w)
	}
	return report.MembersText(p.Stdout, w, p.color())
}

// newPrinter returns a printer for messages on standard error.
func newPrinter(w io.Writer) *display.Printer {
	return &display.Printer{Out: w, Prefix: "publishgate: "}
}

// color reports whether standard output is a terminal that should get colours
// (no-color.org).
func (p Process) color() bool {
	return p.Getenv("NO_COLOR") == "" && p.Getenv("TERM") != "dumb" && isTerminal(p.terminal)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
