package attest_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/publishgate/publishgate/internal/attest"
)

var update = flag.Bool("update", false, "rewrite testdata with what the real npm makes")

var widget = attest.Subject{
	Name:   "pkg:npm/%40acme/widget@1.2.3",
	SHA256: strings.Repeat("ab", 32),
	SHA512: strings.Repeat("cd", 64),
}

// A job is one job of a provider: the claims of its ID token, and its
// environment.
type job struct{ claims, env map[string]string }

func (j job) change(claims, env map[string]string) job {
	changed := job{maps.Clone(j.claims), maps.Clone(j.env)}
	maps.Copy(changed.claims, claims)
	maps.Copy(changed.env, env)
	return changed
}

func (j job) provenance() ([]byte, error) {
	return attest.Provenance(func(name string) string { return j.claims[name] }, j.env, widget)
}

var github = job{
	claims: map[string]string{
		"iss": "https://token.actions.githubusercontent.com", "repository": "acme/widget", "repository_id": "1001",
		"repository_owner_id": "42", "repository_visibility": "public", "ref": "refs/tags/v1.2.3",
		"sha": "0123456789abcdef0123456789abcdef01234567", "event_name": "push", "run_id": "7001", "run_attempt": "2",
		"workflow_ref":       "acme/widget/.github/workflows/release.yml@refs/tags/v1.2.3",
		"job_workflow_ref":   "acme/shared/.github/workflows/gate.yml@refs/heads/main",
		"runner_environment": "github-hosted",
	},
	env: map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/widget",
		"GITHUB_REPOSITORY_ID": "1001", "GITHUB_REPOSITORY_OWNER_ID": "42", "GITHUB_REF": "refs/tags/v1.2.3",
		"GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567", "GITHUB_EVENT_NAME": "push",
		"GITHUB_WORKFLOW_REF": "acme/widget/.github/workflows/release.yml@refs/tags/v1.2.3",
		"GITHUB_RUN_ID":       "7001", "GITHUB_RUN_ATTEMPT": "2", "RUNNER_ENVIRONMENT": "github-hosted",
	},
}

var gitlab = job{
	claims: map[string]string{
		"iss": "https://gitlab.com", "project_id": "20", "project_path": "acme/tools/widget", "namespace_id": "7",
		"namespace_path": "acme/tools", "user_id": "1", "user_login": "dev", "pipeline_id": "9001",
		"pipeline_source": "push", "job_id": "303", "ref": "v1.2.3", "ref_protected": "true", "runner_id": "12",
		"runner_environment": "gitlab-hosted", "sha": "714a629c0b401fdce83e847fc9589983fc6f46bc",
		"project_visibility": "public",
	},
	env: map[string]string{
		"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_URL": "https://gitlab.com/acme/tools/widget",
		"CI_PROJECT_PATH": "acme/tools/widget", "CI_PROJECT_ID": "20", "CI_PROJECT_NAMESPACE": "acme/tools",
		"CI_PROJECT_NAMESPACE_ID": "7", "CI_PROJECT_VISIBILITY": "public", "CI_PIPELINE_ID": "9001",
		"CI_PIPELINE_SOURCE": "push", "CI_JOB_ID": "303", "CI_JOB_NAME": "release",
		"CI_JOB_URL":    "https://gitlab.com/acme/tools/widget/-/jobs/303",
		"CI_COMMIT_SHA": "714a629c0b401fdce83e847fc9589983fc6f46bc", "CI_COMMIT_REF_NAME": "v1.2.3",
		"CI_COMMIT_REF_PROTECTED": "true", "CI_RUNNER_ID": "12", "CI_RUNNER_EXECUTABLE_ARCH": "linux/amd64",
		"CI_RUNNER_DESCRIPTION": "green-1.saas-linux-small-amd64.runners-manager.gitlab.com/default",
		"CI_SERVER_URL":         "https://gitlab.com", "CI_CONFIG_PATH": ".gitlab-ci.yml", "GITLAB_USER_ID": "1",
		"GITLAB_USER_LOGIN": "dev", "CI_COMMIT_TITLE": "a \"quoted\" title, tab\tand <tag> \u2028 \u0001 é",
		"CI_RUNNER_TAGS": `["saas-linux-small-amd64"]`, "CI_REGISTRY_USER": "",
	},
}

