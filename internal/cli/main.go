// Package cli is the command line: it converts arguments, environment and
// action inputs to one configuration, runs the command, and converts the
// outcome to an exit code. It decides nothing about packages.
package cli

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/publishgate/publishgate/internal/gate"
)

// The exit codes. Users' scripts depend on them.
const (
	ExitPass    = 0 // passed; and, if asked, signed and published
	ExitBlock   = 1 // the gate worked and says no
	ExitUsage   = 2 // wrong use: flags, inputs, policy file
	ExitUnknown = 3 // could not decide, or could not act
)

// A Process is a command's access to the operating system: arguments,
// environment, streams and time come from here only.
type Process struct {
	Args           []string  // without the program's name
	Env            []string  // "KEY=value"
	Stdin          io.Reader // what a person types; nil: nobody does
	Stdout, Stderr io.Writer
	Now            func() time.Time
	Resolver       *net.Resolver // of host names; nil: the system's

	terminal, errTerminal io.Writer // Stdout and Stderr before they were wrapped
	streams               *streams
	secrets               *secrets
}

// Getenv returns a variable of the process, or "".
func (p Process) Getenv(key string) string {
	value, _ := p.lookupEnv(key)
	return value
}

// lookupEnv returns a variable of the process and reports whether it is set. A
// variable that is set may be empty.
func (p Process) lookupEnv(key string) (string, bool) {
	for _, kv := range slices.Backward(p.Env) {
		if name, value, ok := strings.Cut(kv, "="); ok && name == key {
			return value, true
		}
	}
	return "", false
}

// A command is one subcommand.
type command struct {
	name, args, does string
	run              func(context.Context, Process) error
}

// commands lists the subcommands, for dispatch and help. It is a function
// because help lists itself.
func commands() []command {
	return []command{
		{"gate", "[flags] [DIR]", "judge the package in DIR (default .); the default command", runGate},
		{"plan", "[flags] [DIR]", "the packages of a workspace in the order of release, and where each stands; the matrix of a workflow",
			runPlan},
		{"merge", "[-o OUT] [-expect PLAN] DIR…", "one verdict, one list of sums and one report of the evidence in several folders", runMerge},
		{"preflight", "[flags] [DIR]", "how the package would be published, and what stands against it; nothing is signed or sent", runPreflight},
		{"sbom", "[-o FILE] [flags] [DIR]", "only the SBOM, no judging", runSBOM},
		{"pack", "[-list] [-o FILE] [DIR]", "the tarball `npm pack --ignore-scripts` would make; -list: its paths", runPack},
		{"baseline", "[-o FILE] [flags] [DIR]",
			"the candidates for secrets in the tarball as a baseline of known ones, no judging", runBaseline},
		{"precommit", "[-policy FILE] [DIR]", "secrets in what the next git commit brings; for a pre-commit hook", runPrecommit},
		{"deprecate", "[flags] NAME@RANGE -message TEXT", "tell those who install published versions what is wrong with them, and read that back",
			runDeprecate},
		{"review", "[flags] NAME", "the record of a review of the policy: what npm shows a person's login", runReview},
		{"import", "[flags] FILE", "another tool's ignore list as a piece of a policy file", runImport},
		{"init", "[-policy NAME] [-dry-run] [DIR]", "a starter policy and a workflow, made from what is there; nothing is overwritten", runInit},
		{"db", "build|info|fetch [flags]", "make, describe or download an offline advisory database", runGroup("db")},
		{"policy", "lines|coverage|show [flags] [DIR]",
			"the written policy, line by line, against the policy file; what the file says", runGroup("policy")},
		{"incident", "package|token|exposure [flags] NAME@RANGE",
			"what is to be done about a compromised version, a leaked token, leaked bytes: steps, commands, clocks, drafts", runGroup("incident")},
		{"verify", "[flags] WHAT…",
			"whether files, a folder of evidence, NAME@VERSION or -stage ID are what their signatures say", runVerify},
		{"monitor", "[flags] NAME…|@scope",
			"what became of published packages: who judged them, what changed, what is vulnerable by now", runMonitor},
		{"explain", "[RULE]", "what a rule means, why it exists, how to fix it", runExplain},
		{"version", "", "print the version", runVersion},
		{"help", "[COMMAND]", "print this page, or what a command takes", runHelp},
	}
}

