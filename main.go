// Publishgate is a gate between an npm package and the registry: it reads the
// package, judges it, records what it saw, and publishes exactly the bytes it
// judged, only if they passed.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
)

// trustVariables are unset at start. Whoever can set one for the job would
// change whom the standard library trusts, without a trace in the log. Users
// set what they need with flags: -ca-file, -https-proxy.
var trustVariables = []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "GODEBUG"}

// sameSignal is how long a further signal is taken for the first: Ctrl-C reaches
// all processes of a terminal, and npm and our launcher pass it on to this one.
const sameSignal = time.Second

func main() {
	// A run takes some tens of milliseconds. Collecting garbage less often saves a
	// sixth of that.
	debug.SetGCPercent(400)
	boundMemory()
	for _, name := range trustVariables {
		_ = os.Unsetenv(name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	// As PID 1 of a container, a process without handlers ignores SIGINT and
	// SIGTERM. The runner sends one, then the other, then kills. The first signal
	// stops the work, the second stops the process. SIGPIPE is caught so that a
	// closed stdout is a write error (exit 3) and does not end the process in the
	// middle of publishing.
	signals := make(chan os.Signal, 3)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		<-signals
		cancel()
		for first := time.Now(); time.Since(first) < sameSignal; {
			<-signals
		}
		os.Exit(cli.ExitUnknown)
	}()
	os.Exit(cli.Main(ctx, cli.Process{
		Args:   os.Args[1:],
		Env:    os.Environ(),
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Now:    time.Now,
	}))
}
