package cli

import (
	"context"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/publishgate/publishgate/internal/action"
	"github.com/publishgate/publishgate/internal/credential"
	"github.com/publishgate/publishgate/internal/display"
	"github.com/publishgate/publishgate/internal/gate"
)

// A voice is how a command speaks while it works, besides its result.
type voice struct {
	runner *action.Runner // nil: not on GitHub's runner
	out    io.Writer      // what the log is written to: where the runner reads commands
}

// newVoice returns the voice of a command. On GitHub's runner begin must be called
// before anything is printed.
func newVoice(p Process) *voice {
	v := &voice{out: p.Stderr}
	v.runner = action.New(p.Getenv, p.Stderr, &http.Client{CheckRedirect: noRedirect})
	return v
}

// begin masks the credentials of the environment and makes the runner ignore
// commands from now on. format is that of the result on standard output.
//
// The runner reads commands on both streams. In the action they are on standard
// output, beside the report, so that their order is certain; the runner reads
// it, and nobody else. In a step with `run:` standard output is the user's: it
// may be piped to jq, kept in a variable or a file. The commands are on standard
// error then, and so they are where the result is for a program.
func (v *voice) begin(p Process, format string) {
	if v.runner == nil {
		return
	}
	inAction := len(p.Args) == 0 && slices.ContainsFunc(p.Env, func(kv string) bool { return strings.HasPrefix(kv, "INPUT_") })
	text := format == "" || format == "text"
	from, bare := p.errTerminal, p.streams.err
	if text && (inAction || unread(p.errTerminal) && !unread(p.terminal)) {
		v.out, from, bare = p.Stdout, p.terminal, p.streams.out
	}
	v.runner.SpeakOn(v.out, bare)
	if unread(from) || !inAction && sameFile(p.terminal, p.errTerminal) {
		v.runner.Unmasked() // `2>&1 | tee log`: a mask would be the secret in that file
	}
	p.secrets.on(v.runner)
	_ = v.runner.Quiet(p.secrets.unknown()...) // a stream that nobody reads is told of at the end
}

// log returns what tells people what the run does. They are told what it waits for
// on a terminal and where a job of CI is watched; each request is told where the
// runner's debugging is on, there and elsewhere.
func (v *voice) log(p Process) *gate.Log {
	l := &gate.Log{Runner: v.runner, Now: p.Now}
	if v.runner != nil || action.Started(p.Getenv) != nil || isTerminal(p.errTerminal) {
		l.Say = newPrinter(v.out)
	}
	if p.Getenv("RUNNER_DEBUG") == "1" || p.Getenv("ACTIONS_STEP_DEBUG") == "true" {
		l.Debug = &display.Printer{Out: v.out, Prefix: "debug: "}
	}
	return l
}

// learn has the credentials that c gets during the run kept out of the log, before
// they are used.
func (p Process) learn(c *gate.Acting) {
	c.IDToken, c.Publisher = p.learning(c.IDToken), p.learning(c.Publisher)
	c.Granted = func(s credential.Secret) { p.secrets.learn(s.Reveal()) }
}

func (p Process) learning(ask func(context.Context, string) (string, error)) func(context.Context, string) (string, error) {
	if ask == nil {
		return nil
	}
	return func(ctx context.Context, audience string) (string, error) {
		token, err := ask(ctx, audience)
		if err == nil {
			p.secrets.learn(token)
		}
		return token, err
	}
}

// unread reports whether nobody reads a stream while the program runs: it is a
// file, or it is thrown away.
func unread(stream io.Writer) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode().IsRegular() {
		return true
	}
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, null)
}

// sameFile reports whether two streams are one.
func sameFile(a, b io.Writer) bool {
	x, ok := a.(*os.File)
	y, also := b.(*os.File)
	if !ok || !also {
		return false
	}
	one, err := x.Stat()
	other, otherErr := y.Stat()
	return err == nil && otherErr == nil && os.SameFile(one, other)
}
