package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// section returns what stands in a page below a heading, up to the next one.
func section(t *testing.T, file, heading string) string {
	t.Helper()
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(page), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no %s", file, heading)
	}
	return regexp.MustCompile(`(?s)\n##.*`).ReplaceAllString(text, "")
}

// block returns the first block of code in a text.
func block(t *testing.T, text, language string) string {
	t.Helper()
	_, text, _ = strings.Cut(text, "\n```"+language+"\n")
	code, _, found := strings.Cut(text, "\n```")
	if !found {
		t.Fatalf("no %s in\n%s", language, text)
	}
	return code + "\n"
}

// TestWorkflowsOfManagers: the workflow that docs/workflows.md shows for a package
// manager is what publishgate init writes for a package of it, but for comments.
func TestWorkflowsOfManagers(t *testing.T) {
	packages, err := txtar.ParseFile("testdata/script/pass_init.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for heading, folder := range map[string]string{"### npm": "npm", "### pnpm": "pnpm", "### yarn 1 (classic)": "classic",
		"### yarn 2 and later (berry)": "berry", "### bun": "bun"} {
		t.Run(folder, func(t *testing.T) {
			shown := block(t, section(t, "docs/workflows.md", heading), "yaml")
			dir := t.TempDir()
			for _, f := range packages.Files {
				if name, ours := strings.CutPrefix(f.Name, folder+"/"); ours {
					if err := os.WriteFile(filepath.Join(dir, name), f.Data, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
			var out, errs bytes.Buffer
			if cli.Main(t.Context(), cli.Process{Args: []string{"init", dir}, Stdout: &out, Stderr: &errs, Now: time.Now}) != 0 {
				t.Fatal(errs.String())
			}
			written, err := os.ReadFile(filepath.Join(dir, ".github/workflows/publishgate.yml"))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := uncommented(shown), uncommented(string(written)); got != want {
				t.Errorf("the page shows\n%s\nand init writes\n%s", got, want)
			}
		})
	}
}

// uncommented takes the comments out, but for the versions behind pins.
func uncommented(workflow string) string {
	workflow = regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(workflow, "")
	return regexp.MustCompile(`(?m) +# (?:[^v\n]|v[^0-9\n]).*$`).ReplaceAllString(workflow, "")
}

// TestWorkflowsOfServers runs the scripts that docs/workflows.md shows for other CI
// servers, in their order, with the real binary. What they fetch is that binary; what
// stages goes as far as it can without sending.
func TestWorkflowsOfServers(t *testing.T) {
	names, err := os.ReadFile(".ci/binaries")
	if err != nil || !strings.Contains(string(names), `name=publishgate_${version}_${system/\//_}`) {
		t.Errorf("a release's binaries have other names than here, %v", err)
	}
	for heading, scripts := range map[string]func(t *testing.T, code string) []string{
		"## GitLab CI": gitLabScripts, "## CircleCI": yamlScripts, "## Azure Pipelines": yamlScripts, "## Jenkins": jenkinsScripts,
	} {
		t.Run(strings.TrimPrefix(heading, "## "), func(t *testing.T) {
			language := "yaml"
			if heading == "## Jenkins" {
				language = "groovy"
			}
			stage(t, scripts(t, block(t, section(t, "docs/workflows.md", heading), language)))
		})
	}
}

// TestWorkflowOfMonorepo packs the members of a workspace as the workflow of
// docs/workflows.md does, where npm is there, and runs the gate with its inputs: all
// are staged, and a second run stages none again.
func TestWorkflowOfMonorepo(t *testing.T) {
	code := block(t, section(t, "docs/workflows.md", "## Monorepos"), "yaml")
	script := regexp.MustCompile(`(?m)- run: (mkdir packed .*)$`).FindStringSubmatch(code)
	step := regexp.MustCompile(`with: (\{workspaces: .*\})`).FindStringSubmatch(code)
	inputs := map[string]string{}
	if script == nil || step == nil || yaml.Unmarshal([]byte(step[1]), &inputs) != nil {
		t.Fatal("no script, or no step")
	}
	server := registry.Start()
	defer server.Close()
	server.Know("npm_stage_0123456789")
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{
		"package.json": `{"name": "root", "private": true, "workspaces": ["packages/*"]}`,
		"package-lock.json": `{"name": "root", "lockfileVersion": 3, "packages": {"": {"name": "root", "workspaces": ["packages/*"]},
			"node_modules/@acme/a": {"resolved": "packages/a", "link": true}, "node_modules/@acme/b": {"resolved": "packages/b", "link": true},
			"packages/a": {"name": "@acme/a", "version": "1.0.0", "license": "MIT", "dependencies": {"@acme/b": "^1.0.0"}},
			"packages/b": {"name": "@acme/b", "version": "1.0.0", "license": "MIT"}}}`,
		"packages/a/package.json": `{"name": "@acme/a", "version": "1.0.0", "license": "MIT", "main": "index.js", "files": ["index.js"],
			"publishConfig": {"access": "public"}, "dependencies": {"@acme/b": "^1.0.0"}}`,
		"packages/b/package.json": `{"name": "@acme/b", "version": "1.0.0", "license": "MIT", "main": "index.js", "files": ["index.js"],
			"publishConfig": {"access": "public"}}`,
		"packages/a/index.js": "module.exports = 1\n", "packages/a/README.md": "# a\n", "packages/a/LICENSE": "MIT\n",
		"packages/b/index.js": "module.exports = 1\n", "packages/b/README.md": "# b\n", "packages/b/LICENSE": "MIT\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	npm := "npm() { node " + filepath.Join(npmFolder(t), "bin", "npm-cli.js") + ` "$@"; }; `
	cmd := exec.CommandContext(t.Context(), "bash", "-ec", npm+script[1])
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "npm_config_update_notifier=false"}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for range 2 {
		var out, errs bytes.Buffer
		args := []string{"-workspaces", "-tarball", inputs["tarball"], "-publish", inputs["publish"],
			"-registry", server.URL, "-advisories", "npm"}
		if code := cli.Main(t.Context(), cli.Process{Args: args, Env: []string{"NODE_AUTH_TOKEN=npm_stage_0123456789"},
			Stdout: &out, Stderr: &errs, Now: time.Now}); code != 0 {
			t.Fatalf("exit code %d\n%s%s", code, &errs, &out)
		}
		var names []string
		for _, s := range server.Staged() {
			names = append(names, s.Name)
		}
		if slices.Sort(names); !slices.Equal(names, []string{"@acme/a", "@acme/b"}) {
			t.Errorf("staged are %q", names)
		}
	}
}

// stage runs the scripts in a package's folder. They must make a tarball, fetch a
// binary by its digest, and judge the tarball for staging.
func stage(t *testing.T, scripts []string) {
	t.Helper()
	server := registry.Start()
	defer server.Close()
	server.Know("npm_stage_0123456789")
	server.Trust("@acme/widget", registry.Publisher{Repository: "acme/widget", Workflow: "release.yml", Stage: true})
	host := strings.Split(strings.TrimPrefix(server.URL, "http://"), ":")[0]
	tools, dir := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"real", "package"} {
		if err := os.Mkdir(filepath.Join(tools, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(self, filepath.Join(tools, "real", "publishgate")); err != nil {
		t.Fatal(err)
	}
	gate := fmt.Sprintf("#!/bin/sh\necho \"$@\" >>%s/ran\nexec %s/real/publishgate \"$@\" -dry-run -registry %s -advisories npm\n",
		tools, tools, server.URL)
	for name, text := range map[string]string{
		"gate":     gate,
		"npm":      "#!/bin/sh\n[ \"$1\" != pack ] || exec " + tools + "/real/publishgate pack\n",
		"circleci": "#!/bin/sh\necho " + idToken("npm:"+host) + "\n",
		// The last -o's file is what is fetched, and only an address of a release is.
		"curl": "#!/bin/sh\n[ \"$1 $2\" = '-fsSL -o' ] || exit 2\n" +
			"case $4 in https://github.com/publishgate/publishgate/releases/download/v1.2.3/publishgate_v1.2.3_linux_amd64) ;;\n" +
			"*) exit 22 ;; esac\n" +
			"cat " + tools + "/gate >\"$3\"\n",
	} {
		if err := os.WriteFile(filepath.Join(tools, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"package.json": `{"name": "@acme/widget", "version": "1.2.3", "license": "MIT", "main": "index.js", "files": ["index.js"],
			"publishConfig": {"access": "public"}}`,
		"package-lock.json": `{"name": "@acme/widget", "version": "1.2.3", "lockfileVersion": 3, "packages": {"": {"name": "@acme/widget",
			"version": "1.2.3", "license": "MIT"}}}`,
		"index.js": "module.exports = 1\n", "README.md": "# widget\n", "LICENSE": "MIT\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(gate)))
	for i, script := range scripts {
		script = strings.NewReplacer("/VERSION/", "/v1.2.3/", "_VERSION_", "_v1.2.3_", "\"SHA256  ", "\""+sum+"  ", "/usr/local/bin/publishgate",
			filepath.Join(tools, "publishgate")).Replace(script)
		if tarball, err := os.ReadFile(filepath.Join(dir, "package.tgz")); err == nil { // as Azure's download leaves it
			if err := os.WriteFile(filepath.Join(tools, "package", "package.tgz"), tarball, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-eo", "pipefail", "-c", script)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + tools + ":" + os.Getenv("PATH"), "HOME=" + dir, "PUBLISHGATE_VERSION=v1.2.3", "PUBLISHGATE_SHA256=" + sum,
			"NODE_AUTH_TOKEN=npm_stage_0123456789", "KEY=" + filepath.Join(tools, "key.pem"),
			"PIPELINE_WORKSPACE=" + tools, "SIGSTORE_ID_TOKEN=" + idToken("sigstore"), "GORACE=" + os.Getenv("GORACE")}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("script %d: %v\n%s\n%s", i+1, err, script, out)
		}
	}
	ran, err := os.ReadFile(filepath.Join(tools, "ran"))
	if err != nil || !strings.Contains(string(ran), "-publish stage") || len(server.Puts()) != 0 {
		t.Errorf("the gate ran as %q, %v; %d documents were sent", ran, err, len(server.Puts()))
	}
}

// idToken is what the registry exchanges for a token that stages, or Sigstore for a
// certificate, as far as it is read here.
func idToken(audience string) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"RS256"}`) + "." + part(`{"iss": "https://token.actions.githubusercontent.com", "aud": "`+audience+`",
		"sub": "repo:acme/widget", "repository": "acme/widget", "repository_visibility": "public", "runner_environment": "github-hosted",
		"workflow_ref": "acme/widget/.github/workflows/release.yml@refs/tags/v1.2.3",
		"job_workflow_ref": "acme/widget/.github/workflows/release.yml@refs/tags/v1.2.3"}`) + "." + part("signature")
}

// gitLabScripts returns the scripts of the jobs as GitLab's runner joins them.
func gitLabScripts(t *testing.T, code string) (scripts []string) {
	var doc map[string]yaml.Node
	if err := yaml.Unmarshal([]byte(code), &doc); err != nil {
		t.Fatal(err)
	}
	type job struct {
		Extends              string
		Before, Script, Uses []string
	}
	jobs := map[string]job{}
	for name, node := range doc {
		var j struct {
			Extends string
			Before  []string `yaml:"before_script"`
			Script  []string
		}
		if node.Kind == yaml.MappingNode && name != "variables" {
			if err := node.Decode(&j); err != nil {
				t.Fatal(err)
			}
			jobs[name] = job{Extends: j.Extends, Before: j.Before, Script: j.Script}
		}
	}
	for _, name := range []string{"build", "judge", "stage"} {
		j := jobs[name]
		if len(j.Script) == 0 {
			t.Fatalf("no job %s", name)
		}
		scripts = append(scripts, strings.Join(slices.Concat(jobs[j.Extends].Before, j.Before, j.Script), "\n"))
	}
	return scripts
}

// yamlScripts returns what stands as run or script in a list of steps, in order.
func yamlScripts(t *testing.T, code string) (scripts []string) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(code), &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 0 && (c.Value == "run" || c.Value == "script") {
				scripts = append(scripts, n.Content[i+1].Value)
			}
			walk(c)
		}
	}
	walk(&doc)
	return scripts
}

// jenkinsScripts returns the scripts of a declarative pipeline.
func jenkinsScripts(_ *testing.T, code string) (scripts []string) {
	for _, m := range regexp.MustCompile(`(?m)^ *sh '(.*)'$`).FindAllStringSubmatch(code, -1) {
		scripts = append(scripts, m[1])
	}
	return scripts
}
