package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/publishgate/publishgate/internal/testserver/cireport"
)

// A ciExample is an example of docs/ci.md: what its jobs run, one after the
// other, and the files that it gives to the server.
type ciExample struct {
	name    string
	env     string
	scripts []string
	files   []string
	codes   [3]int // of a package that passes, one that is blocked, one that cannot be judged
}

// ciExamples reads the examples as their servers would.
func ciExamples(t *testing.T) []ciExample {
	data, err := os.ReadFile("docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)```[a-z]+\n(?:#|//) ([^\n]+)\n(.*?)```").FindAllStringSubmatch(string(data), -1) {
		blocks[m[1]] = m[2]
	}
	read := func(name string, into any) {
		d := yaml.NewDecoder(strings.NewReader(blocks[name]))
		d.KnownFields(true)
		if err := d.Decode(into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	type job struct {
		Image         string
		Script, Needs []string
		Artifacts     struct {
			When    string
			Paths   []string
			Reports struct {
				DependencyScanning string `yaml:"dependency_scanning"`
				CycloneDX          string `yaml:"cyclonedx"`
				JUnit              string `yaml:"junit"`
			}
		}
	}
	var gitLab struct {
		Judge   job `yaml:"publishgate"`
		Verdict job `yaml:"publishgate-verdict"`
	}
	read(".gitlab-ci.yml", &gitLab)
	if gitLab.Judge.Artifacts.When != "always" || len(gitLab.Verdict.Needs) != 1 || gitLab.Verdict.Needs[0] != "publishgate" {
		t.Errorf("%+v", gitLab)
	}
	reports := gitLab.Judge.Artifacts.Reports
	all := []ciExample{{
		name: "GitLab", env: "CI=true GITLAB_CI=true CI_PIPELINE_SOURCE=push CI_COMMIT_REF_NAME=main CI_COMMIT_REF_PROTECTED=true",
		scripts: append(gitLab.Judge.Script, gitLab.Verdict.Script...), codes: [3]int{0, 1, 1},
		files: append(gitLab.Judge.Artifacts.Paths, reports.DependencyScanning, reports.JUnit, reports.CycloneDX),
	}}

	var circle struct {
		Version string
		Jobs    map[string]struct {
			Docker []struct{ Image string }
			Steps  []yaml.Node
		}
		Workflows map[string]struct{ Jobs []string }
	}
	read(".circleci/config.yml", &circle)
	example := ciExample{name: "CircleCI", env: "CI=true CIRCLECI=true CIRCLE_BRANCH=main TERM=xterm", codes: [3]int{0, 1, 3}}
	for _, step := range circle.Jobs["publishgate"].Steps {
		var does struct {
			Run     string
			Results struct{ Path string } `yaml:"store_test_results"`
			Store   struct{ Path string } `yaml:"store_artifacts"`
		}
		if step.Kind == yaml.ScalarNode {
			continue // checkout
		}
		if err := step.Decode(&does); err != nil {
			t.Fatal(err)
		}
		example.add(does.Run, does.Results.Path, does.Store.Path)
	}
	all = append(all, example)

	example = ciExample{name: "Jenkins", env: "JENKINS_URL=https://ci.example/ BUILD_ID=1 BRANCH_NAME=main", codes: [3]int{0, 1, 3}}
	groovy := blocks["Jenkinsfile"]
	if strings.Count(groovy, "{") != strings.Count(groovy, "}") {
		t.Error("the braces of the Jenkinsfile do not match")
	}
	for _, m := range regexp.MustCompile(`\b(sh|testResults:|artifacts:) '([^'\\]*)'`).FindAllStringSubmatch(groovy, -1) {
		if m[1] == "sh" {
			example.add(m[2])
		} else {
			example.add("", strings.TrimSuffix(m[2], "/**"))
		}
	}
	all = append(all, example)

	var azure struct {
		Pool struct {
			VMImage string `yaml:"vmImage"`
		}
		Steps []struct {
			Checkout           string
			PersistCredentials bool `yaml:"persistCredentials"`
			Script, Task       string
			Condition          string
			Publish, Artifact  string
			Inputs             struct {
				Format  string `yaml:"testResultsFormat"`
				Files   string `yaml:"testResultsFiles"`
				Missing bool   `yaml:"failTaskOnMissingResultsFile"`
			}
		}
	}
	read("azure-pipelines.yml", &azure)
	example = ciExample{name: "Azure Pipelines", env: "TF_BUILD=True BUILD_SOURCEBRANCH=refs/heads/main TERM=xterm", codes: [3]int{0, 1, 3}}
	for _, s := range azure.Steps {
		if strings.Contains(s.Script, "docker") {
			s.Script = "" // it installs the binary
		}
		example.add(s.Script, s.Inputs.Files, s.Publish)
	}
	return append(all, example)
}

func (e *ciExample) add(script string, files ...string) {
	if script != "" {
		e.scripts = append(e.scripts, script)
	}
	for _, f := range files {
		if f != "" {
			e.files = append(e.files, f)
		}
	}
}

// TestCIExamples does what the examples of docs/ci.md do, in a shell as their
// servers have it, with a package that passes, one that is blocked and one that
// cannot be judged: the job ends as it should, every file that the server is
// given is there, and the log is plain.
func TestCIExamples(t *testing.T) {
	gate, err := exec.LookPath("publishgate")
	if err != nil {
		t.Fatal(err)
	}
	examples := ciExamples(t)
	if len(examples) != 4 {
		t.Fatalf("%d examples", len(examples))
	}
	bin := t.TempDir() // the gate without a network
	wrapper := "#!/bin/sh\nexec '" + gate + "' \"$@\" -offline\n"
	if err := os.WriteFile(filepath.Join(bin, "publishgate"), []byte(wrapper), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		if !strings.Contains(strings.Join(e.scripts, "\n"), "publishgate -report ") || len(e.files) < 2 {
			t.Errorf("%s runs %q, and keeps %q", e.name, e.scripts, e.files)
		}
		for i, want := range e.codes {
			dir := t.TempDir()
			from := []string{"status-page", "status-page-leaky", "status-page"}[i]
			if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata/packages", from))); err != nil {
				t.Fatal(err)
			}
			if i == 2 {
				if err := os.WriteFile(filepath.Join(dir, "package-lock.json"), []byte(`{"lockfileVersion": 9}`), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got := 0
			var log bytes.Buffer
			for _, script := range e.scripts {
				cmd := exec.CommandContext(t.Context(), "/bin/sh", "-e", "-c", script)
				cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &log, &log
				cmd.Env = append(strings.Fields(e.env), "PATH="+bin+":/usr/bin:/bin", "HOME="+t.TempDir())
				var exit *exec.ExitError
				if err := cmd.Run(); errors.As(err, &exit) {
					got = exit.ExitCode()
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
			if got != want {
				t.Errorf("%s, %s: exit code %d, not %d\n%s", e.name, from, got, want, &log)
			}
			if strings.ContainsAny(log.String(), "\x1b\r") || log.Len() == 0 {
				t.Errorf("%s: the log is not plain: %q", e.name, &log)
			}
			for _, file := range e.files {
				e.holds(t, dir, file, i)
			}
		}
	}
}

// holds says whether a server gets a file, and a report that it takes.
func (e *ciExample) holds(t *testing.T, dir, file string, kind int) {
	path := filepath.Join(dir, filepath.FromSlash(file))
	if info, err := os.Stat(path); err != nil && (kind != 2 || !strings.HasSuffix(file, ".cdx.json")) {
		t.Errorf("%s: %v", e.name, err) // only what was judged has an SBOM
		return
	} else if err != nil || info.IsDir() {
		return
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch filepath.Ext(file) {
	case ".xml":
		if red, err := cireport.JUnit(data); err != nil || (red > 0) != (kind > 0) {
			t.Errorf("%s: %d red tests, %v", e.name, red, err)
		}
	case ".json":
		if strings.HasPrefix(filepath.Base(file), "gl-") {
			if err := cireport.GitLab(data); err != nil || strings.Contains(string(data), `"failure"`) != (kind == 2) {
				t.Errorf("%s: %v of %s", e.name, err, data)
			}
		}
	}
}
