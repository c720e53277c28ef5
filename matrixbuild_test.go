package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMatrixBuild runs the job of the reusable workflow that builds, with the real
// managers: it installs by the lockfile, builds, and packs what is not private.
func TestMatrixBuild(t *testing.T) {
	managers := os.Getenv("PUBLISHGATE_MANAGERS")
	if managers == "" {
		t.Skip("PUBLISHGATE_MANAGERS is not set: .ci/managers installs npm, pnpm, yarn and bun")
	}
	for _, c := range []struct {
		folder, named, asks string
		files               map[string]string
	}{
		{folder: "npm11", named: "npm@11.19.1", asks: "^1.0.0"},
		{folder: "pnpm10", named: "pnpm@10.34.9", asks: "workspace:^",
			files: map[string]string{"pnpm-workspace.yaml": "packages: [packages/*]\n"}},
		{folder: "yarn1", named: "yarn@1.22.22", asks: "^1.0.0"},
		{folder: "yarn4", named: "yarn@4.18.1", asks: "workspace:^", files: map[string]string{"yarn.lock": "",
			".yarnrc.yml": "nodeLinker: node-modules\nenableTelemetry: false\n"}},
		{folder: "bun", named: "bun@1.4.5", asks: "workspace:^"},
	} {
		t.Run(c.folder, func(t *testing.T) {
			w := newMatrixWorld(t, 1, 1, nil)
			w.project = t.TempDir()
			w.run.Checkout = w.project
			files := map[string]string{
				"package.json": `{"name": "mono", "version": "1.0.0", "private": true, "workspaces": ["packages/*"], "packageManager": "` + c.named +
					`", "scripts": {"build": "echo built > packages/a/built.js"}}`,
				"packages/a/package.json": `{"name": "@acme/a", "version": "1.0.0", "license": "MIT", "dependencies": {"@acme/b": "` + c.asks + `"}}`,
				"packages/b/package.json": `{"name": "@acme/b", "version": "1.0.0", "license": "MIT"}`,
				"packages/c/package.json": `{"name": "@acme/c", "version": "1.0.0", "private": true}`,
			}
			maps.Copy(files, c.files)
			for file, content := range files {
				w.put(w.project, file, content)
			}
			name, _, _ := strings.Cut(c.named, "@")
			bin := filepath.Join(managers, c.folder, "node_modules", ".bin")
			if name == "bun" {
				bin = filepath.Join(managers, c.folder, "node_modules", "@oven", "bun-linux-x64", "bin")
			}
			w.manager(bin, name)
			maps.Copy(w.run.Inputs, map[string]any{"install": "", "build": "", "pack": ""})
			w.run.Workflow.Order = []string{"build"}
			w.attempts(1)
			if len(w.run.Store.All) != 1 {
				t.Fatalf("%d artifacts\n%s", len(w.run.Store.All), w.run.Log.String())
			}
			packed := w.run.Store.All[0].Files
			names := slices.Sorted(maps.Keys(packed))
			if len(names) != 2 {
				t.Errorf("packed is %q, expected what is not private", names)
			}
			for name, data := range packed {
				text := inTarball(t, data)
				if strings.Contains(text["package/package.json"], `"@acme/a"`) {
					if !strings.Contains(text["package/built.js"], "built") || strings.Contains(text["package/package.json"], "workspace:") {
						t.Errorf("%s holds %q", name, text)
					}
				}
			}
			if t.Failed() {
				t.Log(w.run.Log.String())
			}
		})
	}
}

// manager puts a manager in the path, as setup-node and corepack would, and makes
// the lockfile of the project with it.
func (w *matrixWorld) manager(bin, name string) {
	dir := w.TempDir()
	real, err := exec.LookPath("npm")
	if err != nil {
		w.Fatal(err)
	}
	if name == "npm" {
		real = filepath.Join(bin, "npm")
	}
	w.put(dir, "npm", "#!/bin/bash\n[ \"$1 $2\" = 'install --global' ] || exec "+real+" \"$@\"\necho \"global: $*\"\n")
	w.put(dir, "corepack", "#!/bin/bash\n[ \"$*\" = enable ]\n")
	for _, tool := range []string{"npm", "corepack"} {
		if err := os.Chmod(filepath.Join(dir, tool), 0o755); err != nil {
			w.Fatal(err)
		}
	}
	path := "PATH=" + dir + ":" + bin + ":"
	for i, v := range w.run.Env {
		if rest, found := strings.CutPrefix(v, "PATH="); found {
			w.run.Env[i] = path + rest
			path += rest
		}
	}
	install := exec.Command("bash", "-c", name+" install")
	install.Dir = w.project
	install.Env = []string{path, "HOME=" + dir, "npm_config_offline=true", "npm_config_audit=false", "YARN_ENABLE_IMMUTABLE_INSTALLS=false"}
	if out, err := install.CombinedOutput(); err != nil {
		w.Fatalf("%s install: %v\n%s", name, err, out)
	}
	if err := os.RemoveAll(filepath.Join(w.project, "node_modules")); err != nil {
		w.Fatal(err)
	}
}

// inTarball returns the files of a tarball.
func inTarball(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = string(content)
	}
}
