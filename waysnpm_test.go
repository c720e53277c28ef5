package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/publishgate/publishgate/internal/testserver/front"
	"github.com/publishgate/publishgate/internal/testserver/oracle"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// released is the version of the release that these tests make.
const released = "v1.2.3"

// platforms are the npm packages with a binary, and the system of each.
var platforms = map[string]string{
	"darwin-arm64": "darwin_arm64", "darwin-x64": "darwin_amd64", "linux-arm64": "linux_arm64", "linux-x64": "linux_amd64",
	"win32-arm64": "windows_arm64.exe", "win32-x64": "windows_amd64.exe",
}

// here is the npm package of the machine that runs the tests.
func here() string {
	return runtime.GOOS + "-" + map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
}

// releaseBuild is what a release builds for this machine, made once: the binary, and
// the licences of what is linked into it.
var releaseBuild = sync.OnceValues(func() (files map[string][]byte, err error) {
	dir, err := os.MkdirTemp("", "publishgate-way")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("bash", ".ci/binaries", filepath.Join(dir, "out"), released, runtime.GOOS+"/"+runtime.GOARCH)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	files = map[string][]byte{}
	for _, name := range []string{"publishgate_" + released + "_" + platforms[here()], "THIRD_PARTY.txt"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, "out", name)); err != nil {
			return nil, err
		}
	}
	return files, nil
})

// binaries makes the folder of a release's binaries: the real one of this machine,
// and of the others a few bytes in their place.
func binaries(t *testing.T) (dir string) {
	t.Helper()
	real, err := releaseBuild()
	if err != nil {
		t.Fatal(err)
	}
	files := maps.Clone(real)
	for _, system := range platforms {
		name := "publishgate_" + released + "_" + system
		if files[name] == nil {
			files[name] = []byte("\x7fELF in the place of " + system)
		}
	}
	dir = t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// npmPackages makes the seven npm packages of a release. It returns their folder,
// and the gate.
func npmPackages(t *testing.T) (dir, gate string) {
	t.Helper()
	from := binaries(t)
	dir = filepath.Join(t.TempDir(), "out")
	gate = filepath.Join(from, "publishgate_"+released+"_"+platforms[here()])
	cmd := exec.Command("bash", ".ci/npm-packages", dir, released, from)
	cmd.Env = append(os.Environ(), "PUBLISHGATE="+gate)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir, gate
}

// packageNames are the npm packages, in the order in which they are published.
func packageNames() []string { return append(slices.Sorted(maps.Keys(platforms)), "publishgate") }

// TestNPMPackages makes the npm packages twice, which gives the same bytes, and
// lets the gate judge each of them.
func TestNPMPackages(t *testing.T) {
	first, gate := npmPackages(t)
	second, _ := npmPackages(t)
	for _, name := range packageNames() {
		tarball := filepath.Join(first, name+".tgz")
		if !bytes.Equal(read(t, first, name+".tgz"), read(t, second, name+".tgz")) {
			t.Errorf("%s: two runs gave different bytes", name)
		}
		cmd := exec.Command(gate, "-offline", "-previous-version", "none", "-tarball", tarball, "-out", t.TempDir(), filepath.Join(first, name))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		program := map[bool]string{true: "bin/publishgate.js", false: "bin/publishgate"}[name == "publishgate"]
		if strings.HasPrefix(name, "win32") {
			program += ".exe"
		}
		want := []string{"LICENSE", "NOTICE", "README.md", program, "package.json"}
		if name != "publishgate" {
			want = append(want, "THIRD_PARTY.txt")
		}
		slices.Sort(want)
		files := unpack(t, tarball, t.TempDir())
		if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
			t.Errorf("%s holds %q, expected %q", name, got, want)
		}
		if files[program]&0o111 == 0 {
			t.Errorf("%s: %s cannot be executed", name, program)
		}
		manifest := string(read(t, first, filepath.Join(name, "package.json")))
		if strings.Contains(manifest, `"scripts"`) || strings.Contains(manifest, "0.0.0") || !strings.Contains(manifest, `"1.2.3"`) {
			t.Errorf("%s: a script, or no version:\n%s", name, manifest)
		}
	}
}

// unpack writes the files of an npm tarball below a folder, and returns their modes.
func unpack(t *testing.T, tarball, dir string) map[string]os.FileMode {
	t.Helper()
	packed, err := gzip.NewReader(bytes.NewReader(read(t, filepath.Dir(tarball), filepath.Base(tarball))))
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]os.FileMode{}
	for entries := tar.NewReader(packed); ; {
		header, err := entries.Next()
		if err == io.EOF {
			return modes
		}
		name := ""
		if err == nil {
			name = strings.TrimPrefix(header.Name, "package/")
			modes[name] = header.FileInfo().Mode()
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)
		}
		var data []byte
		if err == nil {
			data, err = io.ReadAll(entries)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, modes[name].Perm())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestLauncher runs the launcher as npm lays it out: exit codes and signals pass
