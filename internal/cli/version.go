package cli

import (
	"context"
	"fmt"
	"runtime/debug"
)

// version is set by the release build: -ldflags "-X …/internal/cli.version=v1.2.3".
var version = ""

// Version returns the version of the program: the release's, else the
// module's, else "devel".
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

func runVersion(_ context.Context, p Process) error {
	_, err := fmt.Fprintln(p.Stdout, "publishgate", Version())
	return err
}
