package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/publishgate/publishgate/internal/cli"
	"github.com/publishgate/publishgate/internal/testserver/gitrepo"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// A replay is an incident with made-up packages: testdata/incidents/NAME.txtar.
//
//	released/   the commit of the last release; before/ lay beside it when it was packed
//	commit/     what the next commit changes; beside/ lies beside it, as a build or a person left it
//	registry/   the histories of packages, as registry.History has them
//
// The day on which it is replayed stands in the comment: "now TIME".
type replay struct {
	dir      string
	now      time.Time
	registry *registry.Server
}

// TestIncidentsReplayed runs the commands of docs/incidents-replayed.md, the gate's
// and npm's, in the packages of each incident, and holds what the page shows against
// what they say. Nothing is published in any of them.
func TestIncidentsReplayed(t *testing.T) {
	page, err := os.ReadFile("docs/incidents-replayed.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/incidents/*.txtar")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d incidents, %v", len(files), err)
	}
	told := map[string]string{}
	for _, section := range strings.Split(string(page), "\n## ")[1:] {
		if m := regexp.MustCompile(`\(\.\./(testdata/incidents/[a-z-]+\.txtar)\)`).FindStringSubmatch(section); m != nil {
			told[m[1]] = section
		}
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			r := replayed(t, file)
			gate, npm := 0, 0
			for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(told[file], -1) {
				for _, shown := range strings.Split(block[1], "$ ")[1:] {
					line, want, _ := strings.Cut(shown, "\n")
					command, exit, _ := strings.Cut(line, "# exit ")
					args := strings.Fields(command)
					if args[0] == "npm" {
						npm++
						t.Run("npm", func(t *testing.T) { r.holds(t, line, want, exit, runNPM(t, r, args[1:])) })
						continue
					}
					gate++
					r.holds(t, line, want, exit, r.gate(t, args[1:]))
				}
			}
			for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(told[file], -1) {
				r.decides(t, block[1])
			}
			if gate == 0 || npm == 0 {
				t.Errorf("the page shows %d runs of the gate and %d of npm", gate, npm)
			}
			if n := len(r.registry.Puts()); n != 0 {
				t.Errorf("%d writes to the registry", n)
			}
		})
	}
}

// An answer is what a command printed on standard output, and its exit code.
type answer struct {
	out  string
	code int
}

// holds compares what the page shows with what was said. A line "  …" stands for
// what was left out.
func (r replay) holds(t *testing.T, line, want, exit string, got answer) {
	t.Helper()
	if exit == "" || got.code != int(exit[0]-'0') {
		t.Errorf("$ %s\nended with exit code %d", line, got.code)
	}
	rest := got.out
	for _, part := range strings.Split(want, "  …\n") {
		at := strings.Index(rest, part)
		if at < 0 {
			t.Errorf("$ %s\nthe part\n%sis not in\n%s", line, part, got.out)
			continue
		}
		rest = rest[at+len(part):]
	}
}

// decides demands that a policy of the page is that of the packages, but for comments.
func (r replay) decides(t *testing.T, shown string) {
	t.Helper()
	used, err := os.ReadFile(filepath.Join(r.dir, ".publishgate.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(` +#.*`).ReplaceAllString(shown, "") != string(used) {
		t.Errorf("the policy is\n%sand the page shows\n%s", used, shown)
	}
}

// replayed makes the packages of an incident and the registry that has their past.
func replayed(t *testing.T, file string) replay {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := replay{dir: t.TempDir(), registry: registry.Start()}
	t.Cleanup(r.registry.Close)
	r.registry.Advise(registry.Bulk(registry.Canary))
	if m := regexp.MustCompile(`(?m)^now (\S+)$`).FindSubmatch(archive.Comment); m != nil {
		r.now, err = time.Parse(time.RFC3339, string(m[1]))
	}
	if err != nil || r.now.IsZero() {
		t.Fatalf("%s does not say when it was: %v", file, err)
	}
	then := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Date", r.now.UTC().Format(http.TimeFormat)) // its clock is that of the day
		r.registry.ServeHTTP(w, req)
	}))
	t.Cleanup(then.Close)
	r.registry.URL = then.URL + "/"
	parts := map[string]map[string]string{"released": {}, "before": {}, "commit": {}, "beside": {}, "registry": {}}
	for _, f := range archive.Files {
		part, name, _ := strings.Cut(f.Name, "/")
		if parts[part] == nil {
			t.Fatalf("%s: nothing is known of %s", file, part)
		}
		parts[part][name] = strings.ReplaceAll(string(f.Data), "'KEY'", "'"+madeUpKey()+"'")
	}
	for _, text := range parts["registry"] {
		h, err := registry.ParseHistory([]byte(text))
		if err == nil {
			err = r.registry.Record(h)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	repo, err := gitrepo.Init(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	committed := maps.Clone(parts["released"])
	r.commit(t, repo, committed)
	r.lay(t, parts["before"])
	var tarball bytes.Buffer
	if cli.Main(t.Context(), cli.Process{Args: []string{"pack", "-o", "-", r.dir}, Stdout: &tarball, Stderr: io.Discard, Now: time.Now}) != 0 {
		t.Fatal("the last release cannot be packed")
	}
	var own struct{ Name, Version string }
	if err := json.Unmarshal([]byte(committed["package.json"]), &own); err != nil {
		t.Fatal(err)
	}
	r.registry.Seed(own.Name, own.Version, "latest", tarball.Bytes())
	maps.Copy(committed, parts["commit"])
	r.commit(t, repo, committed)
	r.lay(t, parts["beside"])
	return r
}

// madeUpKey looks like a key. It is put together here, so that nobody's scanner
// takes this file for a leak.
func madeUpKey() string { return "pulse-prod-" + "8f3b1c9d2e7a4056" + "b1d8c3f79e6a2054" }

// commit commits the files, tags the commit with their version, and lays them out.
func (r replay) commit(t *testing.T, repo *gitrepo.Repo, files map[string]string) {
	t.Helper()
	sha, err := repo.Commit(files)
	version := regexp.MustCompile(`"version": "(.+?)"`).FindStringSubmatch(files["package.json"])
	if err == nil {
		err = repo.Tag("v"+version[1], sha)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.lay(t, files)
}

// lay writes files into the package's folder.
func (r replay) lay(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(r.dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// gate runs publishgate in the package's folder.
func (r replay) gate(t *testing.T, args []string) answer {
	t.Helper()
	t.Chdir(r.dir)
	args = append(args, "-registry", r.registry.URL, "-advisories", "npm")
	var out, errs bytes.Buffer
	code := cli.Main(t.Context(), cli.Process{Args: args, Stdout: &out, Stderr: &errs, Now: func() time.Time { return r.now }})
	t.Logf("%s", &errs)
	return answer{out.String(), code}
}

// runNPM runs npm in the package's folder; the test is skipped where there is none.
func runNPM(t *testing.T, r replay, args []string) answer {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(npmFolder(t), "bin", "npm-cli.js")}, args...)...)
	cmd.Dir = r.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "npm_config_registry=" + r.registry.URL,
		"npm_config_update_notifier=false", "npm_config_fund=false"}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return answer{string(out), cmd.ProcessState.ExitCode()}
}
