package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestNotes takes the notes of a release from its own section of the changelog.
func TestNotes(t *testing.T) {
	changelog := filepath.Join(t.TempDir(), "CHANGELOG.md")
	text := "# Changelog\n\n## Unreleased\n\n- Not yet.\n\n## [1.2.3] - 2026-12-01\n\n- A thing.\n\n" +
		"### Mended\n- Another.\n\n## v1.2.2\n- Old.\n## 1.2\n\n## 1.1.0\n- Older.\n"
	if err := os.WriteFile(changelog, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{
		"v1.2.3": "- A thing.\n\n### Mended\n- Another.\n\n",
		"1.2.2":  "- Old.\n",
		"v1.2":   "",
		"v1.2.4": "",
		"v1.2.":  "",
	} {
		out, err := exec.Command("bash", ".ci/notes", version, changelog).Output()
		if string(out) != want || (err == nil) != (want != "") {
			t.Errorf("notes of %s: %q, %v", version, out, err)
		}
	}
}

// TestMeasured: a release is held where the page about performance is not of the
// thirty days before it.
func TestMeasured(t *testing.T) {
	page := filepath.Join(t.TempDir(), "performance.md")
	for _, row := range []struct {
		text, today string
		fits        bool
	}{
		{"# Performance\n\nMeasured on 2026-12-01, a machine: publishgate\n", "2026-12-01", true},
		{"Measured on 2026-12-01, a machine\n", "2026-12-31", true},
		{"Measured on 2026-12-01, a machine\n", "2027-01-01", false},
		{"Measured on 2026-12-01, a machine\n", "2026-11-30", false},
		{"Measured on some day, a machine\n", "2026-12-01", false},
		{"", "2026-12-01", false},
	} {
		if err := os.WriteFile(page, []byte(row.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("bash", ".ci/measured", row.today, page).CombinedOutput(); (err == nil) != row.fits {
			t.Errorf("%q on %s: %v\n%s", row.text, row.today, err, out)
		}
	}
}

// releaseJobs are the jobs of release.yml, what each waits for and may do. Those
// that may write are told by that.
var releaseJobs = map[string]struct{ needs, may string }{
	"version":  {"", "contents: read"},
	"test":     {"version", "contents: read"},
	"database": {"test", "contents: read"},
	"build":    {"database", "contents: read"},
	"compare":  {"build", "contents: read"},
	"image":    {"compare", "artifact-metadata: write, attestations: write, id-token: write, packages: write"},
	"try":      {"compare, image", "contents: read, packages: read"},
	"release":  {"compare, image, try", "attestations: read, contents: write, packages: read"},
	"again":    {"release", "contents: read"},
	"npm":      {"again, compare", "contents: read, id-token: write"},
}

type releaseFile struct {
	Permissions map[string]string `yaml:"permissions"`
	Concurrency struct {
		Group  string `yaml:"group"`
		Cancel *bool  `yaml:"cancel-in-progress"`
	} `yaml:"concurrency"`
	Jobs map[string]releaseJob `yaml:"jobs"`
}

type releaseJob struct {
	Needs       oneOrMore         `yaml:"needs"`
	Environment string            `yaml:"environment"`
	Permissions map[string]string `yaml:"permissions"`
	Timeout     int               `yaml:"timeout-minutes"`
	Strategy    struct {
		Matrix struct {
			Include []map[string]string `yaml:"include"`
		} `yaml:"matrix"`
	} `yaml:"strategy"`
	Steps []struct {
		Uses string         `yaml:"uses"`
		Run  string         `yaml:"run"`
		With map[string]any `yaml:"with"`
	} `yaml:"steps"`
}

// oneOrMore are a list, or one.
type oneOrMore []string

func (w *oneOrMore) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = oneOrMore{n.Value}
		return nil
	}
	return n.Decode((*[]string)(w))
}

var (
	pinnedAction  = regexp.MustCompile(`^[A-Za-z0-9-]+/[A-Za-z0-9_./-]+@[0-9a-f]{40}$`)
	pushes        = regexp.MustCompile(`skopeo copy --all|docker push|--push\b|type=registry|push: *true|imagetools create`)
	pinnedBuilder = regexp.MustCompile(`^image=moby/buildkit:v[0-9.]+@sha256:[0-9a-f]{64}$`)
)

// releaseFaults says where a release workflow does not hold what is promised of it.
func releaseFaults(text string) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var w releaseFile
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		return []string{err.Error()}
	}
	if w.Permissions == nil || len(w.Permissions) > 0 {
		fault("the workflow has permissions of its own")
	}
	if w.Concurrency.Group == "" || w.Concurrency.Cancel == nil || *w.Concurrency.Cancel {
		fault("two releases may run beside each other, or one may end the other")
	}
	if names := slices.Sorted(maps.Keys(w.Jobs)); !slices.Equal(names, slices.Sorted(maps.Keys(releaseJobs))) {
		fault("the jobs are %q", names)
	}
	if n := len(pushes.FindAllString(text, -1)); n != 1 {
		fault("an image is pushed in %d places", n)
	}
	for name, job := range w.Jobs {
		var may []string
		writes := false
		for permission, level := range job.Permissions {
			may = append(may, permission+": "+level)
			writes = writes || level != "read" && level != "none"
		}
		slices.Sort(may)
		if got := strings.Join(may, ", "); got != releaseJobs[name].may {
			fault("%s may %s", name, got)
		}
		if writes != (job.Environment == "release") {
			fault("%s: writes is %v, the environment %q", name, writes, job.Environment)
		}
		slices.Sort(job.Needs)
		if got := strings.Join(job.Needs, ", "); got != releaseJobs[name].needs {
			fault("%s needs %s", name, got)
		}
		if job.Timeout == 0 || job.Timeout > 90 {
			fault("%s may run for %d minutes", name, job.Timeout)
		}
		for _, step := range job.Steps {
			faults = append(faults, stepFaults(name, step.Uses, step.Run, step.With)...)
		}
	}
	matrix := w.Jobs["build"].Strategy.Matrix.Include
	if len(matrix) != 2 || matrix[0]["runner"] == matrix[1]["runner"] || matrix[0]["at"] == matrix[1]["at"] ||
		matrix[0]["folder"] == matrix[1]["folder"] {
		fault("the two builds have something in common: %v", matrix)
	}
	return append(faults, orderFaults(w.Jobs)...)
}

