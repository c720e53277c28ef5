package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// version and revision, the commit, are set by the release build:
// -ldflags "-X …/internal/cli.version=v1.2.3 -X …/internal/cli.revision=0123…".
var version, revision = "", ""

// Version returns the version of the program: the release's, else the
// module's, else "devel".
func Version() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(version, info)
}

// versionOf is Version for what the release build set and what Go recorded.
func versionOf(set string, info *debug.BuildInfo) string {
	if set != "" {
		return set
	}
	if info != nil && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// origin says what else is known of a build: the commit or the module's checksum,
// Go's version, the platform, the build tags. What nothing recorded is said too.
func origin(set string, info *debug.BuildInfo) string {
	if info == nil {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	recorded := map[string]string{}
	for _, s := range info.Settings {
		recorded[s.Key] = s.Value
	}
	from := "commit not recorded"
	switch {
	case set != "":
		from = "commit " + set
	case recorded["vcs.revision"] != "" && recorded["vcs.modified"] == "true":
		from = "commit " + recorded["vcs.revision"] + " and changes"
	case recorded["vcs.revision"] != "":
		from = "commit " + recorded["vcs.revision"]
	case info.Main.Sum != "": // go install module@version
		from = "module " + info.Main.Sum
	}
	all := []string{from, info.GoVersion, runtime.GOOS + "/" + runtime.GOARCH}
	if tags := recorded["-tags"]; tags != "" {
		all = append(all, "tags "+tags)
	}
	return strings.Join(all, ", ")
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
	info, _ := debug.ReadBuildInfo()
	_, err := fmt.Fprintf(p.Stdout, "publishgate %s (%s)\n", versionOf(version, info), origin(revision, info))
	return err
}
