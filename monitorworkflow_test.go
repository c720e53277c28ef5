package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/testserver/matrix"
	"github.com/publishgate/publishgate/internal/testserver/registry"
)

// gateStep is the step of reusable workflows that finds the gate.
const gateStep = "The gate, from the image that this very commit of the workflow names"

// TestReusableWorkflows: those that others call take the gate from the commit of the
// workflow itself, all in the same way, so that the caller's one pin says all. The
// last line alone is each one's own: what it does with the image.
func TestReusableWorkflows(t *testing.T) {
	files, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	lines, callable := map[string]string{}, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\n  workflow_call:") {
			continue
		}
		callable++
		w, err := matrix.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, input := range slices.Sorted(maps.Keys(w.On.Call.Inputs)) {
			if input == "ref" || input == "commit" || input == "version" || input == "sha" {
				t.Errorf("%s asks for %s: an updater that raises the pin does not raise it too", file, input)
			}
		}
		for name, job := range w.Jobs {
			for _, s := range job.Steps {
				if s.Name == gateStep {
					run := strings.TrimSpace(s.Run)
					lines[fmt.Sprint(s.Env, run[:strings.LastIndex(run, "\n")])] += file + " " + name + ", "
				} else if strings.Contains(fmt.Sprint(s.Uses, s.With, s.Run), "publishgate/publishgate") {
					t.Errorf("%s, %s: %q names the gate's repository by itself", file, name, s.Name+s.Uses)
				}
			}
		}
	}
	all := fmt.Sprint(slices.Sorted(maps.Values(lines)))
	if callable < 2 || len(lines) != 1 || !strings.Contains(all, "publish.yml") || !strings.Contains(all, "monitor.yml") {
		t.Errorf("%d workflows can be called, the gate is found in %d ways: %s", callable, len(lines), all)
	}
}

// TestMonitorPage holds what the page lets people paste against the workflow.
func TestMonitorPage(t *testing.T) {
	w, caller, _ := callerOf(t, "monitor", "docs/monitor.md", "monitor")
	if len(caller.Secrets) != 1 || caller.Secrets["npm-token"] == "" {
		t.Errorf("it gives the secrets %v", caller.Secrets)
	}
	if len(w.Permissions) != 0 || w.Jobs["look"].Permissions["contents"] != "read" || len(w.Jobs["keep"].Permissions) != 1 {
		t.Errorf("permissions: %v, look %v, keep %v", w.Permissions, w.Jobs["look"].Permissions, w.Jobs["keep"].Permissions)
	}
}

// dockerRun stands in for docker: it knows the image of the release alone, and runs
// the program with the variables that are handed over, and folders as they are bound.
const dockerRun = `#!/bin/bash
[ "$1" = run ] || { echo "docker $*?" >&2; exit 9; }
shift
env=(GORACE=%[3]s) out= dir=
while [ "$1" != %[1]s ]; do
  case $1 in
    -e) env+=("$2=${!2}"); shift ;;
    -w) dir=$2; shift ;;
    -v)
      case $2 in *:/out) out=${2%%:/out} ;; *:/w:ro) work=${2%%:/w:ro} ;; *) exit 9 ;; esac
      shift ;;
    --security-opt | --cap-drop) shift ;;
    --rm | --read-only) ;;
    *) echo "docker run of $1?" >&2; exit 9 ;;
  esac
  shift
done
shift
[ "$dir" = /w ] && cd "$work" || exit 9
exec env -i "${env[@]}" %[2]s "${@/#\/out\//$out/}"
`

// TestMonitorWorkflow runs the workflow as its caller does, three times: the image is
// that of the workflow's own commit; what the first run saw is on the branch, the
// second one finds a moved dist-tag, fails and keeps it all the same. The third is on
// a runner that does not say which commit it runs: nothing is run.
func TestMonitorWorkflow(t *testing.T) {
	npm := registry.Start()
	defer npm.Close()
	if err := npm.Record(registry.Widget()); err != nil {
		t.Fatal(err)
	}
	dir, project := t.TempDir(), t.TempDir()
	image, commit := releasedGate(t, dir)
	caller := filepath.Join(dir, "acme/mono")
	if out, err := exec.Command("git", "init", "-q", "--bare", caller).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	kept := func(what string) string {
		out, _ := exec.Command("git", "-C", caller, "show", "--no-patch", "--format=%s", "refs/heads/publishgate-monitor"+what).Output()
		return string(out)
	}
	github := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		state := kept(":monitor.json")
		if r.URL.Path != "/repos/acme/mono/contents/monitor.json" || r.URL.Query().Get("ref") != "refs/heads/publishgate-monitor" || state == "" {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, state)
	}))
	defer github.Close()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal(err) // the runner has it
	}
	for name, script := range map[string]string{
		"docker": fmt.Sprintf(dockerRun, image, publishgate(t).Path, raceExit),
		"curl":   "#!/bin/bash\nexec " + curl + ` "${@/#=https/=http}"` + "\n", // here GitHub is on loopback
	} {
		if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "bin", name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	workflow, err := matrix.Read(".github/workflows/monitor.yml")
	if err != nil {
		t.Fatal(err)
	}
	run := func(job map[string]any) (*matrix.Run, bool) {
		t.Helper()
		r := matrix.New(workflow, 1)
		r.Dir, r.Checkout, r.Job = t.TempDir(), project, job
		r.GitHub, r.Token = map[string]any{"repository": "acme/mono"}, func(job string) string { return "ghs_of-" + job }
		r.Inputs = map[string]any{"packages": "@acme/widget", "only": "tags", "registry": npm.URL, "issue": false}
		r.Env = []string{"PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH"), "GIT_CONFIG_COUNT=1",
			"GIT_CONFIG_KEY_0=url.file://" + dir + "/.insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/", "GITHUB_SERVER_URL=https://github.com",
			"GITHUB_API_URL=" + github.URL, "GITHUB_REPOSITORY=acme/mono", "GITHUB_RUN_ID=7001"}
		well, err := r.Attempt()
		if err != nil {
			t.Fatalf("%v\n%s", err, r.Log.String())
		}
		return r, well
	}
	own := map[string]any{"workflow_repository": "publishgate/publishgate", "workflow_sha": commit}
	r, well := run(own)
	first := kept(":monitor.json")
	if !well || r.Result("keep") != matrix.Success || !strings.Contains(first, "@acme/widget") {
		t.Fatalf("look: %s, keep: %s, kept %.200s\n%s", r.Result("look"), r.Result("keep"), first, r.Log.String())
	}
	if err := npm.Tag("@acme/widget", "latest", "1.0.0"); err != nil {
		t.Fatal(err)
	}
	r, well = run(own)
	if well || r.Result("keep") != matrix.Success || kept(":monitor.json") == first || !strings.Contains(kept(""), "seen by run 7001") {
		t.Errorf("after a tag was moved, look: %s, keep: %s\n%s", r.Result("look"), r.Result("keep"), r.Log.String())
	}
	before, asked := kept(":monitor.json"), len(npm.Requests())
	r, well = run(map[string]any{})
	if well || r.Result("keep") != matrix.Skipped || kept(":monitor.json") != before || len(npm.Requests()) != asked ||
		!strings.Contains(r.Log.String(), "does not say which commit") {
		t.Errorf("on another runner, look: %s, keep: %s\n%s", r.Result("look"), r.Result("keep"), r.Log.String())
	}
}
