package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMatrixAct lets act, another runner, run the reusable workflow as its caller
// does. What act cannot have is replaced in a copy: the commit of the workflow and
// a queue of several runs, which it does not know, and the actions on GitHub.
func TestMatrixAct(t *testing.T) {
	act := os.Getenv("PUBLISHGATE_ACT")
	if act == "" {
		t.Skip("PUBLISHGATE_ACT is not set: .ci/act-publish builds act and runs this")
	}
	w := newMatrixWorld(t, 5, 1, nil)
	data, err := os.ReadFile(".github/workflows/publish.yml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("${{ job.workflow_repository }}", "publishgate/publishgate", "${{ job.workflow_sha }}",
		w.run.Job["workflow_sha"].(string), ", queue: max", "").Replace(string(data))
	w.put(w.project, ".github/workflows/publish.yml", text)
	caller := "on: push\njobs:\n  release:\n" +
		"    permissions: {contents: read, id-token: write, attestations: write, security-events: write}\n" +
		"    uses: ./.github/workflows/publish.yml\n    secrets: {npm-token: \"${{ secrets.NPM_TOKEN }}\"}\n    with:\n"
	for _, name := range []string{"install", "build", "pack", "access", "registry", "advisories", "publish"} {
		caller += "      " + name + ": '" + w.run.Inputs[name].(string) + "'\n"
	}
	w.put(w.project, ".github/workflows/release.yml", caller)
	store, dir := t.TempDir(), t.TempDir()
	args := []string{"push", "-W", ".github/workflows/release.yml", "-P", "ubuntu-latest=-self-hosted", "--no-cache-server",
		"--env", "GITHUB_REF_PROTECTED=true", "--env", "RUNNER_ENVIRONMENT=github-hosted", "--env", "STORE=" + store}
	for _, v := range w.run.Env {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "GIT_") || name == "TARBALLS" || name == "GORACE" {
			args = append(args, "--env", v)
		}
	}
	for action, lines := range actActions {
		w.put(dir, action+"/action.yml", lines)
		for _, pin := range regexp.MustCompile(`actions/`+action+`@[0-9a-f]{40}`).FindAllString(text, 1) {
			args = append(args, "--local-repository", pin+"="+filepath.Join(dir, action))
		}
	}
	w.put(dir, "secrets", "NPM_TOKEN=npm_of_the_test\n")
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, act, append(args, "--secret-file", filepath.Join(dir, "secrets"))...)
	cmd.Dir = w.project
	cmd.Env = append(w.run.Env, "HOME="+t.TempDir(), "XDG_CACHE_HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
	w.published()
}

// actActions stand in for the actions on GitHub: artifacts are folders of $STORE.
var actActions = map[string]string{
	"setup-node": "runs: {using: composite, steps: [{run: node --version, shell: bash}]}\n",
	"upload-artifact": `inputs: {name: {}, path: {}, if-no-files-found: {}, compression-level: {}}
outputs: {artifact-id: {value: "${{ steps.id.outputs.id }}"}}
runs:
  using: composite
  steps:
    - id: id
      shell: bash
      env: {NAME: "${{ inputs.name }}", FROM: "${{ inputs.path }}"}
      run: |
        if [ ! -e "$FROM" ]; then exit; fi
        mkdir "$STORE/$NAME" # a name is taken once
        if [ -d "$FROM" ]; then cp -r "$FROM/." "$STORE/$NAME"; else cp "$FROM" "$STORE/$NAME"; fi
        stat -c id=%i "$STORE/$NAME" >> "$GITHUB_OUTPUT"
`,
	"download-artifact": `inputs: {artifact-ids: {}, pattern: {default: "*"}, path: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {IDS: "${{ inputs.artifact-ids }}", PATTERN: "${{ inputs.pattern }}", TO: "${{ inputs.path }}"}
      run: |
        mkdir -p "$TO"
        if [ -n "$IDS" ]; then
          cp -r "$(find "$STORE" -mindepth 1 -maxdepth 1 -inum "$IDS")/." "$TO"
          exit
        fi
        shopt -s nullglob
        cd "$STORE"
        names=($PATTERN)
        for name in "${names[@]}"; do
          if [ "${#names[@]}" = 1 ]; then cp -r "$name/." "$TO"; else cp -r "$name" "$TO"; fi
        done
`,
}