// Main runs one command and returns its exit code. It never calls os.Exit.
func Main(ctx context.Context, p Process) int {
	p.secrets = secretsOf(p)
	p.terminal, p.errTerminal = p.Stdout, p.Stderr
	p.streams = &streams{out: newOutlet(p.Stdout), err: newOutlet(p.Stderr)}
	p.Stdout, p.Stderr = redactor{p.streams.out, p.secrets}, redactor{p.streams.err, p.secrets}
	run, args := choose(p.Args)
	named := ""
	if len(p.Args) > 0 && slices.ContainsFunc(commands(), func(c command) bool { return c.name == p.Args[0] }) {
		named = p.Args[0]
	}
	p.Args = args
	err := run(ctx, p)
	if lost := p.streams.written(ctx); err == nil {
		err = lost
	}
	printError(p.Stderr, err, named)
	p.streams.end(ctx)
	return exitCode(err)
}

// choose returns the command that the arguments name, and the remaining
// arguments.
func choose(args []string) (run func(context.Context, Process) error, rest []string) {
	if about, asked := asksForHelp(args); asked {
		return runHelp, about
	}
	if len(args) > 0 {
		if args[0] == "-version" || args[0] == "--version" {
			return runVersion, nil
		}
		all := commands()
		if at := slices.IndexFunc(all, func(c command) bool { return c.name == args[0] }); at >= 0 {
			return all[at].run, args[1:]
		}
	}
	return runGate, args
}

// exitCode is the one place where an error becomes an exit code. A run's exit
// code follows from its reason.
func exitCode(err error) int {
	var usage *UsageError
	var failure *gate.Failure
	switch {
	case err == nil:
		return ExitPass
	case errors.As(err, &failure):
		return failure.Reason.Exit()
	case errors.Is(err, errNotAll), errors.Is(err, errUncovered), errors.Is(err, errStaged), errors.Is(err, errNotKept), errors.Is(err,
		errNotAuthentic), errors.Is(err, gate.ErrUnplanned), errors.Is(err, errSteps), errors.Is(err, errNoneCovered):
		return ExitBlock
	case errors.Is(err, errFound):
		return ExitBlock
	case errors.As(err, &usage), errors.Is(err, gate.ErrUsage):
		return ExitUsage
	}
	return ExitUnknown
}

// printError prints an error, one line for each mistake. That a package is
// blocked is already in the report. named is the command as it was typed; empty:
// none was.
func printError(w io.Writer, err error, named string) {
	if err == nil {
		return
	}
	say := newPrinter(w)
	var usage *UsageError
	if errors.As(err, &usage) {
		for _, m := range usage.Mistakes {
			say.Errorf("%s", m)
		}
		if named == "" || named == "help" {
			say.Hint("publishgate help lists commands and flags")
		} else {
			say.Hint("publishgate help %s lists what it takes", named)
		}
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if line = strings.TrimSpace(line); line != "" && line != gate.ErrBlocked.Error() {
			say.Errorf("%s", line)
		}
	}
	if exitCode(err) == ExitUnknown {
		say.Printf("could not decide, or could not act%s (exit %d)", nothingPublished(err), ExitUnknown)
	}
}

// nothingPublished returns the clause that nothing was published, if that is
// so.
func nothingPublished(err error) string {
	var failure *gate.Failure
	var acted *didAct
	if errors.As(err, &failure) && !failure.Kept || errors.As(err, &acted) {
		return ""
	}
	return ": nothing was let through"
}

// A UsageError lists all mistakes in flags and inputs.
type UsageError struct{ Mistakes []string }

// Error joins the mistakes, one on a line.
func (e *UsageError) Error() string { return strings.Join(e.Mistakes, "\n") }
