package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

	"github.com/publishgate/publishgate/internal/testserver/front"
	"github.com/publishgate/publishgate/internal/testserver/matrix"
	"github.com/publishgate/publishgate/internal/testserver/registry"
	"github.com/publishgate/publishgate/internal/testserver/runner"
)

// A toolsWorld is a repository at a GitHub that is a folder, npm's registry in
// front of a real Verdaccio, a real Sigstore, and real release tools.
type toolsWorld struct {
	*interop
	npm    *registry.Server
	github *httptest.Server
	env    []string
	gate   map[string]string // of the gate, besides the workflow's
	posted []string          // the releases that were made
	claims map[string]any    // of the ID tokens
	later  map[string]any    // changes to them once the gate has judged
}

const (
	toolsRepository = "acme/gate-demo"
	toolsPackage    = "@acme/widget"
)

var toolsPublisher = registry.Publisher{Repository: toolsRepository, Workflow: "release.yml", Direct: true}

// newToolsWorld starts all of it; a tool is a folder of PUBLISHGATE_RELEASETOOLS.
func newToolsWorld(t *testing.T, tool string) *toolsWorld {
	t.Helper()
	all := os.Getenv("PUBLISHGATE_RELEASETOOLS")
	if all == "" {
		t.Skip("PUBLISHGATE_RELEASETOOLS is not set: .ci/releasetools installs the release tools")
	}
	w := &toolsWorld{interop: newInterop(t), npm: front.Start(t)}
	w.npm.Grant("of-ann", registry.Grant{Kind: "user", Name: "gate"})
	w.npm.Trust(toolsPackage, toolsPublisher)
	w.github = httptest.NewServer(http.HandlerFunc(w.serveGitHub))
	t.Cleanup(w.github.Close)
	if tool != "" {
		if err := os.Symlink(filepath.Join(all, tool, "node_modules"), filepath.Join(w.dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
	}
	w.gate = maps.Clone(w.signingJob.env)
	for name := range w.gate {
		if !strings.HasPrefix(name, "INPUT_") || name == "INPUT_DIRECTORY" || name == "INPUT_SIGN" || name == "INPUT_ACCESS" {
			delete(w.gate, name)
		}
	}
	w.gate["INPUT_REGISTRY"], w.gate["INPUT_ADVISORIES"] = w.npm.URL, "npm:"+w.npm.URL
	w.programs(t)
	w.publishedBefore(t, toolsPackage)
	return w
}

// serveGitHub is as much of GitHub's API as the tools ask for.
func (w *toolsWorld) serveGitHub(a http.ResponseWriter, r *http.Request) {
	a.Header().Set("Content-Type", "application/json")
	switch r.Method + " " + r.URL.Path {
	case "GET /repos/" + toolsRepository:
		fmt.Fprintf(a, `{"full_name": "%[1]s", "permissions": {"push": true}, "clone_url": "https://github.com/%[1]s.git"}`, toolsRepository)
	case "POST /repos/" + toolsRepository + "/releases":
		var release struct {
			Tag string `json:"tag_name"`
		}
		_ = json.NewDecoder(r.Body).Decode(&release)
		w.posted = append(w.posted, release.Tag)
		a.WriteHeader(http.StatusCreated)
		fmt.Fprint(a, `{"id": 1, "html_url": "https://github.com/acme/gate-demo/releases/1", "upload_url": "https://github.com/"}`)
	default:
		a.WriteHeader(http.StatusNotFound)
		fmt.Fprint(a, `{"message": "Not Found"}`)
	}
}

// programs makes the programs of the jobs: Node.js and npm of the workflow's
// versions, and a go whose install leads to this very program, which is told of
// the servers on loopback.
func (w *toolsWorld) programs(t *testing.T) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(w.dir, "bin")
	install := fmt.Sprintf(`#!/bin/sh
[ "$#" = 2 ] && [ "$1" = install ] && [ "${2%%@*}" = github.com/publishgate/publishgate ] || exit 9
mkdir -p "$HOME/go/bin"
cat > "$HOME/go/bin/publishgate" <<'END'
#!/bin/sh
command=$1
shift
exec '%s/publishgate' "$command" -registry '%s' -trusted-root '%s' "$@"
END
chmod 755 "$HOME/go/bin/publishgate"
`, bin, w.npm.URL, w.root)
	for _, seed := range []string{"sigstore-js", "cache/_tuf"} {
		seed = filepath.Join(w.dir, "npm", seed, "tuf-repo-cdn.sigstore.dev")
		err = errors.Join(err, os.MkdirAll(seed, 0o700), os.WriteFile(filepath.Join(seed, "root.json"), w.tufRoot, 0o600))
	}
	config := fmt.Sprintf("[user]\n\tname = ann\n\temail = ann@acme.example\n[init]\n\tdefaultBranch = main\n"+
		"[url \"file://%[1]s/\"]\n\tinsteadOf = https://github.com/acme/\n"+
		"\tinsteadOf = https://x-access-token:ghs_of-release@github.com/acme/\n"+
		"[url \"file://%[1]s/nowhere/\"]\n\tpushInsteadOf = https://github.com/acme/\n", w.dir)
	err = errors.Join(err, os.MkdirAll(bin, 0o755), os.Symlink(self, filepath.Join(bin, "publishgate")),
		os.WriteFile(filepath.Join(bin, "go"), []byte(install), 0o755),
		os.WriteFile(filepath.Join(w.dir, "gitconfig"), []byte(config), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	path := strings.Join([]string{bin, filepath.Dir(w.node(t, "node22")), filepath.Join(w.managers, "npm11/node_modules/.bin"),
		os.Getenv("PATH")}, ":")
	w.env = append([]string{"PATH=" + path, "GORACE=" + os.Getenv("GORACE"), "GIT_CONFIG_GLOBAL=" + filepath.Join(w.dir, "gitconfig"),
		"npm_config_registry=" + w.npm.URL, "npm_config_cache=" + filepath.Join(w.dir, "npm/cache"), "npm_config_update_notifier=false",
		"XDG_DATA_HOME=" + filepath.Join(w.dir, "npm"), "GITHUB_API_URL=" + w.github.URL, "RUNNER_ENVIRONMENT=github-hosted",
		"GITHUB_SERVER_URL=https://github.com", "GITHUB_REPOSITORY=" + toolsRepository, "GITHUB_REPOSITORY_ID=1001",
		"GITHUB_REPOSITORY_OWNER_ID=42", "GITHUB_EVENT_NAME=push", "GITHUB_RUN_ID=7001", "GITHUB_REF_PROTECTED=true",
		"GITHUB_ACTION=step"}, w.public...)
}

// publishedBefore publishes version 1.0.0 of a package: trusted publishing is for
// those that are there.
func (w *toolsWorld) publishedBefore(t *testing.T, name string) {
	t.Helper()
	dir := t.TempDir()
	manifest := `{"name": "` + name + `", "version": "1.0.0", "license": "MIT", "publishConfig": {"access": "public"}}`
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	c := w.command(t, append(w.env, "npm_config_"+strings.TrimPrefix(w.npm.URL, "http:")+":_authToken=of-ann"), "npm", "publish", dir)
	c.Path, _ = exec.LookPath(filepath.Join(w.managers, "npm11/node_modules/.bin/npm"))
	if said := w.says(c); said != "" {
		t.Fatal(said)
	}
}

// git runs a git in the repository of the test.
func (w *toolsWorld) git(t *testing.T, args ...string) string {
	t.Helper()
	c := w.command(t, w.env, "git", args...)
	c.Dir = filepath.Join(w.dir, "work")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files into the repository and commits them.
func (w *toolsWorld) commit(t *testing.T, message string, files map[string]string) {
	t.Helper()
	work := filepath.Join(w.dir, "work")
	if _, err := os.Stat(work); err != nil {
		w.tool(t, "git", "init", "-q", "-b", "main", work)
		w.tool(t, "git", "init", "-q", "--bare", "-b", "main", filepath.Join(w.dir, "gate-demo.git"))
		w.git(t, "remote", "add", "origin", "file://"+filepath.Join(w.dir, "gate-demo.git"))
	}
	for name, text := range files {
		at := filepath.Join(work, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	w.git(t, "add", "-A")
	w.git(t, "commit", "-q", "-m", message)
}

// run pushes the repository and runs a workflow of the page for a ref.
func (w *toolsWorld) run(t *testing.T, workflow, ref string) (r *matrix.Run, well bool) {
	t.Helper()
	file := filepath.Join(w.dir, "release.yml")
	text := strings.ReplaceAll(workflow, "publishgate/publishgate@COMMIT ", "publishgate/publishgate@"+strings.Repeat("0", 40)+" ")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	read, err := matrix.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	w.git(t, "push", "-q", "origin", "main", "--tags")
	sha := w.git(t, "rev-parse", "HEAD")
	entry := toolsRepository + "/.github/workflows/release.yml@" + ref
	w.claims = map[string]any{"sha": sha, "workflow_sha": sha, "job_workflow_sha": sha, "ref": ref, "workflow_ref": entry,
		"job_workflow_ref": entry, "sub": "repo:" + toolsRepository + ":ref:" + ref}
	w.stack.Issuer.Set(w.claims)
	r = matrix.New(read, 1)
	if r.Dir, err = os.MkdirTemp(w.dir, "jobs"); err != nil {
		t.Fatal(err)
	}
	r.GitHub = map[string]any{"repository": toolsRepository, "sha": sha}
	r.Token = func(job string) string { return "ghs_of-" + job }
	r.IDToken = w.stack.Environ()
	r.Env = append(w.env, "GITHUB_SHA="+sha, "GITHUB_REF="+ref, "GITHUB_REF_NAME="+strings.SplitN(ref, "/", 3)[2],
		"GITHUB_WORKFLOW_REF="+entry, "GITHUB_WORKFLOW=release", "GITHUB_WORKFLOW_SHA="+sha)
	r.Action = func(c matrix.Call) (map[string]string, bool, error) { return w.action(c, sha, ref) }
	r.Called = func(c matrix.Call) (string, map[string]string, error) { return w.callPublish(t, r, c) }
	well, err = r.Attempt()
	if err != nil {
		t.Fatalf("%v\n%s", err, r.Log.String())
	}
	return r, well
}

// action runs an action of the workflows.
func (w *toolsWorld) action(c matrix.Call, sha, ref string) (outputs map[string]string, known bool, err error) {
	switch c.Action {
	case "actions/checkout":
		return nil, true, w.checkout(c, sha, ref)
	case "publishgate/publishgate":
		outputs, err = w.judge(c)
		maps.Copy(w.claims, w.later)
		w.stack.Issuer.Set(w.claims)
		return outputs, true, err
	case "changesets/action/select-mode":
		mode, err := w.mode(c)
		return map[string]string{"mode": mode}, true, err
	case "googleapis/release-please-action": // the pull request was merged: it makes the tag of what the manifest says
		return map[string]string{"release_created": "true"}, true, nil
	}
	return nil, false, nil
}

// mode says what changesets' action says of a repository, by the same command.
func (w *toolsWorld) mode(c matrix.Call) (string, error) {
	pending, _ := filepath.Glob(filepath.Join(c.Workspace, ".changeset", "*.md"))
	if len(pending) > 0 {
		return "version", nil
	}
	plan := filepath.Join(c.Temp, "publish-plan.json")
	cmd := exec.Command(filepath.Join(w.dir, "node_modules/.bin/changeset"), "publish-plan", "--output", plan)
	cmd.Dir, cmd.Env = c.Workspace, c.Env
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("publish-plan: %w\n%s", err, out)
	}
	var due struct{ Plan []any }
	text, err := os.ReadFile(plan)
	if err == nil {
		err = json.Unmarshal(text, &due)
	}
	if len(due.Plan) == 0 {
		return "none", err
	}
	return "publish", err
}

// checkout is a clone, which can be pushed from only where its credentials stay.
func (w *toolsWorld) checkout(c matrix.Call, sha, ref string) error {
	origin := "file://" + filepath.Join(w.dir, "gate-demo.git")
	args := []string{"clone", "-q", origin, c.Workspace}
	if c.With["fetch-depth"] != "0" {
		args = append(args, "--depth", "1", "--branch", strings.SplitN(ref, "/", 3)[2])
	}
	steps := [][]string{args, {"-C", c.Workspace, "checkout", "-q", sha}}
	if strings.HasPrefix(ref, "refs/heads/") {
		steps[1] = append(steps[1], "-B", strings.TrimPrefix(ref, "refs/heads/"))
	}
	steps = append(steps, []string{"-C", c.Workspace, "remote", "set-url", "origin", "https://github.com/" + toolsRepository + ".git"})
	if c.With["persist-credentials"] != "false" && c.Permissions["contents"] == "write" {
		steps = append(steps, []string{"-C", c.Workspace, "remote", "set-url", "--push", "origin", origin})
	}
	for _, args := range steps {
		cmd := exec.Command("git", args...)
		cmd.Env = w.env
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %q: %w\n%s", args, err, out)
		}
	}
	return nil
}

// judge runs the gate as the runner runs an action.
func (w *toolsWorld) judge(c matrix.Call) (map[string]string, error) {
	temp, err := os.MkdirTemp(w.dir, "step")
	if err != nil {
		return nil, err
	}
	step, err := runner.New(temp, c.Workspace, "action.yml")
	if err != nil {
		return nil, err
	}
	for _, pair := range c.Env {
		if name, value, _ := strings.Cut(pair, "="); !regexp.MustCompile(`^GITHUB_(OUTPUT|STEP_SUMMARY|ENV|PATH)$`).MatchString(name) {
			step.Env[name] = value
		}
	}
	maps.Copy(step.Env, w.gate)
	for name, value := range c.With {
		step.Input(name, value)
	}
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, filepath.Join(w.dir, "bin", "publishgate"))
	cmd.Dir, cmd.Env = c.Workspace, step.Environ()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	ran := cmd.Run()
	left, err := step.End()
	outputs := map[string]string{}
	if err == nil {
		for _, p := range left.Outputs {
			outputs[p.Name] = p.Value
		}
	}
	if err = errors.Join(ran, err); err != nil {
		err = fmt.Errorf("the gate: %w\n%s", err, &said)
	}
	return outputs, err
}