// jobs returns the cases that are compared with npm. Their names are those in
// testdata.
func jobs() map[string]job {
	const ref = "refs/heads/odd\u2028\"<&>é@2"
	bare := gitlab.change(nil, nil)
	for _, name := range []string{"CI_JOB_NAME", "CI_RUNNER_DESCRIPTION", "CI_RUNNER_EXECUTABLE_ARCH", "CI_CONFIG_PATH"} {
		delete(bare.env, name)
	}
	return map[string]job{
		"github": github,
		"github-odd-ref": github.change(
			map[string]string{"ref": ref, "workflow_ref": "acme/widget/.github/workflows/a b.yml@" + ref},
			map[string]string{"GITHUB_REF": ref, "GITHUB_WORKFLOW_REF": "acme/widget/.github/workflows/a b.yml@" + ref}),
		"gitlab":      gitlab,
		"gitlab-bare": bare,
	}
}

// TestProvenanceIsNPMs compares the statements with those that the real npm made.
// If npm is installed, the test lets npm make them again.
func TestProvenanceIsNPMs(t *testing.T) {
	for name, j := range jobs() {
		t.Run(name, func(t *testing.T) {
			got, err := j.provenance()
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".json")
			for _, folder := range npms() {
				made := npmProvenance(t, folder, j)
				if *update {
					if err := os.WriteFile(golden, made, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if !bytes.Equal(got, made) {
					t.Errorf("%s makes %s", folder, difference(made, got))
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("npm made %s", difference(want, got))
			}
		})
	}
}

// difference returns two texts from shortly before their first difference.
func difference(theirs, ours []byte) string {
	at := 0
	for at < min(len(theirs), len(ours)) && theirs[at] == ours[at] {
		at++
	}
	cut := func(b []byte) []byte { return b[min(max(0, at-40), len(b)):min(at+80, len(b))] }
	return fmt.Sprintf("…%s…, we …%s…", cut(theirs), cut(ours))
}

// npms returns the directories of the installed npm versions that can be asked.
func npms() []string {
	var folders []string
	if dir := os.Getenv("PUBLISHGATE_MANAGERS"); dir != "" {
		for _, name := range []string{"npm11", "npm12"} {
			folders = append(folders, filepath.Join(dir, name, "node_modules", "npm"))
		}
	}
	return folders
}

func npmProvenance(t *testing.T, folder string, j job) []byte {
	t.Helper()
	subject := `{"name":"` + widget.Name + `","digest":{"sha512":"` + widget.SHA512 + `"}}`
	node := exec.CommandContext(t.Context(), "node", filepath.Join("testdata", "npm.cjs"), folder, subject)
	node.Env = []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range j.env {
		node.Env = append(node.Env, name+"="+value)
	}
	made, err := node.Output()
	if err != nil {
		t.Fatalf("npm of %s: %v", folder, err)
	}
	return made
}

// TestProvenanceIsOfTheToken shows that every field comes from the token: without
// an environment the statement is the same, and a contradiction is an error.
func TestProvenanceIsOfTheToken(t *testing.T) {
	full, err := github.provenance()
	if err != nil {
		t.Fatal(err)
	}
	alone, err := job{claims: github.claims}.provenance()
	if err != nil || !bytes.Equal(full, alone) {
		t.Errorf("without an environment: %v\n%s", err, alone)
	}
	for variable := range github.env {
		if variable == "GITHUB_ACTIONS" { // it says nothing about the job
			continue
		}
		_, err := github.change(nil, map[string]string{variable: "other"}).provenance()
		var differs *attest.DifferenceError
		if !errors.As(err, &differs) || differs.Variable != variable || differs.Value != "other" {
			t.Errorf("another %s: %v", variable, err)
		}
	}
	for _, variable := range []string{
		"CI_PROJECT_URL", "CI_PROJECT_PATH", "CI_PROJECT_ID", "CI_PROJECT_NAMESPACE", "CI_PROJECT_NAMESPACE_ID",
		"CI_PROJECT_VISIBILITY", "CI_PIPELINE_ID", "CI_PIPELINE_SOURCE", "CI_JOB_ID", "CI_JOB_URL", "CI_COMMIT_SHA",
		"CI_COMMIT_REF_NAME", "CI_COMMIT_REF_PROTECTED", "CI_RUNNER_ID", "CI_SERVER_URL", "GITLAB_USER_ID",
		"GITLAB_USER_LOGIN",
	} {
		_, err := gitlab.change(nil, map[string]string{variable: "other"}).provenance()
		var differs *attest.DifferenceError
		if !errors.As(err, &differs) || differs.Variable != variable {
			t.Errorf("another %s: %v", variable, err)
		}
	}
	for _, claim := range []string{
		"repository", "repository_id", "repository_owner_id", "repository_visibility", "ref", "sha", "event_name",
		"run_id", "run_attempt", "workflow_ref", "runner_environment",
	} {
		if _, err := github.change(map[string]string{claim: ""}, nil).provenance(); err == nil || !strings.Contains(err.Error(), claim) {
			t.Errorf("without the claim %s: %v", claim, err)
		}
	}
}

// TestNoProvenance lists the jobs whose provenance npm's registry would refuse.
func TestNoProvenance(t *testing.T) {
	for _, c := range []struct {
		what   string
		job    job
		claims map[string]string
		want   string
	}{
		{"CircleCI", github, map[string]string{"iss": "https://oidc.circleci.com/org/00000000-0000-4000-8000-000000000000"}, "CircleCI"},
		{"Buildkite", github, map[string]string{"iss": "https://agent.buildkite.com"}, "agent.buildkite.com"},
		{"an enterprise server", github, map[string]string{"iss": "https://ghe.example/_services/token"}, "ghe.example"},
		{"a GitLab of one's own", gitlab, map[string]string{"iss": "https://gitlab.example"}, "gitlab.example"},
		{"one that looks like it", github, map[string]string{"iss": "https://token.actions.githubusercontent.com.example"}, "example"},
		{"a private repository", github, map[string]string{"repository_visibility": "private"}, "this one is private"},
		{"an internal repository", github, map[string]string{"repository_visibility": "internal"}, "this one is internal"},
		{"a private project", gitlab, map[string]string{"project_visibility": "private"}, "this one is private"},
		{"a runner of one's own", github, map[string]string{"runner_environment": "self-hosted"}, "this one is self-hosted"},
		{"a GitLab runner of one's own", gitlab, map[string]string{"runner_environment": "self-hosted"}, "this one is self-hosted"},
	} {
		_, err := job{claims: c.job.change(c.claims, nil).claims}.provenance()
		var none *attest.NoneError
		if !errors.As(err, &none) || !strings.Contains(none.Error(), c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	bare := map[string]string{"workflow_ref": "acme/widget/.github/workflows/release.yml"}
	_, err := job{claims: github.change(bare, nil).claims}.provenance()
	if err == nil || !strings.Contains(err.Error(), "PATH@REF") {
		t.Errorf("a workflow without a ref: %v", err)
	}
	enterprise := map[string]string{"iss": "https://token.actions.githubusercontent.com/acme-inc"}
	if _, err := github.change(enterprise, nil).provenance(); err != nil {
		t.Errorf("an issuer of an enterprise at github.com: %v", err)
	}
}

func TestEnvironment(t *testing.T) {
	got := attest.Environment([]string{"GITHUB_REF=refs/heads/a=b", "CI_JOB_NAME=", "NODE_AUTH_TOKEN=secret",
		"CI_RUNNER_EXECUTABLE_ARCH=linux/amd64", "CI_JOB_TOKEN=secret", "GITHUB_REFX=1", "=x", "odd"})
	want := map[string]string{"GITHUB_REF": "refs/heads/a=b", "CI_JOB_NAME": "", "CI_RUNNER_EXECUTABLE_ARCH": "linux/amd64"}
	if !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