// through, and what stands in the way is said with a remedy.
func TestLauncher(t *testing.T) {
	from, _ := npmPackages(t)
	root := filepath.Join(t.TempDir(), "node_modules")
	carrier := filepath.Join(root, "@publishgate", here())
	unpack(t, filepath.Join(from, "publishgate.tgz"), filepath.Join(root, "publishgate"))
	unpack(t, filepath.Join(from, here()+".tgz"), carrier)
	launcher := filepath.Join(root, "publishgate", "bin", "publishgate.js")
	run := func(t *testing.T, want int, node []string, args ...string) string {
		t.Helper()
		cmd := exec.Command("node", slices.Concat(node, []string{launcher}, args)...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
		out, err := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%q: exit %d (%v), expected %d\n%s", args, got, err, want, out)
		}
		return string(out)
	}
	offline := func(name string) []string {
		return []string{"-offline", "-out", t.TempDir(), "testdata/packages/" + name}
	}
	if said := run(t, 0, nil, "version"); !strings.HasPrefix(said, "publishgate "+released+" (") {
		t.Errorf("its version is %q", said)
	}
	run(t, 0, nil, offline("status-page")...)
	run(t, 1, nil, offline("status-page-leaky")...)
	run(t, 2, nil, "-no-such-flag")
	run(t, 3, nil, "-offline", "-advisories", "file:/nowhere", "-out", t.TempDir(), "testdata/packages/status-page")

	t.Run("signals", func(t *testing.T) { launcherSignals(t, launcher) })

	broken := func(t *testing.T, node []string, want ...string) {
		t.Helper()
		said := run(t, 3, node, "version")
		for _, w := range want {
			if !strings.Contains(said, w) {
				t.Errorf("it does not say %q:\n%s", w, said)
			}
		}
	}
	elsewhere := filepath.Join(t.TempDir(), "elsewhere.js")
	if err := os.WriteFile(elsewhere, []byte("Object.defineProperty(process, 'arch', {value: 's390x'})\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken(t, []string{"--require", elsewhere}, "no binary for linux-s390x", "go install github.com/publishgate/publishgate@v1.2.3")
	if err := os.Chmod(filepath.Join(carrier, "bin", "publishgate"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken(t, nil, "cannot run ", "EACCES", "must be executable")
	whole := string(read(t, carrier, "package.json"))
	for _, other := range []struct{ was, is, want string }{
		{`"1.2.3"`, `"1.2.2"`, here() + " 1.2.2, and must be @publishgate/" + here() + " 1.2.3"},
		{`"@publishgate/` + here() + `"`, `"impostor"`, "is impostor 1.2.3, and must be @publishgate/" + here()}, // an alias
	} {
		manifest := strings.Replace(whole, other.was, other.is, 1)
		if err := os.WriteFile(filepath.Join(carrier, "package.json"), []byte(manifest), 0o644); err != nil {
			t.Fatal(err)
		}
		broken(t, nil, other.want)
	}
	if err := os.RemoveAll(carrier); err != nil {
		t.Fatal(err)
	}
	broken(t, nil, "@publishgate/"+here()+" is not installed", "npm install --include=optional @publishgate/"+here()+"@1.2.3")
}

// launcherSignals stops the launcher while the gate waits for advisories: the gate
// ends, with its own exit code, and so does the launcher. A signal that kills the
// gate kills the launcher too.
func launcherSignals(t *testing.T, launcher string) {
	for _, c := range []struct {
		signal syscall.Signal
		to     string // whom it is sent to
		exit   int
		by     syscall.Signal
	}{
		{syscall.SIGTERM, "launcher", 3, 0}, {syscall.SIGINT, "launcher", 3, 0}, {syscall.SIGINT, "both", 3, 0},
		{syscall.SIGKILL, "gate", -1, syscall.SIGKILL},
	} {
		r := registry.Start()
		r.Fail("post-hang", 0, -1)
		cmd := exec.Command("node", launcher, "-advisories", "npm", "-registry", r.URL, "-out", t.TempDir(), "testdata/packages/status-page")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &said, &said, 20*time.Second
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, func() bool { return len(r.Requests()) > 0 })
		to := map[string]int{"launcher": cmd.Process.Pid, "both": -cmd.Process.Pid, "gate": childOf(t, cmd.Process.Pid)}[c.to]
		if err := syscall.Kill(to, c.signal); err != nil {
			t.Error(err)
		}
		err := cmd.Wait() // until the gate has closed its streams too
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatalf("%s to the %s: %v", c.signal, c.to, err)
		}
		status := exit.Sys().(syscall.WaitStatus)
		if c.by == 0 && !strings.Contains(said.String(), "stopped by a signal") {
			t.Errorf("%s to the %s: the gate did not come to its end\n%s", c.signal, c.to, &said)
		}
		if exit.ExitCode() != c.exit || c.by != 0 && status.Signal() != c.by {
			t.Errorf("%s to the %s: %v, expected exit %d\n%s", c.signal, c.to, err, c.exit, &said)
		}
		r.Close()
	}
}

// childOf returns the process that another one started.
func childOf(t *testing.T, pid int) (child int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err == nil {
		_, err = fmt.Sscan(string(text), &child)
	}
	if err != nil {
		t.Fatal(err)
	}
	return child
}

// TestNPMInstall publishes the packages with the gate to a real registry, and lets
// each package manager install them: one binary comes, no script runs.
func TestNPMInstall(t *testing.T) {
	managers := os.Getenv(oracle.Managers)
	if managers == "" {
		t.Skip(oracle.Managers + " is not set: .ci/managers installs the package managers")
	}
	to := front.Start(t)
	to.CheckProvenance(false)
	to.Grant("of-the-test", registry.Grant{Kind: "user"})
	from, gate := npmPackages(t)
	for _, name := range packageNames() {
		cmd := exec.Command(gate, "-advisories", "npm", "-registry", to.URL, "-allow-private-registry", "-publish", "npm", "-provenance", "false",
			"-sign", "none", "-wait", "30s", "-tarball", filepath.Join(from, name+".tgz"), "-out", t.TempDir(), filepath.Join(from, name))
		cmd.Env = []string{"NODE_AUTH_TOKEN=of-the-test"}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	npm := installLines(t, "npm")
	bin := func(folder string) string { return filepath.Join(managers, folder, "node_modules/.bin") }
	for _, c := range []struct{ name, path, install, run string }{
		{"npm 11", bin("npm11"), npm[0], npm[1]},
		{"npm 12", bin("npm12") + ":" + bin("node22"), npm[0], npm[1]},
		{"pnpm 10", bin("pnpm10"), "pnpm add publishgate", "pnpm exec publishgate version"},
		{"pnpm 12", bin("pnpm12") + ":" + bin("node22"), "pnpm add publishgate", "pnpm exec publishgate version"},
		{"yarn 1", bin("yarn1"), "yarn add publishgate", "yarn -s publishgate version"},
		{"yarn 4", bin("yarn4"), "yarn add publishgate", "yarn publishgate version"},
		{"bun", filepath.Join(managers, "bun/node_modules/@oven/bun-linux-x64/bin"), "bun add publishgate", "bun run publishgate version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home, dir := t.TempDir(), t.TempDir()
			for name, text := range map[string]string{
				"package.json": `{"name":"here","version":"1.0.0","private":true}`, "yarn.lock": "",
				".npmrc":      "registry=" + to.URL + "\n",
				".yarnrc.yml": "npmRegistryServer: " + to.URL + "\nunsafeHttpWhitelist: [127.0.0.1]\nenableTelemetry: false\nnpmMinimalAgeGate: 0\n",
			} {
				if name == "yarn.lock" && !strings.HasPrefix(c.name, "yarn") {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			said := ""
			for _, line := range []string{c.install, c.run} {
				cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
				cmd.Dir = dir
				cmd.Env = []string{"PATH=" + c.path + ":" + os.Getenv("PATH"), "HOME=" + home, "npm_config_registry=" + to.URL,
					"npm_config_update_notifier=false", "npm_config_audit=false", "YARN_REGISTRY=" + to.URL, "CI=true"}
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%s: %v\n%s", line, err, out)
				}
				said = string(out)
			}
			if !strings.Contains(said, "publishgate "+released+" (") {
				t.Errorf("%s says %s", c.run, said)
			}
			if found := carriers(t, dir); !slices.Equal(found, []string{here()}) {
				t.Errorf("the packages of %q are here, and must be of this platform alone", found)
			}
		})
	}
}

// carriers are the platforms of which a binary is anywhere below a folder.
func carriers(t *testing.T, dir string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && (d.Name() == "publishgate" || d.Name() == "publishgate.exe") {
			for name := range platforms {
				if strings.Contains(path, name) && !slices.Contains(found, name) {
					found = append(found, name)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
