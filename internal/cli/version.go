package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
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

// binaryDigest returns the SHA-256 of the program that runs, in hex.
func binaryDigest() (string, error) {
	file, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func runVersion(_ context.Context, p Process) error {
	_, err := fmt.Fprintln(p.Stdout, "publishgate", Version())
	return err
}