func stepFaults(job, uses, run string, with map[string]any) (faults []string) {
	action, _, _ := strings.Cut(uses, "@")
	if uses != "" && !pinnedAction.MatchString(uses) {
		faults = append(faults, job+": "+uses+" is not pinned")
	}
	for key, of := range map[string]string{"persist-credentials": "actions/checkout", "cache": "actions/setup-go",
		"package-manager-cache": "actions/setup-node", "cache-binary": "docker/setup-buildx-action"} {
		if action == of && with[key] != false {
			faults = append(faults, fmt.Sprintf("%s: %s has %s: %v", job, action, key, with[key]))
		}
	}
	if options, _ := with["driver-opts"].(string); action == "docker/setup-buildx-action" && !pinnedBuilder.MatchString(options) {
		faults = append(faults, job+": BuildKit is not pinned")
	}
	if strings.Contains(run, "${{") {
		faults = append(faults, job+": a script has an expression in it")
	}
	return faults
}

// orderFaults looks for what must be in a job's scripts, one after the other.
func orderFaults(jobs map[string]releaseJob) (faults []string) {
	for job, parts := range map[string][]string{
		"version": {"= refs/heads/main", ".ci/notes", ".ci/measured", "ls-remote --tags"},
		"compare": {"diff -r --exclude index.json build-1 build-2"},
		"image":   {"sha256sum -c", "skopeo copy --all --preserve-digests", `"$(cat pushed)" = "$DIGEST"`},
		"try":     {"gate version", "status-page", "status-page-leaky"},
		"release": {`"$GITHUB_REF" = refs/heads/main`, `"$SUMS  SHA256SUMS" | sha256sum -c`, "sha256sum -c --strict SHA256SUMS",
			"--signer-workflow", `--source-digest "$GITHUB_SHA"`, "--source-ref refs/heads/main", "--deny-self-hosted-runners",
			"attestation verify \"oci://$IMAGE@$DIGEST\" \"${by[@]}\"", "attestation verify \"$file\"", ".ci/release-commit", "push",
			".ci/notes", "release create", "--verify-tag --draft", "/assets/*", "release edit \"$VERSION\" --draft=false"},
		"again": {`"$(git rev-parse HEAD^)" = "$GITHUB_SHA"`, ".ci/release-build", "action.yml", "sha256sum -- *",
			"release verify", "go install"},
		"npm": {`"$SUMS  SHA256SUMS" | sha256sum -c`, ".ci/npm-packages", "gate -publish stage"},
	} {
		var scripts strings.Builder
		for _, step := range jobs[job].Steps {
			scripts.WriteString(step.Run + "\n")
		}
		rest := scripts.String()
		for _, part := range parts {
			_, after, found := strings.Cut(rest, part)
			if !found {
				faults = append(faults, job+": no "+part+" where it must be")
				break
			}
			rest = after
		}
		if job == "release" && strings.Contains(rest, "gh ") {
			faults = append(faults, "release: something is done after it is published")
		}
	}
	return faults
}

