package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/monorepo"
)

// A run over all members of a workspace, which reads once what they share, writes of
// each the evidence that a run over it alone writes, byte for byte.
func TestMembersAsAlone(t *testing.T) {
	const members = 4
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	run := func(out, dir string, flags ...string) {
		t.Helper()
		var told bytes.Buffer
		args := append(append([]string{"gate", "-offline", "-out", out}, flags...), dir)
		if code := cli.Main(context.Background(), cli.Process{Args: args, Stdout: io.Discard, Stderr: &told,
			Now: func() time.Time { return now }}); code != cli.ExitPass {
			t.Fatalf("exit %d: %s", code, told.String())
		}
	}
	for _, manager := range []string{"npm", "pnpm", "yarn", "bun"} {
		dir, out := filepath.Join(t.TempDir(), "mono"), t.TempDir()
		if err := (monorepo.Workspace{Members: members, Shared: 3, Own: 2, Links: 2}).Write(dir, manager); err != nil {
			t.Fatal(err)
		}
		run(filepath.Join(out, "all"), dir, "-workspaces")
		for i := range members {
			folder := strings.ReplaceAll(monorepo.Name(i), "/", "+")
			run(filepath.Join(out, folder), filepath.Join(dir, filepath.FromSlash(monorepo.Folder(i))))
			entries, err := os.ReadDir(filepath.Join(out, folder))
			if err != nil || len(entries) < 10 {
				t.Fatalf("%d files, %v", len(entries), err)
			}
			for _, e := range entries {
				alone := read(t, filepath.Join(out, folder), e.Name())
				if among := read(t, filepath.Join(out, "all", folder), e.Name()); !bytes.Equal(alone, among) {
					t.Errorf("%s: %s of %s differs:\n%s\n%s", manager, e.Name(), folder, alone, among)
				}
			}
		}
	}
}
