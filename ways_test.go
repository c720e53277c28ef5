package main

import (
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	modulepath "golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modulezip "golang.org/x/mod/zip"

	"github.com/publishgate/publishgate/internal/testserver/race"
	"github.com/publishgate/publishgate/internal/testserver/runner"
)

// binaryAction is the composite action without its inputs and outputs, which are
// those of action.yml.
const binaryAction = `# The gate where no container runs: the same inputs, outputs and defaults as the
# action. It is made of action.yml by
#
#   go test . -run '^TestBinaryAction$' -update
name: publishgate (binary)
description: "The same gate on runners without containers: macOS, Windows, and self-hosted ones without Docker."
author: publishgate
branding:
  icon: shield
  color: green

inputs:
%s
outputs:
%s
runs:
  using: composite
  steps:
    - name: The binary of this commit, by digest
      id: binary
      shell: bash
      run: bash "$GITHUB_ACTION_PATH/fetch.sh"
    - name: The gate
      id: gate
      shell: bash
      run: exec "$PUBLISHGATE_BINARY"
      env:
        PUBLISHGATE_BINARY: ${{ steps.binary.outputs.path }}
%s`

// TestBinaryAction holds binary/action.yml against action.yml.
func TestBinaryAction(t *testing.T) {
	action := string(read(t, ".", "action.yml"))
	var parsed struct{ Inputs, Outputs yaml.Node }
	if err := yaml.Unmarshal([]byte(action), &parsed); err != nil {
		t.Fatal(err)
	}
	env, outputs := "", ""
	for i := 0; i < len(parsed.Inputs.Content); i += 2 {
		name := parsed.Inputs.Content[i].Value
		env += fmt.Sprintf("        INPUT_%s: ${{ inputs.%s }}\n", strings.ToUpper(strings.ReplaceAll(name, "-", "_")), name)
	}
	for i := 0; i < len(parsed.Outputs.Content); i += 2 {
		name := parsed.Outputs.Content[i].Value
		outputs += fmt.Sprintf("  %s:\n    description: %q\n    value: ${{ steps.gate.outputs.%s }}\n", name,
			parsed.Outputs.Content[i+1].Content[1].Value, name)
	}
	_, inputs, _ := strings.Cut(action, "\ninputs:\n")
	inputs, _, found := strings.Cut(inputs, "\n\n")
	if !found || len(parsed.Inputs.Content) < 60 || len(parsed.Outputs.Content) < 30 {
		t.Fatalf("action.yml cannot be read: %d, %d", len(parsed.Inputs.Content), len(parsed.Outputs.Content))
	}
	want := fmt.Sprintf(binaryAction, inputs+"\n", outputs, env)
	if *update {
		if err := os.WriteFile("binary/action.yml", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(read(t, "binary", "action.yml")); got != want {
		t.Error("binary/action.yml is not as action.yml: go test . -run '^TestBinaryAction$' -update")
	}
}

// releasePage serves a folder of binaries as GitHub serves the assets of a release,
// over TLS, with their sums. It returns its address and the file of its authority.
func releasePage(t *testing.T, dir string, asked func()) (address, authority string) {
	t.Helper()
	sums := ""
	for _, file := range append(slices.Sorted(maps.Values(platforms)), "THIRD_PARTY.txt") {
		if file != "THIRD_PARTY.txt" {
			file = "publishgate_" + released + "_" + file
		}
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256(read(t, dir, file)), file)
	}
	s := httptest.NewTLSServer(http.StripPrefix("/"+released, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked()
		http.FileServer(http.Dir(dir)).ServeHTTP(w, r)
	})))
	t.Cleanup(s.Close)
	authority = filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	for file, data := range map[string][]byte{filepath.Join(dir, "SHA256SUMS"): []byte(sums), authority: certificate} {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return s.URL, authority
}

// installLines returns the commands that docs/install.md shows below a heading.
func installLines(t *testing.T, heading string) (lines []string) {
	t.Helper()
	for _, b := range shownBlocks(t) {
		if b.page == "install.md" && b.heading == heading && b.language == "sh" {
			lines = append(lines, strings.Split(strings.TrimSpace(b.code), "\n")...)
		}
	}
	if len(lines) == 0 {
		t.Fatalf("docs/install.md shows no commands below %q", heading)
	}
	return lines
}

