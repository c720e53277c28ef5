// Publishgate stands between an npm package and the registry: it reads the
// package, judges it, writes down what it saw, and lets out exactly the bytes
// it judged, only if they passed.
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

// steering are variables by which whoever could set one for the job would
// change whom the standard library trusts, without a word in the log. What our
// users need of them there are flags for: -ca-file, -https-proxy.
var steering = []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "GODEBUG"}

func main() {
	// A run lives for some tens of milliseconds and then gives everything back:
	// collecting less often is a sixth of its time, and the limit holds for the
	// package that is a thousand times larger than others.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(224 << 20)
	for _, name := range steering {
		_ = os.Unsetenv(name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	// As PID 1 of a container a process without handlers ignores SIGINT and
	// SIGTERM; the runner sends one, then the other, then kills. The first
	// stops the work, the second stops the process. SIGPIPE is caught so that
	// a closed stdout is a write error (exit 3) and not a death in mid-publish.
	signals := make(chan os.Signal, 3)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(cli.ExitUnknown)
	}()
	os.Exit(cli.Main(ctx, cli.Process{
		Args:   os.Args[1:],
		Env:    os.Environ(),
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Now:    time.Now,
	}))
}
