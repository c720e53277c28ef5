//go:build !race

package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/multitool"
)

// Of twenty real projects, Microsoft's tool finds nothing amiss in what would be
// uploaded to code scanning. Of a workspace, three members are looked at.
func TestCodeScanningOfProjects(t *testing.T) {
	data, program := os.Getenv("PUBLISHGATE_DATA"), multitool.Find()
	if data == "" {
		t.Skip("PUBLISHGATE_DATA is not set")
	}
	if program == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set, or .ci/managers was not run since it installs multitool")
	}
	projects, err := filepath.Glob(filepath.Join(data, "projects", "*", "package.json"))
	if err != nil || len(projects) < 20 {
		t.Fatalf("%d projects, %v", len(projects), err)
	}
	folder, files := t.TempDir(), []string{}
	for _, p := range projects {
		dir, out := filepath.Dir(p), t.TempDir()
		if judgeFolder(t, out, dir) == 2 { // the root of a workspace
			judgeFolder(t, out, "-workspaces", dir)
		}
		found := 0
		err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() != "results.sarif" || found == 3 {
				return err
			}
			found++
			text, err := os.ReadFile(path)
			copied := filepath.Join(folder, fmt.Sprintf("%s-%d.sarif", filepath.Base(dir), found))
			files = append(files, copied)
			if err == nil {
				err = os.WriteFile(copied, text, 0o644)
			}
			return err
		})
		if err != nil || found == 0 {
			t.Errorf("%s: %d files, %v", dir, found, err)
		}
	}
	for name, found := range multitool.Validate(t, program, files...) {
		if len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// judgeFolder judges a folder without the network.
func judgeFolder(t *testing.T, out string, args ...string) (code int) {
	t.Helper()
	var errs bytes.Buffer
	code = cli.Main(context.Background(), cli.Process{
		Args: append([]string{"gate", "-offline", "-out", out}, args...), Stdout: &bytes.Buffer{}, Stderr: &errs, Now: time.Now,
	})
	if code > 2 {
		t.Errorf("%v: %d, %s", args, code, errs.String())
	}
	return code
}