// TestInstallBinary runs what docs/install.md says about a binary, on an empty home:
// it is the release's, and one that was altered on the way is not taken.
func TestInstallBinary(t *testing.T) {
	script := strings.Replace(strings.Join(installLines(t, "A binary"), "\n"), "_linux_amd64", "_"+platforms[here()], 1)
	release := binaries(t)
	served, authority := releasePage(t, release, func() {})
	run := func() (said string, err error) {
		cmd := exec.Command("bash", "-e", "-c", script)
		cmd.Dir = t.TempDir()
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "PUBLISHGATE_RELEASES=" + served, "CURL_CA_BUNDLE=" + authority}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if said, err := run(); err != nil || !strings.Contains(said, "publishgate "+released+" (commit ") {
		t.Errorf("%v\n%s", err, said)
	}
	file := filepath.Join(release, "publishgate_"+released+"_"+platforms[here()])
	if err := os.WriteFile(file, []byte("#!/bin/sh\necho altered\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if said, err := run(); err == nil || !strings.Contains(said, "FAILED") || strings.Contains(said, "\naltered") {
		t.Errorf("altered bytes: %v\n%s", err, said)
	}
}

// TestBinaryActionRuns runs the composite action as the runner does: the binary
// comes from the release by its digest, passes, blocks, and sets the outputs. One
// whose digest is another is not run.
func TestBinaryActionRuns(t *testing.T) {
	release := binaries(t)
	name := "publishgate_" + released + "_" + platforms[here()]
	requests := 0
	served, authority := releasePage(t, release, func() { requests++ })
	// The action as the release's commit has it: with the release's own sums.
	action := t.TempDir()
	for file, data := range map[string][]byte{"action.yml": read(t, "binary", "action.yml"), "fetch.sh": read(t, "binary", "fetch.sh"),
		"SHA256SUMS": read(t, release, "SHA256SUMS")} {
		if err := os.WriteFile(filepath.Join(action, file), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	workspace, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	run := func(t *testing.T, code int, changes map[string]string) (outputs map[string]string, said string) {
		t.Helper()
		step, err := runner.New(temp, workspace, filepath.Join(action, "action.yml"))
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(step.Env, map[string]string{"PATH": os.Getenv("PATH"), "PUBLISHGATE_RELEASES": served, "CURL_CA_BUNDLE": authority,
			"RUNNER_ARCH": map[string]string{"amd64": "X64", "arm64": "ARM64"}[runtime.GOARCH]})
		step.Input("offline", "true")
		step.Input("upload-sarif", "never")
		step.Input("out", t.TempDir())
		maps.Copy(step.Env, changes)
		outputs, said, got, err := step.Composite(t.Context(), action)
		if err != nil || got != code {
			t.Errorf("exit %d, %v, expected exit %d\n%s", got, err, code, said)
		}
		return outputs, said
	}
	for judged, want := range map[string]string{"status-page": "pass", "status-page-leaky": "block"} {
		dir := map[string]string{"INPUT_DIRECTORY": "testdata/packages/" + judged}
		outputs, said := run(t, map[string]int{"pass": 0, "block": 1}[want], dir)
		if outputs["result"] != want || len(outputs["sha256"]) != 64 || !strings.Contains(said, "publishgate "+released+" (") {
			t.Errorf("%s: outputs %q\n%s", judged, outputs, said)
		}
	}
	if requests != 1 {
		t.Errorf("%d downloads, and one is enough for two steps", requests)
	}
	// An input with a dash arrives, and what would be a command is only a value.
	if _, said := run(t, 2, map[string]string{"INPUT_AUDIT-LEVEL": "$(touch hacked)"}); !strings.Contains(said, "audit-level") {
		t.Errorf("it does not name the input:\n%s", said)
	}

	refused := func(why string, changes map[string]string, wants ...string) {
		t.Helper()
		outputs, said := run(t, 3, changes)
		for _, want := range wants {
			if !strings.Contains(said, want) {
				t.Errorf("%s: it does not say %q:\n%s", why, want, said)
			}
		}
		if outputs["result"] != "" || strings.Contains(said, "looked at") {
			t.Errorf("%s: it ran: %q\n%s", why, outputs, said)
		}
	}
	refused("another platform", map[string]string{"RUNNER_ARCH": "X86"}, "no binary for a runner of Linux on X86")
	temp = t.TempDir()
	if err := os.WriteFile(filepath.Join(release, name), []byte("#!/bin/sh\necho result=pass >>$GITHUB_OUTPUT\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	refused("other bytes", nil, "has the SHA-256", "it was not run")
	if err := os.Remove(filepath.Join(release, name)); err != nil {
		t.Fatal(err)
	}
	refused("no such asset", nil, "cannot be downloaded")
	plain := strings.Replace(served, "https", "http", 1)
	refused("not over https", map[string]string{"PUBLISHGATE_RELEASES": plain}, "cannot be downloaded")
	if left, _ := filepath.Glob(filepath.Join(temp, "publishgate", "*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestGoInstall installs the commit that is checked out as the module's release: from
// a module proxy in a folder, with nothing but what is in go.mod. The binary tells
// that version, and the checksum by which Go verified it.
func TestGoInstall(t *testing.T) {
	race.Leave(t, "nothing: it starts a compiler")
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git on this machine")
	}
	const path = "github.com/publishgate/publishgate"
	release := modulepath.Version{Path: path, Version: released}
	proxy, dir := t.TempDir(), t.TempDir()
	at := filepath.Join(proxy, path, "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	zipped, err := os.Create(filepath.Join(at, released+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	commit := filepath.Join(dir, "commit")
	if out, err := exec.Command("sh", "-c", `mkdir "$1" && git archive HEAD | tar -x -C "$1"`, "-", commit).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := errors.Join(modulezip.CreateFromDir(zipped, release, commit), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"list": released + "\n", released + ".info": `{"Version":"` + released + `"}`,
		released + ".mod": string(read(t, ".", "go.mod"))} {
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := dirhash.HashZip(zipped.Name(), dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	// The module cache of this machine is a proxy too: of what go.mod names.
	from := "file://" + proxy + ",file://" + filepath.Join(strings.TrimSpace(string(kept)), "cache", "download")
	line := strings.Fields(installLines(t, "Go")[0])
	if !slices.Equal(line, []string{"go", "install", path + "@" + released}) {
		t.Errorf("docs/install.md says %q", line)
	}
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY="+from, "GOSUMDB=off", "GOFLAGS=-trimpath -modcacherw", "GOMODCACHE="+filepath.Join(dir, "mod"),
		"GOBIN="+dir, "CGO_ENABLED=0", "GOTOOLCHAIN=local")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%.3000s", err, out)
	}
	said, err := exec.Command(filepath.Join(dir, "publishgate"), "version").Output()
	want := fmt.Sprintf("publishgate %s (module %s, %s, %s/%s)\n", released, sum, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if err != nil || string(said) != want {
		t.Errorf("it says %q, %v, expected %q", said, err, want)
	}
}