// TestReleaseWorkflow reads release.yml, and what it would be with a promise broken.
func TestReleaseWorkflow(t *testing.T) {
	content, err := os.ReadFile(".github/workflows/release.yml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for _, fault := range releaseFaults(text) {
		t.Error(fault)
	}
	for _, broken := range []struct{ old, new, fault string }{
		{"permissions: {}", "permissions: {contents: read}", "permissions of its own"},
		{"cancel-in-progress: false", "cancel-in-progress: true", "may end the other"},
		{"    environment: release\n    permissions:\n      packages", "    permissions:\n      packages", "image: writes is true"},
		{"    environment: release\n    permissions:\n      contents: write", "    permissions:\n      contents: write",
			"release: writes is true"},
		{"    environment: release\n    permissions:\n      contents: read", "    permissions:\n      contents: read", "npm: writes is true"},
		{"permissions: {contents: read}\n    outputs", "permissions: {contents: write}\n    outputs", "compare may contents: write"},
		{"needs: [compare, image, try]", "needs: [compare, image]", "release needs"},
		{"needs: compare\n", "needs: database\n", "image needs database"},
		{"      - name: Attest the image\n", "      - run: docker push \"$IMAGE\"\n      - name: Attest the image\n", "pushed in 2 places"},
		{"runner: ubuntu-22.04", "runner: ubuntu-24.04", "in common"},
		{"at: /home/somebody/else", "at: /src", "in common"},
		{"checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "checkout@v7", "not pinned"},
		{"driver-opts: image=moby/buildkit:v0.33.0@sha256:6c2fa84a6b61ccd72899dde4239f8d5717f05f9a8ca6f3cad185fb1a95a94de3",
			"driver-opts: image=moby/buildkit:latest", "BuildKit is not pinned"},
		{"go-version-file: go.mod, cache: false", "go-version-file: go.mod", "cache"},
		{"cache-binary: false", "cache-binary: true", "cache-binary"},
		{"gate version\n", "gate ${{ inputs.version }}\n", "expression"},
		{"diff -r --exclude index.json build-1 build-2", "true", "compare: no"},
		{`          [ "$(cat pushed)" = "$DIGEST" ]`, "          true", "image: no"},
		{`--source-digest "$GITHUB_SHA" `, "", "release: no"},
		{"--signer-workflow ", "--signer-repo ", "release: no"},
		{"--verify-tag --draft", "--verify-tag", "release: no"},
		{"release edit \"$VERSION\" --draft=false\n", "release edit \"$VERSION\" --draft=false\n          gh release upload \"$VERSION\" late\n",
			"after it is published"},
		{"timeout-minutes: 60", "timeout-minutes: 600", "600 minutes"},
	} {
		if !strings.Contains(text, broken.old) {
			t.Errorf("there is no %q to break", broken.old)
			continue
		}
		faults := releaseFaults(strings.Replace(text, broken.old, broken.new, 1))
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, broken.fault) }) {
			t.Errorf("with %q: %q, want one about %q", broken.new, faults, broken.fault)
		}
	}
}

// TestReleaseCommit makes the commit of a tag in a small repository.
func TestReleaseCommit(t *testing.T) {
	const image = "ghcr.io/publishgate/publishgate@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git on this machine")
	}
	dir := t.TempDir()
	command := func(name string, args ...string) (string, error) {
		c := exec.Command(name, args...)
		c.Dir, c.Env = dir, append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		out, err := c.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	sums := ""
	for _, system := range []string{"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64.exe", "windows_arm64.exe"} {
		sums += strings.Repeat("0", 64) + "  publishgate_v1.2.3_" + system + "\n"
	}
	script, err := os.ReadFile(".ci/release-commit")
	if err != nil {
		t.Fatal(err)
	}
	write(".ci/release-commit", string(script))
	write("action.yml", "runs:\n  using: docker\n  image: Dockerfile\n")
	write("internal/advisory/snapshot.cdb", "old")
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"},
		{"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "main", "--date=2026-12-01T00:00:00Z"}} {
		if out, err := command("git", args...); err != nil {
			t.Fatal(out)
		}
	}
	write("internal/advisory/snapshot.cdb", "new")
	write("sums", sums)
	write("few", strings.Replace(sums, "linux_arm64", "plan9_arm64", 1))
	release := func(args ...string) (string, error) {
		return command("bash", append([]string{".ci/release-commit"}, args...)...)
	}
	for _, wrong := range [][]string{{"1.2.3", image, "sums"}, {"v1.2.3", image[:len(image)-1], "sums"}, {"v1.2.3", image, "few"},
		{"v1.2.4", image, "sums"}} {
		if out, err := release(wrong...); err == nil {
			t.Errorf("%q made %s", wrong, out)
		}
	}
	if out, _ := command("git", "diff", "--name-only", "HEAD"); out != "internal/advisory/snapshot.cdb" {
		t.Errorf("a release that was refused changed %s", out)
	}
	first, err := release("v1.2.3", image, "sums")
	if err != nil {
		t.Fatal(first)
	}
	if out, _ := command("git", "show", "--format=%an %s", "--name-only", first); out !=
		"publishgate release v1.2.3\n\naction.yml\nbinary/SHA256SUMS\ninternal/advisory/snapshot.cdb" {
		t.Errorf("the commit: %s", out)
	}
	if out, _ := command("git", "show", first+":action.yml"); out != "runs:\n  using: docker\n  image: docker://"+image {
		t.Errorf("action.yml: %s", out)
	}
	if out, err := release("v1.2.3", image, "sums"); err == nil {
		t.Errorf("a release on top of a release: %s", out)
	}
	if out, err := command("git", "reset", "-q", "--hard", "HEAD^"); err != nil {
		t.Fatal(out)
	}
	write("internal/advisory/snapshot.cdb", "new")
	if again, err := release("v1.2.3", image, "sums"); again != first || err != nil {
		t.Errorf("tried again: %s, %v, and was %s", again, err, first)
	}
}
