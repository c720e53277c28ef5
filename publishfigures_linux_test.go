package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPublishFigures prints what publishing costs beside `npm publish FILE`:
// medians of whole processes, run in turn, to one registry on loopback. Ours judges
// the package in the same process. It holds no time.
//
//	.ci/figures DIR
func TestPublishFigures(t *testing.T) {
	program, managers := os.Getenv("PUBLISHGATE_FIGURES"), os.Getenv("PUBLISHGATE_MANAGERS")
	if program == "" || managers == "" {
		t.Skip("PUBLISHGATE_FIGURES is not set: .ci/figures builds the program, names it so and prints the table")
	}
	small, err := filepath.Abs("testdata/packages/status-page")
	if err != nil {
		t.Fatal(err)
	}
	measure := costs(t)
	fmt.Print("\nPublishing, medians\n\n| | whole, ms | processor, ms | memory, MiB | requests |\n|---|---|---|---|---|\n")
	for _, p := range []struct {
		what, name, version, dir string
		rounds                   int
	}{
		{"a small package", endName, endVersion, small, 9},
		{"a package of 192 MB", "@acme/large", "1.0.0", largePackage(t), 3},
	} {
		home := t.TempDir()
		tarball := filepath.Join(home, "package.tgz")
		if said, err := exec.CommandContext(t.Context(), program, "pack", "-o", tarball, p.dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		data, d := read(t, home, "package.tgz"), newDesk(t)
		d.has = func() { d.npm.Seed(p.name, p.version, "latest", data) }
		npmrc := fmt.Sprintf("//%s/:_authToken=token-of-the-test\nfund=false\nupdate-notifier=false\n", d.at[len("http://"):])
		if err := os.WriteFile(filepath.Join(home, ".npmrc"), []byte(npmrc), 0o600); err != nil {
			t.Fatal(err)
		}
		gate := func(args ...string) func() *exec.Cmd {
			return func() *exec.Cmd {
				return exec.CommandContext(t.Context(), program, append(args, "-advisories", "npm:"+d.at, "-registry", d.at,
					"-previous-version", "none", "-access", "public", "-tarball", tarball, "-out", filepath.Join(t.TempDir(), "out"), p.dir)...)
			}
		}
		npm := func(version string) func() *exec.Cmd {
			cli := filepath.Join(managers, version, "node_modules", "npm", "bin", "npm-cli.js")
			return func() *exec.Cmd {
				return exec.CommandContext(t.Context(), "node", cli, "publish", tarball, "--registry", d.at+"/", "--access", "public",
					"--cache", filepath.Join(home, "cache"))
			}
		}
		all := []struct {
			name string
			make func() *exec.Cmd
		}{
			{"publishgate, judging", gate("-publish", "never")},
			{"publishgate, judging and the preflight", gate("-publish", "npm", "-dry-run")},
			{"publishgate, judging and publishing", gate("-publish", "npm")},
			{"npm 11 publish FILE", npm("npm11")},
			{"npm 12 publish FILE", npm("npm12")},
		}
		ran, asked := make([][]round, len(all)), make([]int, len(all))
		for n := range p.rounds + 1 { // the first is not counted
			for i, c := range all {
				d.reset()
				cmd := c.make()
				cmd.Dir, cmd.Env = home, []string{"NODE_AUTH_TOKEN=token-of-the-test", "HOME=" + home, "PATH=" + os.Getenv("PATH")}
				cost := measure(cmd)
				if n > 0 {
					ran[i], asked[i] = append(ran[i], round{cost: cost}), len(d.requests())
				}
			}
		}
		for i, c := range all {
			fmt.Printf("| %s, %s | %s | %d |\n", p.what, c.name, cells(ran[i]), asked[i])
		}
	}
}
